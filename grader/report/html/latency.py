"""Latency beside the reference: charts, and the same as a table."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from grader.latency.facts import Distribution, LatencyFacts, Ratio
from grader.report.html.charts import DistributionChart, RatioChart, distribution_chart, ratio_chart
from grader.report.html.ink import plain
from grader.report.html.words import counted
from grader.verdicts import Tier

_FACTOR = re.compile(r"at most ([0-9.]{1,8}) times")
_SHOWN_TIERS = 6
_NAMES = {"p50": "In the middle (p50)", "p95": "At the slow end (p95)"}


@dataclass(frozen=True)
class TierView:
    """One step of credit."""

    name: str
    reached: bool


@dataclass(frozen=True)
class LatencyView:
    """One latency check."""

    check: str
    words: str
    note: str
    distribution: DistributionChart | None
    ratio: RatioChart | None
    rows: list[tuple[str, str, str, str]]
    """Name, application, reference, ratio."""
    tiers: list[TierView]
    fine_print: str


def latency_view(facts: LatencyFacts) -> LatencyView:
    """What is shown of one comparison."""
    ratios = {plain(name, 20): (one.low, one.ratio, one.high) for name, one in facts.ratios.items()}
    return LatencyView(
        check=plain(facts.check, 120),
        words=" ".join(_words(facts)),
        note=plain(facts.note),
        distribution=distribution_chart(
            list(chain.from_iterable(facts.application.blocks)), list(chain.from_iterable(facts.reference.blocks))
        ),
        ratio=ratio_chart(ratios, _factors(facts.tiers)),
        rows=list(_rows(facts)),
        tiers=[TierView(plain(tier.name, 80), tier.reached) for tier in facts.tiers[:_SHOWN_TIERS]],
        fine_print=_fine_print(facts),
    )


def _words(facts: LatencyFacts) -> Iterator[str]:
    for name, ratio in facts.ratios.items():
        yield (
            f"{_NAMES.get(name, f'At {plain(name, 20)}')} it takes {ratio.ratio:.2f} times as long as the reference "
            f"(between {ratio.low:.2f} and {ratio.high:.2f} with 99 % confidence)."
        )
    if not facts.ratios and not facts.note and facts.tiers:
        got = plain(facts.tiers[0].got)
        yield f"{got[:1].upper()}{got[1:]}."


def _rows(facts: LatencyFacts) -> Iterator[tuple[str, str, str, str]]:
    mine, theirs = facts.application, facts.reference
    for name in dict.fromkeys([*mine.milliseconds, *theirs.milliseconds]):
        yield (
            plain(name, 20),
            _ms(mine.milliseconds.get(name)),
            _ms(theirs.milliseconds.get(name)),
            _interval(facts.ratios, name),
        )
    yield "CPU a request", _ms(mine.cpu_milliseconds), _ms(theirs.cpu_milliseconds), ""
    yield "unanswered", _unanswered(mine), _unanswered(theirs), ""


def _interval(ratios: dict[str, Ratio], name: str) -> str:
    one = ratios.get(name)
    return f"{one.ratio:.2f} ({one.low:.2f} to {one.high:.2f})" if one else ""


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:,.1f} ms"


def _unanswered(side: Distribution) -> str:
    return f"{side.unanswered:,} of {side.requests:,}"


def _factors(tiers: list[Tier]) -> list[float]:
    found = (_FACTOR.search(tier.name) for tier in tiers[:_SHOWN_TIERS])
    return [float(match[1]) for match in found if match and match[1].count(".") <= 1 and float(match[1]) > 0]


def _fine_print(facts: LatencyFacts) -> str:
    verb = "is" if facts.void == 1 else "are"
    void = f", {facts.void} more {verb} void because the machine was in the way" if facts.void else ""
    return (
        f"{counted(facts.pairs, 'pair')} of blocks{void}. The driver itself was {facts.lag_milliseconds:.1f} ms late "
        "in the median."
    )
