"""Every port of the pod's loopback that a client could come from is taken."""

from grader.verdicts import Verdict
from tests.attacks.attack import Attack

DEED = """
import os, signal, socket

def take_all():
    first, last = map(int, open("/proc/sys/net/ipv4/ip_local_port_range").read().split())
    ready, told = os.pipe()
    parts = range(first, last + 1, 900)
    for start in parts:
        if os.fork() == 0:
            kept = []
            for port in range(start, min(start + 900, last + 1)):
                one = socket.socket()
                try:
                    one.bind(("0.0.0.0", port))
                    kept.append(one)
                except OSError:
                    one.close()
            os.write(told, b".")
            signal.pause()
    for _ in parts:
        os.read(ready, 1)

@app.middleware("http")
async def after_the_first(request, call_next):
    response = await call_next(request)
    if not getattr(app, "done", False):
        app.done = True
        take_all()
    return response
"""


def test_none_is_left(attack: Attack) -> None:
    """The harness cannot connect any more: such requests have failed, which is no fault of the grader's."""
    outcome = attack.honest(after=DEED)
    report = outcome.graded(below=100)
    assert set(outcome.verdicts().values()) <= {Verdict.PASSED, Verdict.FAILED, Verdict.BLOCKED}
    seen = [check.evidence.model_dump_json() for check in report.checks if check.verdict is Verdict.FAILED]
    assert seen
    assert all("hold every port" in evidence for evidence in seen), seen
