"""Processes and threads without end. The limit holds, inside; nothing of them is left, outside."""

import pytest

from grader.settings import Settings
from tests.attacks.attack import Attack

BOMB = """
import json, os, signal, threading, time

def processes():
    # Each child forks on as well; those that find no room left wait, and try again for ever.
    root, made, until = os.getpid(), 0, time.monotonic() + 1.5
    while time.monotonic() < until or os.getpid() != root:
        try:
            made += os.fork() != 0
        except OSError:
            time.sleep(1)
    seen = sum(name.isdecimal() for name in os.listdir("/proc"))
    print("FOUND", json.dumps({"seen": seen}), flush=True)

def threads():
    made = 0
    try:
        while made < 5_000:
            threading.Thread(target=time.sleep, args=(1e6,), daemon=True).start()
            made += 1
    except RuntimeError:
        pass
    print("FOUND", json.dumps({"seen": made}), flush=True)

def zombies():
    made = 0
    for _ in range(5_000):
        try:
            if os.fork() == 0:
                os._exit(0)
            made += 1
        except OSError:
            break
    print("FOUND", json.dumps({"seen": made}), flush=True)
"""
IN_A_REQUEST = """
@app.middleware("http")
async def once(request, call_next):
    if not getattr(app, "done", False):
        app.done = True
        {kind}()
    return await call_next(request)
"""


@pytest.mark.parametrize("kind", ["processes", "threads", "zombies"])
def test_in_a_request(attack: Attack, kind: str) -> None:
    """The first request starts as many as it can: the limit holds, and whatever fails then is its own doing."""
    outcome = attack.honest(BOMB, IN_A_REQUEST.format(kind=kind), env={"GRADER_CHECK_DEADLINE": "10"})
    outcome.graded()
    assert 20 < outcome.findings()["seen"] <= Settings().pids


def test_at_import(attack: Attack) -> None:
    """All processes that it may have fork on while it should start: it is rejected or graded, and nothing hangs."""
    outcome = attack.honest(BOMB + "processes()\n", env={"GRADER_STARTUP_DEADLINE": "10"})
    assert outcome.code in {0, 3}, outcome.text
    assert outcome.findings()["seen"] <= Settings().pids
