"""What the ledger gets of an event, and what its answer makes of it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from grader.harness import Call, DeadlinePassed, Mismatch, Tally, check
from grader.harness.upstream.script import answer, not_json, raw

if TYPE_CHECKING:
    from conftest import Inbox

UNAVAILABLE = answer(status=503)
GOOD = answer({}, status=201)
SECOND_WITHIN = 5.0
REFUSED = 422
SAFE_INTEGER = 2**53 - 1
"""The largest that every JSON library keeps (RFC 8259, section 6)."""


@check("ledger.key", category="behaviour", level="junior", weight=2, requires=("ledger.entry",))
async def entries_have_a_key(inbox: Inbox) -> None:
    """Each attempt has an `Idempotency-Key`, which is the `event_id`.

    By it the ledger knows an entry that it has made. Without it, an answer that got lost is money entered twice.
    """
    await inbox.serve(UNAVAILABLE, GOOD)
    event = inbox.event()
    await inbox.accepted(event)
    await inbox.entered(event, 1)
    # Whether there is a second attempt is another check's matter; all others tell attempts apart by the key.
    with suppress(DeadlinePassed):
        await inbox.entered(event, 2, seconds=SECOND_WITHIN)
    for call in await inbox.entries(event):
        if (key := call.header("Idempotency-Key")) != event["event_id"]:
            raise Mismatch(f"`Idempotency-Key: {event['event_id']}`", f"{key}")


@check("ledger.body", category="behaviour", level="junior", weight=2, requires=("ledger.entry",))
async def entries_are_the_events(inbox: Inbox) -> Tally:
    """An entry's body is the event: equal as JSON in `event_id`, `type`, `created` and `data`.

    The ledger keeps what it is given. An amount that became a text, or a type without its prefix, stays wrong for ever.
    """
    await inbox.serve()
    plain, long, large = inbox.events(3)
    long["event_id"], long["data"]["payment_id"] = inbox.text(64), f'{inbox.text(30)} / "{inbox.text(28)}"'
    large["created"], large["data"]["amount"] = 1, SAFE_INTEGER
    tally = Tally()
    for name, event in {"an ordinary event": plain, "long ids": long, "a large amount": large}.items():
        if (await inbox.deliver(event)).status == REFUSED:
            continue  # what is accepted is another check's matter
        with tally.case(name):
            await inbox.became(event, "processed")
            for call in await inbox.entries(event):
                inbox.is_entry(call, event)
    return tally


@check("ledger.success", category="behaviour", level="mid", requires=("ledger.key",))
async def any_2xx_is_success(inbox: Inbox) -> Tally:
    """Any 2xx means that the entry is made, whatever the body: the event is `processed`, after one attempt.

    A ledger that answers 200 to a key it knows, or 204 without a body, has done its part.
    """
    cases = {
        "200": answer({}, status=200),
        "202": answer({}, status=202),
        "204 without a body": raw(b"", status=204),
        "200 with a body that is no JSON": not_json("OK"),
        "201 with an empty body": raw(b"", status=201),
    }
    tally = Tally()
    for name, script in cases.items():
        with tally.case(name):
            await inbox.serve(script)
            event = await inbox.processed()
            _times(await inbox.entries(event), 1)
    return tally


@check("ledger.once", category="behaviour", level="mid", weight=2, requires=("ledger.key",))
async def processed_events_are_not_sent_again(inbox: Inbox) -> None:
    """What is `processed` is not posted again: not when it is delivered again, and not when others are.

    At least once is for the bad days. On a good one the ledger sees each event once.
    """
    await inbox.serve()
    events = [await inbox.processed() for _ in range(3)]
    for event in events:
        await inbox.deliver(event)  # what that is answered with is another check's matter
    later = await inbox.processed(inbox.event(payment=events[0]["data"]["payment_id"]))
    await inbox.linger()
    for event in (*events, later):
        _times(await inbox.entries(event), 1)


def _times(calls: list[Call], count: int) -> None:
    if len(calls) != count:
        raise Mismatch(f"{count} call to the ledger for the event", f"{len(calls)}: {', '.join(map(str, calls))}")
