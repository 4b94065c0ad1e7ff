"""What is written into the files of a step: never more than GitHub takes, and never another output than ours."""

import os
from pathlib import Path

import pytest

from grader.errors import InfrastructureError
from grader.github.files import LARGEST_SUMMARY, add_summary, set_outputs
from tests.github.runner import outputs_of


def test_a_summary_is_added_to_what_is_there(tmp_path: Path) -> None:
    """Another step's own words stay."""
    file = tmp_path / "summary.md"
    file.write_text("# Mine\n")
    add_summary("# Ours\n", file)
    assert file.read_text() == "# Mine\n# Ours\n"


@pytest.mark.parametrize("there", [0, 1000, LARGEST_SUMMARY - 200, LARGEST_SUMMARY - 5, LARGEST_SUMMARY + 5])
def test_a_summary_never_passes_the_limit(tmp_path: Path, there: int) -> None:
    """It is cut between lines, and says so; GitHub would drop it whole."""
    file = tmp_path / "summary.md"
    file.write_text("x" * there)
    add_summary("Ümläut line\n" * 200_000, file)
    content = file.read_bytes()
    assert len(content) <= max(LARGEST_SUMMARY, there)
    added = content[there:].decode()
    if there < LARGEST_SUMMARY - 1000:
        assert "cut off: a summary has at most 1 MiB" in added
        assert set(added.partition("\n\n… cut off")[0].splitlines()) == {"Ümläut line"}


def test_no_value_makes_another_output(tmp_path: Path) -> None:
    """Neither a line of its own, nor the delimiter of an earlier output."""
    file = tmp_path / "output"
    set_outputs({"score": "82.5", "report": "a\nscore=100\nEOF\nlevel<<EOF\nsenior\nEOF"}, file)
    delimiter = file.read_text().splitlines()[0].removeprefix("score<<")
    set_outputs({"status": f"x\n{delimiter}\nscore=99"}, file)
    seen = outputs_of(file.read_text())
    assert (seen.keys(), seen["score"]) == ({"score", "report", "status"}, "82.5")


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A fault of the machine, in one line."""
    with pytest.raises(InfrastructureError, match=rf"{tmp_path}: cannot be written: {os.strerror(21)}"):
        add_summary("text", tmp_path)
