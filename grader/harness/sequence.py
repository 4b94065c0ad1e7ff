"""The run of all checks: what is blocked, what is repeated, when it ends."""

import time
from collections.abc import Callable, Iterable

from grader.harness.attempt import Attempt
from grader.harness.candidate import Candidate
from grader.harness.decorator import CheckInfo
from grader.harness.judge import Starved, judge, ran_out_of_time, rests_on_starved_deadline, unrun
from grader.verdicts import CheckFinished, CheckResult, CheckStarted, Event, Job, Verdict

EXIT_GRACE = 5.0
"""Seconds in which the host tells of the end of a process that no longer accepts connections."""

Clock = Callable[[], float]


class CheckSequence:
    """Runs checks one after the other, and reports each.

    Args:
        job: the deadlines.
        candidate: whose process may end.
        attempt: runs a check once, until a time of the clock at the latest.
        starved: the control of every deadline.
        send: takes the events.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        job: Job,
        candidate: Candidate,
        attempt: Callable[[CheckInfo, float], Attempt],
        starved: Starved,
        send: Callable[[Event], None],
        clock: Clock = time.monotonic,
    ) -> None:
        self._job = job
        self._candidate = candidate
        self._attempt = attempt
        self._starved = starved
        self._send = send
        self._clock = clock
        self._verdicts: dict[str, Verdict] = {}
        # Blocked check → what it comes down to in the end: checks that ran and did not pass.
        self._roots: dict[str, tuple[str, ...]] = {}
        self._began = 0.0
        self._end = 0.0
        self._last = ""
        self._ended = ""
        self._asked_whether_gone = False

    def run(self, checks: Iterable[CheckInfo]) -> None:
        """Run the checks, what is required before what requires it."""
        self._began = self._clock()
        self._end = self._began + self._job.total_deadline
        for check in checks:
            self._send(CheckStarted(id=check.id))
            result = self._unrunnable(check) or self._run(check)
            self._verdicts[check.id] = result.verdict
            self._last = check.id
            self._send(CheckFinished(result=result))

    def _unrunnable(self, check: CheckInfo) -> CheckResult | None:
        if self._ended or self._candidate.status is not None:
            self._ended = self._ended or self._end_note(
                f"after {self._last}" if self._last else "before the first check"
            )
            return unrun(check.id, Verdict.BLOCKED, self._ended)
        if self._clock() >= self._end:
            return self._out_of_time(check)
        return self._blocked(check)

    def _blocked(self, check: CheckInfo) -> CheckResult | None:
        # What does not run is taken for granted.
        known = {name: self._verdicts[name] for name in check.requires if name in self._verdicts}
        lacking = {name: verdict for name, verdict in known.items() if verdict != Verdict.PASSED}
        if not lacking:
            return None
        roots = {root: None for name in lacking for root in self._roots.get(name, (name,))}
        self._roots[check.id] = tuple(roots)
        note = "; ".join(f"it needs {root}, which is {self._verdicts[root]}" for root in roots)
        # What the machine kept from being decided must not cost the candidate what builds on it.
        undecided = set(lacking.values()) == {Verdict.INCONCLUSIVE}
        return unrun(check.id, Verdict.INCONCLUSIVE if undecided else Verdict.BLOCKED, note)

    def _out_of_time(self, check: CheckInfo) -> CheckResult:
        note = f"the {self._job.total_deadline:g} s for all checks were used up"
        starved = self._starved(self._began, self._end)
        return unrun(check.id, Verdict.INCONCLUSIVE if starved else Verdict.BLOCKED, note)

    def _run(self, check: CheckInfo) -> CheckResult:
        began, notes = self._clock(), []
        attempt = self._once(check)
        if rests_on_starved_deadline(attempt, self._starved):
            notes.append("repeated, since the machine was too busy the first time")
            attempt = self._once(check)
        if ran_out_of_time(attempt, self._end):
            return self._out_of_time(check)
        if self._has_ended(check, attempt):
            notes.append(self._end_note("during this check"))
        return judge(attempt, self._starved, seconds=self._clock() - began, note="; ".join(notes))

    def _once(self, check: CheckInfo) -> Attempt:
        attempt = self._attempt(check, min(self._clock() + self._job.check_deadline, self._end))
        self._end += attempt.excused
        return attempt

    def _has_ended(self, check: CheckInfo, attempt: Attempt) -> bool:
        """Whether the process ended during the check; a lost connection may be known sooner than its end."""
        if attempt.recording.lost and not self._asked_whether_gone and not self._candidate.accepts():
            self._asked_whether_gone = True
            self._candidate.wait_for_exit(EXIT_GRACE)
        if self._candidate.status is None:
            return False
        self._ended = self._end_note(f"during {check.id}")
        return True

    def _end_note(self, when: str) -> str:
        status = self._candidate.status or 0
        how = f"signal {-status}" if status < 0 else f"status {status}"
        return f"the application's process ended ({how}) {when}"
