"""Two runs of one submission at the same time do not disturb each other."""

import re
from pathlib import Path

import pytest

from grader.report.model import Report
from tests.attacks.attack import HONEST, REQUIREMENTS, Attack
from tests.relay import PATIENCE


def _source(attack: Attack) -> Path:
    return attack.zipped({"main.py": HONEST, "requirements.txt": REQUIREMENTS})


@pytest.mark.slow  # the machine is shared by two runs
def test_into_different_folders(attack: Attack) -> None:
    """Both are graded, and cleaning up after one takes nothing from the other."""
    source = _source(attack)
    first, second = attack.start(source), attack.start(source)
    attack.finish(first).graded(score=100)
    attack.finish(second).graded(score=100)


def test_into_the_same_folder(attack: Attack, tmp_path: Path) -> None:
    """Both succeed; the report that stays is one run's, page and data."""
    source, folder = _source(attack), tmp_path / "shared"
    runs = [attack.start(source, "--out", str(folder), "--seed", str(seed)) for seed in (111111, 222222)]
    texts = [process.communicate(timeout=PATIENCE)[0] for process in runs]
    assert [process.returncode for process in runs] == [0, 0], texts
    report = Report.model_validate_json((folder / "report.json").read_bytes())
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert set(re.findall(r"\b(?:111111|222222)\b", page)) == {str(report.seed)}
    assert {path.name for path in folder.iterdir()} == {"report.json", "report.html"}
