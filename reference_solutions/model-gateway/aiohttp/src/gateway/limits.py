"""GCRA: a key has a time at which its bucket would be full again, and may be ahead of the clock by its burst."""

from math import ceil
from time import monotonic

TIERS = {"free": (10, 5), "pro": (200, 100)}


class Limiter:
    def __init__(self, tiers: dict[str, str]) -> None:
        self._tiers = tiers
        self._full_at: dict[str, float] = {}

    def admit(self, key: str) -> int:
        """Zero if the request is within the limit; else the seconds after which to come again."""
        burst, rate = TIERS[self._tiers[key]]
        now, cost = monotonic(), 1 / rate
        full_at = max(self._full_at.get(key, now), now) + cost
        ahead = full_at - now - burst * cost
        if ahead > 1e-9:
            return max(1, ceil(ahead))
        self._full_at[key] = full_at
        return 0
