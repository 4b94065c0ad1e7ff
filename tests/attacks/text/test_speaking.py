"""Text that steers a terminal, a page, a summary or a CI runner, in logs and headers of a correct application.

It costs nothing that the behaviour did not earn, and reaches nobody but as text.
"""

import pytest

from tests.attacks.attack import Attack
from tests.attacks.text.steered import speaks, steers_nobody
from tests.report.hostile import COMMANDS, CONTROLS, MARKUP

ALL = {name: "\n".join(texts.values()) for name, texts in (("commands", COMMANDS), ("controls", CONTROLS))}


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in ALL.items()])
def test_a_correct_application_that_says_it_all(attack: Attack, text: str) -> None:
    """100, and nobody is steered."""
    outcome = attack.honest(after=speaks(text))
    outcome.graded(score=100)
    assert outcome.log.count("Zebra") > len(text.split("Zebra"))  # print, stderr and logging all were heard
    steers_nobody(outcome)


@pytest.mark.slow
def test_a_correct_application_that_says_markup(attack: Attack) -> None:
    """100, and nobody is steered."""
    outcome = attack.honest(after=speaks("\n".join(MARKUP.values())))
    outcome.graded(score=100)
    steers_nobody(outcome)
