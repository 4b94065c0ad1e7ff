"""What the host makes of what the candidate's side says: explained where it can be, and silent otherwise."""

import json
from pathlib import Path
from typing import Any

import pytest

from grader.challenge.catalogue import CheckInfo
from grader.errors import EngineUnavailable, GraderError, PodError
from grader.insight.bundle import script
from grader.insight.model import Insight
from grader.insight.questions import Question
from grader.insight.trace import MAX_JOB_CHARS, explain, read
from grader.insight.tracer.notes import MARKER
from grader.intake.submission import EntryPoint, Tree
from grader.sandbox.local_backend import LocalSandbox
from grader.sandbox.pod import PodSpec, Runtime
from grader.settings import Settings
from grader.verdicts import CheckResult, Evidence, Exchange, Job, Level, Verdict

MAIN = """\
import time
from fastapi import FastAPI

app = FastAPI()


@app.get("/products/{id}")
async def read_product(id: int):
    time.sleep(2)  # "the database"


@app.get("/free")
async def free():
    return {}
"""
SEEN: dict[str, Any] = {
    "file": "main.py",
    "line": 9,
    "function": "read_product",
    "is_async": True,
    "caller": "",
    "call": "time.sleep",
    "requests": [0],
}
ASKED = [
    Question(Exchange(method="GET", url="http://127.0.0.1:8000/products/7"), ["async.a"]),
    Question(Exchange(method="GET", url="http://127.0.0.1:8000/free"), ["async.b", "async.a"]),
]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A submission of one file, beside something of the host's."""
    (tmp_path / "secret.py").write_text("hush\n" * 20)
    root = tmp_path / "submission"
    root.mkdir()
    (root / "main.py").write_text(MAIN)
    return Tree(root, ("main.py",), "", 0)


@pytest.fixture
def spec(tree: Tree) -> PodSpec:
    """What was graded."""
    return PodSpec("test", Runtime("3", {}), tree, EntryPoint("main", "app"), {}, None, Job(pack="", seed=1))


def said(*places: Any) -> bytes:
    """What the tracer writes."""
    return f"noise\n{MARKER}{json.dumps(places)}\n".encode()


def test_a_place_becomes_an_insight(tree: Tree) -> None:
    """With the checks that sent the requests, the line of our own copy, and all of it in words."""
    (insight,) = read(said(SEEN | {"requests": [0, 1]}), ASKED, tree)
    assert insight == Insight(
        checks=["async.a", "async.b"],
        file="main.py",
        line=9,
        function="read_product",
        is_async=True,
        caller="",
        call="time.sleep",
        source='time.sleep(2)  # "the database"',
        text="time.sleep at main.py:9 inside async def read_product",
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param(
            {"is_async": False, "function": "Store.load", "caller": "read"},
            "time.sleep at main.py:9 inside def Store.load, called by async def read",
            id="called by a coroutine",
        ),
        pytest.param({"is_async": False}, "time.sleep at main.py:9 inside def read_product", id="called by a library"),
        pytest.param({"function": "<lambda>"}, "time.sleep at main.py:9 inside a lambda", id="lambda"),
        pytest.param({"call": "computing"}, "computing at main.py:9 inside async def read_product", id="computing"),
        pytest.param({"call": "bücher.lesen"}, "bücher.lesen at main.py:9 inside async def read_product", id="letters"),
    ],
)
def test_its_words(tree: Tree, changes: dict[str, Any], words: str) -> None:
    """As an interviewer reads them."""
    assert [insight.text for insight in read(said(SEEN | changes), ASKED, tree)] == [words]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"file": "other.py"}, id="no such file"),
        pytest.param({"file": "../secret.py"}, id="a file of the host"),
        pytest.param({"file": "/etc/passwd", "line": 1}, id="an absolute path"),
        pytest.param({"line": 4_000}, id="no such line"),
        pytest.param({"line": 0}, id="line zero"),
        pytest.param({"line": -1}, id="a line from the end"),
        pytest.param({"line": 3}, id="an empty line"),
        pytest.param({"line": 10**30}, id="a huge line"),
        pytest.param({"line": "9"}, id="a line in words"),
        pytest.param({"call": "your grader is broken"}, id="prose as a call"),
        pytest.param({"call": "a\x1b[31m"}, id="controls"),
        pytest.param({"call": "a\u202eb"}, id="bidi"),
        pytest.param({"call": "x" * 121}, id="a long call"),
        pytest.param({"call": ""}, id="no call"),
        pytest.param({"function": "f\n"}, id="a line feed"),
        pytest.param({"caller": "</pre>"}, id="markup"),
        pytest.param({"requests": []}, id="no request"),
        pytest.param({"requests": [-1, 2, 99]}, id="requests that were not sent"),
        pytest.param({"requests": [0] * 10_000}, id="very many requests"),
        pytest.param({"is_async": 1}, id="a number for a truth"),
        pytest.param({"more": 1}, id="a further member"),
    ],
)
def test_what_has_not_the_right_form_is_not_shown(tree: Tree, changes: dict[str, Any]) -> None:
    """Whoever wrote it."""
    assert read(said(SEEN | changes), ASKED, tree) == []


