"""When the application starts, and when the job goes out: upstreams come first, and a pod waits for its turn."""

import json
import threading

import pytest

from grader.errors import HarnessError, PodError
from grader.sandbox import application as application_module
from grader.sandbox import session as session_module
from grader.sandbox.process import cleaning
from grader.sandbox.session import Session, running
from grader.verdicts import Answer, Fault, Finished, Hello, Job, Look, NotListening, UpstreamsReady
from tests.sandbox.steered import CALLS, READY, FakeProcess, Launcher, answered

FINISHED = b'{"event":"finished"}\n'
HELLO = b'{"event":"hello"}\n'


def test_without_upstreams_the_candidate_starts_before_the_job_goes_out(
    harness: FakeProcess, candidate: FakeProcess
) -> None:
    # The start-up deadline is in the job; what the engine needs to start a container must not count against it.
    def launch() -> FakeProcess:
        assert harness.written.empty()
        return candidate

    with running(harness, launch, Job(pack="", seed=1)):
        assert json.loads(harness.written.get(timeout=5))["order"] == "job"
        assert harness.written.empty()


def test_a_candidate_that_calls_upstreams_starts_once_they_are_there(
    harness: FakeProcess, candidate: FakeProcess, launch: Launcher
) -> None:
    # Its first instruction may call one. The harness hears of the start, from which the start-up deadline counts.
    with running(harness, launch, CALLS) as session:
        assert json.loads(harness.written.get(timeout=5))["upstreams"] == {"catalog": 9001}
        events = session.events()
        harness.say(HELLO)
        assert next(events) == Hello()
        assert (launch.times, session.candidate_log(), session.candidate_status()) == (0, "", None)
        harness.say(READY)
        assert next(events) == UpstreamsReady()
        assert launch.times == 1
        assert json.loads(harness.written.get(timeout=5)) == {"order": "candidate_started"}
        candidate.end(3)
        assert json.loads(harness.written.get(timeout=5)) == {"order": "candidate_exited", "status": 3}
        harness.say(READY, FINISHED)
        assert list(events) == [UpstreamsReady(), Finished()]
    assert (launch.times, harness.closed, candidate.closed) == (1, 1, 1)


def test_a_fault_instead_of_upstreams_is_handed_on(
    harness: FakeProcess, candidate: FakeProcess, launch: Launcher
) -> None:
    # A port that is taken, a broken pack: the pipeline decides what it means, and no candidate was started.
    harness.say(HELLO, b'{"event":"fault","message":"port 9001 is taken"}\n')
    with running(harness, launch, CALLS) as session:
        assert list(session.events()) == [Hello(), Fault(message="port 9001 is taken")]
        assert (session.candidate_log(), session.candidate_status()) == ("", None)
    assert (launch.times, harness.closed, candidate.closed) == (0, 1, 0)
    assert not [thread for thread in threading.enumerate() if thread.name in {"grader-harness", "grader-candidate"}]


def test_a_harness_that_dies_over_its_upstreams_is_reported(harness: FakeProcess, launch: Launcher) -> None:
    # At once, with its last words, and before a candidate was started.
    harness.end(1)
    with running(harness, launch, CALLS) as session, pytest.raises(HarnessError, match="status 1") as raised:
        list(session.events())
    assert (launch.times, raised.value.detail) == (0, "harness says why")


