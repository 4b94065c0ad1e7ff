"""Payments beside each other: what holds up one holds up no other, nor the service."""

from __future__ import annotations

from asyncio import create_task, gather
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from grader.harness import DeadlinePassed, Tally, check

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conftest import Event, Inbox

    from grader.harness import Gate

MOST_HELD = 30
"""Calls that the ledger may hold at the same time, by the contract."""
QUEUED = 105
"""Events of one payment that wait for the first of them: more than a pool has places, or a query's page lines."""
SOON = 1.6
"""Seconds in which an event is certainly begun with, where nothing holds it up: a worker that looks now and then looks
once a second at least, or its first pause were too long."""
MOST_OF_IT = 0.8
"""Share of a pause that lasts longer."""


@asynccontextmanager
async def _holding(inbox: Inbox, events: list[Event]) -> AsyncIterator[Gate]:
    # Whatever comes of it, the events are brought to rest: where places are few, what is left would take those of the
    # next check.
    await inbox.serve()
    try:
        async with await inbox.held() as gate:
            yield gate
    finally:
        await inbox.at_rest(*events)


@asynccontextmanager
async def _filling(inbox: Inbox, events: list[Event]) -> AsyncIterator[None]:
    # What holds up a new webhook may hold up these deliveries, too: they are under way while the block lasts.
    filling = create_task(inbox.filled(events))
    try:
        yield
        await filling
    finally:
        filling.cancel()
        await gather(filling, return_exceptions=True)


@check("payments.held", category="async", level="mid", weight=3, requires=("ledger.background",))
async def held_payments_hold_up_no_others(inbox: Inbox) -> None:
    """While the ledger holds one payment's event, events of other payments are posted and processed.

    One worker that does one thing after another is as slow as the slowest answer, and every payment waits for it.
    """
    events = inbox.events(3)
    async with _holding(inbox, events) as gate:
        await inbox.filled(events)  # all first: a worker that looks now and then finds them at the same time
        await inbox.reached(gate, *events)
        await gate.release()
        for event in events:
            await inbox.became(event, "processed")


@check("payments.many", category="async", level="senior", weight=2, requires=("payments.held", "payments.thirty"))
async def thirty_payments_are_held_at_once(inbox: Inbox) -> None:
    """Thirty payments are at the ledger at the same time, when it holds each of them.

    Fewer workers, or a few queues that payments are spread over, and some wait for others that they know nothing of.
    """
    events = inbox.events(MOST_HELD)
    async with _holding(inbox, events) as gate:
        await inbox.filled(events)  # all first: a worker that looks now and then finds them at the same time
        await inbox.reached(gate, *events)
        await gate.release()
        for event in events:
            await inbox.became(event, "processed")


@check("payments.queued", category="async", level="senior", weight=2, requires=("payments.held", "order.held"))
async def waiting_events_take_no_places(inbox: Inbox) -> None:
    """While many events of one payment wait for the first of them, another payment's event is posted.

    What waits for its turn needs no worker yet. Fifty updates of one order must not be an outage for everybody else.
    """
    await inbox.serve()
    other = inbox.event()
    events = inbox.events(QUEUED, payment=inbox.event()["data"]["payment_id"])
    async with await inbox.held() as gate:
        await inbox.accepted(events[0])
        await inbox.reached(gate, events[0])
        await inbox.filled(events[1:])
        await inbox.accepted(other)
        await inbox.reached(gate, other)
        await gate.release()
    await inbox.became(other, "processed")
    await inbox.at_rest(*events)


@check("payments.pausing", category="async", level="mid", weight=2, requires=("payments.held", "attempts.later"))
async def pausing_payments_hold_up_no_others(inbox: Inbox) -> None:
    """While one payment's event waits for its next attempt, events of other payments are posted.

    A pause that stops the worker stops everybody, for the sake of one event that fails.
    """
    pausing, other = inbox.events(2)
    await inbox.plan({"pausing": [503, 503, 503, 201]}, {"pausing": pausing})
    await inbox.accepted(pausing)
    await inbox.entered(pausing, 3)
    await inbox.accepted(other)
    [came] = (await inbox.entered(other, 1))[:1]
    fourth = (await inbox.entered(pausing, 4))[3]
    began = (await inbox.entries(pausing))[2].ended_at or fourth.at
    # The shorter the pause, the less can be said: then another event may well come after it.
    waited, lasted = came.at - began, fourth.at - began
    # What had to wait for its end comes together with the fourth attempt: which of the two is first then says nothing.
    if waited > max(MOST_OF_IT * lasted, SOON):
        expected = "another payment's event is posted during the pause"
        got = f"it came {waited:.1f} s after the pause began, which lasted {lasted:.1f} s"
        raise DeadlinePassed(expected, got, since=began, until=came.at)


@check("payments.thirty", category="async", level="mid", weight=3, requires=("ledger.background",))
async def held_calls_hold_up_nobody(inbox: Inbox) -> Tally:
    """While the ledger holds thirty calls, `GET /health` and new webhooks are answered.

    A ledger that hangs is the ledger's outage. Who stops answering because of it makes it everybody's.
    """
    usual = (await inbox.health()).status  # that it is 200 is another check's matter
    tally = Tally()
    events = inbox.events(MOST_HELD)
    async with _holding(inbox, events) as gate, _filling(inbox, events):
        await inbox.begun(gate, MOST_HELD)
        with tally.case("GET /health"):
            (await gate.meanwhile(inbox.health(), "the loop is free")).expect(usual)
        with tally.case("a new webhook"):
            (await gate.meanwhile(inbox.deliver(inbox.event()), "a webhook is accepted")).expect(202, 200)
        await gate.release()
    return tally
