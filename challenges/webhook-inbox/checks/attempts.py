"""Attempts: what is tried again, how often, and what is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from grader.harness import Call, Mismatch, Reply, Tally, check
from grader.harness.probes.calling import at_once, on_their_clock
from grader.harness.upstream.script import Script, answer, closed, late, reset, slow_head

if TYPE_CHECKING:
    from conftest import Event, Inbox

GOOD = answer({}, status=201)
UNAVAILABLE = 503
ATTEMPTS = 4
GLANCES = 50
FAILURES = (500, 502, 503, 504)
REFUSALS = (400, 401, 403, 404, 409, 410, 422)
TOO_LATE = 3.5
"""Seconds; such an answer must not be waited for."""
DRIP = 0.4
"""Seconds between two headers; shorter than any limit for one read that the contract allows."""
GIVEN_UP = 15.0
"""Seconds; far more than an attempt and the first pause."""
IN_TIME = 1.2
"""Seconds; such an answer must be used."""


async def _tried_again(inbox: Inbox, faults: Mapping[str, Script]) -> Tally:
    """A case for each way in which the first attempt fails: a second is made, and the event is processed."""
    events = {}
    for name, fault in faults.items():
        event = events[name] = inbox.event()
        await inbox.serve(fault, GOOD)
        await inbox.accepted(event)
        await inbox.entered(event, 1)
    return await at_once({name: _recovers(inbox, event) for name, event in events.items()})


async def _recovers(inbox: Inbox, event: Event) -> None:
    await inbox.became(event, "processed")
    _at_least(await inbox.entries(event), 2)


@check("retry.status", category="behaviour", level="mid", weight=3, requires=("ledger.key",))
async def server_errors_are_tried_again(inbox: Inbox) -> Tally:
    """A 5xx of the ledger is tried again, and the event is `processed` when a later attempt succeeds.

    A deployment of the ledger takes seconds. Who gives up at the first 503 needs a person to repair it.
    """
    return await _tried_again(inbox, {f"the ledger answers {code}": answer(status=code) for code in FAILURES})


@check("retry.too-many", category="behaviour", level="mid", requires=("ledger.key",))
async def too_many_requests_are_tried_again(inbox: Inbox) -> Tally:
    """A 429 of the ledger is tried again: it is the one 4xx that says "later", and not "never".

    It comes when there is most to do. Events that fail for good then are many.
    """
    return await _tried_again(inbox, {"the ledger answers 429": answer(status=429)})


@check("retry.broken", category="behaviour", level="mid", weight=2, requires=("ledger.key",))
async def broken_connections_are_tried_again(inbox: Inbox) -> Tally:
    """A connection that breaks before the answer is tried again.

    Nobody knows whether the entry was made; the key is there so that it need not be known.
    """
    return await _tried_again(inbox, {"closed without an answer": closed(), "reset": reset()})


@check("retry.refused", category="behaviour", level="mid", weight=2, requires=("ledger.key",))
async def refused_connections_are_tried_again(inbox: Inbox) -> None:
    """A connection that is refused is tried again: the event is processed once the ledger is there.

    While the ledger restarts, nobody listens at its port. It is the most ordinary of all failures.
    """
    await inbox.serve()
    event = inbox.event()
    async with inbox.ledger.down():
        await inbox.accepted(event)
        # An attempt that is refused leaves no trace at the ledger; who does not count it is not waited for any longer.
        for _ in range(GLANCES):
            if _begun(await inbox.read(event)):
                break
    reply = await inbox.settled(event)
    # Where the pauses are short, four attempts may be over before the ledger is back.
    if not (reply.json()["status"].value == "failed" and _attempts(reply) == ATTEMPTS):
        reply.json()["status"].equals("processed")


def _begun(reply: Reply) -> bool:
    return bool(_attempts(reply)) or reply.json()["status"].value != "pending"


def _attempts(reply: Reply) -> Any:
    members = reply.expect(200).json().object()
    return members["attempts"].value if "attempts" in members else None


@check("retry.silence", category="behaviour", level="mid", weight=2, requires=("retry.status",))
async def silence_is_tried_again(inbox: Inbox) -> None:
    """An attempt without an answer in 2 s is given up, and the event is tried again.

    Without a limit one silent call holds its payment for ever; with the default of a client, longer than was agreed.
    """
    await inbox.serve(late(GOOD, TOO_LATE), GOOD)
    event = inbox.event()
    await inbox.accepted(event)
    expected = f"a second attempt, since the first is answered only after {TOO_LATE:g} s"
    await inbox.entered(event, 1)
    await on_their_clock(_given_up(inbox, event, expected))
    await inbox.became(event, "processed")


async def _given_up(inbox: Inbox, event: Event, expected: str) -> None:
    await inbox.settled(event)
    calls = await inbox.entries(event)
    if len(calls) == 1:
        raise Mismatch(expected, f"one attempt: {calls[0]}")


@check("retry.trickle", category="behaviour", level="senior", requires=("retry.silence",))
async def endless_heads_are_tried_again(inbox: Inbox) -> None:
    """An attempt whose answer begins and never comes to its headers' end is given up as well, and tried again.

    Most clients' limits are for one read. A ledger that sends a byte a second then holds its payment for ever.
    """
    await inbox.serve(slow_head(every=DRIP), GOOD)
    event = inbox.event()
    await inbox.accepted(event)
    await inbox.entered(event, 2, seconds=GIVEN_UP)
    await inbox.became(event, "processed")


@check("retry.patience", category="behaviour", level="mid", requires=("ledger.key",))
async def answers_in_time_are_used(inbox: Inbox) -> None:
    """An answer that comes after 1.2 s is used, and no second attempt is made.

    A limit is a promise in both directions: who gives up earlier makes more calls, just when the ledger is slow.
    """
    await inbox.serve(late(GOOD, IN_TIME))
    event = inbox.event()
    await inbox.accepted(event)
    await on_their_clock(_once(inbox, event))


async def _once(inbox: Inbox, event: Event) -> None:
    await inbox.became(event, "processed")
    _exactly(await inbox.entries(event), 1)


@check("retry.same", category="behaviour", level="mid", requires=("retry.status", "ledger.body"))
async def attempts_are_alike(inbox: Inbox) -> None:
    """Each attempt has the event for its body, as the first one had.

    The first may have got through without our hearing of it. What says something else then is a second entry.
    """
    await inbox.serve(answer(status=UNAVAILABLE), answer(status=UNAVAILABLE), GOOD)
    event = inbox.event()
    await inbox.accepted(event)
    for call in await inbox.entered(event, 3):
        inbox.is_entry(call, event)


@check("attempts.four", category="behaviour", level="mid", weight=3, requires=("retry.status",))
async def four_attempts_then_failed(inbox: Inbox) -> Tally:
    """After four attempts in all the event is `failed`, and there is no fifth.

    Who never gives up hammers a ledger that is down; who gives up early loses what a minute would have brought.
    """
    plan = {"503 each time": [503], "different ones": [500, 503, 502, 504]}
    events = {name: inbox.event() for name in plan}
    await inbox.plan(plan, events)
    await inbox.accepted(*events.values())
    return await at_once({name: _fails(inbox, event, ATTEMPTS) for name, event in events.items()})


async def _fails(inbox: Inbox, event: Event, count: int) -> None:
    await inbox.became(event, "failed")
    await inbox.linger()
    _exactly(await inbox.entries(event), count)


@check("attempts.later", category="behaviour", level="mid", weight=2, requires=("retry.status",))
async def later_attempts_succeed(inbox: Inbox) -> Tally:
    """An event whose second, or fourth, attempt succeeds is `processed`, and not tried again.

    The last attempt is as good as the first: that is what it is made for.
    """
    plan = {"the second succeeds": [503, 201], "the fourth succeeds": [503, 500, 503, 201]}
    events = {name: inbox.event() for name in plan}
    await inbox.plan(plan, events)
    await inbox.accepted(*events.values())
    return await at_once({name: _after(inbox, events[name], len(plan[name])) for name in plan})


async def _after(inbox: Inbox, event: Event, count: int) -> None:
    await inbox.became(event, "processed")
    await inbox.linger()
    _exactly(await inbox.entries(event), count)


@check("attempts.refused", category="behaviour", level="mid", weight=2, requires=("events.failed", "ledger.key"))
async def refusals_fail_at_once(inbox: Inbox) -> Tally:
    """Any other 4xx of the ledger makes the event `failed` at once, after one call.

    The same request gets the same answer. Three more of it are noise, in which what could be repaired is overlooked.
    """
    plan = {f"the ledger answers {code}": [code] for code in REFUSALS}
    events = {name: inbox.event() for name in plan}
    await inbox.plan(plan, events)
    await inbox.filled(events.values())
    return await at_once({name: _fails(inbox, event, 1) for name, event in events.items()})


def _exactly(calls: list[Call], count: int) -> None:
    if len(calls) != count:
        raise Mismatch(f"attempts at the event: {count}", f"{len(calls)}: {', '.join(map(str, calls))}")


def _at_least(calls: list[Call], count: int) -> None:
    if len(calls) < count:
        raise Mismatch(f"at least {count} attempts at the event", f"{len(calls)}: {', '.join(map(str, calls))}")
