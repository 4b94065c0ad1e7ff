"""What is measured, as far as it needs no engine."""

import zipfile
from pathlib import Path

import pytest

from benchmarks.measured import EMPTY, GOOD, POOR
from benchmarks.service_times import submission, unnamed
from grader.challenge.pack import available, load_shipped


@pytest.mark.parametrize("slug", available())
def test_there_is_a_submission_of_each_kind(slug: str, tmp_path: Path) -> None:
    """The poor one is the reference with a defect that an async check catches."""
    pack = load_shipped(slug)

    archives = {kind: zipfile.ZipFile(submission(pack, kind, tmp_path)) for kind in (GOOD, POOR, EMPTY)}
    texts = {kind: {name: archive.read(name) for name in archive.namelist()} for kind, archive in archives.items()}
    for archive in archives.values():
        archive.close()

    assert list(texts[EMPTY]) == ["main.py"]
    assert texts[GOOD].keys() == texts[POOR].keys()
    assert 1 <= sum(texts[POOR][name] != content for name, content in texts[GOOD].items()) <= 3


def test_what_is_in_no_stage_is_kept() -> None:
    timings = {"intake": 1.0, "ready": 2.0, "checks": 3.0, "pod": 6.0, "latency": 4.0, "waiting": 9.0, "total": 11.5}

    assert unnamed(timings) == pytest.approx(0.5)
