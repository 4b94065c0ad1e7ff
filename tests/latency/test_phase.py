"""The latency phase: a fresh pod for each check, with variables of its own, and verdicts beside the others."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from grader.grade import grade
from grader.intake.submission import Dependencies
from grader.report.model import CheckReport, Report, Status
from grader.request import NobodyWatches, Request
from grader.sandbox.pod import PodSpec, Progress, Runtime, SandboxFacts
from grader.settings import Settings
from grader.verdicts import CheckFinished, CheckResult, Event, Finished, Hello, Listening, NotListening, Verdict

RUBRIC = """
slug = "tiny"
title = "Tiny"
version = "1.0.0"
level = "junior"
summary = "A pack for tests."
minutes = 10
[categories]
behaviour = 60
latency = 40
[environment]
WINDOW = "10"
NAME = "a"
[latency]
environment = {WINDOW = "0"}
"""
CHECKS = '''
from grader.harness import check


@check("a.ok", category="behaviour", level="junior")
async def is_ok(api):
    """It works.

    All else needs it.
    """


@check("a.latency", category="latency", level="mid", requires=("a.ok",))
async def is_quick(latency):
    """It is quick.

    Somebody waits.
    """
'''


def said(**verdicts: Verdict) -> list[Event]:
    """What a pod says; `ok` stands for `a.ok`."""
    results = [
        CheckResult(id=f"a.{name}", verdict=one, credit=float(one == "passed")) for name, one in verdicts.items()
    ]
    return [Hello(), Listening(seconds=0), *(CheckFinished(result=result) for result in results), Finished()]


@dataclass
class PlayedPod:
    """Says what it is told to say."""

    script: Sequence[Event]
    log: str

    def events(self) -> Iterator[Event]:
        yield from self.script

    def candidate_log(self) -> str:
        return self.log

    def candidate_status(self) -> int | None:
        return 1

    def stop_early(self) -> None:
        """Nothing is under way."""


@dataclass
class PlayedSandbox:
    """Pods of the application and of the reference, told apart by where they come from."""

    pods: dict[str, list[Event]]
    specs: dict[str, PodSpec] = field(default_factory=dict)

    def prepare(self, _dependencies: Dependencies, _progress: Progress) -> Runtime:
        return Runtime("3.13.5", {})

    @contextmanager
    def pod(self, spec: PodSpec) -> Iterator[PlayedPod]:
        of = "reference" if "# reference" in (spec.tree.root / "main.py").read_text() else "candidate"
        name = f"{of} {' '.join(spec.job.only or ())}"
        self.specs[name] = spec
        yield PlayedPod(self.pods[name], f"log of {name}")

    def run_tool(self, _spec: PodSpec, _script: str, _job: str, _seconds: float) -> bytes:
        return b""

    def facts(self) -> SandboxFacts:
        return SandboxFacts("docker", "container")


Run = Callable[..., tuple[Report, PlayedSandbox]]

PASSED = {
    "candidate a.ok": said(ok=Verdict.PASSED),
    "candidate a.latency": said(ok=Verdict.PASSED, latency=Verdict.PASSED),
    "reference a.latency": said(ok=Verdict.PASSED, latency=Verdict.PASSED),
}


@pytest.fixture
def run(make_pack: Callable[..., Path], submission: Path, tmp_path: Path) -> Run:
    """Grade beside a reference."""
    pack = make_pack(RUBRIC, CHECKS)
    home = pack / "solutions" / "reference"
    home.mkdir(parents=True)
    (home / "main.py").write_text("# reference\nfrom fastapi import FastAPI\napp = FastAPI()\n")

    def run(pods: dict[str, list[Event]], *only: str) -> tuple[Report, PlayedSandbox]:
        sandbox = PlayedSandbox(PASSED | pods)
        request = Request(submission, str(pack), seed=1, only=only, insight=False)
        return grade(request, sandbox, Settings(cache_dir=tmp_path / "cache"), NobodyWatches()), sandbox

    return run


def latency_of(report: Report) -> CheckReport:
    (found,) = (check for check in report.checks if check.id == "a.latency")
    return found


def test_latency_is_measured_in_a_fresh_pod_with_its_own_variables(
    run: Run,
) -> None:
    """Both sides have them; the pod of the other checks does not, and its verdicts stay."""
    report, sandbox = run({"candidate a.latency": said(ok=Verdict.FAILED, latency=Verdict.PASSED)})
    assert (report.status, report.score and report.score.total) == (Status.GRADED, 100)
    found = {name: (spec.environment["WINDOW"], spec.job.environment["NAME"]) for name, spec in sandbox.specs.items()}
    assert found["candidate a.ok"] == ("10", "a")
    assert found["candidate a.latency"] == ("0", "a")
    assert found.get("reference a.latency", ("0", "a")) == ("0", "a")
    assert "log of candidate a.ok" in report.log
    assert "while a.latency was measured" in report.log


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [(Verdict.FAILED, Verdict.BLOCKED), (Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE)],
)
def test_what_does_not_work_is_not_measured(run: Run, verdict: Verdict, expected: Verdict) -> None:
    """It says what it needs; what the machine kept from being decided costs nothing here either."""
    report, sandbox = run({"candidate a.ok": said(ok=verdict)})
    assert latency_of(report).verdict is expected
    assert latency_of(report).evidence.note == f"it needs a.ok, which is {verdict}"
    assert list(sandbox.specs) == ["candidate a.ok"]


def test_what_does_not_start_anew_fails_the_check_alone(run: Run) -> None:
    """It started before, so it is graded."""
    report, _ = run({"candidate a.latency": [Hello(), NotListening(seconds=1, exited=True)]})
    assert (report.status, report.score and report.score.total) == (Status.GRADED, 60)
    (finding,) = latency_of(report).evidence.findings
    assert "ended with status 1 before it listened: log of candidate a.latency" in finding.got


def test_a_run_of_the_latency_check_alone_runs_what_it_requires(
    run: Run,
) -> None:
    """As any other check with `--only`."""
    report, _ = run({}, "a.latency")
    assert [check.id for check in report.checks] == ["a.ok", "a.latency"]


def test_a_harness_that_ends_without_a_verdict_is_a_fault(run: Run) -> None:
    """Of nobody but the grader."""
    report, _ = run({"candidate a.latency": said(ok=Verdict.PASSED)})
    assert report.status is Status.INFRASTRUCTURE_ERROR
    assert report.problem
    assert "without a verdict for a.latency" in report.problem.message
