"""Tables: the same for the same seed, and in their places."""

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.measured import ServiceTimes, read
from benchmarks.scale import tables
from benchmarks.scale.arrivals import PATTERNS
from benchmarks.scale.page import filled
from benchmarks.scale.sizing import Day, fewest, machines_needed
from benchmarks.service_times import write


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many submissions as a test has time for."""
    monkeypatch.setattr(tables, "COUNT", 150)
    monkeypatch.setattr(tables, "SATURATING", 10)
    monkeypatch.setattr(tables, "FLEETS", (1, 2, 3))


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("name", tables.TABLES)
def test_a_table_is_the_same_each_time(name: str, times: ServiceTimes) -> None:
    first, second = (tables.TABLES[name](times) for _ in range(2))

    assert first == second
    assert first.count("|") > 20


def test_other_seeds_make_other_days(times: ServiceTimes) -> None:
    day = Day(times, PATTERNS["even"], 200, seeds=(1, 2))

    one, other = day.outcomes(1)

    assert one != other


def test_as_many_machines_as_needed_and_not_one_more(times: ServiceTimes) -> None:
    day = Day(times, PATTERNS["deadline at midnight"], 1500, seeds=(1,))
    target = 300.0

    ((_, number, outcomes),) = machines_needed(day, (target,))

    assert number > 1
    assert max(one.wait(0.95) for one in outcomes) <= target
    assert day.outcomes(number - 1)[0].wait(0.95) > target


@pytest.mark.parametrize("least", [1, 2, 3, 4, 5, 31, 64])
@pytest.mark.parametrize("start", [1, 4, 100])
def test_the_fewest_that_are_enough(least: int, start: int) -> None:
    assert fewest(lambda number: number >= least, start) == least


def test_a_table_takes_the_place_of_the_one_before() -> None:
    page = "# Page\n<!-- a -->\nold\n<!-- /a -->\n<!-- b -->\n<!-- /b -->\nend\n"

    once = filled(page, {"a": r"new \1", "b": "x"})

    assert once == "# Page\n<!-- a -->\nnew \\1\n<!-- /a -->\n<!-- b -->\nx\n<!-- /b -->\nend\n"
    assert filled(once, {"a": r"new \1", "b": "x"}) == once


def test_a_page_without_a_place_is_refused() -> None:
    with pytest.raises(SystemExit, match="0 places for the table a"):
        filled("# Page\n", {"a": "x"})


def test_what_was_written_is_read_again(times: ServiceTimes, tmp_path: Path) -> None:
    write(times, tmp_path / "data" / "times.json")

    assert read(tmp_path / "data" / "times.json") == times
    assert [file.name for file in (tmp_path / "data").iterdir()] == ["times.json"]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        pytest.param(Path.exists, "run `python -m benchmarks.service_times` first", id="missing"),
        pytest.param(lambda file: file.write_text("{}"), "is not what benchmarks.service_times writes", id="other"),
    ],
)
def test_figures_that_cannot_be_read_are_refused(
    spoil: Callable[..., object], said: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("figures") / "times.json"
    spoil(file)

    with pytest.raises(SystemExit, match=said):
        read(file)
