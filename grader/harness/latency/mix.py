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
Fresh = Callable[[int], Sequence[Request]]
"""Makes so many requests, none of which was made before."""
_CLIENTS_OWN: Final = frozenset({"host", "connection", "content-length"})
"""Headers that the driver's client sets by itself."""


@dataclass(frozen=True, slots=True)
class Mix:
    """A load: different requests, how often each comes, and what a right answer is.

    Attributes:
        rate: requests a second.
        requests: the different ones; more of them are nearer to real use. Or a function that makes as many as it is
            asked for, where each must be sent once: it is called before each block, and `judge` is asked about the
            last block alone.
        judge: looks at each answer, and raises `Mismatch` at a wrong one. A fast wrong answer is no answer.
        weights: how often each is sent, relative to the others; all alike by default.
        patience: seconds after the last request in which answers still count.
    """

    rate: float
    requests: Sequence[Request] | Fresh
    judge: Judge
    weights: Sequence[float] | None = None
    patience: float = 5.0

    def block(self, seconds: float, rng: random.Random, outgoing: Sequence[Outgoing]) -> Block:
        """A block of this load; which request comes when is drawn anew for each, unless each is sent once.

        Args:
            seconds: from its first instant to its last.
            rng: draws.
            outgoing: the requests, as `outgoing` makes them for a block of this length.
        """
        numbers = range(len(outgoing))
        order = numbers if callable(self.requests) else rng.choices(numbers, self.weights, k=self._count(seconds))
        return Block(
            requests=tuple(map(_prepared, outgoing)),
            order=tuple(order),
            rate=self.rate,
            patience=self.patience,
            most=max(10, round(self.rate * OUTSTANDING_SECONDS)),
        )

    def outgoing(self, host: str, port: int, seconds: float) -> list[Outgoing]:
        """The requests of a block as they go over the wire, in their order.

        Args:
            host: IPv4 address of the application.
            port: its TCP port.
            seconds: the block's length.
        """
        requests = self.requests(self._count(seconds)) if callable(self.requests) else self.requests
        return [encode(request, host, port) for request in requests]

    def _count(self, seconds: float) -> int:
        return max(1, round(self.rate * seconds))


def _prepared(outgoing: Outgoing) -> Prepared:
    headers = [(name.decode("ascii"), value.decode("utf-8")) for name, value in outgoing.headers]
    kept = tuple((name, value) for name, value in headers if name.lower() not in _CLIENTS_OWN)
    return Prepared(outgoing.method, outgoing.target, kept, outgoing.body)
