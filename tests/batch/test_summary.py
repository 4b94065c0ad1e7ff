"""What people read of a batch: every submission in a table, and a comparison of each challenge."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.batch.batch import Batch
from grader.batch.job import Job
from grader.batch.local import LocalRunner
from grader.batch.perform import Performer
from grader.batch.slots import Slots
from grader.cli.batch_table import BatchTable
from grader.cli.console import err
from grader.settings import Settings
from grader.verdicts import Verdict
from tests.batch.played import Stage, verdicts

Jobs = Callable[..., list[Job]]


@pytest.fixture
def ended(stage: Stage, settings: Settings, tmp_path: Path) -> Callable[[list[Job]], Batch]:
    """A batch that has been run."""

    def run(jobs: list[Job]) -> Batch:
        batch = Batch(tmp_path / "out", jobs)
        performer = Performer(stage.sandbox, settings, Slots(settings.cache_dir, 1))
        batch.run(LocalRunner(performer, batch.folder, 1, BatchTable(err, 0, 0, quiet=True)), lambda _: None)
        return batch

    return run


def test_the_table_has_every_submission(jobs: Jobs, stage: Stage, ended: Callable[[list[Job]], Batch]) -> None:
    """In the order in which they were named, whoever ended first; with a reason where there is no score."""
    stage.scripts["b"] = [verdicts(one=Verdict.FAILED)]
    todo = jobs("c", "b", "a")
    Path(todo[2].source, "main.py").write_text("nothing = 1\n")
    batch = ended(todo)
    assert [file.name for file in batch.summarise()] == ["summary.csv", "compare.html"]
    with (batch.folder / "summary.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["name"], row["status"], row["score"], row["failed"]) for row in rows] == [
        ("c", "graded", "100.0", "0"),
        ("b", "graded", "60.0", "1"),
        ("a", "rejected", "", "0"),
    ]
    assert rows[2]["problem"].startswith("EntryPointRejected: ")
    assert rows[0]["report"] == "c/report.json"


def test_several_challenges_have_a_comparison_each(
    jobs: Jobs, ended: Callable[[list[Job]], Batch], make_pack: Callable[..., Path], tmp_path: Path
) -> None:
    """A page cannot rank what is not comparable."""
    other = make_pack().rename(tmp_path / "other")
    rubric = other / "challenge.toml"
    rubric.write_text(rubric.read_text().replace('slug = "tiny"', 'slug = "other"'))
    batch = ended([*jobs("a", challenge=str(other)), *jobs("b")])
    written = [file.name for file in batch.summarise()]
    assert written == ["summary.csv", "compare-other.html", "compare-tiny.html"]


def test_a_hostile_name_does_nothing_in_the_table(jobs: Jobs, ended: Callable[[list[Job]], Batch]) -> None:
    """A spreadsheet computes what begins with `=`."""
    batch = ended(jobs("=cmd()"))
    batch.summarise()
    assert '"\'=cmd()"' in (batch.folder / "summary.csv").read_text()


def test_a_batch_of_which_nothing_is_done(jobs: Jobs, tmp_path: Path) -> None:
    """Has a table without rows."""
    assert [file.name for file in Batch(tmp_path, jobs("a")).summarise()] == ["summary.csv"]
