"""A cohort on the disk: reports whose scores follow from their verdicts, as runs write them."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from grader.challenge.catalogue import CheckInfo
from grader.challenge.score import score
from grader.report.compare.build import compare
from grader.report.compare.model import Comparison
from grader.report.compare.read import find_reports, read_report
from grader.report.model import ChallengeFacts, Problem, Report, Status, SubmissionFacts
from grader.verdicts import CheckResult, Level, Verdict

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LEVELS = {"users.list": Level.JUNIOR, "users.total": Level.MID, "async.fan-out": Level.SENIOR}
WEIGHTS = {"users": 60.0, "async": 40.0}
MARKS = {"+": Verdict.PASSED, "-": Verdict.FAILED, "o": Verdict.BLOCKED, "?": Verdict.INCONCLUSIVE}


@dataclass
class Cohort:
    """Writes reports below a folder, each into one of its own."""

    root: Path
    samples: Any

    def add(self, name: str, marks: str = "+++", folder: str = "", **changes: Any) -> Path:
        """A report with a score.

        Args:
            name: of the submission.
            marks: a verdict for each check, of `+-o?`.
            folder: where it stands; else as the submission is called.
            changes: other members of the report.
        """
        return self.write(self.report(name, marks, **changes), folder or name)

    def report(self, name: str, marks: str = "+++", **changes: Any) -> Report:
        """As `add`, not written."""
        verdicts = {id_: MARKS[mark] for id_, mark in zip(LEVELS, marks, strict=False)}
        checks = [
            self.samples.check(id_, verdict, level=LEVELS[id_], category=id_.partition(".")[0])
            for id_, verdict in verdicts.items()
        ]
        plain: dict[str, Any] = {
            "checks": checks,
            "score": _score(checks),
            "status": Status.GRADED,
            "created_at": NOON,
            "challenge": ChallengeFacts(slug="tiny", title="Tiny", version="1.0.0", hash="0" * 64),
            "submission": submission(name),
        }
        report: Report = self.samples.empty()
        return report.model_copy(update=plain | changes)

    def without(self, name: str, kind: str = "StartRejected", folder: str = "", **changes: Any) -> Path:
        """A report without a score; its words name the submission, as real ones do."""
        status = Status.INFRASTRUCTURE_ERROR if kind == "PodError" else Status.REJECTED
        problem = Problem(kind=kind, message=f"/home/{name}/{name}.zip: it ended", hint=f"ask {name}", detail=name)
        plain = {"status": status, "problem": problem, "score": None, "checks": [], "log": name}
        return self.write(self.report(name, **(plain | changes)), folder or name)

    def write(self, report: Report, folder: str) -> Path:
        """Put it where a run would, with an empty page beside it."""
        target = self.root / folder / "report.json"
        target.parent.mkdir(parents=True)
        target.write_text(json.dumps(report.model_dump(mode="json")), encoding="utf-8")
        target.with_suffix(".html").touch()
        return target

    def compared(self, salt: bytes | None = None) -> Comparison:
        """All of them side by side, for a page in the folder above."""
        return compare([read_report(file) for file in find_reports([self.root])], self.root.parent, salt)

    def names(self, comparison: Comparison | None = None) -> list[tuple[int | None, str]]:
        """Rank and name, in order."""
        return [(one.rank, one.name) for one in (comparison or self.compared()).candidates]


def submission(name: str, content: str = "") -> SubmissionFacts:
    """What was handed in; the same content has the same hash, whatever its name."""
    return SubmissionFacts(name=name, hash=hashlib.sha256((content or name).encode()).hexdigest(), files=1, bytes=1)


def _score(checks: list[Any]) -> Any:
    infos = [
        CheckInfo(id=one.id, category=one.category, level=one.level, weight=1, title="t", why="w", file="", line=0)
        for one in checks
    ]
    results: Mapping[str, CheckResult] = {
        one.id: CheckResult(id=one.id, verdict=one.verdict, credit=one.credit) for one in checks
    }
    return score(infos, results, WEIGHTS)


@pytest.fixture
def cohort(tmp_path: Path, samples: Any) -> Cohort:
    """An empty one, in `reports/`."""
    (tmp_path / "reports").mkdir()
    return Cohort(tmp_path / "reports", samples)


@pytest.fixture
def handed_in() -> Callable[..., SubmissionFacts]:
    """Maker of `SubmissionFacts`: name, and content where it is not of its own."""
    return submission
