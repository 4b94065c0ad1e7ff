"""A batch's folder knows its terms, and has one batch at a time."""

import os
from pathlib import Path

import pytest

from grader.batch.job import Terms
from grader.batch.record import RECORD, alone_in, record, recorded
from grader.errors import UsageError


def test_the_terms_are_kept(tmp_path: Path) -> None:
    """For --resume."""
    assert recorded(tmp_path) is None
    terms = Terms(seed=5, challenge="x", options={"a": "b"}, latency=False)
    record(tmp_path, terms)
    found = recorded(tmp_path)
    assert found is not None
    assert found.terms == terms


def test_a_record_that_is_none(tmp_path: Path) -> None:
    """Is said in one line."""
    (tmp_path / RECORD).write_text("[]")
    with pytest.raises(UsageError, match="is no record of a batch"):
        recorded(tmp_path)


def test_one_batch_at_a_time(tmp_path: Path) -> None:
    """The second one is told whose it is; afterwards the folder is free."""
    words = rf"another batch works there \(process {os.getpid()}\)"
    with alone_in(tmp_path / "new"), pytest.raises(UsageError, match=words), alone_in(tmp_path / "new"):
        pass
    with alone_in(tmp_path / "new"):
        pass


def test_no_folder_at_all(tmp_path: Path) -> None:
    """A file in its place."""
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="--out"), alone_in(tmp_path / "file"):
        pass
