"""Turns on a machine: so many at once, in all processes, and none is lost with its holder."""

import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest

from grader.batch.slots import Slots
from grader.errors import InfrastructureError

HOLDER = """
import sys
from pathlib import Path
from grader.batch.slots import Slots
with Slots(Path(sys.argv[1]), 1).taken(lambda: None):
    print("held", flush=True)
    sys.stdin.read()
"""


class Enough(Exception):
    """Nobody waits any more."""


def full(slots: Slots) -> bool:
    """Whether there is no slot left."""

    def go_on() -> None:
        raise Enough

    try:
        with slots.taken(go_on):
            return False
    except Enough:
        return True


def test_there_are_so_many(tmp_path: Path) -> None:
    """And each is free again afterwards."""
    slots = Slots(tmp_path, 2)
    with ExitStack() as held:
        held.enter_context(slots.taken(lambda: None))
        assert not full(slots)
        held.enter_context(slots.taken(lambda: None))
        assert full(slots)
    assert not full(slots)


def test_a_process_may_have_fewer_than_there_are(tmp_path: Path) -> None:
    """And then another one gets the rest: two workers with one pod each are as quick as one with two."""
    mine, others = Slots(tmp_path, 2, own=1), Slots(tmp_path, 2, own=1)
    with mine.taken(lambda: None):
        assert full(mine)
        assert not full(others)
        with others.taken(lambda: None):
            assert full(Slots(tmp_path, 2))
    assert not full(mine)


def test_who_waits_gets_the_next_one(tmp_path: Path) -> None:
    """As soon as its holder leaves."""
    slots = Slots(tmp_path, 1)
    waits, got = threading.Event(), threading.Event()

    def wait() -> None:
        with slots.taken(waits.set):
            got.set()

    with slots.taken(lambda: None):
        thread = threading.Thread(target=wait)
        thread.start()
        assert waits.wait(60)
        assert not got.is_set()
    assert got.wait(60)
    thread.join(60)


def test_a_killed_holder_lets_go(tmp_path: Path) -> None:
    """Slots are shared by processes, and nothing has to be swept."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert full(Slots(tmp_path, 1))
        holder.kill()
        holder.wait(60)
    assert not full(Slots(tmp_path, 1))


def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    """Is named."""
    (tmp_path / "file").write_text("")
    with pytest.raises(InfrastructureError, match="cannot make a lock file"):
        full(Slots(tmp_path / "file", 1))
