"""The interview guide as it stands in the page."""

from dataclasses import dataclass

from grader.report.guide import Question, Reason
from grader.report.html.checks import CheckView, check_view
from grader.report.html.ink import plain
from grader.report.html.words import points
from grader.verdicts import Verdict

_SHOWN_CHECKS = 8


@dataclass(frozen=True)
class QuestionView:
    """One question."""

    number: int
    question: str
    surface: str
    deep: str
    reason: str
    seen: str
    """What was seen of the costliest failed check: something to begin with."""
    checks: list[CheckView]
    more: int


def question_views(questions: list[Question]) -> list[QuestionView]:
    """Number and bound the questions."""
    return [_view(number, question) for number, question in enumerate(questions, 1)]


def numbers(questions: list[Question]) -> dict[str, int]:
    """Check id → number of the question that it led to."""
    return {check.id: number for number, question in enumerate(questions, 1) for check in question.checks}


def _view(number: int, question: Question) -> QuestionView:
    return QuestionView(
        number=number,
        question=plain(question.facts.question, 500),
        surface=plain(question.facts.surface, 500),
        deep=plain(question.facts.deep, 1_500),
        reason=_reason(question),
        seen=_seen(question),
        checks=[check_view(check, 0.0) for check in question.checks[:_SHOWN_CHECKS]],
        more=max(0, len(question.checks) - _SHOWN_CHECKS),
    )


def _reason(question: Question) -> str:
    match question.reason:
        case Reason.LOST:
            return f"it cost {points(question.lost)}" if question.lost else "something failed here"
        case Reason.DEPTH:
            return "it did well here: how deep does it go?"
        case Reason.UNSEEN:
            return "the checks did not come this far: nothing is known"


def _seen(question: Question) -> str:
    for check in question.checks:
        if check.verdict is Verdict.FAILED and check.evidence.findings:
            first = check.evidence.findings[0]
            case = f"{plain(first.case, 120)}: " if first.case else ""
            return f"{case}expected {plain(first.expected, 200)}; got {plain(first.got, 200)}"
    return ""
