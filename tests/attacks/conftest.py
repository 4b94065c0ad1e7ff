"""Hostile submissions, each in a file of its own, handed in to the real Docker backend.

Each test's name and docstring say what it tries, and what must happen. Those marked `slow` run in `make attacks` alone.
Whatever was handed in: the command ends in time, a report is written and valid, and nothing is left behind.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.attacks.attack import Attack, Outcome

if TYPE_CHECKING:
    from docker import DockerClient

HERE = Path(__file__).parent
RUNS = pytest.StashKey[list[Outcome]]()
SHOWN = pytest.StashKey[set[int]]()
ROW = "attack"
"""Under this name a report holds what was tried, the outcome and the seconds."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All attacks need an engine."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.docker)


@pytest.fixture
def attack(engine: "DockerClient", tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Attack]:
    """Hands things in, and sees afterwards that each run wrote what it must and left nothing."""
    with _watched(engine, tmp_path) as attack:
        request.node.stash[RUNS] = attack.runs
        yield attack


@pytest.fixture(scope="module")
def attack_once(engine: "DockerClient", tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attack]:
    """The same for all tests of a module, where one submission holds many exploits."""
    with _watched(engine, tmp_path_factory.mktemp("attack")) as attack:
        yield attack


@pytest.fixture
def in_table(attack_once: Attack, request: pytest.FixtureRequest) -> None:
    """Give each exploit of a module its row; the time of what they share stands in the first."""
    before = request.session.stash.setdefault(SHOWN, set())
    rows = [run if id(run) not in before else replace(run, seconds=0.0) for run in attack_once.runs]
    before.update(map(id, attack_once.runs))
    request.node.stash[RUNS] = rows


@contextmanager
def _watched(engine: "DockerClient", root: Path) -> Iterator[Attack]:
    attack = Attack(engine, root)
    yield attack
    for outcome in attack.runs:
        assert outcome.report is not None, outcome.text
        assert outcome.report.exit_code == outcome.code, outcome.text
        assert (outcome.folder / "report.html").stat().st_size < 400_000
        assert "Traceback" not in outcome.text, outcome.text
    assert attack.leftovers() == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Note a row of the table: with the report, which finds its way also from a worker of pytest-xdist."""
    report = yield
    if call.when == "teardown" and RUNS in item.stash:
        runs = item.stash[RUNS]
        words = "; ".join(dict.fromkeys(outcome.words for outcome in runs))
        name = f"{item.path.relative_to(HERE).with_suffix('')} {item.name}"
        report.user_properties.append((ROW, (name, words, sum(outcome.seconds for outcome in runs))))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table: exploit, outcome, seconds."""
    reports = [one for some in terminalreporter.stats.values() for one in some if isinstance(one, pytest.TestReport)]
    rows = sorted(value for one in reports for name, value in one.user_properties if name == ROW)
    if rows:
        terminalreporter.section("attacks: exploit, outcome, seconds")
        for name, words, seconds in rows:
            terminalreporter.write_line(f"{name:70} {words:50} {seconds:6.1f}")
        terminalreporter.write_line(f"{len(rows)} exploits, {sum(row[2] for row in rows):.0f} s of runs")
