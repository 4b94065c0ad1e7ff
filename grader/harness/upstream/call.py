"""One call of the candidate to an upstream, as it was recorded."""

import json
from dataclasses import dataclass
from typing import Any

from grader.harness.upstream.stage import CLOSED
from grader.text import visible
from grader.verdicts import UpstreamCall

MAX_TARGET_CHARS = 300


@dataclass(slots=True)
class Call:
    """What is known of a call. Times are seconds of the monotonic clock, which all processes of a machine share.

    Attributes:
        upstream: name.
        number: order of arrival over all upstreams of this run.
        connection: number of the TCP connection.
        method: such as "GET".
        target: path and query.
        path: without the query, percent-decoded.
        headers: name in lower case and value, in order.
        body: raw bytes.
        attempt: the how manyth call of this method and target it is in this check, from 1.
        routed: whether the check has an answer for it.
        in_flight: routed calls that were under way once this one had arrived, itself included.
        gate: where it waits, or waited, before it was answered; None where nothing held it.
        at: when it had arrived whole.
        passed_at: when its gate let it through; None while it is held, and where nothing held it.
        outcome: what became of it, in words; "" while it is in flight.
        ended_at: when that was; None while it is in flight.
    """

    upstream: str
    number: int
    connection: int
    method: str
    target: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes
    attempt: int
    routed: bool
    in_flight: int
    gate: str | None
    at: float
    passed_at: float | None = None
    outcome: str = ""
    ended_at: float | None = None

    @classmethod
    def of(cls, event: dict[str, Any]) -> "Call":
        """From the event that tells of its arrival."""
        details = {name: value for name, value in event.items() if name != "event"}
        headers = [(name, value) for name, value in event["headers"]]
        return cls(**details | {"headers": headers, "body": event["body"].encode("latin-1")})

    def header(self, name: str) -> str | None:
        """The first header of that name, in any case; None if there is none."""
        return next((value for known, value in self.headers if known.lower() == name.lower()), None)

    def json(self) -> Any:
        """The body as JSON; None if it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def given_up(self) -> bool:
        """Whether the candidate closed the connection before it was answered."""
        return self.outcome == CLOSED

    @property
    def held(self) -> bool:
        """Whether it waits at a gate still."""
        return self.gate is not None and self.passed_at is None and not self.outcome

    def seconds(self, now: float) -> float:
        """How long it was, or has been, in flight."""
        return (self.ended_at if self.ended_at is not None else now) - self.at

    def held_seconds(self, now: float) -> float:
        """How long it waited, or has been waiting, at a gate; 0 where nothing held it."""
        if self.gate is None:
            return 0.0
        return (self.passed_at if self.passed_at is not None else self.ended_at or now) - self.at

    def __str__(self) -> str:
        outcome = self.outcome or ("held" if self.held else "in flight")
        return f"{self.upstream} {self.method} {self.target} ({outcome})"

    def facts(self, first: "Call", now: float) -> UpstreamCall:
        """The same for the report.

        Args:
            first: the first call of the check.
            now: seconds of the monotonic clock.
        """
        return UpstreamCall(
            upstream=self.upstream,
            number=self.number - first.number + 1,
            method=visible(self.method, limit=20),
            target=visible(self.target, limit=MAX_TARGET_CHARS),
            attempt=self.attempt,
            outcome=self.outcome or ("held" if self.held else "never answered"),
            seconds=round(max(0.0, self.at - first.at), 4),
            held=round(max(0.0, self.seconds(now)), 4),
        )
