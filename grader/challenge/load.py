"""Busy loops, to prove that verdicts do not depend on an idle machine."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

# Each loop ends by itself once its parent is gone, however that ended.
_LOOP = "import os\nparent = os.getppid()\nwhile os.getppid() == parent:\n    sum(range(100_000))"


@contextmanager
def busy_loops(number: int) -> Iterator[None]:
    """Keep this many processes spinning, each able to fill a core, until the block is left."""
    with ExitStack() as stack:
        for _ in range(number):
            loop = stack.enter_context(subprocess.Popen([sys.executable, "-c", _LOOP]))
            stack.callback(loop.kill)
        yield
