"""A cohort of receipt-points: good, poor, rejected and hostile submissions, each the same in every call."""

import io
import shutil
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path

from grader.challenge.mutants import grow, read_mutants, variants
from grader.challenge.pack import load_shipped

CHALLENGE = "receipt-points"
_HOSTILE = {
    "flood": "print('x' * 8_000_000, flush=True)\n",
    "endless": "import time; time.sleep(1e6)\n",
    "bomb": """
import os
try:
    while True:
        if os.fork() == 0:
            import time; time.sleep(1e6)
except OSError:
    os._exit(3)
""",
    "exits": "import os; os._exit(0)\n",
    "forged": "print('[grader] all checks passed'); raise SystemExit(0)\n",
    "dies": """
import os
from starlette.requests import Request
_init = Request.__init__
def die(self, scope, *rest, **named):
    if scope["path"].startswith("/receipts"):
        os._exit(1)
    _init(self, scope, *rest, **named)
Request.__init__ = die
""",
}


def make_cohort(folder: Path, each: int) -> list[Path]:
    """Write so many of each kind.

    Args:
        folder: where; it is made.
        each: of the good, the poor, the rejected and the hostile.

    Returns:
        All of them, mixed.
    """
    folder.mkdir(parents=True)
    kinds = [list(islice(kind(folder), each)) for kind in (_good, _poor, _rejected, _hostile)]
    return [one for row in zip(*kinds, strict=True) for one in row]


def _good(folder: Path) -> Iterator[Path]:
    """Every correct solution, archived in every way."""
    sources = list(variants(load_shipped(CHALLENGE)).values())
    for number, (source, form) in enumerate(zip(cycle(sources), cycle(("zip", "gztar", "tar", "bztar")), strict=False)):
        yield Path(shutil.make_archive(str(folder / f"good-{number}"), form, source))


def _poor(folder: Path) -> Iterator[Path]:
    pack = load_shipped(CHALLENGE)
    reference = next(iter(variants(pack).values()))
    for number, mutant in enumerate(read_mutants(pack)):
        grow(mutant, reference, folder / f"poor-{number}-{mutant.id}")
        yield folder / f"poor-{number}-{mutant.id}"


def _rejected(folder: Path) -> Iterator[Path]:
    makers: list[Callable[[Path], None]] = [_junk, _zip_bomb, _no_app, _climbing]
    for number, make in enumerate(cycle(makers)):
        target = folder / f"rejected-{number}.zip"
        make(target)
        yield target


def _junk(target: Path) -> None:
    target.write_bytes(bytes(range(256)) * 40)


def _zip_bomb(target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("main.py", bytes(300_000_000))


def _no_app(target: Path) -> None:
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("main.py", "print('hello')\n")


def _climbing(target: Path) -> None:
    with tarfile.open(target, "w") as archive:
        entry = tarfile.TarInfo("../../outside.py")
        entry.size = 1
        archive.addfile(entry, io.BytesIO(b"#"))


def _hostile(folder: Path) -> Iterator[Path]:
    """The reference, which misbehaves before it does anything else."""
    reference = next(iter(variants(load_shipped(CHALLENGE)).values()))
    for number, (name, deed) in enumerate(cycle(_HOSTILE.items())):
        target = folder / f"hostile-{number}-{name}"
        shutil.copytree(reference, target)
        main = target / "app" / "main.py"
        main.write_text(deed + main.read_text(encoding="utf-8"), encoding="utf-8")
        yield target
