"""The demonstration of docs/latency.md: four applications beside a reference, in blocks that are short for a test."""

from pathlib import Path

import pytest

from grader.grade import grade
from grader.latency import comparison
from grader.report.model import Report
from grader.request import NobodyWatches, Request
from grader.sandbox.docker_backend import DockerSandbox
from grader.sandbox.local_backend import LocalSandbox
from grader.settings import Settings
from grader.verdicts import CheckResult, Verdict

HOME = Path(__file__).parents[2] / "examples" / "latency"
CHECK = "items.read.latency"


@pytest.fixture(autouse=True)
def short_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "WARM_UP_SECONDS", 0.1)
    monkeypatch.setattr(comparison, "BLOCK_SECONDS", 0.3)


def graded(folder: Path, request: pytest.FixtureRequest, sandbox: str = "local") -> Report:
    settings = Settings()
    place = LocalSandbox(settings) if sandbox == "local" else DockerSandbox(settings, request.getfixturevalue("engine"))
    job = Request(folder, str(HOME / "pack"), seed=1, sandbox=sandbox, insight=False)
    report = grade(job, place, settings, NobodyWatches())
    assert report.problem is None, report.problem
    return report


def result(report: Report) -> CheckResult:
    (found,) = [check for check in report.checks if check.id == CHECK]
    return CheckResult(id=found.id, verdict=found.verdict, credit=found.credit, evidence=found.evidence)


@pytest.mark.parametrize("sandbox", ["local", pytest.param("docker", marks=pytest.mark.docker)])
def test_the_reference_does_not_fail_beside_itself(request: pytest.FixtureRequest, sandbox: str) -> None:
    """On a machine that is busy it may be undecided; the report has both distributions and what they rest on."""
    report = graded(HOME / "pack" / "solutions" / "reference", request, sandbox)
    assert result(report).verdict in {Verdict.PASSED, Verdict.INCONCLUSIVE}
    (facts,) = report.latencies
    assert (facts.check, set(facts.ratios)) == (CHECK, {"p50", "p95"})
    for side in (facts.application, facts.reference):
        assert side.requests == 30 * facts.pairs
        assert side.cpu_milliseconds is not None
        assert 0 < side.milliseconds["p50"] <= side.milliseconds["p99"] <= side.milliseconds["max"]


def test_who_does_not_keep_the_rate_reaches_no_tier(request: pytest.FixtureRequest) -> None:
    """Its requests pile up; the ratio or the losses say so on any machine."""
    found = result(graded(HOME / "apps" / "saturated", request))
    assert (found.verdict, found.credit) == (Verdict.FAILED, 0.0)


def test_a_quick_wrong_answer_is_found(request: pytest.FixtureRequest) -> None:
    """With the exchange that shows it."""
    found = result(graded(HOME / "apps" / "wrong", request))
    assert found.verdict is Verdict.FAILED
    exchange = found.evidence.findings[0].exchange
    assert exchange
    assert (exchange.status, exchange.curl[:4]) == (200, "curl")
