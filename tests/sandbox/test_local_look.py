"""What the processes of a group do, as the kernel tells."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from grader.errors import PodError
from grader.sandbox import local_look
from grader.sandbox.local_look import look_at_group
from grader.sandbox.local_process import LocalProcess, started
from grader.sandbox.process import is_asleep

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc")

READY = "import os, sys; os.write(1, b'ready\\n')\n"
SLEEPS = READY + "sys.stdin.read()"
SPINS = READY + "while True: pass"
WAITS_IN_VFORK = """
import ctypes, os, sys
libc = ctypes.PyDLL(None)
if os.fork() == 0:
    libc.prctl(1, 9)  # PR_SET_PDEATHSIG
    if libc.vfork() == 0:
        libc.prctl(1, 9)
        os.write(1, b'ready\\n')
        libc.pause()
sys.stdin.read()
"""
SPINS_IN_A_THREAD = "import sys, threading\ndef spin():\n    while True: pass\nthreading.Thread(target=spin).start()\n"
SPINS_IN_A_CHILD = "import os, sys, time\nif os.fork() == 0:\n    while True: pass\n"
SPUN_IN_A_THREAD = """
import threading, time
def spin():
    while time.thread_time() < 0.2: pass
thread = threading.Thread(target=spin)
thread.start()
thread.join()
"""


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Any]:
    """Runs a program until the test ends; it has said that it is ready when this returns."""
    with ExitStack() as stack:

        def running(source: str) -> LocalProcess:
            command = [sys.executable, "-c", source]
            process = stack.enter_context(started(command, cwd=tmp_path, environment=dict(os.environ), talks=True))
            assert next(process.chunks()) == b"ready\n"
            return process

        yield running


def asleep_in_the_end(process: LocalProcess) -> bool:
    """Whether it is asleep now, or after some more looks; who wants a CPU on a busy machine never is."""
    return any(process.look().asleep for _ in range(5_000))


def test_who_waits_is_asleep(run: Any) -> None:
    """And its CPU time is known."""
    process = run(SLEEPS)
    assert asleep_in_the_end(process)
    assert process.look().cpu_seconds is not None


def test_who_was_stopped_is_asleep(run: Any) -> None:
    """It wants no CPU; else a candidate that stops a child of its own would never be found asleep."""
    process = run(SPINS)
    process.pause()
    os.waitid(os.P_PID, process._process.pid, os.WSTOPPED | os.WNOWAIT)
    assert process.look().asleep


def test_who_waits_for_a_vforked_child_is_asleep(run: Any) -> None:
    """It looks like one that waits for a disk; else a candidate with such a thread would never be found asleep."""
    assert asleep_in_the_end(run(WAITS_IN_VFORK))


@pytest.mark.parametrize(
    ("state", "waits_in", "asleep"),
    [
        pytest.param("Ssl", "ep_poll", True, id="it waits"),
        pytest.param("Ds", "kernel_clone", True, id="for a child of its own"),
        pytest.param("D", "_do_fork", True, id="likewise, on an older kernel"),
        pytest.param("D", "folio_wait_bit_commo", False, id="for a disk"),
        pytest.param("D", "-", False, id="nobody knows for what"),
        pytest.param("R", "kernel_clone", False, id="it runs"),
    ],
)
def test_what_counts_as_asleep(state: str, waits_in: str, *, asleep: bool) -> None:
    """Whoever may be waiting for the machine does not."""
    assert is_asleep(state, waits_in) is asleep


@pytest.mark.parametrize(
    "source", [SPINS, SPINS_IN_A_THREAD + SLEEPS, SPINS_IN_A_CHILD + SLEEPS], ids=["alone", "in a thread", "in a child"]
)
def test_who_computes_is_awake_and_uses_time(run: Any, source: str) -> None:
    """In any of its threads and processes."""
    process = run(source)
    before = process.look()
    while (now := process.look()).cpu_seconds < before.cpu_seconds + 0.05:
        assert not now.asleep
    assert not before.asleep


def test_time_that_ended_threads_have_used_counts(run: Any) -> None:
    """As with a pool that makes a thread for each request."""
    assert run(SPUN_IN_A_THREAD + SLEEPS).look().cpu_seconds >= 0.2


def test_who_has_ended_cannot_be_looked_at(run: Any) -> None:
    """It is said, and is no crash."""
    process = run(READY)
    process.wait()
    with pytest.raises(PodError, match="nothing can be seen"):
        process.look()


def test_names_may_hold_anything(run: Any) -> None:
    """Also what looks like the fields behind them."""
    name = ") R 1 ("
    process = run(f"open('/proc/self/comm', 'w').write({name!r})\n{SLEEPS}")
    assert asleep_in_the_end(process)


def test_without_proc_nobody_can_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS."""
    monkeypatch.setattr(local_look, "PROC", tmp_path / "none")
    with pytest.raises(PodError):
        look_at_group(os.getpgrp())
