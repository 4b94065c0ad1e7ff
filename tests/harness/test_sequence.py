"""The run of all checks, with scripted attempts and an exact clock."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.harness import Mismatch, Tally
from grader.harness.attempt import Attempt
from grader.harness.candidate import Candidate
from grader.harness.decorator import CheckInfo
from grader.harness.mismatch import DeadlinePassed
from grader.harness.sequence import CheckSequence
from grader.verdicts import CheckFinished, CheckResult, CheckStarted, Event, Job, Level, Verdict

PACK = Path(__file__).parent
Act = Callable[["World", Attempt], None]


class World:
    """A clock that stands still unless a check moves it, and what the sequence reported."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.starved = False
        self.accepting = True
        self.events: list[Event] = []
        self.runs: list[str] = []
        self.candidate = Candidate("127.0.0.1", 9)
        self.candidate.accepts = lambda: self.accepting  # type: ignore[method-assign]

    def run(self, *checks: tuple[CheckInfo, Act | list[Act]], **job: Any) -> dict[str, CheckResult]:
        acts = {check.id: list(act) if isinstance(act, list) else [act] for check, act in checks}

        def attempt(check: CheckInfo, ends_at: float) -> Attempt:
            self.runs.append(check.id)
            self.ends_at = ends_at
            made = Attempt(check, PACK)
            left = acts[check.id]
            (left.pop(0) if len(left) > 1 else left[0])(self, made)
            return made

        order = Job(pack=str(PACK), seed=1, **job)
        sequence = CheckSequence(
            order, self.candidate, attempt, lambda *_: self.starved, self.events.append, clock=lambda: self.now
        )
        sequence.run([check for check, _ in checks])
        return {event.result.id: event.result for event in self.events if isinstance(event, CheckFinished)}


def info(name: str, *requires: str) -> CheckInfo:
    return CheckInfo(name, "c", Level.JUNIOR, 1.0, requires, "It holds.")


def passes(world: World, _: Attempt) -> None:
    world.now += 1


def fails(_: World, attempt: Attempt) -> None:
    attempt.raised = Mismatch("status 200", "status 500")


def breaks(_: World, attempt: Attempt) -> None:
    attempt.raised = KeyError("name")


def late(world: World, attempt: Attempt) -> None:
    attempt.raised = DeadlinePassed("a reply", "none", since=world.now, until=world.now + 30)
    world.now += 30


def tally_of(passed: int, *failures: Mismatch | AssertionError) -> Act:
    def act(_: World, attempt: Attempt) -> None:
        attempt.value = Tally(passed, [(f"case {number}", failure) for number, failure in enumerate(failures)])

    return act


def starved(act: Act) -> Act:
    def starving(world: World, attempt: Attempt) -> None:
        world.starved = True
        act(world, attempt)

    return starving


def rested(act: Act) -> Act:
    def resting(world: World, attempt: Attempt) -> None:
        world.starved = False
        act(world, attempt)

    return resting


