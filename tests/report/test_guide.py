"""The interview guide: chosen by what a submission lost and shows, six to ten questions, each once."""

from typing import Any

from grader.report.guide import Question, Reason, interview_guide
from grader.verdicts import Level, Verdict

FAILED, BLOCKED, PASSED = Verdict.FAILED, Verdict.BLOCKED, Verdict.PASSED


def asked(questions: list[Question]) -> list[str]:
    """Their texts, in order."""
    return [question.facts.question for question in questions]


def test_what_cost_most_is_asked_first(samples: Any) -> None:
    """In the order of the points lost, not of the pack."""
    checks = [
        samples.check("a.cheap", FAILED, weight=1, question=samples.asked("cheap?")),
        samples.check("a.dear", FAILED, weight=5, question=samples.asked("dear?")),
        samples.check("a.half", FAILED, weight=5, credit=0.5, question=samples.asked("half?")),
    ]
    assert asked(interview_guide(samples.report(*checks))) == ["dear?", "half?", "cheap?"]


def test_one_text_is_asked_once_and_weighs_all_its_checks(samples: Any) -> None:
    """Two cheap failures of one question outweigh one that is dearer than each; passed ones are not held against it."""
    one = samples.asked("one?")
    checks = [
        samples.check("a.other", FAILED, weight=3, question=samples.asked("other?")),
        samples.check("a.first", FAILED, weight=2, question=one),
        samples.check("a.second", BLOCKED, weight=2.5, question=samples.asked("one?\n")),
        samples.check("a.third", PASSED, question=one),
    ]
    first, second = interview_guide(samples.report(*checks))
    assert (first.facts.question, [check.id for check in first.checks]) == ("one?", ["a.first", "a.second"])
    assert second.facts.question == "other?"
    assert first.lost > second.lost > 0


def test_depth_follows_seniors_first_and_from_each_category(samples: Any) -> None:
    """A category's second question waits until each has had its first."""
    checks = [
        samples.check("a.junior", question=samples.asked("a junior?")),
        samples.check("b.mid", level=Level.MID, question=samples.asked("b mid?")),
        samples.check("a.senior", level=Level.SENIOR, question=samples.asked("a senior?")),
        samples.check("a.another", level=Level.SENIOR, weight=2, question=samples.asked("a dearer senior?")),
        samples.check("b.broken", FAILED, question=samples.asked("broken?")),
    ]
    questions = interview_guide(samples.report(*checks))
    assert asked(questions) == ["broken?", "a dearer senior?", "b mid?", "a senior?", "a junior?"]
    assert [question.reason for question in questions] == [Reason.LOST, *[Reason.DEPTH] * 4]


def test_a_perfect_submission_is_asked_six(samples: Any) -> None:
    """Depth alone makes a conversation."""
    checks = [samples.check(f"a.n{number}", question=samples.asked(f"{number}?")) for number in range(20)]
    assert len(interview_guide(samples.report(*checks, total=100))) == 6


def test_many_failures_leave_room_for_what_went_well(samples: Any) -> None:
    """Eight of what failed, two of what did not: never more than ten."""
    failed = [samples.check(f"a.f{number}", FAILED, question=samples.asked(f"f{number}?")) for number in range(20)]
    passed = [samples.check(f"a.p{number}", question=samples.asked(f"p{number}?")) for number in range(20)]
    reasons = [question.reason for question in interview_guide(samples.report(*failed, *passed))]
    assert reasons == [Reason.LOST] * 8 + [Reason.DEPTH] * 2


def test_what_nobody_saw_is_asked_last_and_only_for_want_of_others(samples: Any) -> None:
    """A blocked check says nothing of the candidate."""
    failed = samples.check("a.failed", FAILED, question=samples.asked("failed?"))
    blocked = [samples.check(f"a.b{number}", BLOCKED, question=samples.asked(f"b{number}?")) for number in range(9)]
    passed = [samples.check(f"a.p{number}", question=samples.asked(f"p{number}?")) for number in range(9)]
    alone = interview_guide(samples.report(*blocked, failed))
    assert [question.reason for question in alone] == [Reason.LOST, *[Reason.UNSEEN] * 5]
    assert Reason.UNSEEN not in [one.reason for one in interview_guide(samples.report(*blocked, failed, *passed))]


def test_an_inconclusive_check_does_not_count_as_strength(samples: Any) -> None:
    """Depth is asked only where every check of the question passed."""
    question = samples.asked("both?")
    checks = [
        samples.check("a.seen", question=question),
        samples.check("a.busy", Verdict.INCONCLUSIVE, question=question),
    ]
    assert [one.reason for one in interview_guide(samples.report(*checks))] == [Reason.UNSEEN]


def test_there_is_none_without_a_score(samples: Any) -> None:
    """A run that failed says nothing about the candidate."""
    report = samples.everything().model_copy(update={"score": None})
    assert interview_guide(report) == []


def test_checks_without_questions_are_no_trouble(samples: Any) -> None:
    """A pack under construction has none."""
    assert interview_guide(samples.report(samples.check("a.one", FAILED))) == []
