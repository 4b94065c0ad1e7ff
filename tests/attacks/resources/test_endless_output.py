"""Output without end, on either stream, with and without lines. It costs the engine no more than a little."""

import pytest

from grader.sandbox.process import TAIL_BYTES
from grader.sandbox.throttle import BYTES_A_SECOND, FREE_BYTES
from tests.attacks.attack import Attack

FLOOD = """
import json, os, threading, time

def flood(descriptor, piece):
    began, written = time.monotonic(), 0
    while (seconds := time.monotonic() - began) < 4:
        written += os.write(descriptor, piece)
    os.write(descriptor, b"\\nFOUND " + json.dumps({{"bytes": written, "seconds": seconds}}).encode() + b"\\n")

if os.fork() == 0:
    flood({descriptor}, {piece})
    os._exit(0)
"""
FOR_EVER = """
import os, threading

def write(to):
    while True:
        os.write(to, bytes(65_536))

if os.fork() == 0:
    for to in (1, 1, 2):
        threading.Thread(target=write, args=(to,)).start()
    write(2)
"""
BUFFERED = 8 * 1024 * 1024
"""What pipes and sockets on the way may hold, generously."""


@pytest.mark.parametrize(
    ("descriptor", "piece"),
    [
        pytest.param(1, "(b'x' * 79 + b'\\n') * 800", id="lines"),
        pytest.param(1, "bytes(65_536)", id="nuls", marks=pytest.mark.slow),
        pytest.param(2, "b'<&\\x1b]0;\\xff' * 8_000", id="stderr-without-a-line", marks=pytest.mark.slow),
    ],
)
def test_beside_a_correct_solution(attack: Attack, descriptor: int, piece: str) -> None:
    """Nothing is lost or gained, the report keeps the end of it, and what is taken of it has its bound."""
    outcome = attack.honest(FLOOD.format(descriptor=descriptor, piece=piece), "import time; time.sleep(4.5)")
    report = outcome.graded(score=100)
    assert len(report.log) <= 4 * TAIL_BYTES  # each byte made visible
    assert (outcome.folder / "report.json").stat().st_size < 1_000_000
    found = outcome.findings()
    assert found["bytes"] <= FREE_BYTES + BYTES_A_SECOND * found["seconds"] + BUFFERED


def test_without_an_end(attack: Attack) -> None:
    """Four threads write as long as they live, and the pod is gone in time all the same."""
    attack.honest(FOR_EVER).graded(score=100)
