"""The pipeline on a sandbox that is played: whatever happens ends in one report with the right status and exit code."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from grader.errors import (
    DependenciesRejected,
    EngineUnavailable,
    Exit,
    HarnessError,
    PodError,
    UsageError,
)
from grader.grade import grade
from grader.insight.tracer.notes import MARKER
from grader.intake.submission import Dependencies
from grader.report.model import Report, Status
from grader.request import NobodyWatches, Request
from grader.sandbox.pod import PodSpec, Progress, Runtime, SandboxFacts
from grader.settings import Settings
from grader.verdicts import (
    CheckFinished,
    CheckResult,
    CheckStarted,
    Event,
    Evidence,
    Exchange,
    Fault,
    Finished,
    Hello,
    Listening,
    NotListening,
    UpstreamsReady,
    Verdict,
)


def verdict(check: str, kind: Verdict = Verdict.PASSED, credit: float = 1, note: str = "") -> list[Event]:
    """The two events of one check."""
    result = CheckResult(id=check, verdict=kind, credit=credit, evidence=Evidence(note=note))
    return [CheckStarted(id=check), CheckFinished(result=result)]


STARTED: list[Event] = [Hello(), Listening(seconds=0.1)]
PERFECT: list[Event] = [*STARTED, *verdict("a.one"), *verdict("a.two"), Finished()]


@dataclass
class PlayedPod:
    """Says what it is told to say; an exception among the events is raised in its place."""

    script: Sequence[Event | BaseException]
    log: str = "the log"
    status: int | None = None

    def events(self) -> Iterator[Event]:
        for event in self.script:
            if isinstance(event, BaseException):
                raise event
            yield event

    def candidate_log(self) -> str:
        return self.log

    def candidate_status(self) -> int | None:
        return self.status


@dataclass
class PlayedSandbox:
    """Hands out one played pod, and remembers what became of it."""

    pods: PlayedPod = field(default_factory=lambda: PlayedPod(PERFECT))
    trouble: Exception | None = None
    specs: list[PodSpec] = field(default_factory=list)
    left: int = 0
    tool: bytes | BaseException = b""
    tools: int = 0

    def prepare(self, dependencies: Dependencies, progress: Progress) -> Runtime:
        progress(f"preparing {dependencies.requirements}")
        if self.trouble:
            raise self.trouble
        return Runtime("3.13.5", {"fastapi": "0.115"})

    @contextmanager
    def pod(self, spec: PodSpec) -> Iterator[PlayedPod]:
        self.specs.append(spec)
        try:
            yield self.pods
        finally:
            self.left += 1

    def run_tool(self, spec: PodSpec, _script: str, _job: str, _seconds: float) -> bytes:
        assert (spec, self.left) == (self.specs[-1], 1)
        self.tools += 1
        if isinstance(self.tool, BaseException):
            raise self.tool
        return self.tool

    def facts(self) -> SandboxFacts:
        return SandboxFacts("docker", "container", engine="played", images={"runner": "sha256:0"})


@pytest.fixture
def run(make_pack: Callable[..., Path], submission: Path) -> Callable[..., Report]:
    """Grade the submission in a played sandbox against the tiny pack."""

    def run(sandbox: PlayedSandbox, source: Path = submission, **request: object) -> Report:
        asked = Request(source=source, **({"challenge": str(make_pack()), "seed": 7} | request))  # type: ignore[arg-type]
        return grade(asked, sandbox, Settings(), NobodyWatches())

    return run


def test_a_perfect_run(run: Callable[..., Report]) -> None:
    """Everything passed: graded, 100, exit 0, and the report says what was run where."""
    sandbox = PlayedSandbox()
    report = run(sandbox)
    assert (report.status, report.exit_code, report.problem) == (Status.GRADED, Exit.OK, None)
    assert report.score is not None
    assert report.score.total == 100
    assert [check.id for check in report.checks] == ["a.one", "a.two"]
    assert report.checks[0].question is not None
    assert report.submission.entry_point is not None
    assert report.submission.entry_point.target == "main:app"
    assert (report.environment.python, report.environment.engine) == ("3.13.5", "played")
    assert (report.log, sandbox.left) == ("the log", 1)
    assert {"intake", "environment", "pod", "ready", "checks", "total"} <= report.timings.keys()


def test_the_job_carries_seed_selection_and_environment(run: Callable[..., Report]) -> None:
    """What the harness is told is what the caller asked for."""
    sandbox = PlayedSandbox(PlayedPod([*STARTED, *verdict("a.one"), Finished()]))
    report = run(sandbox, only=("a.one",), options={"database": "postgres"})
    (spec,) = sandbox.specs
    assert (spec.job.seed, spec.job.only, spec.job.environment) == (7, ["a.one"], {"DATABASE": "postgres"})
    assert spec.environment == {"DATABASE": "postgres"}
    assert report.only == ["a.one"]


def test_a_run_without_latency_is_one_of_a_part(
    run: Callable[..., Report], make_pack: Callable[..., Path], tmp_path: Path
) -> None:
    """It says which checks it was of, and the command that repeats it measures nothing either."""
    pack = shutil.copytree(make_pack(), tmp_path / "measuring")
    rubric, checks = pack / "challenge.toml", pack / "checks" / "a.py"
    weights = rubric.read_text().replace("async = 60", "latency = 60")
    rubric.write_text(weights.replace("[environment]", "[latency]\n[environment]"))
    checks.write_text(checks.read_text().replace('category="async"', 'category="latency"'))
    sandbox = PlayedSandbox(PlayedPod([*STARTED, *verdict("a.one"), Finished()]))
    report = run(sandbox, challenge=str(pack), latency=False)
    assert ([spec.job.only for spec in sandbox.specs], report.only) == ([["a.one"]], ["a.one"])
    assert "--no-latency" in report.repeat
    assert report.score is not None
    assert report.score.total == 100


def test_where_nothing_measures_a_run_without_latency_is_whole(run: Callable[..., Report]) -> None:
    """It has a rank among others."""
    assert run(PlayedSandbox(), latency=False).only == []


def test_a_name_of_the_callers_goes_before_the_files(run: Callable[..., Report], tmp_path: Path) -> None:
    """Also where intake refuses the submission."""
    junk = tmp_path / "junk.zip"
    junk.write_text("junk")
    assert run(PlayedSandbox(), name="Ada").submission.name == "Ada"
    assert run(PlayedSandbox(), source=junk, name="Ada").submission.name == "Ada"


def test_upstreams_of_the_pack_reach_the_pod(
    run: Callable[..., Report], make_pack: Callable[..., Path], tmp_path: Path
) -> None:
    """Which there are, and which variable tells where; that they are there is no news for anybody."""
    sandbox = PlayedSandbox(PlayedPod([Hello(), UpstreamsReady(), *PERFECT[1:]]))
    pack = shutil.copytree(make_pack(), tmp_path / "calling")
    with (pack / "challenge.toml").open("a") as rubric:
        rubric.write('\n[upstreams]\ncatalog = "CATALOG_URL"\n')
    report = run(sandbox, challenge=str(pack))
    (spec,) = sandbox.specs
    assert (spec.upstreams, spec.job.upstreams) == ({"catalog": "CATALOG_URL"}, {})
    assert (report.status, report.score and report.score.total) == (Status.GRADED, 100)


def test_the_command_in_the_report_repeats_the_run(run: Callable[..., Report], submission: Path) -> None:
    """Seed, options and selection are in it; that of a check names the check."""
    report = run(PlayedSandbox(), options={"database": "postgres"}, app="main:app")
    assert f"grader run {submission} --seed 7 --challenge" in report.repeat
    assert "--app main:app --set database=postgres" in report.repeat
    assert report.checks[1].repeat.endswith("--only a.two")


def test_a_failed_check_costs_and_is_no_error(run: Callable[..., Report]) -> None:
    """A verdict is data: the run is graded."""
    events = [*STARTED, *verdict("a.one"), *verdict("a.two", Verdict.FAILED, 0.5), Finished()]
    report = run(PlayedSandbox(PlayedPod(events)))
    assert report.status is Status.GRADED
    assert report.score is not None
    assert report.score.total == 40 + 60 / 2


SENT = Evidence(exchanges=[Exchange(method="GET", url="http://127.0.0.1:8000/")])
FAILED_ASYNC: list[Event] = [
    *STARTED,
    *verdict("a.one"),
    CheckFinished(result=CheckResult(id="a.two", verdict=Verdict.FAILED, credit=0, evidence=SENT)),
    Finished(),
]
PLACE = (
    b'[{"file": "main.py", "line": 3, "function": "root", "is_async": true, "caller": "", "call": "time.sleep",'
    b' "requests": [0]}]'
)


def test_a_failed_async_check_is_explained(run: Callable[..., Report]) -> None:
    """Once the pod is gone, and without any weight: score and exit code are what they are without it."""
    sandbox = PlayedSandbox(PlayedPod(FAILED_ASYNC), tool=MARKER.encode() + PLACE)
    report = run(sandbox)
    assert [insight.text for insight in report.insights] == ["time.sleep at main.py:3 inside async def root"]
    assert report.insights[0].checks == ["a.two"]
    assert (report.score, report.exit_code) == (run(PlayedSandbox(PlayedPod(FAILED_ASYNC))).score, Exit.OK)
    assert "insight" in report.timings


def test_an_explanation_that_fails_costs_nothing(run: Callable[..., Report]) -> None:
    """An engine that is lost once all is judged does not undo the verdicts."""
    report = run(PlayedSandbox(PlayedPod(FAILED_ASYNC), tool=EngineUnavailable("gone")))
    assert (report.status, report.insights) == (Status.GRADED, [])
    assert report.score is not None


def test_an_explanation_that_is_interrupted_ends_the_run(run: Callable[..., Report]) -> None:
    """Exit 130, and no score beside it, as with any other Ctrl-C."""
    report = run(PlayedSandbox(PlayedPod(FAILED_ASYNC), tool=KeyboardInterrupt()))
    assert (report.exit_code, report.score) == (Exit.INTERRUPTED, None)


@pytest.mark.parametrize(
    ("events", "insight"),
    [pytest.param(PERFECT, True, id="nothing failed"), pytest.param(FAILED_ASYNC, False, id="not asked for")],
)
def test_nothing_is_explained_without_need(run: Callable[..., Report], events: list[Event], insight: bool) -> None:
    """`grader challenge verify` grades many mutants and reads no explanations."""
    sandbox = PlayedSandbox(PlayedPod(events))
    assert run(sandbox, insight=insight).insights == []
    assert sandbox.tools == 0


CRASH = "Traceback (most recent call last):\nModuleNotFoundError: No module named 'nope'\n"


@pytest.mark.parametrize(
    ("exited", "status", "words"),
    [
        pytest.param(True, 1, "ended with status 1 before it listened: ModuleNotFoundError: No", id="crash at import"),
        pytest.param(True, -9, "ended with signal 9 before it listened", id="killed"),
        pytest.param(False, None, "did not listen on 127.0.0.1:8000 within 60 s", id="never listens"),
    ],
)
def test_an_application_that_does_not_start_is_rejected(
    run: Callable[..., Report], exited: bool, status: int | None, words: str
) -> None:
    """Rejected, exit 3, with its traceback in the report and no score."""
    pod = PlayedPod([Hello(), NotListening(seconds=60, exited=exited), Finished()], log=CRASH, status=status)
    report = run(PlayedSandbox(pod))
    assert (report.status, report.exit_code, report.score) == (Status.REJECTED, Exit.REJECTED, None)
    assert report.problem is not None
    assert words in report.problem.message
    assert "Traceback" in report.problem.detail
    assert "Traceback" in report.log


@pytest.mark.parametrize(
    ("trouble", "status", "code"),
    [
        pytest.param(DependenciesRejected("no", detail="why"), Status.REJECTED, Exit.REJECTED, id="no resolution"),
        pytest.param(EngineUnavailable("no"), Status.INFRASTRUCTURE_ERROR, Exit.INFRASTRUCTURE, id="no engine"),
        pytest.param(KeyError("a\nbug"), Status.INFRASTRUCTURE_ERROR, Exit.INFRASTRUCTURE, id="a bug of the grader's"),
    ],
)
def test_trouble_in_the_environment(run: Callable[..., Report], trouble: Exception, status: Status, code: Exit) -> None:
    """Whose fault it is decides status and exit code."""
    report = run(PlayedSandbox(trouble=trouble))
    assert (report.status, report.exit_code, report.score) == (status, code, None)
    assert report.submission.hash is not None
    assert report.problem is not None
    assert report.problem.message.isprintable()


@pytest.mark.parametrize(
    ("events", "words"),
    [
        pytest.param([*STARTED, *verdict("a.one"), PodError("the engine went away")], "went away", id="engine dies"),
        pytest.param([*STARTED, HarnessError("silent")], "silent", id="harness goes silent"),
        pytest.param([*STARTED, Fault(message="boom", detail="trace")], "the harness failed: boom", id="fault"),
        pytest.param([*STARTED, *verdict("a.one"), Finished()], "without a verdict for a.two", id="a verdict missing"),
        pytest.param(
            [*STARTED, *verdict("a.one"), *verdict("a.two", Verdict.ERROR, 0, "KeyError"), Finished()],
            "check a.two failed by a fault of its own",
            id="a check's own fault",
        ),
    ],
)
def test_the_graders_own_faults_give_no_score(
    run: Callable[..., Report], events: list[Event | BaseException], words: str
) -> None:
    """Exit 4, no score, the pod is left, and what was seen until then is in the report."""
    sandbox = PlayedSandbox(PlayedPod(events))
    report = run(sandbox)
    assert (report.status, report.exit_code) == (Status.INFRASTRUCTURE_ERROR, Exit.INFRASTRUCTURE)
    assert report.score is None
    assert report.problem is not None
    assert words in report.problem.message
    assert (report.log, sandbox.left) == ("the log", 1)


def test_a_pack_that_cannot_be_loaded_is_wrong_usage(run: Callable[..., Report]) -> None:
    """Whoever is graded against it: there is no report, the pod is left, and the place is named."""
    sandbox = PlayedSandbox(PlayedPod([Hello(), Fault(message="checks/a.py cannot be imported: no x", pack=True)]))
    with pytest.raises(UsageError, match=r"the pack cannot be loaded: checks/a\.py cannot be imported: no x"):
        run(sandbox)
    assert sandbox.left == 1


def test_an_interrupted_run_is_reported_and_cleaned_up(run: Callable[..., Report]) -> None:
    """Exit 130, the pod is left, the verdicts until then are kept, and there is no score."""
    sandbox = PlayedSandbox(PlayedPod([*STARTED, *verdict("a.one"), KeyboardInterrupt()]))
    report = run(sandbox)
    assert (report.status, report.exit_code) == (Status.INFRASTRUCTURE_ERROR, Exit.INTERRUPTED)
    assert [check.id for check in report.checks] == ["a.one"]
    assert (report.score, sandbox.left) == (None, 1)


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        pytest.param({"challenge": "nope"}, "unknown challenge 'nope'", id="unknown challenge"),
        pytest.param({"challenge": None}, "names no challenge", id="no challenge"),
        pytest.param({"only": ("a.nine",)}, "no check 'a.nine'", id="unknown check"),
        pytest.param({"options": {"colour": "red"}}, "no option 'colour'", id="unknown option"),
        pytest.param({"source": Path("/nowhere/x.zip")}, "x.zip", id="missing file"),
    ],
)
def test_wrong_usage_is_raised(run: Callable[..., Report], request_: dict[str, object], words: str) -> None:
    """There is no report of what makes no sense."""
    sandbox = PlayedSandbox()
    with pytest.raises(UsageError, match=words):
        run(sandbox, **request_)
    assert sandbox.specs == []


def test_a_text_file_called_zip_is_rejected(run: Callable[..., Report], tmp_path: Path) -> None:
    """Rejected with a report; no engine is asked for anything."""
    (tmp_path / "x.zip").write_text("hello")
    sandbox = PlayedSandbox(trouble=EngineUnavailable("must not be reached"))
    report = run(sandbox, source=tmp_path / "x.zip")
    assert (report.status, report.submission.name, report.submission.hash) == (Status.REJECTED, "x", None)


def test_the_submission_may_name_the_challenge(submission: Path) -> None:
    """`[tool.grader] challenge` serves where `--challenge` is not given."""
    (submission / "pyproject.toml").write_text('[tool.grader]\nchallenge = "user-directory"\n')
    trouble = EngineUnavailable("far enough")
    report = grade(Request(submission), PlayedSandbox(trouble=trouble), Settings(), NobodyWatches())
    assert report.challenge is not None
    assert report.challenge.slug == "user-directory"


def test_the_submission_cannot_bring_its_own_pack(submission: Path, make_pack: Callable[..., Path]) -> None:
    """What a candidate's file names is looked for among the shipped packs alone, never on the disk."""
    (submission / "pyproject.toml").write_text(f'[tool.grader]\nchallenge = "{make_pack()}"\n')
    with pytest.raises(UsageError, match="unknown challenge"):
        grade(Request(submission), PlayedSandbox(), Settings(), NobodyWatches())
