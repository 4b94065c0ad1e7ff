"""What is read of a submission: through intake, bounded, and nothing that is not a candidate's own code."""

import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.errors import ArchiveRejected
from grader.settings import Settings
from grader.similar import read
from grader.similar.read import MAX_FILE_BYTES, is_compared, read_code

Put = Callable[..., Path]


def paths(source: Path) -> list[str]:
    """The files that are compared."""
    return [file.path for file in read_code(source, "x", Settings()).files]


@pytest.mark.parametrize(
    ("path", "compared"),
    [
        ("main.py", True),
        ("app/testing_tools.py", True),
        ("src/latest.py", True),
        ("README.md", False),
        ("test_users.py", False),
        ("app/users_test.py", False),
        ("conftest.py", False),
        ("tests/helpers.py", False),
        ("app/Tests/helpers.py", False),
        ("migrations/versions/0001.py", False),
        ("alembic/env.py", False),
        ("lib/site-packages/x.py", False),
    ],
)
def test_what_is_compared(path: str, compared: bool) -> None:
    """Tests look alike once names are gone, and Alembic writes its files itself."""
    assert is_compared(path) is compared


def test_what_intake_leaves_out_is_left_out(put: Put) -> None:
    """Virtual environments, whatever their name."""
    files = {"main.py": "x = 1", "e/pyvenv.cfg": "", "e/lib/x.py": "x = 1", ".venv/y.py": "", "node_modules/z.py": ""}
    assert paths(put("jane", files)) == ["main.py"]


def test_too_much_is_named_and_not_read(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large file; and of many, the largest, so that padding does not push the code out."""
    monkeypatch.setattr(read, "MAX_BYTES", 300_000)
    padding = {f"a{number}.py": "x = 1\n" * 20_000 for number in range(5)}
    code = read_code(
        put("jane", {**padding, "main.py": "y = 1\n", "z.py": "#" * (MAX_FILE_BYTES + 1)}), "x", Settings()
    )
    assert [file.path for file in code.files] == ["a0.py", "a1.py", "main.py"]
    assert dict(code.unread) == {
        "a2.py": "the submission has more than 0 MiB of Python",
        "a3.py": "the submission has more than 0 MiB of Python",
        "a4.py": "the submission has more than 0 MiB of Python",
        "z.py": "larger than 256 KiB",
    }


def test_the_text_is_that_of_the_file(put: Put) -> None:
    """With line feeds; bytes that are no text are marks."""
    code = read_code(put("jane", {"main.py": b"x = 1\r\ny = '\xff\x00'\r"}), "x", Settings())
    assert code.files[0].text == "x = 1\ny = '\ufffd\x00'\n"


def link(root: Path) -> Path:
    """A folder with a link out of it."""
    (root / "passwords.py").symlink_to("/etc/passwd")
    return root


def climbing(root: Path) -> Path:
    """An archive with a path that climbs."""
    with zipfile.ZipFile(root / "x.zip", "w") as archive:
        archive.writestr("../x.py", "x = 1")
    return root / "x.zip"


def pipe(root: Path) -> Path:
    """A folder with something that is never read to its end."""
    os.mkfifo(root / "main.py")
    return root


@pytest.mark.parametrize("hostile", [link, climbing, pipe])
def test_intake_judges(tmp_path: Path, hostile: Callable[[Path], Path]) -> None:
    """What a run would refuse is refused."""
    with pytest.raises(ArchiveRejected):
        read_code(hostile(tmp_path), "x", Settings())


def test_nothing_is_run_and_nothing_is_left(put: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No code of a submission is imported, and its unpacked files are gone."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    mark = tmp_path / "ran"
    source = put("jane", {"main.py": f"open({str(mark)!r}, 'w')", "sitecustomize.py": f"open({str(mark)!r}, 'w')"})
    assert paths(source) == ["main.py", "sitecustomize.py"]
    assert (mark.exists(), list((tmp_path / "temporary").iterdir())) == (False, [])


def test_challenge_and_digest_are_those_of_a_report(put: Put) -> None:
    """So a pseudonym is the same on both pages."""
    files: Any = {"main.py": "x = 1", "pyproject.toml": '[tool.grader]\nchallenge = "tiny"\n'}
    code = read_code(put("jane", files), "x", Settings())
    assert (code.challenge, len(code.digest)) == ("tiny", 64)
