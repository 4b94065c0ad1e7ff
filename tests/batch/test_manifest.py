"""Manifests: what spreadsheets write is taken, and what is wrong is said with its place."""

from pathlib import Path

import pytest

from grader.batch.manifest import Row, read_manifest
from grader.errors import UsageError


def rows(folder: Path, name: str, text: str | bytes) -> list[Row]:
    """The rows of a manifest with this text."""
    file = folder / name
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_manifest(file)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("m.csv", "name,file,challenge\nAda,a.zip,tiny\n", id="csv"),
        pytest.param("m.csv", "\ufeffName;File;Challenge\r\nAda;a.zip;tiny\r\n\r\n", id="as a spreadsheet saves it"),
        pytest.param("m.csv", 'challenge,file,name\n tiny ,"a.zip",Ada\n', id="another order, spaces and quotes"),
        pytest.param("m.json", '[{"file": "a.zip", "name": "Ada", "challenge": "tiny"}]', id="json"),
        pytest.param("M.JSON", '\ufeff[{"file": "a.zip", "name": "Ada", "challenge": "tiny"}]', id="a byte order mark"),
    ],
)
def test_what_a_row_says(tmp_path: Path, name: str, text: str) -> None:
    """Name, file relative to the manifest, challenge."""
    (row,) = rows(tmp_path, name, text)
    assert (row.source, row.name, row.challenge) == (tmp_path / "a.zip", "Ada", "tiny")


def test_only_the_file_is_needed(tmp_path: Path) -> None:
    """And may be absolute."""
    (row,) = rows(tmp_path, "m.csv", "file\n/srv/a.zip\n")
    assert (row.source, row.name, row.challenge) == (Path("/srv/a.zip"), "", None)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        pytest.param("m.csv", "", "there is no `file`", id="empty csv"),
        pytest.param("m.csv", "file\n", "there is no submission in it", id="no rows"),
        pytest.param("m.csv", "name\nAda\n", "there is no `file`", id="no file column"),
        pytest.param("m.csv", "file,score\na.zip,3\n", "'score' is no column", id="unknown column"),
        pytest.param("m.csv", "file\na.zip,b\n", "line 2: more cells than columns", id="too many cells"),
        pytest.param("m.csv", "name,file\nAda,\n", "line 2: .* names no file", id="empty cell"),
        pytest.param("m.csv", "name,file\nAda,a\nAda,b\n", "line 3: b is called 'Ada', as is", id="a name twice"),
        pytest.param("m.csv", b"file\n\xff.zip\n", "byte 5 is not UTF-8", id="not UTF-8"),
        pytest.param("m.csv", 'file\n"a', "unexpected end of data", id="an open quote"),
        pytest.param("m.json", "{", "is no JSON", id="no json"),
        pytest.param("m.json", "[" * 100_000, "is no JSON", id="too deep"),
        pytest.param("m.json", '{"file": "a"}', "must hold a list", id="no list"),
        pytest.param("m.json", '["a.zip"]', "item 1: it must be an object", id="no object"),
        pytest.param("m.json", '[{"file": 3}]', "item 1: file must be text", id="a number"),
        pytest.param("m.json", '[{"name": "x"}]', "item 1: there is no `file`", id="no file"),
        pytest.param("m.json", '[{"file": "a", "x": 1}]', "item 1: 'x' is no column", id="unknown key"),
        pytest.param("m.json", '[{"file": "a\\u0000b"}]', "item 1.*names no file", id="a NUL"),
        pytest.param("m.json", "[]", "there is no submission in it", id="an empty list"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, name: str, text: str | bytes, words: str) -> None:
    """In one line."""
    with pytest.raises(UsageError, match=words) as caught:
        rows(tmp_path, name, text)
    assert str(tmp_path / name) in caught.value.message
    assert "\n" not in caught.value.message
