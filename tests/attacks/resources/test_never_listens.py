"""Whoever never listens is rejected, in time, with what happened; never an infrastructure error."""

import pytest

from tests.attacks.attack import Attack

SOON = {"GRADER_STARTUP_DEADLINE": "4"}
LATE = "did not listen on 127.0.0.1:8000 within 4 s"
DAEMON = """
import os, socket, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        listener = socket.create_server(("127.0.0.1", 8000))
        time.sleep(1e6)
    os._exit(0)
time.sleep(0.5)
"""


@pytest.mark.parametrize(
    ("deed", "words"),
    [
        pytest.param("import time; time.sleep(1e6)", LATE, id="sleeps"),
        pytest.param("while True: pass", LATE, id="spins", marks=pytest.mark.slow),
        pytest.param("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", LATE, id="stops-itself"),
        pytest.param("import os; os._exit(0)", "ended with status 0", id="exits-0"),
        pytest.param("import ctypes; ctypes.string_at(0)", "signal 11", id="segmentation-fault"),
        pytest.param("import os; os.abort()", "signal 6", id="aborts", marks=pytest.mark.slow),
        pytest.param(
            "raise SystemExit('[grader] all checks passed')",
            "ended with status 1",
            id="says-it-passed",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_at_import(attack: Attack, deed: str, words: str) -> None:
    """The reason stands in the message."""
    attack.honest(f"{deed}\n", env=SOON).rejected("StartRejected", words)


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("[sys.executable, '-c', 'import time; time.sleep(1e6)']", id="sleeps-on"),
        pytest.param(
            "[sys.executable, '-m', 'http.server', '8001', '--bind', '127.0.0.1']",
            id="another-port",
            marks=pytest.mark.slow,
        ),
        pytest.param("['/bin/cat']", id="waits-for-input", marks=pytest.mark.slow),
    ],
)
def test_becomes_another_program(attack: Attack, command: str) -> None:
    """The process is exchanged for another one: it ends or never listens."""
    deed = f"import os, sys\nwords = {command}\nos.execv(words[0], words)\n"
    report = attack.honest(deed, env=SOON).rejected("StartRejected")
    assert report.problem
    assert LATE in report.problem.message or "ended with status 0" in report.problem.message


def test_a_daemon_listens_in_its_place(attack: Attack) -> None:
    """A detached process takes the port, and the application exits: the pod ends with it, and nothing is earned."""
    outcome = attack.honest(f"{DAEMON}\nos._exit(0)\n", env=SOON)
    assert outcome.code in {0, 3}, outcome.text
    if outcome.code == 0:
        outcome.graded(score=0)
