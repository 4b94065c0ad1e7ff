"""A report is read as it was written, or one line says why not."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.errors import UsageError
from grader.report.load import load_report
from grader.report.model import Status
from grader.report.write import write_report

Edit = Callable[[dict[str, Any]], None]


def test_what_was_written_is_read(samples: Any, tmp_path: Path) -> None:
    """By its file or its folder, and whatever the file is called."""
    report = samples.everything()
    file = write_report(report, tmp_path)
    other = file.rename(tmp_path / "jane.json")
    assert load_report(other) == report
    other.rename(file)
    assert load_report(file) == load_report(tmp_path) == report


def test_a_report_without_a_score_is_read(samples: Any, tmp_path: Path) -> None:
    """Rejections are reports as well."""
    report = samples.without_score(Status.REJECTED)
    assert load_report(write_report(report, tmp_path)) == report


def test_a_byte_order_mark_is_no_obstacle(samples: Any, tmp_path: Path) -> None:
    """Some editors write one."""
    file = write_report(samples.empty(), tmp_path)
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert load_report(file) == samples.empty().model_copy(update={"created_at": load_report(file).created_at})


def test_lone_surrogates_are_read(samples: Any, tmp_path: Path) -> None:
    """Earlier versions wrote them, where a name was not UTF-8."""
    file = write_report(samples.empty(), tmp_path)
    data = json.loads(file.read_text()) | {"log": "\udcff"}
    file.write_text(json.dumps(data))
    assert load_report(file).log == "\udcff"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        pytest.param("gone.json", None, "there is no {folder}/gone.json", id="missing file"),
        pytest.param("report.json", None, "there is no report.json in {folder}", id="folder without a report"),
        pytest.param("report.json", b"", "{folder}/report.json is empty", id="empty"),
        pytest.param("report.json", b"hello", "is no JSON: Expecting value: line 1 column 1", id="text"),
        pytest.param("report.json", b"PK\x03\x04\xff", "is no JSON: byte 4 is not UTF-8", id="archive"),
        pytest.param("report.json", b'{"schema_version": "1.0", "log": "ab', "is cut off", id="cut in a text"),
        pytest.param("report.json", b'{"schema_version": "1.0",', "is cut off: it ends in the middle, after 25 bytes"),
        pytest.param("report.json", b'{"a": 1}}', "is no JSON: Extra data", id="more after it"),
        pytest.param("report.json", b"[" * 100_000, "nested too deeply", id="deep"),
        pytest.param("report.json", b'{"seed": NaN}', "NaN is no number", id="NaN"),
        pytest.param("report.json", b'{"seed": 1e999}', "1e999 is no number", id="infinite"),
        pytest.param("report.json", b"[1, 2]", "no report: it has no schema_version", id="another document"),
        pytest.param("report.json", b'{"results": {}}', "no report: it has no schema_version", id="another object"),
        pytest.param("report.json", b'{"schema_version": [1]}', "a schema_version that is none: [1]", id="no version"),
    ],
)
def test_what_is_no_report_is_told_in_one_line(tmp_path: Path, name: str, content: bytes | None, words: str) -> None:
    """What, where, and what to do next."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError) as error:
        load_report(tmp_path / name)
    assert words.format(folder=tmp_path) in error.value.message
    assert "\n" not in error.value.message
    assert error.value.hint


def test_a_report_cut_anywhere_is_cut_off(samples: Any, tmp_path: Path) -> None:
    """Wherever the disk was full, the word is the same."""
    whole = write_report(samples.everything(), tmp_path).read_bytes().rstrip()
    cut = tmp_path / "cut.json"
    for length in range(1, len(whole), 97):
        cut.write_bytes(whole[:length])
        with pytest.raises(UsageError, match="is cut off: it ends in the middle"):
            load_report(cut)


def test_a_device_does_not_fill_the_memory() -> None:
    """Reading stops where no report can be."""
    with pytest.raises(UsageError, match="larger than any report"):
        load_report(Path("/dev/zero"))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        pytest.param("x" * 300, "cannot be read: File name too long", id="name too long"),
        pytest.param("a\0b", "cannot be read: embedded null", id="NUL"),
        pytest.param("report.json/below", "cannot be read: Not a directory", id="below a file"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, name: str, words: str) -> None:
    """In the system's words."""
    (tmp_path / "report.json").write_text("{}")
    with pytest.raises(UsageError, match=words):
        load_report(tmp_path / name)


@pytest.mark.parametrize(
    ("version", "words", "hint"),
    [
        pytest.param("1.1", "is of a newer schema, 1.1 (grader 9.9.9); this grader reads 1.0", "upgrade", id="newer"),
        pytest.param("10.0", "is of a newer schema, 10.0", "upgrade", id="two digits"),
        pytest.param("0.9", "is of an older schema, 0.9", "grade the submission again", id="older"),
    ],
)
def test_other_versions_are_named(samples: Any, tmp_path: Path, version: str, words: str, hint: str) -> None:
    """With the version that is read, and the way out; before anything else is looked at."""
    file = write_report(samples.empty(), tmp_path)
    data = json.loads(file.read_text()) | {"schema_version": version, "grader_version": "9.9.9", "new": {}}
    file.write_text(json.dumps(data))
    with pytest.raises(UsageError) as error:
        load_report(file)
    assert words in error.value.message
    assert hint in error.value.hint


def pop(key: str) -> Edit:
    """Take a field away."""
    return lambda data: data.pop(key)


def put(*path: str | int, value: Any) -> Edit:
    """Put a value somewhere."""

    def edit(data: Any) -> None:
        for key in path[:-1]:
            data = data[key]
        data[path[-1]] = value

    return edit


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        pytest.param(pop("seed"), "seed: Field required", id="missing field"),
        pytest.param(put("extra", value=1), "extra: Extra inputs are not permitted", id="unknown field"),
        pytest.param(put("checks", 1, "credit", value=7), "checks.1.credit: Input should be less", id="out of range"),
        pytest.param(put("checks", 0, "verdict", value="fine"), "checks.0.verdict: Input should be", id="no verdict"),
        pytest.param(put("submission", value=None), "submission: Input should be", id="no submission"),
    ],
)
def test_an_edited_report_that_does_not_validate(samples: Any, tmp_path: Path, edit: Edit, words: str) -> None:
    """The first place that is wrong is named."""
    file = write_report(samples.everything(), tmp_path)
    data = json.loads(file.read_text())
    edit(data)
    file.write_text(json.dumps(data))
    with pytest.raises(UsageError) as error:
        load_report(file)
    assert f"is no valid report: {words}" in error.value.message
    assert "\n" not in error.value.message
