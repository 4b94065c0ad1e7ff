"""A subprocess that stands still and goes on."""

import os
import sys
from pathlib import Path

import pytest

from grader.errors import PodError
from grader.sandbox.local_process import started

ECHO = "import sys\nfor line in sys.stdin.buffer:\n    sys.stdout.buffer.write(line)\n    sys.stdout.buffer.flush()\n"


def state(pid: int) -> str:
    """The kernel's letter for it: T is stopped."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="states are read from /proc")
def test_a_process_stands_still_until_it_goes_on(tmp_path: Path) -> None:
    """What is written to it meanwhile has an answer once it goes on."""
    with started([sys.executable, "-c", ECHO], cwd=tmp_path, environment=dict(os.environ), talks=True) as process:
        chunks = process.chunks()
        process.write(b"one\n")
        assert next(chunks) == b"one\n"
        process.pause()
        os.waitid(os.P_PID, process._process.pid, os.WSTOPPED | os.WNOWAIT)
        assert state(process._process.pid) == "T"
        process.write(b"two\n")
        process.resume()
        assert next(chunks) == b"two\n"
        process.pause()
    assert not process.runs()


def test_a_process_that_has_ended_cannot_be_paused(tmp_path: Path) -> None:
    """It is said, and is no crash."""
    with started([sys.executable, "-c", ""], cwd=tmp_path, environment=dict(os.environ)) as process:
        process.wait()
        with pytest.raises(PodError):
            process.pause()


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="there is one CPU")
def test_a_process_leaves_the_first_cpu_and_comes_back(tmp_path: Path) -> None:
    """With all its threads: the latency driver has that CPU for itself meanwhile."""
    threads = "import os, threading\nthreading.Thread(target=threading.Event().wait).start()\nos.write(1, b'ready')\n"
    with started([sys.executable, "-c", threads], cwd=tmp_path, environment=dict(os.environ), talks=True) as process:
        assert next(process.chunks()) == b"ready"
        every = os.sched_getaffinity(0)
        process.leave_first_cpu()
        assert _affinities(process._process.pid) == [every - {min(every)}] * 2
        process.use_all_cpus()
        assert _affinities(process._process.pid) == [every] * 2


def _affinities(pid: int) -> list[set[int]]:
    """Of each thread."""
    return [os.sched_getaffinity(int(thread.name)) for thread in Path(f"/proc/{pid}/task").iterdir()]
