"""One job: tried again where the machine failed, never where the submission did, and stopped when nobody wants it."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from grader.batch.job import Job
from grader.batch.perform import TRIES, Cancelled, Performer
from grader.batch.slots import Slots
from grader.errors import EngineUnavailable, PodError
from grader.report.model import Report, Status
from grader.request import NobodyWatches
from grader.settings import Settings
from grader.verdicts import Hello, NotListening
from tests.batch.played import Stage, verdicts

Jobs = Callable[..., list[Job]]
LOST = [PodError("the pod was lost")]


@pytest.fixture
def performer(stage: Stage, settings: Settings) -> Performer:
    """One pod at a time."""
    return Performer(stage.sandbox, settings, Slots(settings.cache_dir, 1))


def performed(performer: Performer, job: Job) -> Report:
    """Its report."""
    return performer.perform(job, Path(job.source), NobodyWatches())


@pytest.mark.parametrize(
    ("scripts", "status", "tries"),
    [
        pytest.param([verdicts()], Status.GRADED, 1, id="graded"),
        pytest.param([LOST, verdicts()], Status.GRADED, 2, id="lost once"),
        pytest.param([LOST, LOST, verdicts()], Status.GRADED, TRIES, id="lost twice"),
        pytest.param([LOST], Status.INFRASTRUCTURE_ERROR, TRIES, id="lost each time"),
        pytest.param(
            [[Hello(), NotListening(seconds=1, exited=True)]],
            Status.REJECTED,
            1,
            id="a rejected one is not tried again",
        ),
    ],
)
def test_only_the_machines_faults_are_tried_again(
    jobs: Jobs, stage: Stage, performer: Performer, scripts: list[list[object]], status: Status, tries: int
) -> None:
    """And not for ever."""
    stage.scripts["a"] = scripts  # type: ignore[assignment]
    report = performed(performer, jobs("a")[0])
    assert (report.status, stage.started) == (status, ["a"] * tries)


def test_a_submission_that_names_no_challenge_gets_a_report(jobs: Jobs, stage: Stage, performer: Performer) -> None:
    """The caller's mistake, told where the others' results are, and not tried again."""
    report = performed(performer, jobs("a", challenge=None)[0])
    assert report.problem is not None
    assert (report.problem.kind, report.status) == ("UsageError", Status.INFRASTRUCTURE_ERROR)
    assert "names no challenge" in report.problem.message
    assert stage.started == []


def test_an_engine_that_comes_back_is_waited_for(jobs: Jobs, stage: Stage, settings: Settings) -> None:
    """The job is done then."""
    stage.scripts["a"] = [LOST, verdicts()]
    looked = []

    def prepared() -> None:
        looked.append(stage.engine)
        stage.engine = EngineUnavailable("gone") if len(looked) == 2 else None

    stage.prepared = prepared
    patient = Performer(
        stage.sandbox, settings.model_copy(update={"engine_patience": 60}), Slots(settings.cache_dir, 1)
    )
    assert performed(patient, jobs("a")[0]).status is Status.GRADED
    assert len(looked) == 4  # the job, the engine that is gone, the engine that is back, the job


def test_an_engine_that_stays_away_ends_it(jobs: Jobs, stage: Stage, performer: Performer) -> None:
    """Not a report of each of five hundred submissions that says so."""
    stage.engine = EngineUnavailable("gone")
    with pytest.raises(EngineUnavailable):
        performed(performer, jobs("a")[0])


def test_what_runs_is_cancelled(jobs: Jobs, stage: Stage, performer: Performer) -> None:
    """Its pod is left, and there is no report; nothing more begins."""
    stage.scripts["a"] = [[Hello(), None]]
    turned = threading.Event()
    stage.turned = lambda _: turned.set()
    (job,), ended = jobs("a"), []

    def run() -> None:
        try:
            performed(performer, job)
        except Cancelled as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    assert turned.wait(60)
    while not ended:  # a pod that was asked for just now is stopped as soon as it is known
        performer.cancel()
        thread.join(0.05)
    assert stage.checking == []
    with pytest.raises(Cancelled):
        performed(performer, job)


def test_who_waits_for_a_turn_is_cancelled(jobs: Jobs, stage: Stage, performer: Performer, settings: Settings) -> None:
    """Though somebody else holds the slot."""
    stage.began = lambda _: performer.cancel()
    with Slots(settings.cache_dir, 1).taken(lambda: None), pytest.raises(Cancelled):
        performed(performer, jobs("a")[0])


def test_waiting_for_a_turn_is_no_time_of_the_submissions(
    jobs: Jobs, performer: Performer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report says it apart: who was graded at a busy hour is not called slow."""
    now = [100.0]
    monkeypatch.setattr("time.perf_counter", lambda: now[0])
    holder = ExitStack()

    def looked(_: float) -> None:
        now[0] += 1000  # while somebody else has the slot
        holder.close()

    holder.enter_context(Slots(settings.cache_dir, 1).taken(lambda: None))
    monkeypatch.setattr("grader.batch.slots.time.sleep", looked)
    report = performed(performer, jobs("a")[0])
    assert report.timings["waiting"] == 1000
    assert {report.timings[name] for name in ("ready", "pod", "total")} == {0}


def test_who_has_not_waited_says_nothing_of_it(jobs: Jobs, performer: Performer) -> None:
    """Nearly: a lock takes its microseconds, which are no waiting."""
    assert performed(performer, jobs("a")[0]).timings.get("waiting", 0) < 1
