"""The folder for an unpacked submission, and sweeping those of killed runs."""

import tempfile
from pathlib import Path

import pytest

from grader.errors import InfrastructureError
from grader.workspace import PREFIX, sweep_workspaces, workspace


@pytest.fixture(autouse=True)
def _own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_it_is_private_and_gone_afterwards(tmp_path: Path) -> None:
    with workspace() as folder:
        assert (folder.parent, folder.stat().st_mode & 0o777) == (tmp_path, 0o700)
        assert folder.name.startswith(PREFIX)
    assert list(tmp_path.iterdir()) == []


def test_a_sweep_takes_abandoned_ones_only(tmp_path: Path) -> None:
    # Who holds a folder lives; a killed one holds nothing any more. What is not ours by name or kind stays.
    (tmp_path / f"{PREFIX}dead" / "sub").mkdir(parents=True)
    (tmp_path / "grader-notes").mkdir()
    (tmp_path / f"{PREFIX}file").touch()
    (tmp_path / f"{PREFIX}link").symlink_to(tmp_path / "grader-notes")
    with workspace() as alive:
        assert sweep_workspaces() == [f"folder {tmp_path}/{PREFIX}dead"]
        assert alive.exists()
    assert {path.name for path in tmp_path.iterdir()} == {"grader-notes", f"{PREFIX}file", f"{PREFIX}link"}


def test_no_place_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    with pytest.raises(InfrastructureError, match="/nowhere") as caught, workspace():
        pass
    assert "TMPDIR" in caught.value.hint
