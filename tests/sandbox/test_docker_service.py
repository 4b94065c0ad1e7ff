"""Whose fault it is that a service has ended."""

from typing import Any

import pytest

from grader.errors import PodError
from grader.sandbox.docker_service import require_served


class Ended:
    """A service that has ended."""

    def __init__(self, log: bytes, *, out_of_memory: bool) -> None:
        self._log = log
        self._out_of_memory = out_of_memory

    def require_running(self) -> None:
        raise PodError("it has ended")

    def is_out_of_memory(self) -> bool:
        return self._out_of_memory

    def tail(self) -> bytes:
        return self._log


@pytest.mark.parametrize(
    ("log", "out_of_memory"),
    [
        pytest.param(
            b'PANIC:  could not write to file "pg_wal/xlogtemp.9": No space left on device\n', False, id="full"
        ),
        pytest.param(b"", True, id="out-of-memory"),
    ],
)
def test_who_used_it_up_is_graded(log: bytes, out_of_memory: bool) -> None:
    # Only the application stores anything in it, so the checks say what came of that.
    process: Any = Ended(log, out_of_memory=out_of_memory)
    require_served(process)


def test_any_other_end_is_a_fault() -> None:
    # Nothing that the candidate did explains it.
    process: Any = Ended(b"LOG:  received smart shutdown request\n", out_of_memory=False)
    with pytest.raises(PodError):
        require_served(process)
