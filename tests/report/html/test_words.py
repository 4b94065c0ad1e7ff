"""Words for figures, and the first paragraph."""

from typing import Any

import pytest

from grader.report.html.commands import command_view, start_command
from grader.report.html.ink import Ink, tail
from grader.report.html.summary import summary_view
from grader.report.html.words import counted, listed, percent, points, seconds, segments
from grader.report.model import EntryPointFacts, Status


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (counted(1, "check"), "1 check"),
        (counted(1200, "check"), "1,200 checks"),
        (points(0.0), "0 points"),
        (points(0.04), "less than 0.1 points"),
        (points(1.0), "1 point"),
        (points(2.44), "2.4 points"),
        (seconds(0.014), "0.01 s"),
        (seconds(12.34), "12.3 s"),
        (seconds(131.4), "2 min 11 s"),
        (percent(0.666), "67 %"),
        (percent(0.999), "99 %"),
        (percent(0.001), "1 %"),
        (percent(1), "100 %"),
        (percent(0), "0 %"),
        (listed([]), ""),
        (listed(["a"]), "a"),
        (listed(["a", "b", "c"]), "a, b and c"),
        (segments("a `b` c"), [("a ", False), ("b", True), (" c", False)]),
        (segments("`a` and `"), [("`a` and `", False)]),
    ],
)
def test_words(shown: object, expected: object) -> None:
    """What is little is not called nothing, what is nearly all not all."""
    assert shown == expected


def test_the_first_paragraph_says_what_works_and_what_was_lost(samples: Any) -> None:
    """Counts, score, level, where the points went, and what could not be told."""
    text = summary_view(samples.everything()).paragraph
    for words in (
        "passes 2 of 6 checks of Tiny and scores 50 of 100.",
        "It reaches level junior",
        "50 points were lost in async (33.3) and users (16.7).",
        "1 check could not be tried",
        "1 check could not be decided",
    ):
        assert words in text


def test_nothing_lost_is_said_so(samples: Any) -> None:
    """And nothing of what there is none of."""
    text = summary_view(samples.report(samples.check("a.one"), total=100.0)).paragraph
    assert text.endswith("Nothing was lost.")


def test_a_fault_of_ours_says_nothing_about_the_candidate(samples: Any) -> None:
    """No score, and whose fault it was."""
    view = summary_view(samples.without_score(Status.INFRASTRUCTURE_ERROR))
    assert (view.figure, view.of, view.level) == ("No verdict", "", "")
    assert "through no fault of the submission" in view.paragraph


def test_ink_runs_out() -> None:
    """What is written takes room, as it stands in the file; then only beginnings are left."""
    ink = Ink(100)
    assert ink.line("<" * 20) == "<" * 20
    assert ink.line("x" * 300).startswith("x" * 10 + "x" * 20 + "… (")
    assert ink.dry


def test_the_end_of_a_log_is_kept() -> None:
    """The last words matter; a line that was cut is not shown as a whole one."""
    log = "".join(f"line {number}\n" for number in range(10_000))
    shown = tail(log, 1_000)
    assert shown.endswith("line 9999")
    assert shown.startswith("… (")
    assert all(line.startswith("line ") for line in shown.splitlines()[1:])
    assert tail("short\n", 1_000) == "short"


@pytest.mark.parametrize(
    ("command", "whole"),
    [
        pytest.param("curl http://127.0.0.1:8000/", True, id="plain"),
        pytest.param("curl \u202e", False, id="bidi"),
        pytest.param("curl a\nrm b", False, id="two lines"),
        pytest.param("curl " + "x" * 5_000, False, id="too long"),
    ],
)
def test_only_what_is_seen_can_be_copied(command: str, whole: bool) -> None:
    """A line that had to be changed is not offered."""
    assert command_view(command, Ink(100_000)).whole is whole


@pytest.mark.parametrize(
    ("changes", "command"),
    [
        pytest.param({}, "uvicorn app.main:app --port 8000", id="plain"),
        pytest.param({"factory": True}, "uvicorn app.main:app --port 8000 --factory", id="factory"),
        pytest.param(
            {"directory": "my app", "import_paths": ["my app/src", "my app"]},
            "cd 'my app' && PYTHONPATH=src:. uvicorn app.main:app --port 8000",
            id="folders",
        ),
        pytest.param({"target": "a:b; rm"}, "uvicorn 'a:b; rm' --port 8000", id="quoted"),
    ],
)
def test_the_application_is_started_as_it_was_found(changes: dict[str, Any], command: str) -> None:
    """In its folder, with its import paths, quoted for a shell."""
    plain = {"target": "app.main:app", "factory": False, "directory": ".", "import_paths": ["."], "source": "reading"}
    assert start_command(EntryPointFacts(**(plain | changes))) == command


def test_without_room_an_empty_text_is_still_one() -> None:
    """Markup may have used up more than there was; a report must not be lost for it."""
    ink = Ink(10)
    ink.spend(50)
    assert (ink.line(""), ink.block("")) == ("", "")
    assert ink.line("x" * 100).startswith("x")
