"""What a report says of a comparison."""

from hdrh.histogram import HdrHistogram

from grader.latency.comparison import Outcome
from grader.latency.facts import latency_facts
from grader.latency.ratio import Interval
from grader.verdicts import LoadOrder, LoadSeen


def seen(*milliseconds: float, cpu: float | None = 0.1) -> LoadSeen:
    latencies = [one / 1000 for one in milliseconds]
    return LoadSeen(latencies=latencies, lags=[0.001] * len(latencies), scheduled=10, unanswered=1, cpu_seconds=cpu)


def test_both_sides_are_told_whole() -> None:
    """Percentiles over all blocks that count, each latency, and an HDR histogram that others can read."""
    pairs = ((seen(1, 2), seen(3, 4)), (seen(5, 6), seen(7, 90)))
    outcome = Outcome(LoadOrder(note="why"), {0.5: Interval(1.23456, 1, 2)}, pairs, void=3)
    (facts,) = latency_facts({"a.latency": outcome})
    assert (facts.check, facts.note, facts.pairs, facts.void, facts.lag_milliseconds) == ("a.latency", "why", 2, 3, 1)
    assert facts.ratios["p50"].ratio == 1.235
    assert facts.application.blocks == [[1, 2], [5, 6]]
    assert facts.reference.milliseconds == {"p50": 4, "p90": 90, "p95": 90, "p99": 90, "max": 90}
    assert (facts.reference.requests, facts.reference.unanswered, facts.reference.cpu_milliseconds) == (20, 2, 10)
    histogram = HdrHistogram.decode(facts.reference.histogram)
    assert (histogram.get_total_count(), histogram.get_value_at_percentile(50)) == (4, 4001)


def test_what_is_not_known_is_not_made_up() -> None:
    """No pair counts, or nobody can say what the application has used."""
    (nothing,) = latency_facts({"a": Outcome(LoadOrder(note="why"))})
    assert (nothing.application.milliseconds, nothing.application.cpu_milliseconds) == ({}, None)
    (blind,) = latency_facts({"a": Outcome(LoadOrder(), {}, ((seen(1, cpu=None), seen(1)),))})
    assert (blind.application.cpu_milliseconds, blind.reference.cpu_milliseconds) == (None, 10)
