"""One run of one check, before it is judged."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from grader.harness.decorator import CheckInfo
from grader.harness.mismatch import DeadlinePassed, Mismatch, Missed, Undecided
from grader.harness.recording import Recording
from grader.harness.tally import Tally
from grader.verdicts import UpstreamCall


@dataclass(frozen=True, slots=True)
class Failure:
    """The candidate's fault in one case of a check.

    Attributes:
        raised: what said so.
        case: which of several cases; "" where the check has one.
        overstayed: whether an upstream held a call for longer than the candidate has to wait for it.
    """

    raised: Mismatch | AssertionError
    case: str = ""
    overstayed: bool = False

    def rests_on(self, starved: Callable[[float, float], bool]) -> bool:
        """Whether it rests on a wait that was in vain while the harness was kept from running.

        A rendezvous that was missed has a control of its own, and needs no upstream's answer: however long a call was
        held, it says nothing else.
        """
        if isinstance(self.raised, Undecided):
            return True
        if isinstance(self.raised, Missed):
            return not self.raised.served or starved(self.raised.since, self.raised.until)
        if isinstance(self.raised, DeadlinePassed) and starved(self.raised.since, self.raised.until):
            return True
        return self.overstayed


@dataclass(slots=True)
class Attempt:
    """What one run of a check left behind.

    Attributes:
        check: which one.
        pack: the pack's folder; an `assert` counts as the candidate's fault only where a file of the pack states it.
        recording: its exchanges.
        calls: what the candidate asked of upstreams meanwhile, in order of arrival.
        overstayed: whether an upstream held a call for longer than the candidate has to wait for it.
        value: what the check's function returned.
        raised: what ended its fixtures or the function; None if nothing did.
        untidy: what its fixtures raised while they cleaned up.
        excused: seconds for which it had to wait for others; its deadline was put off by as much.
        deadline: of the check's function, while that runs.
    """

    check: CheckInfo
    pack: Path
    recording: Recording = field(default_factory=Recording)
    excused: float = 0.0
    deadline: asyncio.Timeout | None = None
    calls: list[UpstreamCall] = field(default_factory=list)
    overstayed: bool = False
    value: object = None
    raised: BaseException | None = None
    untidy: BaseException | None = None

    def faults(self) -> list[BaseException]:
        """What the grader itself did wrong; empty if the attempt can be judged."""
        found = [error for error in _leaves(self.raised) if not self._blames_candidate(error)]
        # A clean-up that the candidate refuses says nothing about what the check asked.
        found += [error for error in _leaves(self.untidy) if not self._blames_candidate(error)]
        if self.raised is None and not self._is_outcome(self.value):
            found.append(TypeError(f"check {self.check.id} returned {self.value!r:.200}: None or a Tally with cases"))
        return found

    def failures(self) -> list[Failure]:
        """What the candidate did wrong."""
        if isinstance(self.value, Tally):
            return [Failure(raised, case, self.overstayed) for case, raised in self.value.failures]
        errors = [error for error in _leaves(self.raised) if isinstance(error, Mismatch | AssertionError)]
        return [Failure(error, overstayed=self.overstayed) for error in errors]

    @property
    def passed_cases(self) -> int:
        """How many cases passed; 0 without a tally."""
        return self.value.passed if isinstance(self.value, Tally) else 0

    def excuse(self, seconds: float) -> None:
        """Put the deadline off: the check had to wait for others."""
        self.excused += seconds
        if self.deadline and (when := self.deadline.when()) is not None:
            self.deadline.reschedule(when + seconds)

    def _is_outcome(self, value: object) -> bool:
        return value is None or (isinstance(value, Tally) and value.total > 0)

    def _blames_candidate(self, error: BaseException) -> bool:
        if isinstance(error, AssertionError):
            return _origin(error).is_relative_to(self.pack.resolve())
        return isinstance(error, Mismatch)


def _leaves(error: BaseException | None) -> Iterator[BaseException]:
    """The exceptions in a group, such as a `TaskGroup` raises; else the exception itself."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    elif error is not None:
        yield error


def _origin(error: BaseException) -> Path:
    """The file whose code raised it."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return Path(trace.tb_frame.f_code.co_filename).resolve() if trace else Path("/")
