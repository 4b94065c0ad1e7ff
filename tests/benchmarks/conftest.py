"""Service times that a test makes up."""

import pytest

from benchmarks.measured import Compared, Grading, Installation, ServiceTimes, Where


def grading(kind: str, **changes: object) -> Grading:
    plain: dict[str, object] = {
        "challenge": "made-up",
        "kind": kind,
        "measured": True,
        "load": 0.5,
        "score": 100,
        "stages": {"intake": 0.1, "environment": 0.4, "pod": 12.0, "latency": 15.0, "insight": 1.0, "report": 0.5},
        "cpu": {"latency": 18.0, "rest": 7.0},
        "peak_mib": 300,
        "engine_calls": 40,
        "engine_seconds": 2.0,
        "archive_bytes": 20_000,
        "report_bytes": 800_000,
        "page_bytes": 400_000,
    }
    return Grading.model_validate(plain | changes)


@pytest.fixture
def times() -> ServiceTimes:
    where = {"date": "2026-01-01", "cpu": "made up", "cpus": 2, "memory_mib": 4096}
    return ServiceTimes(
        where=Where.model_validate(where | {"engine": "none", "grader": "1"}),
        gradings=(
            grading("good"),
            grading("poor", score=70),
            grading("empty", score=0, stages={"intake": 0.1, "environment": 0.4, "pod": 6.0, "latency": 0.0}),
            grading("good", measured=False, stages={"pod": 12.0}),
        ),
        installations=(
            Installation(requirements=("large",), seconds=20, cached_seconds=0.4, installed_bytes=150_000_000),
            Installation(requirements=("small",), seconds=4, cached_seconds=0.4, installed_bytes=100_000),
        ),
        comparisons=(
            Compared(reports=100, bytes=10**8, seconds=2, peak_mib=100),
            Compared(reports=300, bytes=3 * 10**8, seconds=4, peak_mib=140),
        ),
    )