@pytest.mark.parametrize(
    ("act", "verdict", "credit"),
    [
        pytest.param(passes, Verdict.PASSED, 1.0, id="nothing-raised"),
        pytest.param(fails, Verdict.FAILED, 0.0, id="mismatch"),
        pytest.param(late, Verdict.FAILED, 0.0, id="deadline"),
        pytest.param(breaks, Verdict.ERROR, 0.0, id="fault"),
        pytest.param(tally_of(3), Verdict.PASSED, 1.0, id="all-cases"),
        pytest.param(tally_of(3, Mismatch("a", "b")), Verdict.FAILED, 0.75, id="most-cases"),
        pytest.param(tally_of(0), Verdict.ERROR, 0.0, id="no-cases"),
        pytest.param(lambda _, attempt: setattr(attempt, "value", 1), Verdict.ERROR, 0.0, id="odd-value"),
        pytest.param(lambda _, attempt: setattr(attempt, "untidy", OSError()), Verdict.ERROR, 0.0, id="broken-cleanup"),
        pytest.param(
            lambda _, attempt: setattr(attempt, "untidy", Mismatch("a", "b")), Verdict.PASSED, 1.0, id="refused-cleanup"
        ),
        pytest.param(
            lambda _, attempt: setattr(attempt, "raised", ExceptionGroup("", [Mismatch("a", "b"), Mismatch("c", "d")])),
            Verdict.FAILED,
            0.0,
            id="group-of-mismatches",
        ),
        pytest.param(
            lambda _, attempt: setattr(attempt, "raised", ExceptionGroup("", [Mismatch("a", "b"), OSError("x")])),
            Verdict.ERROR,
            0.0,
            id="group-with-a-fault",
        ),
    ],
)
def test_what_a_check_did_decides_its_verdict(act: Act, verdict: Verdict, credit: float) -> None:
    """The candidate's faults fail, the grader's are errors, and each check is started and finished once."""
    world = World()
    result = world.run((info("a"), act))["a"]
    assert (result.verdict, result.credit) == (verdict, credit)
    assert [type(event) for event in world.events] == [CheckStarted, CheckFinished]
    assert bool(result.evidence.findings) == (verdict is Verdict.FAILED)
    assert ("Traceback" in result.evidence.note or "Error" in result.evidence.note) == (verdict is Verdict.ERROR)


@pytest.mark.parametrize(
    ("first", "verdict"),
    [
        pytest.param(passes, Verdict.PASSED, id="passed"),
        pytest.param(fails, Verdict.BLOCKED, id="failed"),
        pytest.param(tally_of(9, Mismatch("a", "b")), Verdict.BLOCKED, id="partly-passed"),
        pytest.param(starved(late), Verdict.INCONCLUSIVE, id="undecided"),
    ],
)
def test_a_check_runs_only_if_what_it_requires_passed(first: Act, verdict: Verdict) -> None:
    """Blocked checks name what they lack; what the machine left undecided does not cost a dependant."""
    world = World()
    results = world.run((info("a"), first), (info("b", "a"), passes), (info("c", "b"), passes))
    assert (results["b"].verdict, results["c"].verdict) == (verdict, verdict)
    assert ("b" in world.runs) == (verdict is Verdict.PASSED)
    for blocked in ("b", "c"):
        assert ("it needs a, which" in results[blocked].evidence.note) == (verdict is not Verdict.PASSED)


def test_what_is_required_and_does_not_run_is_taken_for_granted() -> None:
    # As where a build is known to pass it.
    assert World().run((info("b", "a"), passes), alone=True)["b"].verdict is Verdict.PASSED


@pytest.mark.parametrize(
    ("acts", "verdict", "runs"),
    [
        pytest.param([starved(late), rested(passes)], Verdict.PASSED, 2, id="passes-when-repeated"),
        pytest.param([starved(late), rested(late)], Verdict.FAILED, 2, id="late-without-excuse-when-repeated"),
        pytest.param([starved(late), fails], Verdict.FAILED, 2, id="fails-for-certain-when-repeated"),
        pytest.param([starved(late), late, passes], Verdict.INCONCLUSIVE, 2, id="starved-twice"),
        pytest.param([starved(fails)], Verdict.FAILED, 1, id="certain-failure-on-a-busy-machine"),
        pytest.param([late], Verdict.FAILED, 1, id="late-on-an-idle-machine"),
        pytest.param([starved(breaks)], Verdict.ERROR, 1, id="fault-on-a-busy-machine"),
    ],
)
def test_only_a_deadline_on_a_starved_machine_is_excused(acts: list[Act], verdict: Verdict, runs: int) -> None:
    """It is repeated once, then inconclusive; nothing else ever is."""
    world = World()
    result = world.run((info("a"), acts))["a"]
    assert (result.verdict, len(world.runs)) == (verdict, runs)
    assert ("repeated" in result.evidence.note) == (runs == 2 and verdict is not Verdict.ERROR)


