"""Latency in words and figures, and what ran where."""

from typing import Any

from grader.report.html.facts import environment_rows, submission_rows
from grader.report.html.latency import latency_view
from grader.report.model import DependencyFacts, EntryPointFacts, SubmissionFacts


def test_latency_is_said_drawn_and_listed(samples: Any) -> None:
    """The ratio with its interval in words, both charts, the figures, and each tier."""
    view = latency_view(samples.latency())
    assert "In the middle (p50) it takes 1.20 times as long as the reference (between 0.90 and 1.60" in view.words
    assert view.distribution is not None
    assert view.ratio is not None
    assert [line.label for line in view.ratio.lines] == ["1×", "2×", "4×"]
    assert ("p50", "5.0 ms", "5.0 ms", "1.20 (0.90 to 1.60)") in view.rows
    assert ("unanswered", "0 of 32", "0 of 32", "") in view.rows
    assert [(tier.name, tier.reached) for tier in view.tiers] == [
        ("at most 2 times the reference's", True),
        ("at most 4 times the reference's", True),
    ]
    assert "8 pairs of blocks, 1 more is void" in view.fine_print


def test_an_application_that_does_not_keep_the_rate_has_words_and_no_charts(samples: Any) -> None:
    """There is no ratio, and that itself is the verdict."""
    whole = samples.latency()
    silent = whole.application.model_copy(update={"blocks": [], "milliseconds": {}, "unanswered": 32})
    tier = whole.tiers[0].model_copy(update={"got": "it does not keep the HTTP rate", "reached": False})
    view = latency_view(whole.model_copy(update={"application": silent, "ratios": {}, "tiers": [tier]}))
    assert (view.words, view.distribution, view.ratio) == ("It does not keep the HTTP rate.", None, None)
    assert ("p50", "–", "5.0 ms", "") in view.rows


def test_what_was_handed_in_is_told(samples: Any) -> None:
    """To the byte, with where the application was found; of a submission that was refused only its name."""
    facts = SubmissionFacts(
        name="jane",
        hash="ab" * 32,
        files=2,
        bytes=1_234,
        entry_point=EntryPointFacts(
            target="main:make", factory=True, directory=".", import_paths=["."], source="main.py"
        ),
        dependencies=DependencyFacts(
            sources=[], requirements=[f"package{number}" for number in range(50)], pinned=0, installed=["lib 1.0"]
        ),
    )
    rows = dict(submission_rows(samples.empty().model_copy(update={"submission": facts})))
    assert rows["size"] == "2 files, 1,234 bytes"
    assert rows["application"] == "main:make (a factory), from main.py"
    assert rows["dependencies"].endswith("package39 and 10 more")
    assert rows["installed besides"] == "lib 1.0"
    assert list(dict(submission_rows(samples.empty()))) == ["name"]


def test_the_seed_and_the_options_are_told(samples: Any) -> None:
    """With them, somebody else can repeat it."""
    report = samples.everything().model_copy(update={"options": {"database": "postgres"}, "timings": {"total": 2.5}})
    rows = dict(environment_rows(report))
    assert (rows["seed"], rows["option database"], rows["time taken"]) == ("1", "postgres", "total 2.50 s")
    assert rows["challenge"] == "Tiny (tiny 1.0.0)"
