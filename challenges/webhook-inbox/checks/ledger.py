"""The ledger: what it gets, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.harness import Mismatch, check

if TYPE_CHECKING:
    from conftest import Inbox


@check("ledger.background", category="async", level="junior", weight=3, requires=("ledger.entry",))
async def answer_does_not_wait_for_the_ledger(inbox: Inbox) -> None:
    """A delivery is answered while the ledger has not answered yet.

    A provider waits for seconds at most, then delivers again: who makes it wait for a slow ledger gets it all twice.
    """
    await inbox.serve()
    event = inbox.event()
    async with await inbox.held() as gate:
        await gate.meanwhile(inbox.deliver(event), "the answer does not wait for the ledger")
        await inbox.reached(gate, event)


@check("ledger.entry", category="behaviour", level="junior", weight=3, requires=("events.read.ok",))
async def events_are_processed(inbox: Inbox) -> None:
    """An event is posted to the ledger, and is `processed` once that has answered with 201.

    This is what the service is for.
    """
    await inbox.serve()
    await inbox.processed()
    if not await inbox.posts():
        raise Mismatch("the event is posted to the ledger", "it is processed, and the ledger was never asked")
