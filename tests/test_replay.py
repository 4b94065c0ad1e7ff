"""What a replay takes from a report, and what it never takes from it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.challenge.pack import load_pack
from grader.errors import UsageError
from grader.replay import Command, check_of, differences, outcome, replay_request
from grader.report.logbook import Logbook
from grader.report.model import Report
from grader.request import Request
from grader.verdicts import CheckResult, Verdict


@pytest.fixture
def report(make_pack: Callable[..., Path], submission: Path) -> Report:
    """A report of both checks of the tiny pack."""
    pack = make_pack()
    asked = Request(
        submission, str(pack), seed=77, app="a b:app", options={"database": "postgres"}, sandbox="local", public=True
    )
    results = {
        "a.one": CheckResult(id="a.one", verdict=Verdict.PASSED, credit=1),
        "a.two": CheckResult(id="a.two", verdict=Verdict.FAILED, credit=0.5),
    }
    return Logbook(asked, load_pack(str(pack)), results=results).report()


def test_everything_that_decides_is_as_it_was(report: Report, submission: Path) -> None:
    """Seed, challenge, options, application and submission; a name with a blank as well."""
    asked = replay_request(report, check_of(report, "a.two"), sandbox="docker")
    assert (asked.source, asked.only, asked.seed, asked.app) == (submission, ("a.two",), 77, "a b:app")
    assert (asked.options, asked.public, Path(asked.challenge or "").name) == ({"database": "postgres"}, True, "tiny")


def test_a_report_never_chooses_the_sandbox(report: Report) -> None:
    """A report from a stranger could have his code run here without a container."""
    assert "--sandbox local" in report.repeat
    assert replay_request(report, check_of(report, "a.two"), sandbox="docker").sandbox == "docker"


def test_what_the_caller_names_wins(report: Report, tmp_path: Path) -> None:
    """The submission lies elsewhere now, and the challenge as well."""
    asked = replay_request(
        report, check_of(report, "a.two"), sandbox="docker", source=tmp_path, challenge="receipt-points"
    )
    assert (asked.source, asked.challenge) == (tmp_path, "receipt-points")


def test_a_submission_that_is_gone_is_named(report: Report, submission: Path) -> None:
    """With what to do about it."""
    submission.rename(submission.with_name("elsewhere"))
    with pytest.raises(UsageError, match="jane-doe, which the report names, is not here") as caught:
        replay_request(report, check_of(report, "a.two"), sandbox="docker")
    assert caught.value.hint.startswith("give the submission")


@pytest.mark.parametrize("repeat", ["", "rm -rf /", "grader run", "grader run 'half", "grader gc --all"])
def test_a_report_without_its_command_is_refused(report: Report, repeat: str) -> None:
    """It was edited."""
    with pytest.raises(UsageError, match="no command line of `grader run`"):
        Command.of(report.model_copy(update={"repeat": repeat}))


def test_a_check_that_the_report_has_not_is_named(report: Report) -> None:
    """With those that it has."""
    with pytest.raises(UsageError, match=r"no check 'a\.three'") as caught:
        check_of(report, "a.three")
    assert caught.value.hint == "it has a.one, a.two"


@pytest.mark.parametrize(
    ("changes", "same", "words"),
    [
        pytest.param({}, True, "a.two: failed with 50%, as in the report", id="the same"),
        pytest.param({"credit": 0.25}, False, "a.two: failed with 25% now, failed with 50% in the report", id="credit"),
        pytest.param(
            {"verdict": Verdict.PASSED, "credit": 1.0},
            False,
            "a.two: passed now, failed with 50% in the report",
            id="passed",
        ),
        pytest.param(
            {"verdict": Verdict.INCONCLUSIVE, "credit": 0.0},
            False,
            "a.two: inconclusive now, failed with 50% in the report; the machine was in the way, run it again",
            id="inconclusive",
        ),
    ],
)
def test_verdicts_are_compared(report: Report, changes: dict[str, Any], same: bool, words: str) -> None:
    """Credit counts as well."""
    then = check_of(report, "a.two")
    assert outcome(then, then.model_copy(update=changes)) == (same, words)


def test_what_has_changed_since_is_told(report: Report) -> None:
    """Nothing where nothing has; else submission, challenge, isolation and grader, one line each."""
    assert list(differences(report, report)) == []
    assert report.challenge is not None
    now = report.model_copy(
        update={
            "submission": report.submission.model_copy(update={"hash": "f" * 64}),
            "challenge": report.challenge.model_copy(update={"hash": "0", "version": "2.0.0"}),
            "environment": report.environment.model_copy(update={"isolation": "container"}),
            "grader_version": "99",
        }
    )
    lines = list(differences(report, now))
    assert len(lines) == 4
    assert lines[0] == "this is another submission: ffffffffffff, in the report unknown"
    assert lines[1] == "the challenge has changed: tiny 2.0.0, in the report tiny 1.0.0"
