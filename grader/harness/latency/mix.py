"""What a check asks the application under load."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from grader.harness.latency.block import Block, Prepared
from grader.harness.reply import Reply
from grader.harness.request import Outgoing, Request, encode

OUTSTANDING_SECONDS: Final = 2.0
"""Of the rate: whoever has as many requests outstanding does not keep it."""
Judge = Callable[[Reply, int], object]
"""Gets an answer and the number of its request in the mix; raises `Mismatch` at a wrong one."""
_CLIENTS_OWN: Final = frozenset({"host", "connection", "content-length"})
"""Headers that the driver's client sets by itself."""


@dataclass(frozen=True, slots=True)
class Mix:
    """A load: different requests, how often each comes, and what a right answer is.

    Attributes:
        rate: requests a second.
        requests: the different ones; more of them are nearer to real use.
        judge: looks at each answer, and raises `Mismatch` at a wrong one. A fast wrong answer is no answer.
        weights: how often each is sent, relative to the others; all alike by default.
        patience: seconds after the last request in which answers still count.
    """

    rate: float
    requests: Sequence[Request]
    judge: Judge
    weights: Sequence[float] | None = None
    patience: float = 5.0

    def block(self, seconds: float, rng: random.Random, outgoing: Sequence[Outgoing]) -> Block:
        """A block of this load; which request comes when is drawn anew for each.

        Args:
            seconds: from its first instant to its last.
            rng: draws.
            outgoing: the requests, as `outgoing` makes them.
        """
        count = max(1, round(self.rate * seconds))
        return Block(
            requests=tuple(map(_prepared, outgoing)),
            order=tuple(rng.choices(range(len(outgoing)), self.weights, k=count)),
            rate=self.rate,
            patience=self.patience,
            most=max(10, round(self.rate * OUTSTANDING_SECONDS)),
        )

    def outgoing(self, host: str, port: int) -> list[Outgoing]:
        """The requests as they go over the wire, in their order.

        Args:
            host: IPv4 address of the application.
            port: its TCP port.
        """
        return [encode(request, host, port) for request in self.requests]


def _prepared(outgoing: Outgoing) -> Prepared:
    headers = [(name.decode("ascii"), value.decode("utf-8")) for name, value in outgoing.headers]
    kept = tuple((name, value) for name, value in headers if name.lower() not in _CLIENTS_OWN)
    return Prepared(outgoing.method, outgoing.target, kept, outgoing.body)
