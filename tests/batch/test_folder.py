"""A submission's folder: a report that stands in it is of the job that stands in it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.batch.folder import JOB, JobFolder
from grader.batch.job import Job
from grader.batch.perform import Performer
from grader.batch.slots import Slots
from grader.errors import InfrastructureError, PodError
from grader.report.model import Report
from grader.request import NobodyWatches
from grader.settings import Settings
from tests.batch.played import Stage

Jobs = Callable[..., list[Job]]


@pytest.fixture
def graded(stage: Stage, settings: Settings) -> Callable[[Job], Report]:
    """Grade a job."""
    performer = Performer(stage.sandbox, settings, Slots(settings.cache_dir, 1))
    return lambda job: performer.perform(job, Path(job.source), NobodyWatches())


@pytest.fixture
def written(jobs: Jobs, graded: Callable[[Job], Report], tmp_path: Path) -> tuple[Job, Path]:
    """A job whose report has been written, and its folder."""
    (job,) = jobs("a")
    home = JobFolder(tmp_path / "out", job)
    home.begin()
    home.finish(graded(job))
    return job, home.path


def finished(job: Job, folder: Path) -> bool:
    """Whether the job need not be done."""
    return JobFolder(folder.parent, job).finished() is not None


def test_what_is_written_is_finished(written: tuple[Job, Path]) -> None:
    """With its score."""
    job, folder = written
    report = JobFolder(folder.parent, job).finished()
    assert report is not None
    assert report.score is not None
    assert report.score.total == 100
    assert sorted(file.name for file in folder.iterdir()) == [JOB, "report.html", "report.json"]


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda folder: (folder / JOB).unlink(), id="no job"),
        pytest.param(lambda folder: (folder / JOB).write_text("{"), id="half a job"),
        pytest.param(lambda folder: (folder / "report.json").unlink(), id="no report"),
        pytest.param(lambda folder: (folder / "report.json").write_text('{"schema'), id="half a report"),
        pytest.param(lambda folder: (folder / "report.html").unlink(), id="no page"),
    ],
)
def test_what_is_not_whole_is_not_finished(written: tuple[Job, Path], spoil: Callable[[Path], object]) -> None:
    """Whatever has killed it, or whoever has cleaned up."""
    job, folder = written
    spoil(folder)
    assert not finished(job, folder)


def test_another_jobs_report_does_not_count(written: tuple[Job, Path], jobs: Jobs) -> None:
    """The same name, but another seed."""
    _, folder = written
    assert not finished(jobs("a", seed=8)[0], folder)


def test_a_fault_of_the_machine_does_not_count(
    jobs: Jobs, graded: Callable[[Job], Report], stage: Stage, tmp_path: Path
) -> None:
    """It says nothing of the submission, so whoever resumes wants it tried again."""
    stage.scripts["a"] = [[PodError("lost")]]
    (job,) = jobs("a")
    home = JobFolder(tmp_path / "out", job)
    home.begin()
    home.finish(graded(job))
    assert (home.path / "report.json").is_file()
    assert home.finished() is None


def test_a_challenge_that_the_submission_named_must_be_the_same(
    written: tuple[Job, Path], make_pack: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no part of the key, which was made before the submission was read."""
    job, folder = written
    pack = make_pack()
    monkeypatch.setattr("grader.challenge.pack.challenges_dir", lambda: pack.parent)
    assert finished(job, folder)
    check = pack / "checks" / "a.py"
    check.write_text(check.read_text().replace("weight=2.5", "weight=3"))
    assert not finished(job, folder)


def test_once_begun_an_earlier_report_is_gone(written: tuple[Job, Path], jobs: Jobs) -> None:
    """Else one killed in the middle would leave a report that is not its own."""
    _, folder = written
    JobFolder(folder.parent, jobs("a", seed=8)[0]).begin()
    assert sorted(file.name for file in folder.iterdir()) == [JOB]


def test_a_folder_that_cannot_be_written(jobs: Jobs, tmp_path: Path) -> None:
    """Is the machine's fault, and says what to do."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a").write_text("a file")
    with pytest.raises(InfrastructureError, match="cannot be written") as caught:
        JobFolder(tmp_path / "out", jobs("a")[0]).begin()
    assert "--resume" in caught.value.hint
