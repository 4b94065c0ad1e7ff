"""What tests of pods in containers share: stand-ins for harness and application."""

import json
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from grader.sandbox.recipes import PYTHON
from grader.sandbox.session import Session
from grader.verdicts import Routes

STAND_INS = Path(__file__).parents[1] / "sandbox"
HARNESS = [PYTHON, "-c", (STAND_INS / "stand_in_harness.py").read_text()]
APP = (STAND_INS / "stand_in_app.py").read_text()
RUN_ID = f"test-{os.getpid()}"

Start = Callable[..., AbstractContextManager[Session]]


def answer_of(pod: AbstractContextManager[Session]) -> Any:
    """What the application answered to GET /."""
    with pod as session:
        events = list(session.events())
        problems = [event.problem for event in events if isinstance(event, Routes)]
        assert problems, f"{events}\n{session.candidate_log()}"
    return json.loads(problems[0])


def app(answer: str) -> dict[str, str]:
    """An application's files; the stand-in harness asks it for `answer`, an expression."""
    return {"main.py": f"{APP}\ndef answer():\n    return {answer}\n"}
