"""The demonstration of docs/async.md: five applications, and what is said of them on a busy machine."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from grader.challenge.load import busy_loops
from grader.grade import grade
from grader.report.model import Report
from grader.request import NobodyWatches, Request
from grader.sandbox.local_backend import LocalSandbox
from grader.settings import Settings

ROOT = Path(__file__).parents[2]
HOME = ROOT / "examples" / "async"
LOAD = 3


def _table() -> dict[str, dict[str, str]]:
    """Application → check → verdict, as the page says."""
    page = (ROOT / "docs" / "async.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("|")]
    start = next(index for index, row in enumerate(rows) if row[0] == "application")
    return {row[0]: dict(zip(rows[start][1:], row[1:], strict=True)) for row in rows[start + 2 :]}


def _graded(name: str) -> Report:
    request = Request(HOME / "apps" / name, str(HOME / "pack"), seed=1, sandbox="local", insight=False)
    return grade(request, LocalSandbox(Settings()), Settings(), NobodyWatches())


@pytest.fixture(scope="module")
def verdicts() -> dict[str, dict[str, str]]:
    names = sorted(path.name for path in (HOME / "apps").iterdir())
    with busy_loops(LOAD), ThreadPoolExecutor(2) as pool:
        reports = dict(zip(names, pool.map(_graded, names), strict=True))
    return {name: {check.id: str(check.verdict) for check in report.checks} for name, report in reports.items()}


def test_the_table_holds_beside_busy_loops(verdicts: dict[str, dict[str, str]]) -> None:
    """Each application gets the verdicts that the page shows, whatever else the machine does."""
    assert verdicts == _table()


def test_the_five_are_told_apart(verdicts: dict[str, dict[str, str]]) -> None:
    """No two applications have the same verdicts."""
    assert len({tuple(sorted(row.items())) for row in verdicts.values()}) == 5


def test_no_probe_compares_a_duration_with_a_constant() -> None:
    """A verdict rests on what happened before what.

    No probe reads a clock but to say when a wait was, and to date a token.
    """
    folder = ROOT / "grader" / "harness" / "probes"
    clock = re.compile(r"(monotonic|perf_counter|time\.time)\(\)")
    allowed = re.compile(r"(^\s*(since|until) = |(since|until)=)time\.monotonic\(\)|\"exp\": int\(time\.time\(\)")
    lines = [(file.name, line) for file in folder.glob("*.py") for line in file.read_text("utf-8").splitlines()]
    assert [(name, line) for name, line in lines if clock.search(line) and not allowed.search(line)] == []
