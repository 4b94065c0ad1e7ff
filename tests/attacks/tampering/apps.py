"""What several of these attacks begin with."""

from collections.abc import Callable
from typing import Any

import pytest

from grader.verdicts import Verdict
from tests.attacks.attack import HONEST, REQUIREMENTS, Attack, Outcome

_TAGS = HONEST[HONEST.index("    async with httpx.AsyncClient") : HONEST.index('@app.websocket("/ws")')]
_URL = "    url = f\"{os.environ['TAGS_URL']}/tags/{number}\"\n"
BLOCKING = HONEST.replace(_TAGS, f"{_URL}    return httpx.get(url, timeout=None).json()\n\n\n")
"""Correct, but for the loop that stands still while tags are waited for: it loses `notes.tags`, and nothing else."""

RAW = """
async def app(scope, receive, send):
    if scope["type"] != "http":
        return await other(scope, receive, send)
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    status, answer = answered(scope, body)
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": answer})


async def other(scope, receive, send):
    while True:
        message = await receive()
        if message["type"].startswith("lifespan."):
            await send({"type": f"{message['type']}.complete"})
        elif message["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        elif message["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": message.get("text") or ""})
        if message["type"] in {"lifespan.shutdown", "websocket.disconnect"}:
            return
"""
"""An application without a framework; it has to be given `answered(scope, body)`, which is a status and a body."""


def blocking(before: str = "", within: str = "") -> str:
    """The blocking one, with other code before it, and at the beginning of what blocks.

    Args:
        before: lines at the top.
        within: indented lines; they see `number` and `url`.
    """
    return f"{before}\n{BLOCKING.replace(_URL, _URL + within)}"


def hand_in(attack: Attack, main: str, *words: str, **given: Any) -> Outcome:
    """As `Attack.app`, with more options of the command line."""
    path = attack.zipped({"main.py": main, "requirements.txt": REQUIREMENTS})
    return attack.archive(path, *words, **given)


def raw(attack: Attack, answered: str, *words: str, **given: Any) -> Outcome:
    """Hand in `RAW` with this code, which defines `answered(scope, body)`."""
    return hand_in(attack, f"{answered}\n{RAW}", "--app", "main:app", *words, **given)


def decided(attack: Attack, hand_in: Callable[[], Outcome]) -> Outcome:
    """Hand in until nothing is inconclusive, three times at most: whatever else this machine does may be the reason.

    Where nothing else is the reason, `BLOCKING` itself is decided; where it is not, the test is skipped.
    """
    for _ in range(3):
        outcome = hand_in()
        if not _is_open(outcome):
            return outcome
    if _is_open(attack.app(BLOCKING)):
        pytest.skip("this machine is too busy to tell, whoever asks")
    return outcome


def _is_open(outcome: Outcome) -> bool:
    return Verdict.INCONCLUSIVE in outcome.verdicts().values()
