"""Weighted rendezvous hashing: each version draws a number for the user, and the best one has them.

When weights change, only as many users move as must.
"""

from hashlib import sha256
from math import log


def choose(model: str, user: str, weights: dict[str, int]) -> str:
    return max((version for version in weights if weights[version]), key=lambda v: _score(model, user, v, weights[v]))


def _score(model: str, user: str, version: str, weight: int) -> float:
    drawn = int.from_bytes(sha256(repr((model, user, version)).encode()).digest()[:6])
    return -weight / log((drawn + 1) / (2**48 + 2))
