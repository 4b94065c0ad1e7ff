"""Reports to make pages of: one that has something of everything, and the same with any text in every place."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from grader.challenge.score import Part, Score
from grader.insight.model import Insight, MigrationStep
from grader.latency.facts import Distribution, LatencyFacts, Ratio
from grader.report.logbook import Logbook
from grader.report.model import (
    ChallengeFacts,
    CheckReport,
    DependencyFacts,
    EntryPointFacts,
    Problem,
    QuestionFacts,
    Report,
    Rescoring,
    Status,
    SubmissionFacts,
)
from grader.request import Request
from grader.verdicts import Evidence, Exchange, Finding, Level, Tier, UpstreamCall, Verdict
from tests.report.spoiling import spoil

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def check(name: str, verdict: Verdict = Verdict.PASSED, **changes: Any) -> CheckReport:
    """One check; a failed one has lost everything where nothing else is said."""
    plain: dict[str, Any] = {
        "id": name,
        "category": name.partition(".")[0],
        "level": Level.JUNIOR,
        "weight": 1.0,
        "verdict": verdict,
        "credit": 1.0 if verdict is Verdict.PASSED else 0.0,
        "title": f"What `{name}` asks for holds.",
        "why": "It matters.",
        "seconds": 0.1,
        "evidence": Evidence(),
        "curl": None,
        "question": None,
        "repeat": f"grader run jane.zip --seed 1 --only {name}",
    }
    return CheckReport(**(plain | changes))


def exchange(**changes: Any) -> Exchange:
    """One exchange."""
    plain: dict[str, Any] = {
        "method": "GET",
        "url": "http://127.0.0.1:8000/users?limit=1",
        "request_headers": [("Accept", "*/*"), ("Authorization", "Bearer abc")],
        "status": 200,
        "response_headers": [("content-type", "application/json"), ("date", "today")],
        "response_body": '{"items":[{"id":1,"name":"Ada Lovelace, who wrote the first programme"}],"total":1.50}',
        "seconds": 0.01,
        "curl": "curl --silent --include 'http://127.0.0.1:8000/users?limit=1'",
    }
    return Exchange(**(plain | changes))


def call(number: int, at: float, held: float, outcome: str = "answered 200") -> UpstreamCall:
    """One call to an upstream."""
    return UpstreamCall(
        upstream="catalog",
        number=number,
        method="GET",
        target=f"/items/{number}",
        attempt=1,
        outcome=outcome,
        seconds=at,
        held=held,
    )


def latency() -> LatencyFacts:
    """One comparison that went well."""
    mine, theirs = [[4.0, 5.0, 6.0, 30.0]] * 8, [[4.0, 4.0, 5.0, 20.0]] * 8
    sides = [
        Distribution(
            requests=32, unanswered=0, cpu_milliseconds=2.0, milliseconds={"p50": 5.0}, histogram="HIST", blocks=blocks
        )
        for blocks in (mine, theirs)
    ]
    tier = Tier(name="at most 2 times the reference's", expected="so", got="so", reached=True)
    return LatencyFacts(
        check="latency.read",
        tiers=[tier, tier.model_copy(update={"name": "at most 4 times the reference's"})],
        note="",
        ratios={name: Ratio(ratio=1.2, low=0.9, high=1.6) for name in ("p50", "p95")},
        application=sides[0],
        reference=sides[1],
        pairs=8,
        void=1,
        lag_milliseconds=0.1,
    )


def asked(text: str) -> QuestionFacts:
    """One question."""
    return QuestionFacts(question=text, surface="With a tool.", deep="By a mechanism, which costs `this`.")


def a_finding(got: str = "an integer: 1") -> Finding:
    """One finding with its exchange."""
    return Finding(expected="`body.total` is an integer: 3", got=got, case="limit=1", exchange=exchange())


def empty() -> Report:
    """A report of a run that came to nothing."""
    return Logbook(Request(Path("jane.zip"), seed=1)).report()


def with_checks(*checks: CheckReport, total: float = 50.0, **changes: Any) -> Report:
    """A graded report."""
    parts = {
        name: Part(score=50, weight=10, passed=1, checks=2) for name in dict.fromkeys(one.category for one in checks)
    }
    score = Score(total=total, level=Level.JUNIOR, categories=parts, levels={Level.JUNIOR: Part(**_PART)})
    return empty().model_copy(update={"checks": list(checks), "score": score, **changes})


_PART: dict[str, Any] = {"score": 50, "weight": 100, "passed": 1, "checks": 2}


def handed_in() -> SubmissionFacts:
    """All that is known of a submission."""
    return SubmissionFacts(
        name="jane",
        hash="1" * 64,
        files=3,
        bytes=1_234,
        entry_point=EntryPointFacts(
            target="app.main:app", factory=False, directory="src", import_paths=["src", "."], source="app/main.py"
        ),
        dependencies=DependencyFacts(
            sources=["requirements.txt"], requirements=["fastapi"], pinned=0, installed=["fastapi 0.115"]
        ),
        warnings=["requirements.txt names nothing twice"],
    )


def everything() -> Report:
    """A report that has every section."""
    failed = check(
        "users.total",
        Verdict.FAILED,
        credit=0.5,
        curl=exchange().curl,
        question=asked("How is `total` counted?"),
        evidence=Evidence(
            findings=[a_finding(), a_finding("an integer: 2")], exchanges=[exchange(request_body="{}")], note="a note"
        ),
    )
    missed = check(
        "async.fan-out",
        Verdict.FAILED,
        weight=3.0,
        question=asked("How do calls run at once?"),
        curl=exchange().curl,
        evidence=Evidence(
            findings=[Finding(expected="all are asked at the same time", got="1 came")],
            exchanges=[exchange(status=None, error="no whole response by the time it was given up")],
            calls=[call(1, 0.0, 1.8), call(2, 1.81, 0.02, "closed by the caller")],
        ),
    )
    insight = Insight(
        checks=["async.fan-out"],
        file="app/main.py",
        line=42,
        function="read",
        is_async=True,
        caller="",
        call="requests.get",
        source="requests.get(url)",
        text="requests.get at app/main.py:42 inside async def read",
    )
    return with_checks(
        failed,
        missed,
        check("users.list", Verdict.BLOCKED, evidence=Evidence(note="it needs users.total, which is failed")),
        check("users.slow", Verdict.INCONCLUSIVE, evidence=Evidence(note="the machine was busy")),
        check("users.read", question=asked("Why is a read safe?")),
        check("latency.read", level=Level.SENIOR, question=asked("Where does the time go?")),
        challenge=ChallengeFacts(slug="tiny", title="Tiny", version="1.0.0", hash="0" * 64),
        insights=[insight],
        latencies=[latency()],
        migrations=[
            MigrationStep(command="alembic upgrade head", shows="the way there", ok=True, output=""),
            MigrationStep(command="alembic downgrade base", shows="the way back", ok=False, output="KeyError: 1"),
        ],
        log="INFO: started\nINFO: ended\n",
        submission=handed_in(),
        environment=empty().environment.model_copy(
            update={"images": {"runner": "sha256:1"}, "limits": {"memory": "512 MiB"}, "python": "3.13.5"}
        ),
        only=["users.total"],
        options={"database": "sqlite"},
        timings={"total": 12.5},
        created_at=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
        rescorings=[
            Rescoring(
                at=datetime(2026, 1, 3, tzinfo=UTC),
                grader_version="0.1.0",
                challenge=ChallengeFacts(slug="tiny", title="Tiny", version="0.9.0", hash="1" * 64),
                total=40.0,
                level=None,
                new_total=50.0,
                new_level=Level.JUNIOR,
                dropped=["users.gone"],
            )
        ],
    )


def without_score(status: Status) -> Report:
    """A report that says why there is no score."""
    problem = Problem(kind="StartRejected", message="it ended at once", hint="start it", detail="Traceback: boom")
    broken = check("users.read", Verdict.ERROR, evidence=Evidence(note="the harness broke"))
    return empty().model_copy(
        update={"status": status, "problem": problem, "checks": [broken], "log": "INFO: started\nboom\n"}
    )


def spoiled(report: Report, text: str) -> Report:
    """The same report with this text in every place that holds one."""
    made: Report = spoil(report, text)
    return made


class Samples:
    """What tests make reports of."""

    asked = staticmethod(asked)
    call = staticmethod(call)
    check = staticmethod(check)
    empty = staticmethod(empty)
    everything = staticmethod(everything)
    exchange = staticmethod(exchange)
    finding = staticmethod(a_finding)
    latency = staticmethod(latency)
    report = staticmethod(with_checks)
    spoiled = staticmethod(spoiled)
    without_score = staticmethod(without_score)


@pytest.fixture
def samples() -> type[Samples]:
    """Makers of reports and their parts."""
    return Samples


def binary() -> str:
    """Where the browser is; scripts/browser.sh looks for the same names."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found:
        return found
    reason = "no Chromium; `make browser` installs it as root on Debian or Ubuntu"
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """Without one these tests are skipped, but in continuous integration that is a failure.

    It lives as long as a module: while Playwright is at work, its thread has an event loop, which tests of asynchronous
    code elsewhere must not meet.
    """
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # slow to import, and few tests need it

    path = binary()
    with sync_playwright() as playwright:
        # The container or the test may be root's, where Chromium has no sandbox of its own; pages are ours.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
