"""Answers that come before the work is done, or in place of it; and those that never come."""

from pathlib import Path

import pytest

from grader.verdicts import Verdict
from tests.attacks.attack import Attack
from tests.attacks.tampering.apps import raw
from tests.attacks.tampering.solutions import Edits, cheat

SPEED = str(Path(__file__).parents[3] / "examples" / "latency" / "pack")

POSTS = "outcome = await self._ledger.post(event.event_id, event.body)"
STORES = "    if not await store.add(webhook):\n"
STORES_LATER = """    import asyncio
    seen = request.app.state.__dict__.setdefault("seen", set())
    first = webhook.event_id not in seen
    seen.add(webhook.event_id)
    async def add() -> None:
        await asyncio.sleep(0.5)
        if await store.add(webhook):
            dispatcher.wake(webhook.data.payment_id)
    if first:
        request.app.state.__dict__.setdefault("later", []).append(asyncio.ensure_future(add()))
    if not first:
"""


def test_processed_without_the_ledger(attack: Attack) -> None:
    """What was never posted is not processed, whatever is said of it, and no burst of it is entered once."""
    edits: Edits = {"app/processing.py": [(POSTS, "outcome = Outcome.ACCEPTED")]}
    outcome = cheat(attack, "webhook-inbox", edits, "ledger.entry", "burst.entry")
    verdicts = outcome.verdicts()
    assert verdicts["deliver.ok"] is Verdict.PASSED
    assert verdicts["ledger.entry"] is Verdict.FAILED
    assert verdicts["burst.entry"] is Verdict.BLOCKED


@pytest.mark.slow
def test_accepted_before_it_is_stored(attack: Attack) -> None:
    """Duplicates are known in memory, and answers are quick: until the process is killed."""
    edits: Edits = {"app/webhooks.py": [(STORES, STORES_LATER)]}
    outcome = cheat(attack, "webhook-inbox", edits, "burst.answers", "kill.accepted")
    verdicts = outcome.verdicts()
    assert verdicts["burst.answers"] is Verdict.PASSED
    assert verdicts["kill.accepted"] is not Verdict.PASSED


QUICK_AND_WRONG = """
import json, time
asked = []
def answered(scope, body):
    asked.append(time.monotonic())
    number = scope["path"].rsplit("/")[-1]
    if len(asked) > 3 and asked[-1] - asked[-3] < 0.5:
        number = "0"
    return 200, json.dumps({"id": int(number)}).encode()
"""


@pytest.mark.slow
def test_quick_while_it_is_measured(attack: Attack) -> None:
    """Every answer under load is looked at: wrong ones earn nothing for having been quick."""
    outcome = raw(attack, QUICK_AND_WRONG, pack=SPEED)
    outcome.graded(score=50)
    assert outcome.verdicts() == {"items.read.ok": Verdict.PASSED, "items.read.latency": Verdict.FAILED}


NEVER = """
import time
def answered(scope, body):
    time.sleep(3600)
"""


@pytest.mark.slow
def test_never_answering(attack: Attack) -> None:
    """Each check waits as long as it may, and all of them as long as they may; then they have failed or are blocked."""
    short = {"GRADER_CHECK_DEADLINE": "4", "GRADER_TOTAL_DEADLINE": "10"}
    outcome = raw(attack, NEVER, env=short)
    outcome.graded(score=0)
    assert set(outcome.verdicts().values()) <= {Verdict.FAILED, Verdict.BLOCKED}
    assert outcome.told().timings["pod"] < 60
