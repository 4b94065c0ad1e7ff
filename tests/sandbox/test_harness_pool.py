"""Harness processes that are kept: which ones, for whom, and that none is left."""

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.errors import PodError
from grader.sandbox.harness_pool import HarnessPool, Seat

# Says who it is whenever it is asked, and that it is finished; on "die" it ends, on "half" it leaves the job open.
TALKER = """
import json, os, sys
for line in sys.stdin:
    if line == "die\\n":
        sys.exit(3)
    print(json.dumps({"pid": os.getpid(), "heard": line.strip()}), flush=True)
    if line != "half\\n":
        print('{"event":"finished"}', flush=True)
"""


@pytest.fixture
def pool() -> Iterator[HarnessPool]:
    with HarnessPool((sys.executable, "-c", TALKER)) as pool:
        yield pool


def ask(seat: Seat, word: str = "hello", lines: int = 2) -> str:
    """What the process answered."""
    seat.write(f"{word}\n".encode())
    answer = b""
    for chunk in seat.chunks():
        answer += chunk
        if answer.count(b"\n") == lines:
            break
    return answer.split(b"\n")[0].decode()


def runs(process_id: int) -> bool:
    """Whether the process is there."""
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


def pid(answer: str) -> int:
    return int(json.loads(answer)["pid"])


def test_a_process_that_has_finished_is_kept(pool: HarnessPool) -> None:
    # The next pod talks to the same process; two pods at once to two.
    with pool.borrow() as one:
        first = pid(ask(one))
        with pool.borrow() as two:
            second = pid(ask(two))
    with pool.borrow() as again:
        assert pid(ask(again)) in {first, second}
    assert first != second


@pytest.mark.parametrize("word", [pytest.param("half", id="amid a job"), pytest.param("die", id="dead")])
def test_a_process_that_has_not_finished_is_ended(pool: HarnessPool, word: str) -> None:
    # Nobody can say what it is up to; the next pod gets a new one.
    with pool.borrow() as seat:
        first = pid(ask(seat))
        seat.write(f"{word}\n".encode())
        if word == "half":
            next(seat.chunks())
        else:
            assert seat.wait() == 3
            next(seat.chunks(), b"")
    with pool.borrow() as seat:
        assert pid(ask(seat)) != first
    assert not runs(first)


def test_one_that_dies_while_nobody_uses_it_is_replaced(pool: HarnessPool) -> None:
    # An idle process may be killed by whatever else goes on.
    with pool.borrow() as seat:
        first = pid(ask(seat))
    os.kill(first, 9)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
    with pool.borrow() as seat:
        assert pid(ask(seat)) != first


def test_a_pod_that_has_left_is_not_heard_any_more(pool: HarnessPool) -> None:
    # The end of its candidate, told late, would be taken for that of the next pod's.
    with pool.borrow() as seat:
        ask(seat)
        seat.close()
        with pytest.raises(BrokenPipeError):
            seat.write(b"too late\n")
    with pool.borrow() as seat:
        assert '"heard": "hello"' in ask(seat)


def test_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Neither idle processes nor those in use when it is left, nor the folder.
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    found = []
    command = (sys.executable, "-c", TALKER)
    with contextlib.suppress(KeyboardInterrupt), HarnessPool(command) as pool, pool.borrow() as one:
        with pool.borrow() as two:
            found = [pid(ask(one)), pid(ask(two))]
        raise KeyboardInterrupt
    assert len(found) == 2
    assert [process for process in found if runs(process)] == []
    assert list(tmp_path.iterdir()) == []


def test_a_command_that_is_not_there_is_a_pod_error() -> None:
    # The machine's fault, named.
    with HarnessPool(("/nowhere/python",)) as pool, pytest.raises(PodError, match="cannot start"), pool.borrow():
        pass
