"""Reports reach the disk whole or not at all."""

import errno
import json
import os
from pathlib import Path

import pytest

from grader.errors import InfrastructureError, UsageError
from grader.report.logbook import Logbook
from grader.report.model import Report
from grader.report.write import require_writable, write_report
from grader.request import Request


@pytest.fixture
def report() -> Report:
    """A report of a run that came to nothing."""
    return Logbook(Request(Path("x.zip"), seed=1)).report()


def test_a_report_survives_the_way_to_disk_and_back(report: Report, tmp_path: Path) -> None:
    """What is read equals what was written."""
    path = write_report(report, tmp_path / "new" / "folder")
    assert Report.model_validate_json(path.read_text()) == report


def test_nothing_else_is_left_in_the_folder(report: Report, tmp_path: Path) -> None:
    """The temporary files became the report, for programs and for people."""
    write_report(report, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "report.json"]


def test_a_disk_that_is_full_leaves_the_old_report(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failed write raises, keeps what was there, and leaves no half file."""
    write_report(report, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InfrastructureError, match="No space left on device"):
        write_report(report, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_lone_surrogates_do_not_stop_a_report(tmp_path: Path) -> None:
    """A file name that is not UTF-8 is still reported."""
    request = Request(Path(os.fsdecode(b"\xff.zip")), seed=1)
    path = write_report(Logbook(request).report(), tmp_path)
    assert json.loads(path.read_text())["seed"] == 1
    assert "\\udcff" in path.with_suffix(".html").read_text()


def test_a_file_in_the_way_is_wrong_usage(tmp_path: Path) -> None:
    """`--out` below a file cannot work, and is refused before any work is done."""
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="--out"):
        require_writable(tmp_path / "file" / "deeper")


def test_a_folder_that_is_not_there_yet_is_fine(tmp_path: Path) -> None:
    """It is made only when there is a report."""
    require_writable(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []
