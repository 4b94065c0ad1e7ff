"""Answers that are sound while behaviour is checked, and hostile under load: failed checks, never a fault of ours."""

from pathlib import Path

import pytest

from grader.verdicts import Verdict
from tests.attacks.attack import Attack
from tests.attacks.operations import found, result

PACK = Path(__file__).parents[3] / "examples" / "latency" / "pack"
FRONT = Path(__file__).parents[1] / "front.py"
MAIN = """\
import front
from fastapi import FastAPI
from front import *

app = FastAPI()

@app.get("/items/{{number}}")
async def read(number: int) -> dict[str, int]:
    return {{"id": number}}

def under_load(connection, data):
    # The client that checks behaviour opens a connection for each request, and says so.
    behave = front.passed_on if b"connection: close" in data.lower() else {behave}
    behave(connection, data)

front.serve({{"/items": under_load}})
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("behave", "words"),
    [
        pytest.param(
            "whole(b'{\"id\": 7, \"x\": \"' + b'x' * 2_000_000 + b'\"}')", ("an integer: 7", "has come"), id="large"
        ),
        pytest.param('endless(b"HTTP/1.1 103 X\\r\\n\\r\\n")', ("more has come",), id="flood"),
    ],
)
def test_hostile_under_load(behave: str, words: tuple[str, ...], attack: Attack) -> None:
    """The check of latency is failed, and says with what; that of behaviour is not."""
    files = {"front.py": FRONT.read_text(encoding="utf-8")}
    outcome = attack.app(MAIN.format(behave=behave), files, pack=str(PACK))
    assert result(outcome, "items.read.ok").verdict is Verdict.PASSED
    got = found(outcome, "items.read.latency")
    assert any(word in got for word in words), got