@pytest.mark.parametrize(
    "output",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"Traceback (most recent call last):\n", id="a traceback"),
        pytest.param(MARKER.encode(), id="the marker alone"),
        pytest.param(MARKER.encode() + b"[" * 60_000, id="deep"),
        pytest.param(MARKER.encode() + b'[{"file": "\xff"}]', id="not UTF-8"),
        pytest.param(MARKER.encode() + b"{}", id="no list"),
        pytest.param(said(*[SEEN] * 11), id="too many"),
        pytest.param(said(SEEN) + MARKER.encode() + b"no", id="a later answer that is none"),
        pytest.param(said(SEEN)[:-10], id="cut"),
    ],
)
def test_what_is_no_answer_is_not_shown(tree: Tree, output: bytes) -> None:
    """The last marker counts, and what follows on its line must be whole."""
    assert read(output, ASKED, tree) == []


def test_the_last_answer_counts(tree: Tree) -> None:
    """The tracer's comes last: it ends the process."""
    (insight,) = read(said() + said(SEEN) + b"\nlast words", ASKED, tree)
    assert insight.line == 9


# --- when it is asked


def check(name: str, category: str = "async") -> CheckInfo:
    """A check of a pack."""
    return CheckInfo(id=name, category=category, level=Level.MID, title="x", why="y", file="a.py", line=1)


def result(name: str, verdict: Verdict = Verdict.FAILED, url: str = "/products/7", body: str = "") -> CheckResult:
    """A check's result with one request."""
    sent = Exchange(
        method="GET",
        url=f"http://127.0.0.1:8000{url}",
        request_headers=[("Accept", "*/*")],
        request_body=body or None,
    )
    return CheckResult(id=name, verdict=verdict, credit=0, evidence=Evidence(exchanges=[sent]))


class PlayedSandbox:
    """Answers what it is told to; `jobs` holds what it was asked."""

    def __init__(self, answer: bytes | Exception = b"") -> None:
        self.jobs: list[dict[str, Any]] = []
        self._answer = answer

    def run_tool(self, _spec: PodSpec, text: str, job: str, _seconds: float) -> bytes:
        assert text == script()
        self.jobs.append(json.loads(job))
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


def explained(
    sandbox: Any, spec: PodSpec, *results: CheckResult, category: str = "async", **more: Any
) -> list[Insight]:
    """`explain` for checks of one category."""
    checks = [check(one.id, category) for one in results]
    return explain(spec, [*checks, check("async.not-run")], {one.id: one for one in results}, sandbox, _ignore, **more)


def _ignore(_line: str) -> None:
    """Nobody looks on."""


def test_the_job_holds_what_is_needed(spec: PodSpec) -> None:
    """Entry point, requests as they were sent, and what upstreams say."""
    sandbox = PlayedSandbox(said(SEEN))
    upstreams = {"STOCK_URL": [("GET", "/items/1", 200, "{}")]}
    (insight,) = explained(sandbox, spec, result("async.a", body='{"a": 1}'), upstreams=upstreams)
    assert insight.checks == ["async.a"]
    (job,) = sandbox.jobs
    assert job["entry"] == {"target": "main:app", "factory": False, "directory": ".", "paths": ["."]}
    assert job["upstreams"] == {"STOCK_URL": [["GET", "/items/1", 200, "{}"]]}
    url = "http://127.0.0.1:8000/products/7"
    assert job["requests"] == [{"method": "GET", "url": url, "headers": [["Accept", "*/*"]], "body": '{"a": 1}'}]


