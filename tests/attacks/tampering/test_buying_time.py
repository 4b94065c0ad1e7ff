"""A defect that only a wait in vain can show, by applications that make it look as if the machine were too busy.

What the machine kept from being decided is left out of the score, so whoever gets there loses nothing by a defect.
"""

import pytest

from grader.verdicts import Verdict
from tests.attacks.attack import Attack
from tests.attacks.tampering.apps import blocking, decided

CHILDREN = """
import ctypes, os, signal
libc = ctypes.PyDLL(None)
if os.fork() == 0:
    if libc.vfork() == 0:
        while True:
            libc.pause()
for end in (signal.SIGSTOP, signal.SIGKILL):
    child = os.fork()
    if child == 0:
        while True:
            signal.pause()
    os.kill(child, end)
"""
SPINS_NOW_AND_THEN = """
import threading, time
def spin():
    while True:
        until = time.thread_time() + 0.004
        while time.thread_time() < until:
            pass
        time.sleep(0.004)
threading.Thread(target=spin, daemon=True).start()
"""
CALLS_AGAIN = """
    import threading
    answered = threading.Event()
    def call():
        while not answered.wait(0.1):
            try:
                httpx.get(url, timeout=0.05)
            except httpx.HTTPError:
                pass
    threading.Thread(target=call, daemon=True).start()
    try:
        return httpx.get(url, timeout=None).json()
    finally:
        answered.set()
"""
TALKS = """
    import socket, threading
    answered = threading.Event()
    def talk():
        while not answered.wait(0.02):
            httpx.get(f"{os.environ['TAGS_URL']}/nothing/{os.urandom(4).hex()}")
    threading.Thread(target=talk, daemon=True).start()
    try:
        return httpx.get(url, timeout=None).json()
    finally:
        answered.set()
"""


@pytest.mark.parametrize(
    "main",
    [
        pytest.param(blocking(CHILDREN), id="a thread that waits as if for a disk, a stopped child, a dead one"),
        pytest.param(blocking(within=CALLS_AGAIN), id="the same call over and over"),
        pytest.param(
            blocking(SPINS_NOW_AND_THEN, TALKS),
            id="half of a processor, and idle talk with an upstream",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_blocked_loop_that_looks_busy(attack: Attack, main: str) -> None:
    """It fails like any other one that blocks, and for that alone."""
    outcome = decided(attack, lambda: attack.app(main))
    outcome.graded(score=80)
    assert outcome.verdicts()["notes.tags"] is Verdict.FAILED
    assert outcome.lost() == {"notes.tags"}
