"""What a report says of a comparison: both distributions, the ratios, and what they rest on."""

from collections.abc import Iterable, Mapping

from hdrh.histogram import HdrHistogram
from pydantic import BaseModel, ConfigDict

from grader.latency.comparison import Outcome
from grader.latency.ratio import quantile
from grader.verdicts import LoadSeen, Tier

LONGEST_MICROSECONDS = 60_000_000
SHOWN = (0.5, 0.9, 0.95, 0.99, 1.0)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Distribution(_Frozen):
    """Latencies of one side, over all blocks that count."""

    requests: int
    """That were due."""
    unanswered: int
    cpu_milliseconds: float | None
    """CPU time of the application for each request; None where nobody can say."""
    milliseconds: dict[str, float]
    """Percentile, such as `p50`, → milliseconds from the instant at which a request was due."""
    histogram: str
    """All of them as an HDR histogram of microseconds, three digits, compressed and in base64 as its tools read it.
    https://hdrhistogram.github.io/HdrHistogram/"""
    blocks: list[list[float]]
    """All of them, in milliseconds, block by block."""


class Ratio(_Frozen):
    """Application over reference, and the interval that holds it with 99 % confidence."""

    ratio: float
    low: float
    high: float


class LatencyFacts(_Frozen):
    """One latency check."""

    check: str
    tiers: list[Tier]
    note: str
    """Why it could not be told, where it could not."""
    ratios: dict[str, Ratio]
    """Percentile → ratio."""
    application: Distribution
    reference: Distribution
    pairs: int
    """Pairs of blocks that count."""
    void: int
    """Pairs that do not, because the machine was in the way."""
    lag_milliseconds: float
    """How late the driver itself was, in the median."""


def latency_facts(outcomes: Mapping[str, Outcome]) -> list[LatencyFacts]:
    """What the report says.

    Args:
        outcomes: check id → how its comparison ended.
    """
    return [_facts(check, outcome) for check, outcome in outcomes.items()]


def _facts(check: str, outcome: Outcome) -> LatencyFacts:
    lags = [lag for pair in outcome.pairs for side in pair for lag in side.lags]
    return LatencyFacts(
        check=check,
        tiers=outcome.order.tiers,
        note=outcome.order.note,
        ratios={
            _name(share): Ratio(ratio=round(one.ratio, 3), low=round(one.low, 3), high=round(one.high, 3))
            for share, one in outcome.ratios.items()
        },
        application=_distribution(mine for mine, _ in outcome.pairs),
        reference=_distribution(reference for _, reference in outcome.pairs),
        pairs=len(outcome.pairs),
        void=outcome.void,
        lag_milliseconds=_milliseconds(quantile(lags, 0.5)) if lags else 0.0,
    )


def _distribution(blocks: Iterable[LoadSeen]) -> Distribution:
    seen = list(blocks)
    latencies = [latency for block in seen for latency in block.latencies]
    requests = sum(block.scheduled for block in seen)
    used = [block.cpu_seconds for block in seen if block.cpu_seconds is not None]
    return Distribution(
        histogram=_histogram(latencies),
        blocks=[[_milliseconds(latency) for latency in block.latencies] for block in seen],
        requests=requests,
        cpu_milliseconds=_milliseconds(sum(used) / requests) if requests and len(used) == len(seen) else None,
        unanswered=sum(block.unanswered for block in seen),
        milliseconds={_name(share): _milliseconds(quantile(latencies, share)) for share in SHOWN} if latencies else {},
    )


def _histogram(latencies: Iterable[float]) -> str:
    histogram = HdrHistogram(1, LONGEST_MICROSECONDS, 3)
    for latency in latencies:
        histogram.record_value(min(max(1, round(latency * 1e6)), LONGEST_MICROSECONDS))
    return str(histogram.encode().decode("ascii"))


def _name(share: float) -> str:
    return "max" if share == 1 else f"p{round(100 * share)}"


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 2)