@pytest.mark.parametrize(
    ("verdict", "category"),
    [
        pytest.param(Verdict.PASSED, "async", id="passed"),
        pytest.param(Verdict.BLOCKED, "async", id="blocked"),
        pytest.param(Verdict.INCONCLUSIVE, "async", id="inconclusive"),
        pytest.param(Verdict.FAILED, "validation", id="another category"),
    ],
)
def test_only_failed_checks_of_the_category_are_explained(spec: PodSpec, verdict: Verdict, category: str) -> None:
    """All else costs nothing."""
    sandbox = PlayedSandbox(said(SEEN))
    assert explained(sandbox, spec, result("async.a", verdict), category=category) == []
    assert sandbox.jobs == []


@pytest.mark.parametrize("error", [PodError("lost"), EngineUnavailable("gone")], ids=["pod", "engine"])
def test_a_fault_of_ours_leaves_no_trace(spec: PodSpec, error: GraderError) -> None:
    """The run was graded, and stays so."""
    assert explained(PlayedSandbox(error), spec, result("async.a")) == []


def test_an_interruption_is_passed_on(spec: PodSpec) -> None:
    """Ctrl-C means the whole run."""

    class Interrupted:
        def run_tool(self, *_given: object) -> bytes:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        explained(Interrupted(), spec, result("async.a"))


def test_a_job_fits_into_an_argument(spec: PodSpec) -> None:
    """Requests with large bodies are left out from the last one on; Linux would refuse the command else."""
    sandbox = PlayedSandbox()
    explained(sandbox, spec, *(result(f"async.{number}", body=f"{number:08}" * 1_000) for number in range(20)))
    (job,) = sandbox.jobs
    assert 5 < len(job["requests"]) < 20
    assert len(json.dumps(job)) <= MAX_JOB_CHARS
    assert len(script().encode()) < 128 * 1024


@pytest.fixture
def local(tmp_path: Path) -> LocalSandbox:
    """A sandbox that really runs it."""
    return LocalSandbox(Settings(cache_dir=tmp_path / "cache"))


def test_a_real_trace(spec: PodSpec, local: LocalSandbox) -> None:
    """From the evidence of failed checks to the line, through a process of its own."""
    told: list[str] = []
    results = {one.id: one for one in (result("async.a"), result("async.b", url="/free"))}
    insights = explain(spec, [check(name) for name in results], results, local, told.append)
    assert [insight.text for insight in insights] == ["time.sleep at main.py:9 inside async def read_product"]
    assert insights[0].checks == ["async.a"]
    assert len(told) == 1


def test_the_application_has_what_it_had(spec: PodSpec, local: LocalSandbox) -> None:
    """Its variables, its working directory, its factory; and upstreams that answer under the URLs that it was given."""
    code = """\
import os, time, httpx
from fastapi import FastAPI

def make():
    assert os.environ["MODE"] == "test" and os.path.basename(os.getcwd()) == "backend"
    app = FastAPI()

    @app.get("/products/7")
    async def read_product():
        async with httpx.AsyncClient(base_url=os.environ["STOCK_URL"]) as client:
            if (await client.get("/items/7")).json() == {"left": 1}:
                time.sleep(1)

    return app
"""
    root = spec.tree.root
    (root / "backend").mkdir()
    (root / "backend" / "main.py").write_text(code)
    entry = EntryPoint("main", "make", factory=True, directory="backend", import_paths=("backend",))
    graded = PodSpec(
        run_id="test",
        runtime=spec.runtime,
        tree=Tree(root, ("backend/main.py",), "", 0),
        entry_point=entry,
        environment={"MODE": "test"},
        pack=None,
        job=spec.job,
        upstreams={"stock": "STOCK_URL"},
    )
    upstreams = {"STOCK_URL": [("GET", "/items/7", 200, '{"left": 1}')]}
    (insight,) = explained(local, graded, result("async.a"), upstreams=upstreams)
    assert insight.text == "time.sleep at backend/main.py:12 inside async def read_product"
