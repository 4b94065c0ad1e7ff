"""One comparison: whose turn it is, which pairs count, and when it is decided. Two threads take part, one a pod."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from threading import Condition
from typing import Final, Literal

from grader.errors import GraderError, HarnessError
from grader.latency.ratio import QUANTILES, Interval, interval, quantile, reached
from grader.verdicts import LoadOrder, LoadSeen, Tier

Side = Literal["application", "reference"]
Pair = tuple[LoadSeen, LoadSeen]
"""What was seen of the application, and of the reference."""

BLOCK_SECONDS: Final = 0.8
WARM_UP_SECONDS: Final = 0.5
FEWEST: Final = 8
"""Pairs before anything is decided; the fewer, the less an interval is to be trusted."""
MOST: Final = 24
"""Pairs that count, and twice as many at all; then it is undecided."""
LAG_SHARE: Final = 0.25
"""Of a block's median latency: a driver that was later, in the median, has measured itself."""
LOST_SHARE: Final = 0.05
"""Of a block's requests without an answer: with more, the rate is not kept."""
LOST_BLOCKS: Final = 2
TURN_SECONDS: Final = 1_800.0
"""Longer than any pod lives: a side that is lost says so, and one that prepares what its load needs takes its time."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a comparison ended.

    Attributes:
        order: what both sides are told.
        ratios: quantile → ratio; empty where too few pairs count.
        pairs: those that count.
        void: how many pairs do not.
    """

    order: LoadOrder
    ratios: dict[float, Interval] = field(default_factory=dict)
    pairs: tuple[Pair, ...] = ()
    void: int = 0


class Comparison:
    """Blocks in turns, A B B A A B …, after one for warming up on each side.

    Args:
        factors: of the tiers, ascending: how often the reference's latency the application's may be.
        rng: draws the resamples.

    Attributes:
        outcome: None until it is decided.
    """

    def __init__(self, factors: Sequence[float], rng: random.Random) -> None:
        self.outcome: Outcome | None = None
        self._factors = factors
        self._rng = rng
        self._turns = chain(_order("application", "reference"), _pattern())
        self._next: Side = next(self._turns)
        self._busy = False
        self._seen: list[tuple[Side, LoadSeen]] = []
        self._failure: GraderError | None = None
        self._changed = Condition()

    def turn(self, side: Side, seen: LoadSeen | None) -> LoadOrder:
        """Tell what was seen, and wait for the next block.

        Args:
            side: who asks.
            seen: of its last block; None for the first.

        Raises:
            HarnessError: the other side did not come.
            GraderError: what `fail` was told.
        """
        with self._changed:
            if seen is not None:
                self._take(side, seen)
            if not self._changed.wait_for(lambda: self._may_go_on(side), TURN_SECONDS):
                raise HarnessError("a comparison of latencies stood still: the other side did not answer")
            if self.outcome:
                return self.outcome.order
            if self._failure:
                raise self._failure
            self._busy = True
            return LoadOrder(seconds=WARM_UP_SECONDS if self._warms_up() else BLOCK_SECONDS)

    def fail(self, error: GraderError) -> None:
        """End it for both, unless it is decided: one side cannot go on."""
        with self._changed:
            self._failure = error
            self._changed.notify_all()

    def _may_go_on(self, side: Side) -> bool:
        return bool(self._failure or self.outcome or (side == self._next and not self._busy))

    def _warms_up(self) -> bool:
        return len(self._seen) < 2  # noqa: PLR2004 - one on each side

    def _take(self, side: Side, seen: LoadSeen) -> None:
        self._seen.append((side, seen))
        self._busy = False
        self._next = next(self._turns)
        if seen.wrong and side == "application":
            self.outcome = Outcome(LoadOrder(note="an answer under load was wrong"))
        elif seen.wrong:
            self._failure = HarnessError("the reference answered wrongly under load", hint="mend the challenge")
        elif len(self._seen) % 2 == 0:
            self.outcome = self._decided()
        self._changed.notify_all()

    def _decided(self) -> Outcome | None:
        """The outcome; None where it takes more pairs to tell."""
        pairs = list(map(_pair, self._seen[2::2], self._seen[3::2]))
        good = tuple(pair for pair in pairs if not _is_void(pair))
        if _does_not_keep_the_rate(good):
            return Outcome(self._unkept(), {}, good, len(pairs) - len(good))
        kept = [pair for pair in good if not _is_lost(pair[0])]
        if len(kept) < FEWEST:
            return self._given_up(good, len(pairs))
        ratios = {share: interval(kept, share, self._rng) for share in QUANTILES}
        outcomes = [reached(list(ratios.values()), factor) for factor in self._factors]
        if None in outcomes and not _is_last(good, len(pairs)):
            return None
        if None in outcomes and False not in outcomes:
            return self._given_up(good, len(pairs), ratios)
        # Where one tier is missed, another that cannot be told is the application's: it has no second chance.
        got = ", ".join(f"p{round(100 * share)} {ratio} times" for share, ratio in ratios.items())
        tiers = [
            _tier(factor, got, reached=one is not False) for factor, one in zip(self._factors, outcomes, strict=True)
        ]
        return Outcome(LoadOrder(tiers=tiers), ratios, good, len(pairs) - len(good))

    def _unkept(self) -> LoadOrder:
        got = "it does not keep the rate: requests stay without an answer, and the reference answers all of them"
        return LoadOrder(tiers=[_tier(factor, got, reached=False) for factor in self._factors])

    def _given_up(
        self, good: tuple[Pair, ...], pairs: int, ratios: dict[float, Interval] | None = None
    ) -> Outcome | None:
        if not _is_last(good, pairs):
            return None
        note = f"undecided after {pairs} pairs of blocks, of which {len(good)} count"
        return Outcome(LoadOrder(note=note), ratios or {}, good, pairs - len(good))


def _order(*sides: Side) -> tuple[Side, ...]:
    return sides


def _pattern() -> "chain[Side]":
    return chain.from_iterable(repeat(_order("application", "reference", "reference", "application")))


def _pair(first: tuple[Side, LoadSeen], second: tuple[Side, LoadSeen]) -> Pair:
    return (first[1], second[1]) if first[0] == "application" else (second[1], first[1])


def _is_void(pair: Pair) -> bool:
    """Whether the pair says more of the machine than of the two."""
    mine, reference = pair
    return _is_late(mine) or _is_late(reference) or _is_lost(reference)


def _is_late(seen: LoadSeen) -> bool:
    if not seen.latencies:
        return False
    return quantile(seen.lags, 0.5) > LAG_SHARE * quantile(seen.latencies, 0.5)


def _is_lost(seen: LoadSeen) -> bool:
    return seen.unanswered > LOST_SHARE * seen.scheduled or not seen.latencies


def _is_last(good: tuple[Pair, ...], pairs: int) -> bool:
    """Whether there are to be no more."""
    return len(good) >= MOST or pairs >= 2 * MOST


def _does_not_keep_the_rate(good: tuple[Pair, ...]) -> bool:
    return sum(_is_lost(mine) for mine, _ in good) >= LOST_BLOCKS


def _tier(factor: float, got: str, *, reached: bool) -> Tier:
    name = f"at most {factor:g} times the reference's"
    return Tier(name=name, expected=f"p50 and p95 are {name}, beside it on the same machine", got=got, reached=reached)