def test_a_harness_that_never_has_its_upstreams_is_given_up(
    harness: FakeProcess, launch: Launcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Long before the deadlines of the checks; the clock is the test's.
    monkeypatch.setattr(session_module, "_POLL", 0.01)
    now = iter([0.0, 59.0, 61.0])
    session = Session(harness, launch, CALLS, clock=lambda: next(now))
    with pytest.raises(HarnessError, match="silent"):
        next(session.events())


def test_once_upstreams_are_there_the_deadlines_are_those_of_the_job(
    harness: FakeProcess, launch: Launcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    # They count from then: 60 s to start, 900 s for all checks, and the grace.
    monkeypatch.setattr(session_module, "_POLL", 0.01)
    now = [50.0]
    session = Session(harness, launch, CALLS, clock=lambda: now.pop(0) if len(now) > 1 else now[0])
    with cleaning(session.stop):
        session.start()
        events = session.events()
        harness.say(READY)
        assert next(events) == UpstreamsReady()
        now[:] = [1039.0, 1039.0, 1041.0]
        with pytest.raises(HarnessError, match="silent"):
            next(events)
        assert now == [1041.0]


def test_another_thread_can_end_the_wait_for_upstreams(harness: FakeProcess, launch: Launcher) -> None:
    # Whoever grades side by side stops all pods at once, those that begin as well.
    with running(harness, launch, CALLS) as session:
        stopping = threading.Thread(target=session.stop_early)
        stopping.start()
        with pytest.raises(PodError, match="stopped"):
            next(session.events())
        stopping.join()
    assert (launch.times, harness.closed) == (0, 1)


def test_what_is_asked_before_the_candidate_runs_cannot_be_done(harness: FakeProcess, launch: Launcher) -> None:
    # There is nothing to pause; the answer comes all the same.
    with running(harness, launch, CALLS):
        harness.written.get(timeout=5)
        harness.say(b'{"event":"ask","number":1,"what":"pause"}\n')
        assert answered(harness) == Answer(number=1, done=False)


@pytest.mark.parametrize("job", [Job(pack="", seed=1), CALLS], ids=["at-once", "after-upstreams"])
def test_a_candidate_that_cannot_start_is_a_pod_error(
    harness: FakeProcess, launch: Launcher, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The engine's fault; the harness, which lives, is ended.
    monkeypatch.setattr(session_module, "_JOIN", 0.01)
    launch.trouble = PodError("no such network")
    harness.say(READY)
    with pytest.raises(PodError, match="no such network"), running(harness, launch, job) as session:
        list(session.events())
    assert harness.closed == 1


@pytest.mark.parametrize("job", [Job(pack="", seed=1), CALLS], ids=["at-once", "after-upstreams"])
def test_a_candidate_that_cannot_start_since_the_harness_died_is_the_harnesss_fault(
    harness: FakeProcess, launch: Launcher, job: Job
) -> None:
    # The harness's network went with it; what the engine says of the candidate only leads astray.
    launch.trouble = PodError("cannot join the network of a container that does not run")
    launch.dying = harness
    harness.say(READY)
    with pytest.raises(HarnessError, match="status 1") as raised, running(harness, launch, job) as session:
        list(session.events())
    assert raised.value.detail == "harness says why"


def test_the_job_waits_for_its_turn(harness: FakeProcess, launch: Launcher) -> None:
    # Everything has been started by then, so that what is slow overlaps with others' checks.
    seen: list[tuple[int, bool]] = []
    job = Job(pack="", seed=1)
    with running(harness, launch, job, turn=lambda: seen.append((launch.times, harness.written.empty()))):
        assert seen == [(1, True)]
        assert answered(harness) == job


def test_a_turn_that_never_comes_ends_the_pod(harness: FakeProcess, candidate: FakeProcess, launch: Launcher) -> None:
    # Both processes are ended, and no check has run.
    def never() -> None:
        raise PodError("the batch was stopped")

    with pytest.raises(PodError, match="stopped"), running(harness, launch, Job(pack="", seed=1), turn=never):
        pass
    assert (harness.closed, candidate.closed, harness.written.empty()) == (1, 1, True)


NOT_LISTENING = b'{"event":"not_listening","seconds":60,"exited":false}\n'


def test_an_application_that_the_machine_kept_from_running_is_not_rejected(
    harness: FakeProcess, candidate: FakeProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It wants to run at each look, and has had less than a quarter of a processor.
    monkeypatch.setattr(application_module, "LOOK_PAUSE", 0.0)
    candidate.seen = Look(asleep=False, cpu_seconds=14.9)
    with running(harness, lambda: candidate, Job(pack="", seed=1)) as session:
        harness.say(NOT_LISTENING)
        with pytest.raises(PodError, match="the machine was too busy: after 60 s"):
            next(session.events())


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(Look(asleep=True), id="it sleeps"),
        pytest.param(Look(asleep=False, cpu_seconds=16.0), id="it had its share"),
        pytest.param(Look(asleep=False), id="nobody can say what it had"),
        pytest.param(None, id="nobody can see it"),
    ],
)
def test_an_application_that_could_have_listened_is(
    harness: FakeProcess, candidate: FakeProcess, seen: Look | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application_module, "LOOK_PAUSE", 0.0)
    # Whoever waits for something else, or computes for ever, was not kept from it.
    candidate.seen = seen
    with running(harness, lambda: candidate, Job(pack="", seed=1)) as session:
        harness.say(NOT_LISTENING)
        assert next(session.events()) == NotListening(seconds=60, exited=False)


def test_an_application_that_just_wakes_is_rejected_all_the_same(
    harness: FakeProcess, candidate: FakeProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One look may find it running by chance; it takes several to say that it was kept from it.
    monkeypatch.setattr(application_module, "LOOK_PAUSE", 0.0)
    looks = iter([Look(asleep=False, cpu_seconds=0.1), *[Look(asleep=True)] * 2])
    monkeypatch.setattr(candidate, "look", lambda: next(looks))
    with running(harness, lambda: candidate, Job(pack="", seed=1)) as session:
        harness.say(NOT_LISTENING)
        assert next(session.events()) == NotListening(seconds=60, exited=False)