def test_a_starved_case_is_left_out_of_a_tally() -> None:
    """Of four cases one failed for certain and one by a starved deadline: two of three are earned."""
    world = World()
    deadline = DeadlinePassed("a", "b", since=1.0, until=2.0)
    result = world.run((info("a"), starved(tally_of(2, Mismatch("a", "b"), deadline))))["a"]
    assert (result.verdict, result.credit) == (Verdict.FAILED, pytest.approx(2 / 3))
    assert [finding.case for finding in result.evidence.findings] == ["case 0"]


def test_no_check_outlasts_its_own_deadline_or_the_total() -> None:
    """Each attempt is told until when it may run."""
    world = World()
    world.run((info("a"), passes), check_deadline=5, total_deadline=100)
    assert world.ends_at == 1005.0
    world.run((info("a"), passes), check_deadline=5, total_deadline=3)
    assert world.ends_at == 1001.0 + 3.0


@pytest.mark.parametrize(
    ("act", "verdict"),
    [
        pytest.param(late, Verdict.BLOCKED, id="idle-machine"),
        pytest.param(starved(late), Verdict.INCONCLUSIVE, id="starved-machine"),
    ],
)
def test_when_the_total_is_used_up_the_rest_is_blocked(act: Act, verdict: Verdict) -> None:
    """The check that was cut and those that follow say why; a machine that stood still is not the candidate's fault."""
    world = World()
    results = world.run((info("a"), act), (info("b"), passes), total_deadline=30)
    assert [result.verdict for result in results.values()] == [verdict, verdict]
    assert "the 30 s for all checks were used up" in results["b"].evidence.note
    assert "b" not in world.runs


def exits(status: int, act: Act = fails) -> Act:
    def exiting(world: World, attempt: Attempt) -> None:
        act(world, attempt)
        attempt.recording.lost = True
        world.accepting = False
        world.candidate.exited(status)

    return exiting


def test_after_the_process_ended_the_rest_is_blocked() -> None:
    """The check during which it ended fails by itself, with a note; the others name it."""
    world = World()
    results = world.run((info("a"), passes), (info("b"), exits(-9)), (info("c"), passes), (info("d"), passes))
    assert [result.verdict for result in results.values()] == ["passed", "failed", "blocked", "blocked"]
    assert results["b"].evidence.note == "the application's process ended (signal 9) during this check"
    assert results["d"].evidence.note == "the application's process ended (signal 9) during b"
    assert world.runs == ["a", "b"]


def test_a_process_that_ended_before_the_first_check_blocks_all() -> None:
    """There is nothing to run against."""
    world = World()
    world.candidate.exited(3)
    result = world.run((info("a"), passes))["a"]
    assert result.verdict == Verdict.BLOCKED
    assert result.evidence.note == "the application's process ended (status 3) before the first check"


def test_a_lost_connection_waits_for_the_news_of_the_end() -> None:
    """The news of the end may come a moment after the connection broke; the check that broke it is named."""
    world = World()
    asked: list[float] = []

    def wait(seconds: float) -> bool:
        asked.append(seconds)
        world.candidate.exited(1)
        return True

    world.candidate.wait_for_exit = wait  # type: ignore[method-assign]
    world.accepting = False

    def loses(world: World, attempt: Attempt) -> None:
        fails(world, attempt)
        attempt.recording.lost = True

    results = world.run((info("a"), loses), (info("b"), passes))
    assert len(asked) == 1
    assert results["a"].evidence.note == "the application's process ended (status 1) during this check"
    assert results["b"].verdict == Verdict.BLOCKED


def test_a_broken_connection_of_an_application_that_lives_on_blocks_nothing() -> None:
    """Where it still accepts connections nobody waits, and the next check runs."""
    world = World()
    world.candidate.wait_for_exit = lambda _: pytest.fail("waited")  # type: ignore[method-assign]

    def loses(world: World, attempt: Attempt) -> None:
        fails(world, attempt)
        attempt.recording.lost = True

    results = world.run((info("a"), loses), (info("b"), passes))
    assert [result.verdict for result in results.values()] == ["failed", "passed"]
