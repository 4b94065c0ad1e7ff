"""Whoever listens and then hangs fails checks that say so, in bounded time."""

import pytest

from grader.verdicts import Verdict
from tests.attacks.attack import Attack

SHORT = {"GRADER_CHECK_DEADLINE": "4", "GRADER_TOTAL_DEADLINE": "15"}
MUTE = """
import socket, time
listener = socket.create_server(("127.0.0.1", 8000), backlog=4096)
time.sleep(1e6)
"""
STOPS = """
@app.middleware("http")
async def stop(request, call_next):
    import os, signal
    os.kill(os.getpid(), signal.SIGSTOP)
"""
SPINS = """
import threading, time

def spin():
    while True:
        pass

@app.middleware("http")
async def all_threads(request, call_next):
    for _ in range(50):
        threading.Thread(target=spin, daemon=True).start()
    spin()
"""
ACCEPTS = """
import socket, time
listener, kept = socket.create_server(("127.0.0.1", 8000)), []
while True:
    kept.append(listener.accept())
"""
SLOW_THREADS = "import os\nfor _ in range(8):\n    if os.fork() == 0:\n        while True:\n            pass\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("", STOPS, id="stops-itself"),
        pytest.param(ACCEPTS, "", id="accepts-and-is-silent"),
        pytest.param(MUTE, "", id="listens-and-never-accepts", marks=pytest.mark.slow),
        pytest.param("", SPINS, id="spins-in-all-threads", marks=pytest.mark.slow),
    ],
)
def test_earns_nothing(attack: Attack, before: str, after: str) -> None:
    """All of it fails or is blocked; it is no fault of the machine, which had time for whoever wanted any."""
    outcome = attack.honest(before, after, env=SHORT)
    outcome.graded(score=0)
    assert set(outcome.verdicts().values()) <= {Verdict.FAILED, Verdict.BLOCKED}
    assert Verdict.FAILED in outcome.verdicts().values()


def test_processes_that_spin_beside_a_correct_solution(attack: Attack) -> None:
    """Eight of them share the application's CPU with it: slower, and as correct as before."""
    outcome = attack.honest(SLOW_THREADS)
    outcome.graded(score=100)
