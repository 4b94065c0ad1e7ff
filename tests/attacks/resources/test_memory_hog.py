"""Memory without end: the kernel ends the process at its limit, and the report says why."""

from tests.attacks.attack import Attack

LIMIT = {"GRADER_MEMORY_BYTES": str(256 * 1024 * 1024)}
WORDS = "[grader] the process was killed for using more than 256 MiB"
HOG = "def hog():\n    kept = []\n    while True:\n        kept.append(bytearray(8 * 1024 * 1024))\n"


def test_at_import(attack: Attack) -> None:
    """It never listens, and is rejected by the signal that ended it."""
    outcome = attack.honest(after=HOG + "hog()", env=LIMIT)
    outcome.rejected("StartRejected", "signal 9", WORDS)
    assert WORDS in outcome.log


def test_in_a_request(attack: Attack) -> None:
    """The first note takes everything: its check fails, and what comes later is blocked."""
    deed = HOG + '@app.middleware("http")\nasync def all_of_it(request, call_next):\n    hog()\n'
    outcome = attack.honest(after=deed, env=LIMIT)
    outcome.graded(score=0)
    assert WORDS in outcome.log


def test_by_files_and_shared_memory(attack: Attack) -> None:
    """Memory that belongs to no process counts as well: System V segments and files without a name."""
    deed = """
import ctypes, os

def hog():
    for _ in range(100):
        one = os.memfd_create("x")
        os.write(one, bytes(16 * 1024 * 1024))

hog()
"""
    attack.honest(after=deed, env=LIMIT).rejected("StartRejected", "signal 9")
