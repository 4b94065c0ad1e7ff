"""A sandbox that is stopped starts nothing more, tools included."""

from typing import Any

import pytest

from grader.challenge.stoppable import StoppableSandbox
from grader.errors import PodError

SPEC: Any = object()
"""The stand-in looks at no specification."""


class PlayedSandbox:
    """Remembers which tools it ran."""

    def __init__(self) -> None:
        self.ran: list[tuple[Any, ...]] = []

    def run_tool(self, *given: Any) -> bytes:
        self.ran.append(given)
        return b"answer"


def test_a_tool_is_run_by_the_sandbox_behind() -> None:
    """With just what was asked."""
    played: Any = PlayedSandbox()
    assert StoppableSandbox(played).run_tool(SPEC, "script", "job", 3) == b"answer"
    assert played.ran == [(SPEC, "script", "job", 3)]


def test_nothing_runs_once_it_was_stopped() -> None:
    """An interrupted verification ends soon."""
    played: Any = PlayedSandbox()
    sandbox = StoppableSandbox(played)
    sandbox.stop()
    with pytest.raises(PodError, match="stopped"):
        sandbox.run_tool(SPEC, "script", "job", 3)
    assert played.ran == []
