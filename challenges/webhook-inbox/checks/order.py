"""The order of one payment's events: one at a time, each when the one before it is settled.

What the ledger saw decides: which call had ended before which arrived. How long anything took is not looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from grader.harness import Call, DeadlinePassed, Lifecycle, Tally, check
from grader.harness.probes.calling import at_once, in_order
from grader.harness.probes.turns import one_at_a_time, take_turns

if TYPE_CHECKING:
    from conftest import Event, Inbox

WHAT = "events of one payment"
ATTEMPTS = 4
MOST_BEFORE = 20
"""Calls that may have come to a gate before the one that is meant."""
MOMENT = 2.0


def _key(call: Call) -> str | None:
    return call.header("Idempotency-Key")


def _settled(attempts: Sequence[Call]) -> bool:
    """Whether these attempts leave nothing to be done: a success, a refusal, or four of them."""
    status = attempts[-1].outcome.removeprefix("answered ")
    refused = status.startswith("4") and status != "429"
    return status.startswith("2") or refused or len(attempts) >= ATTEMPTS


async def _calls(inbox: Inbox, events: Sequence[Event], after: int = 0) -> list[Call]:
    """All calls for these events, once they are settled, in the order of arrival."""
    for event in events:
        await inbox.settled(event)
    calls = [call for event in events for call in await inbox.entries(event) if call.number > after]
    return sorted(calls, key=lambda call: call.number)


def _waited_for_first(calls: Sequence[Call], events: Sequence[Event]) -> None:
    """`Mismatch` unless the first was settled before any other was sent. The order of the others is not looked at."""
    first, *others = _keys(events)
    for other in others:
        take_turns(calls, [first, other], _key, _settled, what=WHAT)


def _keys(events: Sequence[Event]) -> list[str]:
    return [event["event_id"] for event in events]


def _of_one_payment(inbox: Inbox, count: int) -> list[Event]:
    first = inbox.event()
    return [first, *inbox.events(count - 1, payment=first["data"]["payment_id"])]


@check("order.accepted", category="async", level="senior", weight=2, requires=("ledger.background", "ledger.key"))
async def events_go_in_order(inbox: Inbox) -> None:
    """Events of one payment reach the ledger in the order in which they were accepted.

    A refund that is entered before its payment is an error in every ledger.
    """
    await inbox.serve()
    events = _of_one_payment(inbox, 6)
    async with await inbox.held() as gate:
        await inbox.accepted(events[0])
        await inbox.reached(gate, events[0])
        await inbox.accepted(*events[1:])
        await gate.release()
    in_order(await _calls(inbox, events), _keys(events), _key, WHAT)


@check("order.held", category="async", level="senior", weight=3, requires=("ledger.background", "ledger.key"))
async def later_events_wait(inbox: Inbox) -> None:
    """While the ledger holds a payment's event, the next ones of this payment wait.

    Two calls on their way at the same time arrive in either order, however they were sent.
    """
    await inbox.serve()
    events = _of_one_payment(inbox, 3)
    async with await inbox.held() as gate:
        await inbox.accepted(events[0])
        await inbox.reached(gate, events[0])
        await inbox.accepted(*events[1:])
        await gate.settle(len(events))
        await gate.release()
    _waited_for_first(await _calls(inbox, events), events)


@check("order.third", category="async", level="senior", weight=2, requires=("order.held",))
async def latecomers_wait_too(inbox: Inbox) -> None:
    """An event that comes while the second of its payment is at the ledger waits for that one as well.

    A lane that is given up with its first event, or a chain whose end is forgotten, keeps the order only for two.
    """
    await inbox.serve()
    first, second, third = events = _of_one_payment(inbox, 3)
    async with await inbox.held() as gate:
        await inbox.accepted(first)
        await inbox.reached(gate, first)
        await inbox.accepted(second)
        for _ in range(MOST_BEFORE):
            await gate.release(1)  # what was given up, or an earlier check left, may have come before it
            with suppress(DeadlinePassed):
                await inbox.became(first, "processed", MOMENT)
                break
        await inbox.reached(gate, second)
        await inbox.accepted(third)
        await gate.settle(len(events))
        await gate.release()
    take_turns(await _calls(inbox, [second, third]), _keys([second, third]), _key, _settled, what=WHAT)


@check("order.replayed", category="async", level="senior", weight=2, requires=("order.held", "replay.ok"))
async def replays_wait_too(inbox: Inbox) -> None:
    """While the ledger holds a payment's event, another one of this payment that is replayed is not sent.

    Which of them goes first is free, but a replay that goes past the lane of its payment has two calls on their way.
    """
    await inbox.serve()
    processed, held = events = _of_one_payment(inbox, 2)
    await inbox.processed(processed)
    before = (await inbox.posts())[-1].number
    async with await inbox.held() as gate:
        await inbox.accepted(held)
        await inbox.reached(gate, held)
        (await inbox.replay(processed)).expect(202, 200)
        await gate.settle(len(events))
        await gate.release()
    one_at_a_time(await _calls(inbox, events, after=before), what=WHAT)


@check("order.pauses", category="async", level="senior", weight=3, requires=("attempts.later",))
async def later_events_wait_through_pauses(inbox: Inbox) -> None:
    """While a payment's event waits for its next attempt, the next ones of this payment wait as well.

    Whoever goes past a payment that failed for a moment has a refund without a payment, if only until the next attempt.
    """
    first, *others = events = _of_one_payment(inbox, 3)
    await inbox.plan({"first": [503, 503, 201]}, {"first": first})
    await inbox.accepted(first)
    await inbox.entered(first, 2)
    await inbox.accepted(*others)
    _waited_for_first(await _calls(inbox, events), events)


@check("order.failed", category="async", level="senior", weight=2, requires=("attempts.four", "attempts.refused"))
async def failed_events_make_way(inbox: Inbox) -> Tally:
    """Once an event has `failed`, the next one of its payment is posted and processed.

    A payment that is stuck behind one bad event for ever needs a person who notices.
    """
    plan = {"refused": [422], "four failures": [503]}
    first = {name: inbox.event() for name in plan}
    second = {name: inbox.event(payment=event["data"]["payment_id"]) for name, event in first.items()}
    await inbox.plan(plan, first)
    await inbox.accepted(*first.values(), *second.values())
    return await at_once({name: _makes_way(inbox, first[name], second[name]) for name in plan})


async def _makes_way(inbox: Inbox, first: Event, second: Event) -> None:
    await inbox.became(first, "failed")
    await inbox.became(second, "processed")


@check(
    "order.restart", category="async", level="senior", weight=2, requires=("kill.held", "order.accepted", "order.held")
)
async def order_outlasts_a_crash(inbox: Inbox, lifecycle: Lifecycle) -> None:
    """After SIGKILL and start, the pending events of a payment go in the order in which they were accepted.

    What is taken up in any order, or all at once, undoes at each crash what was kept in order before.
    """
    await inbox.serve()
    events = _of_one_payment(inbox, 4)
    async with await inbox.held() as gate:
        await inbox.accepted(*events)
        await inbox.reached(gate, events[0])
        await lifecycle.kill()
        last = max(call.number for call in gate.calls)
        await gate.release()
        await lifecycle.start()
        calls = await _calls(inbox, events, after=last)
    take_turns(calls, _keys(events), _key, _settled, what=WHAT)
