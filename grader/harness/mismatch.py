"""What a check raises when the candidate did not do what the contract says."""

from grader.text import visible
from grader.verdicts import Exchange, Finding

MAX_TEXT = 1_000
"""Characters of an expectation or an observation that are kept."""


class Mismatch(Exception):
    """The candidate's fault: something else was expected.

    Args:
        expected: what the contract says, such as "status 201".
        got: what was seen instead; may hold candidate's text, which is made visible and cut here.
        exchange: the request and reply that show it.
        case: which of several cases, such as "name: null".
    """

    def __init__(self, expected: str, got: str, *, exchange: Exchange | None = None, case: str = "") -> None:
        self.expected = visible(expected, limit=MAX_TEXT)
        self.got = visible(got, limit=MAX_TEXT)
        self.exchange = exchange
        self.case = visible(case, limit=MAX_TEXT)
        super().__init__(f"expected {self.expected}, got {self.got}")

    def finding(self) -> Finding:
        """The same as data for the report."""
        return Finding(expected=self.expected, got=self.got, case=self.case, exchange=self.exchange)


class DeadlinePassed(Mismatch):
    """A mismatch that rests on the clock alone, so it counts only when the machine had time to run the harness.

    Args:
        expected: what the contract says.
        got: what was seen instead.
        since: when the wait began, in seconds of the monotonic clock.
        until: when it was given up, likewise.
        exchange: the request that got no reply in time.
    """

    def __init__(
        self, expected: str, got: str, *, since: float, until: float, exchange: Exchange | None = None
    ) -> None:
        super().__init__(expected, got, exchange=exchange)
        self.since = since
        self.until = until


class Undecided(Mismatch):
    """Nobody can tell, through no fault of the candidate: the check is inconclusive, and not repeated."""


class Missed(DeadlinePassed):
    """A rendezvous that was not reached. It counts only if the control was served meanwhile.

    Args:
        expected: what is true where it is reached.
        got: what there was instead.
        since: when the wait began, in seconds of the monotonic clock.
        until: when it was given up, likewise.
        served: whether the control, which does not depend on the candidate, was served often enough in between.
        exchange: the request that shows it.
    """

    def __init__(
        self,
        expected: str,
        got: str,
        *,
        since: float,
        until: float,
        served: bool,
        exchange: Exchange | None = None,
    ) -> None:
        super().__init__(expected, got, since=since, until=until, exchange=exchange)
        self.served = served
