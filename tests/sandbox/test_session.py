import json
import threading

import pytest

from grader.errors import HarnessError, PodError
from grader.sandbox import session as session_module
from grader.sandbox.process import Tail, cleaning
from grader.sandbox.session import Session, running
from grader.verdicts import (
    Answer,
    Event,
    Fault,
    Finished,
    Hello,
    Job,
    Listening,
    Look,
)
from tests.sandbox.steered import FakeProcess, answered

FINISHED = b'{"event":"finished"}\n'
HELLO = b'{"event":"hello"}\n'


@pytest.mark.usefixtures("session")
def test_the_job_is_the_first_order(harness: FakeProcess) -> None:
    # The harness reads its job from the first line, whole.
    line = harness.written.get(timeout=5)
    assert line.endswith(b"\n")
    assert json.loads(line) == Job(pack="/p", seed=7).model_dump(mode="json")


def test_events_come_in_order_and_end_with_finished(session: Session, harness: FakeProcess) -> None:
    # Lines may be cut anywhere on their way; nothing after Finished is an event.
    stream = HELLO + b'{"event":"listening","seconds":0.5}\n' + FINISHED + b"rubbish\n"
    harness.say(*(stream[at : at + 7] for at in range(0, len(stream), 7)))
    assert list(session.events()) == [Hello(), Listening(seconds=0.5), Finished()]


def test_an_event_is_seen_before_the_next_is_sent(session: Session, harness: FakeProcess) -> None:
    # Events are handed on as they come, not in a heap at the end.
    events = session.events()
    harness.say(HELLO)
    first: Event = next(events)
    harness.say(FINISHED)
    assert [first, *events] == [Hello(), Finished()]


def test_another_thread_can_end_the_events(session: Session, harness: FakeProcess) -> None:
    # Whoever grades side by side stops all pods at once; what came before is still seen.
    harness.say(HELLO)
    events = session.events()
    assert next(events) == Hello()
    stopping = threading.Thread(target=session.stop_early)
    stopping.start()
    with pytest.raises(PodError, match="stopped"):
        next(events)
    stopping.join()


def test_a_fault_is_an_event_and_the_last(session: Session, harness: FakeProcess) -> None:
    # The pipeline decides what a fault means; the session hands it on.
    harness.say(b'{"event":"fault","message":"oh"}\n', FINISHED)
    assert list(session.events()) == [Fault(message="oh")]


@pytest.mark.parametrize(
    "output",
    [
        pytest.param([b"Traceback\n"], id="text"),
        pytest.param([b'{"event":"unknown"}\n'], id="unknown-event"),
        pytest.param([b'{"event":"finished","extra":1}\n'], id="extra-member"),
        pytest.param([b"\xff\xfe\n"], id="not-utf8"),
        pytest.param([b"\n"], id="empty-line"),
        pytest.param([b'{"event":"fin', b""], id="half-a-line"),
    ],
)
def test_what_is_no_event_is_a_harness_error(session: Session, harness: FakeProcess, output: list[bytes]) -> None:
    # Whatever else stands on the channel means that the harness cannot be trusted any more.
    harness.say(*output)
    with pytest.raises(HarnessError):
        list(session.events())


