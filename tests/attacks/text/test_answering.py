"""The same text in what evidence is made of: bodies, headers, exceptions, routes and titles of `/openapi.json`."""

import pytest

from grader.verdicts import Verdict
from tests.attacks.attack import Attack
from tests.attacks.text.steered import fails, steers_nobody
from tests.report.hostile import COMMANDS, CONTROLS, MARKUP, NOT_SHOWN

SAID = {
    "commands": "\n::error file=a.py::Zebra\r\n::add-mask::Zebra\n##[error]Zebra ##vso[task.complete]",
    "ANSI and C1": f"{CONTROLS['ANSI']}{CONTROLS['C1']}{CONTROLS['clipboard (OSC 52)']}",
    "markup": f"{MARKUP['end of script']}{MARKUP['remote image']}{MARKUP['rich']}",
    "Markdown": f"{MARKUP['mention']}{MARKUP['long fence'][:320]}{MARKUP['table']}",
    "hidden": f"Zebra\u202egnp.exe{NOT_SHOWN}\u2028x",
}
SLOW = {name: text for name, text in (MARKUP | COMMANDS).items() if name in {"comment", "unbalanced", "output"}}


def answers_with(attack: Attack, text: str) -> None:
    """Hand it in, and see that it is graded by what it does."""
    outcome = attack.app(fails(text))
    report = outcome.graded(below=60)
    assert outcome.verdicts()["notes.create"] is Verdict.FAILED
    evidence = "".join(check.model_dump_json() for check in report.checks if check.verdict is Verdict.FAILED)
    assert "Zebra" in evidence
    assert "Zebra" in outcome.text  # people see what was got
    steers_nobody(outcome)


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in SAID.items()])
def test_answers_are_shown_as_text(attack: Attack, text: str) -> None:
    """The checks fail with evidence, which shows the text and obeys none of it."""
    answers_with(attack, text)


@pytest.mark.slow
@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in SLOW.items()])
def test_more_answers_are_shown_as_text(attack: Attack, text: str) -> None:
    """Likewise."""
    answers_with(attack, text)
