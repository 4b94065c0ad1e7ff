"""The order of one payment's events: one at a time, each when the one before it is settled.

What the ledger saw decides: which call had ended before which arrived. How long anything took is not looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from grader.harness import Call, Lifecycle, Tally, check
from grader.harness.probes.calling import at_once
from grader.harness.probes.turns import take_turns
from grader.harness.upstream.script import answer

if TYPE_CHECKING:
    from conftest import Event, Inbox

WHAT = "events of one payment"
GOOD = answer({}, status=201)
UNAVAILABLE = answer(status=503)
ATTEMPTS = 4


def _key(call: Call) -> str | None:
    return call.header("Idempotency-Key")


def _settled(attempts: Sequence[Call]) -> bool:
    """Whether these attempts leave nothing to be done: a success, a refusal, or four of them."""
    status = attempts[-1].outcome.removeprefix("answered ")
    refused = status.startswith("4") and status != "429"
    return status.startswith("2") or refused or len(attempts) >= ATTEMPTS


async def _took_turns(inbox: Inbox, events: Sequence[Event], after: int = 0) -> None:
    for event in events:
        await inbox.settled(event)
    calls = [call for event in events for call in await inbox.entries(event) if call.number > after]
    in_order = sorted(calls, key=lambda call: call.number)
    take_turns(in_order, [event["event_id"] for event in events], _key, _settled, what=WHAT)


def _of_one_payment(inbox: Inbox, count: int) -> list[Event]:
    first = inbox.event()
    return [first, *inbox.events(count - 1, payment=first["data"]["payment_id"])]


@check("order.accepted", category="async", level="senior", weight=2, requires=("ledger.key",))
async def events_go_in_order(inbox: Inbox) -> None:
    """Events of one payment reach the ledger in the order in which they were accepted, one at a time.

    A refund that is entered before its payment is an error in every ledger.
    """
    await inbox.serve()
    events = _of_one_payment(inbox, 8)
    await inbox.accepted(*events)
    await _took_turns(inbox, events)


@check("order.held", category="async", level="senior", weight=3, requires=("ledger.background", "order.accepted"))
async def later_events_wait(inbox: Inbox) -> None:
    """While the ledger holds a payment's event, the next one of this payment waits.

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
    await _took_turns(inbox, events)


@check("order.pauses", category="async", level="senior", weight=3, requires=("attempts.later", "order.accepted"))
async def later_events_wait_through_pauses(inbox: Inbox) -> None:
    """While a payment's event waits for its next attempt, the next one of this payment waits as well.

    Whoever goes past a payment that failed for a moment has a refund without a payment, if only until the next attempt.
    """
    await inbox.serve(UNAVAILABLE, GOOD)
    events = _of_one_payment(inbox, 3)
    await inbox.accepted(*events)
    await _took_turns(inbox, events)


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


@check("order.restart", category="async", level="senior", weight=2, requires=("kill.held", "order.held"))
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
        await _took_turns(inbox, events, after=last)
