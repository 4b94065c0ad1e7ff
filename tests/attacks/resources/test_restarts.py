"""A challenge that ends the application and starts it again, and applications that make that hard."""

from pathlib import Path

import pytest

from grader.verdicts import Verdict
from tests.attacks.attack import REQUIREMENTS, Attack, Outcome

LIFE = Path(__file__).parents[2] / "lifecycle"
APP = (LIFE / "app" / "main.py").read_text(encoding="utf-8")
PACK = str(LIFE / "pack")
ONCE_ASKED = "    count = len(STARTS.read_text())\n    {deed}\n    return count\n"
AT_START = "app = FastAPI()\n{deed}\n"
KEPT = "life.a-kept"


def asked(deed: str) -> str:
    """The application, which does this after it was asked for its starts, and so before it is killed."""
    plain = "    return len(STARTS.read_text())\n"
    assert plain in APP
    return APP.replace(plain, ONCE_ASKED.format(deed=deed))


def started(deed: str) -> str:
    """The application, which does this whenever it starts."""
    plain = "app = FastAPI()\n"
    assert plain in APP
    return APP.replace(plain, AT_START.format(deed=deed))


@pytest.mark.parametrize(
    "deed",
    [
        pytest.param("os.chmod('/work', 0)", id="locks-its-folder"),
        pytest.param("os.system('rm -rf /work/*')", id="deletes-its-files", marks=pytest.mark.slow),
        pytest.param("os.remove('main.py'); os.mkdir('main.py')", id="swaps-its-code", marks=pytest.mark.slow),
        pytest.param("os.chmod('main.py', 0)", id="locks-its-code", marks=pytest.mark.slow),
    ],
)
def test_it_cannot_start_again(attack: Attack, deed: str) -> None:
    """Its own doing: that check fails, and what needs it is blocked."""
    outcome = attack.app(asked(deed), pack=PACK)
    report = outcome.graded(score=0)
    assert outcome.verdicts()[KEPT] is Verdict.FAILED
    assert set(outcome.verdicts().values()) == {Verdict.FAILED, Verdict.BLOCKED}
    failed = next(check for check in report.checks if check.id == KEPT)
    assert "its process ended (status" in failed.evidence.model_dump_json()


FULL = """
try:
    Path("full").write_bytes(bytes(300 * 1024 * 1024))
except OSError:
    pass
"""
DAEMON = """
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        while True:
            signal.pause()
    os._exit(0)
"""
THREADS = """
import threading

for _ in range(150):
    threading.Thread(target=threading.Event().wait, daemon=True).start()
"""


@pytest.mark.parametrize(
    "deed",
    [
        pytest.param(FULL, id="full-volume", marks=pytest.mark.slow),
        pytest.param(DAEMON, id="deaf-daemon"),
        pytest.param(THREADS, id="many-threads", marks=pytest.mark.slow),
    ],
)
def test_an_end_is_whole(attack: Attack, deed: str) -> None:
    """Its files are there still, its processes are not, and each start has room: what it does right, it earns."""
    terminated(attack, started(deed)).graded(score=100)


@pytest.mark.slow
def test_an_end_that_never_comes(attack: Attack) -> None:
    """Its shutdown waits for ever: SIGTERM has not ended it in time, which fails, and SIGKILL does."""
    outcome = terminated(attack, started("app.router.on_shutdown.append(lambda: signal.pause())"))
    outcome.graded(below=100)
    assert outcome.verdicts()["life.b-terminated"] is Verdict.FAILED


def terminated(attack: Attack, main: str) -> Outcome:
    """Hand it in for the check of an orderly end alone."""
    zipped = attack.zipped({"main.py": main, "requirements.txt": REQUIREMENTS})
    return attack.archive(zipped, "--only", "life.b-terminated", pack=PACK)
