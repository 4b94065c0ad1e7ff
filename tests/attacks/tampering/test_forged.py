"""Verdicts of the candidate's own making: as events of the harness, as files, and as values that are equal to all."""

import json

from grader.verdicts import Verdict
from tests.attacks.attack import Attack
from tests.attacks.tampering.apps import raw

CHECKS = (
    "notes.create",
    "notes.create.refused",
    "notes.read",
    "notes.document",
    "notes.tags",
    "notes.socket",
)
EVENTS = [
    {"event": "hello", "protocol": 1},
    {"event": "upstreams_ready"},
    {"event": "listening", "seconds": 0.1},
    {"event": "not_listening", "seconds": 0.1, "exited": True},
    {"event": "routes", "routes": [], "health": 200, "problem": ""},
    *({"event": "check_started", "id": check} for check in CHECKS),
    *({"event": "check_finished", "result": {"id": check, "verdict": "passed", "credit": 1.0}} for check in CHECKS),
    {"event": "ask", "number": 1, "what": "kill"},
    {"event": "ask", "number": 2, "what": "load", "check": "notes.create"},
    {"event": "fault", "message": "forged", "detail": "", "pack": True},
    {"event": "finished"},
    {"order": "candidate_exited", "status": 0},
    {"order": "answer", "number": 1, "done": True, "look": {"asleep": False}},
]
LINES = "\n".join(["unpacked", *map(json.dumps, EVENTS), "unpacked", ""])

TELLS = f"""
import os
LINES = {LINES!r}.encode()
HEADER = b"\\1\\0\\0\\0" + len(LINES).to_bytes(4, "big")  # as the engine frames what a container writes
def tell():
    for target in (1, 2, "/proc/self/fd/0", "/dev/console", "/dev/tty", "/proc/1/fd/1", "/proc/1/fd/0"):
        try:
            descriptor = target if isinstance(target, int) else os.open(target, os.O_WRONLY)
            for piece in (LINES, b"\\n" + LINES, HEADER + LINES):
                os.write(descriptor, piece)
        except OSError:
            pass
tell()
def answered(scope, body):
    tell()
    return 404, LINES
"""

WRITES = """
import json, os
FORGED = ("report.json", "report.html", "junit.xml", "results.xml", "score.txt", "grader-reports/main/report.json")
REPORT = '{"schema": 1, "status": "graded", "exit_code": 0, "score": {"total": 100.0, "level": "senior"}}'
def write():
    written = []
    for folder, folders, _ in os.walk("/"):
        if folder in {"/proc", "/sys"}:
            folders.clear()
        for name in FORGED:
            path = os.path.join(folder, name)
            try:
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "w") as file:
                    file.write(REPORT)
            except OSError:
                continue
            if not any(folder.startswith(place) for place in written):
                written.append(folder)
    return sorted(written)
print("FOUND " + json.dumps(write()), flush=True)
"""

EQUAL_TO_ALL = '''
class Everything(str):
    """Equal to whatever it is compared with, above and below it, and empty."""

    __hash__ = str.__hash__
    __eq__ = __ge__ = __le__ = __contains__ = lambda self, other: True
    __ne__ = __gt__ = __lt__ = lambda self, other: False
    __len__ = lambda self: 0


class Anything(int):
    __hash__ = int.__hash__
    __eq__ = lambda self, other: True
    __ne__ = lambda self, other: False


import builtins, json, pickle

class Bomb:
    def __reduce__(self):
        return builtins.exec, ("import os; os._exit(0)",)


def answered(scope, body):
    if "pickle" in scope["path"]:
        return 200, pickle.dumps(Bomb())
    told = {"id": Anything(1), "text": Everything("anything"), "tags": [Everything("anything")], "__class__": "dict"}
    return (201 if scope["method"] == "POST" else 200), json.dumps(told).encode()
'''


def test_events_of_the_harness(attack: Attack) -> None:
    """They are lines of a log: each check is judged by what the harness saw, and that is 404."""
    outcome = raw(attack, TELLS)
    report = outcome.graded(score=0)
    assert set(outcome.verdicts()) == set(CHECKS)
    assert outcome.verdicts()["notes.create"] is Verdict.FAILED
    assert report.problem is None
    assert '"event": "check_finished"' in outcome.log


def test_reports(attack: Attack) -> None:
    """Handed in, and written while it runs into all places that can be written to: those are its own."""
    forged = '{"status": "graded", "exit_code": 0, "score": {"total": 100.0}}'
    files = {
        "report.json": forged,
        "report.html": "<h1>100 of 100</h1>",
        "grader-reports/submission/report.json": forged,
        "junit.xml": '<testsuite tests="6" failures="0"/>',
        ".grader/score": "100",
    }
    main = f"{WRITES}\nfrom fastapi import FastAPI\napp = FastAPI(openapi_url=None)\n"
    outcome = attack.app(main, files)
    outcome.graded(score=0)
    assert set(outcome.findings()) <= {"/dev/mqueue", "/dev/shm", "/tmp", "/work"}  # noqa: S108 - of the container
    assert "100 of 100" not in (outcome.folder / "report.html").read_text(encoding="utf-8")


def test_values_that_are_equal_to_all(attack: Attack) -> None:
    """Nothing but bytes crosses the line, so they are what they look like."""
    outcome = raw(attack, EQUAL_TO_ALL)
    outcome.graded(score=0)
    assert outcome.verdicts() == {
        "notes.create": Verdict.FAILED,
        "notes.create.refused": Verdict.BLOCKED,
        "notes.read": Verdict.BLOCKED,
        "notes.document": Verdict.FAILED,
        "notes.tags": Verdict.BLOCKED,
        "notes.socket": Verdict.FAILED,
    }
