"""A challenge that migrates: Alembic runs the candidate's `env.py`, before the application starts and for insight."""

import json
import shutil
from pathlib import Path

import pytest

from grader.insight.migrations import MARKER, STEPS
from tests.attacks.attack import PACK, Attack

INI = "[alembic]\nscript_location = migrations\n"
HOSTILE = "<script>alert(1)</script>\x1b]0;owned\x07"


def said(ok: bool, output: str) -> str:
    """Code that says this in place of the grader's script, and ends that."""
    line = f"\n{MARKER}{json.dumps([{'ok': ok, 'output': output}] * len(STEPS))}\n"
    return (
        f"os.write(os.open(f'/proc/{{os.getppid()}}/fd/1', os.O_WRONLY), {line.encode()!r}); os.kill(os.getppid(), 9)"
    )


@pytest.fixture
def migrating(tmp_path: Path) -> str:
    """The attacks' pack, which also migrates."""
    pack = tmp_path / "migrating"
    shutil.copytree(PACK, pack)
    rubric = pack / "challenge.toml"
    rubric.write_text(f"migrations = true\n{rubric.read_text(encoding='utf-8')}", encoding="utf-8")
    return str(pack)


def env(first: str, later: str) -> dict[str, str]:
    """A submission's migrations: what `env.py` does when it is run for the application, and in all other runs."""
    mark = "import os, sys, time\nagain = os.path.exists('.once')\nopen('.once', 'w').close()\n"
    return {"alembic.ini": INI, "migrations/env.py": f"{mark}if again:\n    {later}\nelse:\n    {first}\n"}


@pytest.mark.parametrize(
    ("later", "oks"),
    [
        pytest.param(said(ok=False, output=HOSTILE), [False] * len(STEPS), id="forged output"),
        pytest.param(said(ok=True, output="x" * 2_001), [], id="too much forged output", marks=pytest.mark.slow),
        pytest.param(f"print({MARKER!r} + '[]'); os._exit(1)", [True, False, False, False], id="what it prints"),
        pytest.param(
            "os.remove('migrations/env.py')", [True, True, False, False], id="it deletes itself", marks=pytest.mark.slow
        ),
        pytest.param("os.write(1, b'x' * 10**9)", [], id="a gigabyte", marks=pytest.mark.slow),
    ],
)
def test_what_migrations_say_of_themselves(attack: Attack, migrating: str, later: str, oks: list[bool]) -> None:
    """At worst a lie is shown, as text, with what explains and decides nothing; the score has no part in it."""
    outcome = attack.honest(files=env("pass", later), pack=migrating)
    report = outcome.graded(score=100)
    assert [step.ok for step in report.migrations] == oks
    page = (outcome.folder / "report.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "\x1b" not in page + outcome.text


def test_migrations_that_never_end(attack: Attack, migrating: str) -> None:
    """The application then never listens, which is its own fault."""
    outcome = attack.honest(
        files=env("time.sleep(10**6)", "pass"), pack=migrating, env={"GRADER_STARTUP_DEADLINE": "5"}
    )
    outcome.rejected("StartRejected", "did not listen", "within 5 s")
