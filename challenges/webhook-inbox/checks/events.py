"""Reading one event, and what is said of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from grader.harness import Reply, Tally, check
from grader.harness.probes.calling import on_their_clock
from grader.harness.upstream.script import answer

if TYPE_CHECKING:
    from conftest import Inbox

HOUR = 3600
"""Seconds by which `received_at` may be off: clocks are not judged, time zones are."""


@check("events.read.ok", category="behaviour", level="junior", weight=2, requires=("deliver.ok",))
async def events_can_be_read(inbox: Inbox) -> None:
    """`GET /events/{event_id}` answers 200 with the event's own `event_id` and `type`.

    Whoever is asked what has become of a payment begins here.
    """
    await inbox.serve()
    event = inbox.event()
    await inbox.accepted(event)
    body = (await inbox.read(event)).expect(200).json()
    body["event_id"].equals(event["event_id"])
    body["type"].equals(event["type"])


@check("events.members", category="behaviour", level="junior", requires=("ledger.entry",))
async def events_have_all_members(inbox: Inbox) -> None:
    """An event has `status`, `attempts`, `received_at` and `processed_at` beside its id and type.

    Clients are written, and often generated, after the contract.
    """
    await inbox.serve()
    body = (await inbox.read(await inbox.processed())).expect(200).json()
    body["attempts"].integer()
    for name in ("event_id", "type", "status", "received_at", "processed_at"):
        body[name].string()


@check("events.received-at", category="behaviour", level="junior", weight=0.5, requires=("events.members",))
async def time_of_arrival_has_an_offset(inbox: Inbox) -> None:
    """`received_at` is the time of arrival, in RFC 3339 with an offset.

    Without the offset, each reader guesses another time zone.
    """
    await inbox.serve()
    event = inbox.event()
    await inbox.accepted(event)
    reply = await inbox.read(event)
    moment = inbox.instant(reply.expect(200).json()["received_at"])
    if abs(moment.timestamp() - time.time()) > HOUR:
        raise reply.mismatch("`received_at` is the time at which the event came", moment.isoformat())


@check("events.processed", category="behaviour", level="junior", requires=("events.members",))
async def processed_events_say_when(inbox: Inbox) -> None:
    """`processed_at` of a processed event is a time in RFC 3339 with an offset.

    How long payments take is the first question when something is slow.
    """
    await inbox.serve()
    event = await inbox.processed()
    inbox.instant((await inbox.read(event)).expect(200).json()["processed_at"])


@check("events.pending", category="behaviour", level="mid", weight=2, requires=("events.members", "ledger.background"))
async def pending_events_say_so(inbox: Inbox) -> None:
    """While the ledger has not answered, an event is `pending` and its `processed_at` is null.

    Who writes down the end at the beginning has nothing to go by after a crash.
    """
    await inbox.serve()
    event = inbox.event()
    async with await inbox.held() as gate:
        await inbox.accepted(event)
        await inbox.reached(gate, event)
        body = (await inbox.read(event)).expect(200).json()
        body["status"].equals("pending")
        body["processed_at"].equals(None)


@check("events.failed", category="behaviour", level="junior", requires=("ledger.entry",))
async def failed_events_say_so(inbox: Inbox) -> None:
    """An event that the ledger has refused with 400 is `failed`.

    What has failed must be found, or it is lost in a polite way.
    """
    await inbox.serve(answer({}, status=400))
    event = inbox.event()
    await inbox.accepted(event)
    await inbox.became(event, "failed")


@check("events.attempts", category="behaviour", level="mid", weight=2, requires=("events.members",))
async def attempts_are_counted(inbox: Inbox) -> Tally:
    """`attempts` of an event that is settled is the number of attempts that were made at the ledger.

    It tells a shaky ledger from a broken event.
    """
    tally = Tally()
    good = answer({}, status=201)
    for name, scripts in {"entered at once": (good,), "refused with 503 at first": (answer(status=503), good)}.items():
        await inbox.serve(*scripts)
        with tally.case(name):
            await on_their_clock(_counted(inbox))
    return tally


async def _counted(inbox: Inbox) -> None:
    # How many there must be is another check's matter; on a busy machine one may have been given up by right.
    event = inbox.event()
    await inbox.accepted(event)
    body = (await inbox.settled(event)).json()
    body["attempts"].equals(len(await inbox.entries(event)))


@check("events.unknown", category="status_codes", level="junior", weight=2, requires=("deliver.ok",))
async def unknown_events_are_not_found(inbox: Inbox) -> Tally:
    """An id that was never accepted is answered with 404.

    "It never came" is an answer that operators act upon.
    """
    await inbox.serve()
    known = inbox.event()
    await inbox.accepted(known)
    tally = Tally()
    unknown = {"another id": inbox.event(), "a known id and one more letter": {"event_id": f"{known['event_id']}x"}}
    for name, event in unknown.items():
        with tally.case(name):
            (await inbox.read(event)).expect(404)
    return tally


def _wrong(inbox: Inbox) -> dict[str, str | None]:
    """What is no key; None for no header at all."""
    key = inbox.key
    return {
        "no key": None,
        "empty": "",
        "another one": inbox.text(len(key)),
        "half of it": key[: len(key) // 2],
        "the webhooks' secret": inbox.secret,
    }


async def _asked(inbox: Inbox, method: str, path: str) -> dict[str, Reply]:
    return {name: await inbox.unlocked(method, path, key) for name, key in _wrong(inbox).items()}


@check("auth.read", category="status_codes", level="junior", weight=2, requires=("events.read.ok", "list.ok"))
async def reading_needs_the_key(inbox: Inbox) -> Tally:
    """One event and the list are refused with 401 to callers without the operators' key, or with a wrong one.

    Payments are nobody else's business; a header that FastAPI declares as required says 422 instead.
    """
    await inbox.serve()
    event = inbox.event()
    await inbox.accepted(event)
    tally = Tally()
    for path in (f"/events/{event['event_id']}", "/events"):
        for name, reply in (await _asked(inbox, "GET", path)).items():
            with tally.case(f"{'the list' if path == '/events' else 'one event'}: {name}"):
                reply.expect(401)
    return tally


@check("auth.replay", category="status_codes", level="junior", weight=2, requires=("replay.ok", "auth.read"))
async def replaying_needs_the_key(inbox: Inbox) -> Tally:
    """A replay is refused with 401 to callers without the operators' key, or with a wrong one.

    It is the operation that moves money once more.
    """
    await inbox.serve()
    event = await inbox.processed()
    tally = Tally()
    for name, reply in (await _asked(inbox, "POST", f"/events/{event['event_id']}/replay")).items():
        with tally.case(name):
            reply.expect(401)
    return tally


@check("auth.first", category="status_codes", level="mid", requires=("auth.read",))
async def key_is_judged_first(inbox: Inbox) -> Tally:
    """Without the key the answer is 401, also for an unknown event and an invalid list.

    404 and 422 are answers to somebody; a stranger could find out with them which events there are.
    """
    unknown = inbox.event()["event_id"]
    asked = {
        "an unknown event": f"/events/{unknown}",
        "an invalid limit": "/events?limit=0",
        "an unknown status": f"/events?status={inbox.text(8)}",
        "a cursor that was never issued": f"/events?cursor={inbox.text(20)}",
    }
    tally = Tally()
    for name, path in asked.items():
        for how, key in {"no key": None, "a wrong key": inbox.text(24)}.items():
            with tally.case(f"{name}, {how}"):
                (await inbox.unlocked("GET", path, key)).expect(401)
    return tally
