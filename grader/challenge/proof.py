"""What was seen of a pack's solutions and mutants, and whether it is as it must be."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Self

from grader.challenge.pack import Pack
from grader.challenge.rubric import FULL
from grader.challenge.score import score
from grader.report.model import CheckReport, Report, Status
from grader.text import clip, visible
from grader.verdicts import CheckResult, Evidence, Verdict

YES_LIMIT = 5.0
"""What an application that answers 200 `{}` to everything must stay under."""
_REASON_CHARS = 160


class Kind(StrEnum):
    """What is expected of a subject."""

    CORRECT = "correct"
    """Scores 100."""
    NOTHING = "nothing"
    """Answers 404 to everything; scores 0."""
    YES = "yes"
    """Answers 200 `{}` to everything; scores under 5."""
    MUTANT = "mutant"
    """Is failed by exactly the checks that it names."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Something to grade, and what must come out.

    Attributes:
        name: unique among a pack's subjects.
        folder: the project.
        app: its application, where it shall not be looked for.
        caught_by: the checks that must fail a mutant.
    """

    name: str
    kind: Kind
    folder: Path
    app: str | None = None
    caught_by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Trial:
    """One grading of a subject.

    Attributes:
        seed: repeats it.
        verdicts: check id → verdict.
        reasons: check id → what it expected and got, one line; of failed and undecided checks.
        score: 0 to 100; None where it was not graded.
        problem: why it was not graded, and whose fault that is.
        seconds: how long it took.
    """

    subject: Subject
    seed: int
    verdicts: dict[str, Verdict]
    reasons: dict[str, str]
    score: float | None
    problem: str
    seconds: float

    @classmethod
    def of(cls, subject: Subject, pack: Pack, *reports: Report) -> Self:
        """What matters of the reports of one grading.

        Args:
            subject: who was graded.
            pack: by whose checks.
            reports: each of some of the checks; of one that is in several, the first counts.
        """
        checks = {check.id: check for report in reversed(reports) for check in report.checks}
        decided = (Verdict.PASSED, Verdict.BLOCKED)
        return cls(
            subject=subject,
            seed=reports[0].seed,
            verdicts={check.id: check.verdict for check in checks.values()},
            reasons={check.id: _reason(check.evidence) for check in checks.values() if check.verdict not in decided},
            score=_total(pack, checks) if all(report.score for report in reports) else None,
            problem=next(filter(None, map(_problem, reports)), ""),
            seconds=sum(report.timings.get("total", 0.0) for report in reports),
        )

    @property
    def failed(self) -> frozenset[str]:
        """The checks that failed it; blocked ones are not among them."""
        return self._with(Verdict.FAILED)

    def deviation(self) -> str:
        """What is not as it must be, one line; empty if all is well."""
        if self.problem or self.score is None:
            return self.problem or "it has no score"
        if undecided := self._with(Verdict.INCONCLUSIVE):
            return f"inconclusive, the machine was in the way: {listed(undecided)}"
        return self._judged(self.score)

    def _judged(self, score: float) -> str:
        match self.subject.kind:
            case Kind.CORRECT:
                return "" if score == FULL else f"scores {score:g}, not 100: failed by {listed(self.failed)}"
            case Kind.NOTHING:
                return "" if score == 0 else f"scores {score:g}, not 0: passed {listed(self._with(Verdict.PASSED))}"
            case Kind.YES:
                return "" if score < YES_LIMIT else f"scores {score:g}, not under {YES_LIMIT:g}"
            case Kind.MUTANT:
                return self._misses()

    def _misses(self) -> str:
        missing, extra = self.subject.caught_by - self.failed, self.failed - self.subject.caught_by
        parts = [f"not caught by {', '.join(self._with_verdict(missing))}"] if missing else []
        parts += [f"also failed by {listed(extra)}"] if extra else []
        return "; ".join(parts)

    def surprises(self) -> dict[str, str]:
        """Checks that failed it and should not have → their reason."""
        if self.subject.kind in {Kind.NOTHING, Kind.YES}:
            return {}
        return {name: reason for name, reason in self.reasons.items() if name not in self.subject.caught_by}

    def _with(self, verdict: Verdict) -> frozenset[str]:
        return frozenset(name for name, found in self.verdicts.items() if found is verdict)

    def _with_verdict(self, names: Iterable[str]) -> list[str]:
        return [f"{name} ({self.verdicts.get(name, 'not run')})" for name in sorted(names)]


def _total(pack: Pack, checks: Mapping[str, CheckReport]) -> float:
    results = {name: CheckResult(id=name, verdict=check.verdict, credit=check.credit) for name, check in checks.items()}
    return score([info for info in pack.checks if info.id in results], results, pack.rubric.categories).total


def listed(names: Iterable[str]) -> str:
    """Names in order, for a sentence."""
    return ", ".join(sorted(names)) or "nothing"


def _problem(report: Report) -> str:
    if report.status is Status.GRADED:
        return ""
    whose = "rejected" if report.status is Status.REJECTED else "not graded, by the grader's or the machine's fault"
    return f"{whose}: {report.problem.message if report.problem else 'no reason was given'}"


def _reason(evidence: Evidence) -> str:
    if not evidence.findings:
        return clip(visible(evidence.note.strip().rpartition("\n")[2]), _REASON_CHARS)
    first = evidence.findings[0]
    case = f"{first.case}: " if first.case else ""
    return clip(visible(f"{case}expected {first.expected}, got {first.got}"), _REASON_CHARS)


@dataclass
class Proof:
    """All trials of a pack."""

    pack: Pack
    subjects: tuple[Subject, ...]
    trials: list[Trial] = field(default_factory=list)

    @property
    def deviations(self) -> list[str]:
        """Each deviation once, with the subject's name."""
        lines = (f"{trial.subject.name}: {trial.deviation()}" for trial in self.trials if trial.deviation())
        return list(dict.fromkeys(lines))

    @property
    def changes(self) -> list[str]:
        """Each verdict that was not the same in every round."""
        seen: dict[tuple[str, str], dict[Verdict, int]] = {}
        for trial in self.trials:
            for name, verdict in trial.verdicts.items():
                seen.setdefault((trial.subject.name, name), {}).setdefault(verdict, trial.seed)
        return [
            f"{subject}: {check}: {' and '.join(f'{verdict} (seed {seed})' for verdict, seed in found.items())}"
            for (subject, check), found in seen.items()
            if len(found) > 1
        ]

    @property
    def uncaught(self) -> list[str]:
        """Mutants that no check failed, in any round."""
        caught = {trial.subject.name for trial in self.trials if trial.failed}
        return [one.name for one in self.subjects if one.kind is Kind.MUTANT and one.name not in caught]

    @property
    def unexercised(self) -> list[str]:
        """Checks that ran and failed no mutant, in any round."""
        ran = {name for trial in self.trials for name in trial.verdicts}
        used = {name for trial in self.trials if trial.subject.kind is Kind.MUTANT for name in trial.failed}
        return [check.id for check in self.pack.checks if check.id in ran - used]

    @property
    def holds(self) -> bool:
        """Whether nothing deviates and nothing ever changed."""
        return bool(self.trials) and not self.deviations and not self.changes

    def of(self, subject: Subject) -> list[Trial]:
        """The subject's trials, by seed."""
        return sorted((one for one in self.trials if one.subject is subject), key=lambda one: one.seed)
