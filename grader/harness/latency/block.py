"""One block of load, and what was seen of it; both go between processes as JSON."""

import base64
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that needs no more work when its instant comes.

    Attributes:
        method: in capitals.
        target: path and query, percent-encoded.
        headers: all that the check chose.
        body: raw bytes; None where it has none.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None

    def as_json(self) -> dict[str, Any]:
        """For the way."""
        body = None if self.body is None else base64.b64encode(self.body).decode()
        return {"method": self.method, "target": self.target, "headers": self.headers, "body": body}

    @classmethod
    def of(cls, data: dict[str, Any]) -> Self:
        """The inverse of `as_json`."""
        body = None if data["body"] is None else base64.b64decode(data["body"])
        return cls(data["method"], data["target"], tuple((name, value) for name, value in data["headers"]), body)


@dataclass(frozen=True, slots=True)
class Block:
    """Requests at equal distances.

    Attributes:
        requests: the different ones.
        order: which of them is sent when; its length is that of the block.
        rate: requests a second.
        patience: seconds after the last instant in which answers still count.
        most: how many may be outstanding; one more is not sent, since the rate is not kept.
    """

    requests: tuple[Prepared, ...]
    order: tuple[int, ...]
    rate: float
    patience: float
    most: int

    def as_json(self) -> dict[str, Any]:
        """For the way."""
        return {
            "requests": [request.as_json() for request in self.requests],
            "order": self.order,
            "rate": self.rate,
            "patience": self.patience,
            "most": self.most,
        }

    @classmethod
    def of(cls, data: dict[str, Any]) -> Self:
        """The inverse of `as_json`."""
        requests = tuple(map(Prepared.of, data["requests"]))
        return cls(requests, tuple(data["order"]), data["rate"], data["patience"], data["most"])


@dataclass(frozen=True, slots=True)
class Sample:
    """What became of one request. Times are seconds since the block's first instant.

    Attributes:
        request: its number among the block's different ones.
        due: when it was to be sent.
        sent: when the client began to send it.
        done: when the answer was whole, or it was clear that there is none.
        status: of the answer; None where there is none.
        headers: of the answer; bytes that are no UTF-8 as lone surrogates (PEP 383).
        body: of the answer, as transferred, cut where it is longer than the client takes.
        error: why there is no whole answer.
        broken: whether what came is no answer, however long one waits; else a slow one has the same error.
    """

    request: int
    due: float
    sent: float
    done: float
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    error: str = ""
    broken: bool = False

    @property
    def latency(self) -> float:
        """From the scheduled instant, so that a stall also counts for those who had to wait behind it."""
        return self.done - self.due

    @property
    def lag(self) -> float:
        """How late the driver was."""
        return self.sent - self.due

    def as_json(self) -> list[Any]:
        """For the way; a list, because there are many."""
        body = base64.b64encode(self.body).decode()
        times = self.due, self.sent, self.done
        return [self.request, *times, self.status, self.headers, body, self.error, self.broken]

    @classmethod
    def of(cls, data: list[Any]) -> Self:
        """The inverse of `as_json`."""
        request, due, sent, done, status, headers, body, error, broken = data
        pairs = tuple((name, value) for name, value in headers)
        return cls(request, due, sent, done, status, pairs, base64.b64decode(body), error, broken)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of a block.

    Attributes:
        samples: in the order of their instants; those that were not sent are missing.
        unsent: how many were not, because too many were outstanding.
    """

    samples: tuple[Sample, ...]
    unsent: int

    def as_json(self) -> dict[str, Any]:
        """For the way."""
        return {"samples": [sample.as_json() for sample in self.samples], "unsent": self.unsent}

    @classmethod
    def of(cls, data: dict[str, Any]) -> Self:
        """The inverse of `as_json`."""
        return cls(tuple(map(Sample.of, data["samples"])), data["unsent"])
