"""A batch on this machine: side by side, one ahead, and stopped in two steps."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.batch.batch import Batch
from grader.batch.folder import JobFolder
from grader.batch.job import Job
from grader.batch.local import LocalRunner
from grader.batch.outcome import Outcome
from grader.batch.perform import Performer
from grader.batch.slots import Slots
from grader.cli.batch_table import BatchTable
from grader.cli.console import err
from grader.errors import EngineUnavailable, InfrastructureError, PodError
from grader.report.model import Status
from grader.settings import Settings
from grader.verdicts import Hello
from tests.batch.played import Stage, verdicts

Jobs = Callable[..., list[Job]]
NAMES = ("a", "b", "c", "d", "e")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """The batch's folder."""
    return tmp_path / "out"


@pytest.fixture
def runner(stage: Stage, settings: Settings, out: Path) -> Callable[[int], LocalRunner]:
    """A runner with so many pods at once."""

    def make(at_once: int) -> LocalRunner:
        performer = Performer(stage.sandbox, settings, Slots(settings.cache_dir, at_once))
        return LocalRunner(performer, out, at_once, BatchTable(err, 0, 0, quiet=True))

    return make


def run(runner: LocalRunner, jobs: list[Job]) -> dict[str, Status]:
    """Name → what became of it."""
    return {outcome.name: outcome.status for outcome in runner.run(jobs)}


def test_every_job_ends_with_a_report(
    jobs: Jobs, stage: Stage, runner: Callable[[int], LocalRunner], out: Path
) -> None:
    """Whatever became of the others."""
    stage.scripts["b"] = [[PodError("lost")]]
    todo = jobs(*NAMES)
    Path(todo[2].source, "main.py").write_text("nothing = 1\n")
    assert run(runner(2), todo) == dict.fromkeys(NAMES, Status.GRADED) | {
        "b": Status.INFRASTRUCTURE_ERROR,
        "c": Status.REJECTED,
    }
    assert sorted(file.parent.name for file in out.rglob("report.json")) == list(NAMES)


def test_so_many_at_once_and_one_ahead(jobs: Jobs, stage: Stage, runner: Callable[[int], LocalRunner]) -> None:
    """Two have their turn when the third one's pod starts; no third one ever has its turn beside them."""
    three = threading.Barrier(3, timeout=60)
    met: list[str] = []

    def began(name: str) -> None:
        if name in "abc":
            three.wait()
            met.append(name)

    stage.began = began
    assert len(run(runner(2), jobs(*NAMES))) == len(NAMES)
    assert sorted(met) == ["a", "b", "c"]
    assert stage.most <= 2


def test_draining_lets_what_is_under_way_end(
    jobs: Jobs, stage: Stage, runner: Callable[[int], LocalRunner], out: Path
) -> None:
    """And begins nothing more; the rest is there for --resume."""
    mine = runner(1)
    two = threading.Barrier(2, timeout=60)

    def began(name: str) -> None:
        if name in "ab":
            two.wait()
            mine.drain()

    stage.began = began
    todo = jobs(*NAMES)
    assert run(mine, todo) == dict.fromkeys("ab", Status.GRADED)
    batch = Batch(out, todo)
    batch.recall()
    assert [job.name for job in batch.to_do] == ["c", "d", "e"]


def test_cancelling_ends_what_is_under_way(
    jobs: Jobs, stage: Stage, runner: Callable[[int], LocalRunner], out: Path
) -> None:
    """Soon, and without a report."""
    stage.scripts |= {name: [[Hello(), None]] for name in NAMES}
    mine = runner(2)
    stage.turned = lambda _: mine.cancel()
    assert run(mine, jobs(*NAMES)) == {}
    assert stage.checking == []
    assert len(stage.started) <= 3
    assert list(out.rglob("report.json")) == []


def test_an_engine_that_is_gone_ends_it_and_what_was_done_stays(
    jobs: Jobs, stage: Stage, runner: Callable[[int], LocalRunner], out: Path
) -> None:
    """A line for people, not five hundred reports about the engine."""
    stage.scripts["c"] = [[PodError("lost")]]
    todo = jobs("a", "b", "c", "d", "e")
    outcomes: list[Outcome] = []

    def turned(name: str) -> None:
        if name == "c":
            stage.engine = EngineUnavailable("the engine is gone")

    stage.turned = turned
    with pytest.raises(EngineUnavailable, match="the engine is gone"):
        outcomes.extend(runner(1).run(todo))
    batch = Batch(out, todo)
    batch.recall()
    assert "c" in {job.name for job in batch.to_do}
    assert JobFolder(out, todo[0]).finished() is not None


def test_a_report_that_cannot_be_written_ends_it(jobs: Jobs, runner: Callable[[int], LocalRunner], out: Path) -> None:
    """A full disk will be full for the next one too."""
    out.mkdir()
    (out / "b").write_text("in the way")
    with pytest.raises(InfrastructureError, match="cannot be written"):
        run(runner(1), jobs("a", "b", "c"))


def test_what_was_killed_is_repeated_and_nothing_else(
    jobs: Jobs, stage: Stage, runner: Callable[[int], LocalRunner], out: Path
) -> None:
    """As it stands after SIGKILL: a job that has begun, and no report."""
    todo = jobs(*NAMES)
    run(runner(2), todo[:3])
    JobFolder(out, todo[3]).begin()
    stage.started.clear()
    batch = Batch(out, todo)
    batch.recall()
    seen: list[Outcome] = []
    batch.run(runner(2), seen.append)
    assert sorted(stage.started) == ["d", "e"]
    assert sorted(outcome.name for outcome in seen) == ["d", "e"]
    assert (batch.to_do, batch.is_sound) == ([], True)


def test_a_batch_with_a_fault_of_the_machine_is_not_sound(
    jobs: Jobs, stage: Stage, runner: Callable[[int], LocalRunner], out: Path
) -> None:
    """Every submission gets what it deserves, or the exit code says that one did not."""
    stage.scripts["b"] = [[PodError("lost")]]
    batch = Batch(out, jobs("a", "b"))
    assert not batch.is_sound
    batch.run(runner(1), lambda _: None)
    assert not batch.is_sound
    stage.scripts["b"] = [verdicts()]
    again = Batch(out, batch.jobs)
    again.recall()
    again.run(runner(1), lambda _: None)
    assert again.is_sound