@pytest.mark.parametrize("limit", ["MAX_LINE_BYTES", "MAX_TOTAL_BYTES"])
def test_the_channel_is_bounded(
    session: Session, harness: FakeProcess, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    # Neither an endless line nor endless lines fill the host's memory.
    monkeypatch.setattr(session_module, limit, 100)
    harness.say(b"x" * 101)
    harness.end(0)
    with pytest.raises(HarnessError, match="more than it may"):
        list(session.events())


def test_a_harness_that_ends_early_is_reported_with_its_last_words(session: Session, harness: FakeProcess) -> None:
    # The tail of its standard error is the only clue to what went wrong.
    harness.say(HELLO)
    harness.end(1)
    with pytest.raises(HarnessError, match="status 1") as raised:
        list(session.events())
    assert raised.value.detail == "harness says why"


def test_a_silent_harness_is_given_up_after_its_deadlines(harness: FakeProcess, candidate: FakeProcess) -> None:
    # A harness that hangs does not hang the run; the clock is the test's.
    now = iter([0.0, 91.0, 131.0])
    session = Session(
        harness,
        lambda: candidate,
        Job(pack="", seed=1, startup_deadline=40, total_deadline=60),
        clock=lambda: next(now),
    )
    with pytest.raises(HarnessError, match="silent"):
        next(session.events())


@pytest.mark.parametrize("part", ["harness", "candidate"])
def test_a_lost_engine_ends_the_events(
    session: Session, harness: FakeProcess, candidate: FakeProcess, part: str
) -> None:
    # Whichever thread notices, the caller's thread raises it, long before any deadline.
    {"harness": harness, "candidate": candidate}[part].end(PodError("engine lost"))
    with pytest.raises(PodError, match="engine lost"):
        list(session.events())


def test_an_unforeseen_error_in_a_watcher_is_not_swallowed(session: Session, harness: FakeProcess) -> None:
    # A bug in a thread must end the run, not leave it waiting.
    harness.say(ZeroDivisionError("bug"))
    with pytest.raises(ZeroDivisionError):
        list(session.events())


def test_the_candidates_end_is_told_at_once(session: Session, harness: FakeProcess, candidate: FakeProcess) -> None:
    # The harness need not wait for its start-up deadline to learn of a crash.
    harness.written.get(timeout=5)
    assert session.candidate_status() is None
    candidate.end(-11)
    assert json.loads(harness.written.get(timeout=5)) == {"order": "candidate_exited", "status": -11}
    assert session.candidate_status() == -11


def test_the_candidate_stands_still_while_the_harness_asks_for_it(
    session: Session, harness: FakeProcess, candidate: FakeProcess
) -> None:
    # The answer comes when it is done; the caller sees nothing of it.
    harness.written.get(timeout=5)
    harness.say(b'{"event":"ask","number":1,"what":"pause"}\n')
    assert answered(harness) == Answer(number=1, done=True)
    assert candidate.moves == ["pause"]
    harness.say(b'{"event":"ask","number":2,"what":"resume"}\n', FINISHED)
    assert answered(harness) == Answer(number=2, done=True)
    assert candidate.moves == ["pause", "resume"]
    assert list(session.events()) == [Finished()]


def test_what_cannot_be_done_is_answered_too(session: Session, harness: FakeProcess, candidate: FakeProcess) -> None:
    # An application that has ended cannot be paused, and that is no fault of the pod.
    candidate.cannot_pause = True
    harness.written.get(timeout=5)
    harness.say(b'{"event":"ask","number":1,"what":"pause"}\n', FINISHED)
    assert answered(harness) == Answer(number=1, done=False)
    assert list(session.events()) == [Finished()]


@pytest.mark.parametrize("seen", [Look(asleep=True), Look(asleep=False, cpu_seconds=2.5), None])
def test_what_the_candidate_is_doing_is_told_to_the_harness(
    session: Session, harness: FakeProcess, candidate: FakeProcess, seen: Look | None
) -> None:
    # As the backend sees it; or that nobody can say, and then the run goes on all the same.
    candidate.seen = seen
    harness.written.get(timeout=5)
    harness.say(b'{"event":"ask","number":3,"what":"look"}\n', FINISHED)
    assert answered(harness) == Answer(number=3, done=seen is not None, look=seen)
    assert candidate.moves == []
    assert list(session.events()) == [Finished()]


def test_the_candidates_end_after_the_harnesss_is_no_error(
    session: Session, harness: FakeProcess, candidate: FakeProcess
) -> None:
    # A broken pipe to a harness that is done hides nothing.
    harness.refuses = BrokenPipeError()
    candidate.end(0)
    harness.say(FINISHED)
    assert list(session.events()) == [Finished()]


def test_the_log_is_text_whatever_the_bytes(session: Session) -> None:
    # A candidate may write anything; the report is UTF-8.
    assert session.candidate_log() == "café \ufffd"


def test_a_harness_that_takes_no_job_is_a_harness_error(harness: FakeProcess, candidate: FakeProcess) -> None:
    # It died before it read a line; what started is ended all the same.
    harness.refuses = BrokenPipeError("gone")
    with pytest.raises(HarnessError, match="takes no job"), running(harness, lambda: candidate, Job(pack="", seed=1)):
        pytest.fail("the session must not start")
    assert (harness.closed, candidate.closed) == (1, 1)


@pytest.mark.parametrize("raised", [KeyboardInterrupt, HarnessError], ids=["ctrl-c", "error"])
def test_both_processes_are_ended_however_the_pod_is_left(
    harness: FakeProcess, candidate: FakeProcess, raised: type[BaseException]
) -> None:
    # Nothing of a pod outlives it, and no watcher thread either.
    with pytest.raises(raised), running(harness, lambda: candidate, Job(pack="", seed=1)):
        raise raised("stop")
    assert (harness.closed, candidate.closed) == (1, 1)
    assert not [thread for thread in threading.enumerate() if thread.name in {"grader-harness", "grader-candidate"}]


def test_a_candidate_that_cannot_be_ended_does_not_spare_the_harness(
    harness: FakeProcess, candidate: FakeProcess
) -> None:
    # Each part is ended even where another one's end fails; the failure is raised.
    candidate.fails_to_close = PodError("still there")
    with pytest.raises(PodError, match="still there"), running(harness, lambda: candidate, Job(pack="", seed=1)):
        pass
    assert harness.closed == 1


def test_a_failing_cleanup_does_not_hide_the_first_error() -> None:
    # What ended the run is what the user must read.
    def clean() -> None:
        raise PodError("left something")

    with pytest.raises(HarnessError, match="first") as raised, cleaning(clean):
        raise HarnessError("first")
    assert raised.value.__notes__ == ["cleaning up failed as well: left something"]


@pytest.mark.parametrize("chunk", [1, 7, 64, 1000], ids=lambda size: f"by-{size}")
def test_a_tail_keeps_the_last_bytes(chunk: int) -> None:
    # However the stream is cut, the tail is its last bytes.
    stream = bytes(range(256)) * 4
    tail = Tail(limit=100)
    for at in range(0, len(stream), chunk):
        tail.add(stream[at : at + chunk])
    assert tail.read() == stream[-100:]
