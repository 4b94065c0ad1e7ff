"""Fifty kills at random moments of a load of five hundred events: every event that was accepted reaches the ledger."""

import json
import shutil
from pathlib import Path

import pytest

from grader.challenge.pack import load_shipped
from grader.grade import grade
from grader.places import challenges_dir, references_dir
from grader.request import NobodyWatches, Request
from grader.sandbox.local_backend import LocalSandbox
from grader.settings import Settings
from grader.verdicts import Verdict

CHECK = Path(__file__).parent / "checks" / "kills.py"
RUBRIC = """\
slug = "kills"
title = "Kills"
version = "1.0.0"
level = "senior"
summary = "webhook-inbox, killed over and over."
minutes = 5
restarts = true
migrations = true

[categories]
durability = 100

[upstreams]
ledger = "LEDGER_URL"

[environment]
"""
SETTINGS = Settings(check_deadline=1_200, total_deadline=1_500)
"""Each kill is a start, and each start a migration."""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """webhook-inbox with one check of ours in place of its own, and with its client."""
    folder = tmp_path / "pack"
    shipped = challenges_dir() / "webhook-inbox"
    (folder / "checks").mkdir(parents=True)
    for name in ("BRIEF.md", "openapi.yaml", "checks/conftest.py"):
        shutil.copy(shipped / name, folder / name)
    shutil.copy(CHECK, folder / "checks")
    variables = load_shipped("webhook-inbox").rubric.environment
    lines = [f"{name} = {json.dumps(value)}\n" for name, value in variables.items()]
    (folder / "challenge.toml").write_text(RUBRIC + "".join(lines))
    return folder


def test_nothing_is_lost(pack: Path) -> None:
    # Deliveries, attempts and pauses are all cut off somewhere.
    job = Request(references_dir() / "webhook-inbox" / "reference", str(pack), seed=1, sandbox="local", insight=False)
    report = grade(job, LocalSandbox(SETTINGS), SETTINGS, NobodyWatches())
    assert report.problem is None
    assert [(check.verdict, check.evidence.findings) for check in report.checks] == [(Verdict.PASSED, [])]
