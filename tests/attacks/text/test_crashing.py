"""The same text as the reason of a crash: it is on the error's line, in the detail and in the log."""

import pytest

from tests.attacks.attack import Attack
from tests.attacks.text.steered import crashes, steers_nobody
from tests.report.hostile import CONTROLS, MARKUP

SAID = {
    "commands": "\n::error::Zebra\n  ::set-output name=a::b\n##[error]x",
    "controls": f"{CONTROLS['hyperlink (OSC 8)']}{CONTROLS['overwriting']}{CONTROLS['bidi']}",
    "markup": f"{MARKUP['unbalanced']}{MARKUP['handler']}",
}

ENDLESS = """
from fastapi import FastAPI

app = FastAPI()
print("::error::x" * 300_000)
raise RuntimeError("Zebra" + "\\u202e::error::\\n" * 300_000)
"""


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in SAID.items()])
def test_a_reason_is_shown_as_text(attack: Attack, text: str) -> None:
    """Rejected through its own doing; the reason can be read, and nobody is steered."""
    outcome = attack.app(crashes(text))
    outcome.rejected("StartRejected", "ended with status 1")
    steers_nobody(outcome)


def test_a_reason_of_megabytes(attack: Attack) -> None:
    """It is cut, on the terminal to lines and in the report to a tail."""
    outcome = attack.app(ENDLESS)
    outcome.rejected("StartRejected", "ended with status 1")
    assert len(outcome.text) < 20_000
    assert (outcome.folder / "report.json").stat().st_size < 1_000_000
    steers_nobody(outcome, mark="::error::")
