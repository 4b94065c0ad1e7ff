"""One event, delivered many times at once: providers do that after an outage, and whenever an answer was late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grader.harness import Mismatch, Reply, check
from grader.harness.probes.concurrency import seen

if TYPE_CHECKING:
    from conftest import Event, Inbox

    from grader.harness import Api

DELIVERIES = 20
ROUNDS = 3
"""A race need not show in the first."""
LEDGER_TIMEOUT = 2.0
IN_TIME = 0.9
"""Of that; a call that is held for less is not given up yet."""


async def _delivered(api: Api, inbox: Inbox, event: Event) -> list[Reply]:
    return await api.burst([inbox.delivery(event) for _ in range(DELIVERIES)])


@check("burst.answers", category="durability", level="mid", weight=3, requires=("deliver.duplicate",))
async def one_of_many_is_accepted(api: Api, inbox: Inbox) -> None:
    """Of twenty deliveries of one event at once, one is answered with 202, and nineteen with 200.

    Between "is it there?" and "store it" there is room for nineteen others. A unique key in the database leaves none.
    """
    await inbox.serve()
    alone = inbox.event()
    new, known = [_told(await inbox.deliver(alone)) for _ in range(2)]  # whether it is 202 is another check's matter
    for _ in range(ROUNDS):
        replies = await _delivered(api, inbox, inbox.event())
        told = [_told(reply) for reply in replies]
        if (told.count(new), told.count(known)) != (1, DELIVERIES - 1):
            raise Mismatch(f"one of {DELIVERIES} is answered as a new event, the others as a known one", seen(replies))


def _told(reply: Reply) -> tuple[int, Any]:
    """What a delivery's answer says of the event."""
    body = reply.json().value
    return reply.status, body.get("status") if isinstance(body, dict) else body


@check("burst.entry", category="durability", level="mid", weight=3, requires=("ledger.once",))
async def one_entry_is_made(api: Api, inbox: Inbox) -> None:
    """After twenty deliveries of one event at once, the ledger has got it once.

    Who answers well, and has each delivery start the processing, has twenty calls on their way.
    """
    await inbox.serve()
    for _ in range(ROUNDS):
        event = inbox.event()
        await _delivered(api, inbox, event)
        await _entered_once(inbox, event)


@check("burst.held", category="durability", level="mid", weight=2, requires=("burst.entry", "ledger.background"))
async def one_entry_is_made_while_held(api: Api, inbox: Inbox) -> None:
    """Deliveries of an event that the ledger is holding are answered with 200, and make no further call.

    A provider that hears nothing in time delivers again, just when the ledger is slow.
    """
    await inbox.serve()
    alone, event = inbox.events(2)
    known = [await inbox.deliver(alone) for _ in range(2)][1]  # that it is 200 is another check's matter
    await inbox.at_rest(alone)
    replies: list[Reply] = []

    async def delivered() -> Reply:
        replies.extend(await _delivered(api, inbox, event))
        return replies[0]

    async with await inbox.held() as gate:
        await inbox.accepted(event)
        await inbox.reached(gate, event)
        await gate.meanwhile(delivered(), "deliveries are answered while the ledger holds the event")
        await gate.settle(2)
        first, *others = await inbox.entries(event)
        await gate.release()
    if any(reply.status != known.status for reply in replies):
        raise Mismatch(f"all {DELIVERIES} deliveries of an event that is known are answered as such", seen(replies))
    # After the ledger's time another attempt is right.
    if others and others[0].at - first.at < LEDGER_TIMEOUT * IN_TIME:
        raise Mismatch("one call to the ledger for the event", f"{len(others)} more while it is held")
    await inbox.became(event, "processed")


async def _entered_once(inbox: Inbox, event: Event) -> None:
    await inbox.became(event, "processed")
    await inbox.linger()
    calls = await inbox.entries(event)
    if len(calls) != 1:
        raise Mismatch(f"one entry after {DELIVERIES} deliveries", f"{len(calls)}: {', '.join(map(str, calls))}")
