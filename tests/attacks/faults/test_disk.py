"""A disk that is full, read-only or gone: one clear line, exit 4, a report where that can be, and no half of one."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.attacks.attack import HONEST, REQUIREMENTS, Attack, Outcome
from tests.relay import PATIENCE, Relay

Tiny = Callable[[str, str], Path]


def unreported(attack: Attack, outcome: Outcome, *words: str) -> None:
    """See that there is no report, no half of one, and a line that says why."""
    attack.runs.remove(outcome)  # what every other run must have written cannot be
    assert outcome.code == 4, outcome.text
    assert outcome.report is None
    assert "Traceback" not in outcome.text
    assert not [word for word in words if word not in " ".join(outcome.text.split())], outcome.text
    assert "scores 100 of 100" in outcome.text  # what was found out is not thrown away


def _source(attack: Attack) -> Path:
    return attack.zipped({"main.py": HONEST, "requirements.txt": REQUIREMENTS})


def test_full_where_the_report_goes(attack: Attack, tiny: Tiny) -> None:
    """There is room for `report.json` and not for `report.html`: neither stays, and the terminal has the verdict."""
    folder = tiny("full", "48k")
    outcome = attack.archive(_source(attack), "--out", str(folder))
    unreported(attack, outcome, "error:", "report could not be written: No space left on device", "name another --out")
    assert list(folder.iterdir()) == []


def test_full_temporary_folder(attack: Attack, tiny: Tiny) -> None:
    """The submission cannot be unpacked: not the candidate's fault, and the report says so."""
    folder = tiny("temp", "64k")
    source = attack.zipped(
        {"main.py": HONEST, "requirements.txt": REQUIREMENTS, "data.bin": os.urandom(300_000)}, name="big.zip"
    )
    outcome = attack.archive(source, env={"TMPDIR": str(folder)})
    outcome.at_fault("InfrastructureError", "No space left on device")
    assert list(folder.iterdir()) == []


def test_full_cache(attack: Attack, tiny: Tiny) -> None:
    """Nothing can be noted there: told as the machine's fault, with the setting that helps."""
    folder = tiny("cache", "4k")
    (folder / "stone").write_bytes(b"x" * 4096)
    outcome = attack.archive(_source(attack), env={"GRADER_CACHE_DIR": str(folder)})
    outcome.at_fault("ImageError", "No space left on device", "GRADER_CACHE_DIR")


@pytest.mark.parametrize("change", ["vanishes", "read-only"])
def test_the_reports_folder_changes_in_the_middle(attack: Attack, relay: Relay, tiny: Tiny, change: str) -> None:
    """Looked at before the work, it may be another at its end: made anew where that can be, else told."""
    folder = tiny("disk", "8m")
    target = folder / "report"
    target.mkdir()
    seen = relay.on(rb'"event":"check_finished"')
    process = attack.start(_source(attack), "--out", str(target), env=relay.env)
    assert seen.wait(PATIENCE)
    if change == "vanishes":
        target.rmdir()
    else:
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
    outcome = attack.finish(process)
    if change == "vanishes":
        attack.runs.remove(outcome)
        assert (outcome.code, {path.name for path in target.iterdir()}) == (0, {"report.json", "report.html"})
    else:
        unreported(attack, outcome, "report could not be written: Read-only file system")


@pytest.mark.parametrize("name", ["report.json", "report.html"])
def test_a_folder_has_the_reports_name(attack: Attack, tmp_path: Path, name: str) -> None:
    """Seen before any work is done: wrong usage, exit 2."""
    target = tmp_path / "taken"
    (target / name).mkdir(parents=True)
    outcome = attack.archive(_source(attack), "--out", str(target))
    attack.runs.remove(outcome)
    assert (outcome.code, outcome.report) == (2, None), outcome.text
    assert f"{name} in it is a folder" in outcome.text
