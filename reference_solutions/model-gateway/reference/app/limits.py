"""How often a key may ask: a token bucket for each."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.config import Client, Tier
from app.errors import TooManyRequestsError


@dataclass(frozen=True, slots=True)
class Rate:
    burst: int
    per_second: float


RATES: Mapping[Tier, Rate] = {"free": Rate(10, 5), "pro": Rate(200, 100)}


class TokenBucket:
    """Nothing here awaits, so taking a token is one step, however many requests come at once."""

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._tokens = float(rate.burst)
        self._filled_at = clock()

    def take(self) -> None:
        """Take a token.

        Raises:
            TooManyRequestsError: there is none; says when there will be.
        """
        now = self._clock()
        gained = (now - self._filled_at) * self._rate.per_second
        self._tokens = min(self._rate.burst, self._tokens + gained)
        self._filled_at = now
        if self._tokens < 1:
            raise TooManyRequestsError((1 - self._tokens) / self._rate.per_second)
        self._tokens -= 1


class Limits:
    def __init__(self, clients: Mapping[str, Client]) -> None:
        self._buckets = {key: TokenBucket(RATES[client.tier]) for key, client in clients.items()}

    def take(self, key: str) -> None:
        """Take a token of this key; raises like `TokenBucket.take`."""
        self._buckets[key].take()
