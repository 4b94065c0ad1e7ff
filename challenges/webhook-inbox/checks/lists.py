"""The list of events: its items, its filters, and how many they are.

Storage is never empty, so each check looks for its own events; they are the newest, since nobody else delivers any.
"""

from __future__ import annotations

import random
import string
from itertools import pairwise
from typing import TYPE_CHECKING

from grader.harness import Api, Mismatch, Reply, Tally, check
from grader.harness.contract import Contract
from grader.harness.probes.paging import in_sequence, walk
from grader.harness.probes.parameters import query_cases
from grader.harness.probes.validation import try_queries
from grader.harness.upstream.script import answer

if TYPE_CHECKING:
    from conftest import Event, Inbox

OPERATION = "GET /events"
DEFAULT, LARGEST = 50, 100
BASE64 = string.ascii_uppercase + string.ascii_lowercase + string.digits
STEPS = (1, -1, 4, -4, 16, -16)
"""One bit or so of the first, second and third byte that base64 spreads over four characters."""
MOST_ALTERED = 240
MEMBERS = ("event_id", "type", "status", "attempts", "received_at", "processed_at")


def _ids(*events: Event) -> set[str]:
    return {event["event_id"] for event in events}


def _shown(reply: Reply, *events: Event) -> set[str]:
    """Which of these events are among the items."""
    listed = {item["event_id"].value for item in reply.expect(200).json()["items"].array()}
    return _ids(*events) & {one for one in listed if isinstance(one, str)}


def _only(reply: Reply, present: list[Event], absent: list[Event], **members: str) -> None:
    """`Mismatch` unless the list has the ones and not the others, and each item has these members."""
    shown = _shown(reply, *present, *absent)
    if shown != _ids(*present):
        missed, strange = len(_ids(*present) - shown), len(shown - _ids(*present))
        got = f"{missed} of {len(present)} are missing, {strange} are there that do not match"
        raise reply.mismatch("exactly the events that match", got)
    for item in reply.json()["items"].array():
        for name, value in members.items():
            item[name].equals(value)


@check("list.ok", category="behaviour", level="junior", weight=2, requires=("events.read.ok",))
async def events_are_listed(inbox: Inbox) -> None:
    """`GET /events` answers 200 with `items`, each of which has its `event_id`, and with `next_cursor`.

    A bare list could never be given a cursor, or anything else, without breaking every client.
    """
    await inbox.serve()
    await inbox.accepted(inbox.event())
    page = await inbox.pages()(None)
    if not page.keys:
        raise page.reply.mismatch("at least one event", "no items")


@check("list.items", category="behaviour", level="junior", requires=("list.order", "events.members"))
async def items_are_events(inbox: Inbox) -> None:
    """An item of the list is the event as `GET /events/{event_id}` gives it, member by member.

    A resource that looks different depending on where it was read makes every client write two readers.
    """
    await inbox.serve()
    event = await inbox.processed()
    single = (await inbox.read(event)).expect(200).json()
    reply = await inbox.listed(limit=LARGEST)
    items = [item for item in reply.expect(200).json()["items"].array() if item["event_id"].value == event["event_id"]]
    if len(items) != 1:
        raise reply.mismatch("the newest event is on the first page, once", f"{len(items)} times")
    for name in MEMBERS:
        items[0][name].equals(single[name].value)


@check("list.order", category="behaviour", level="junior", weight=2, requires=("list.ok",))
async def newest_come_first(inbox: Inbox) -> None:
    """The list is in the order in which events were accepted, newest first.

    What has just gone wrong is what people look for.
    """
    await inbox.serve()
    events = inbox.events(6)
    await inbox.accepted(*events)
    expected = [event["event_id"] for event in reversed(events)]
    pages = await walk(inbox.pages(limit=LARGEST), most=3, until=expected)
    in_sequence(pages, expected, "newest first")


@check(
    "list.status",
    category="behaviour",
    level="mid",
    weight=2,
    requires=("list.order", "events.failed", "events.pending"),
)
async def status_narrows(inbox: Inbox) -> Tally:
    """`status` leaves the events that are in this state now, and no others.

    `status=failed` is what is looked at every morning.
    """
    await inbox.serve(answer({}, status=400))
    events = {name: inbox.event() for name in ("failed", "processed", "pending")}
    await inbox.accepted(events["failed"])
    await inbox.settled(events["failed"])
    await inbox.serve()
    await inbox.accepted(events["processed"])
    await inbox.settled(events["processed"])
    tally = Tally()
    async with await inbox.held() as gate:
        await inbox.accepted(events["pending"])
        await inbox.reached(gate, events["pending"])
        for status, event in events.items():
            others = [other for other in events.values() if other is not event]
            with tally.case(f"status={status}"):
                _only(await inbox.listed(status=status, limit=LARGEST), [event], others, status=status)
    return tally


@check("list.type", category="behaviour", level="junior", weight=2, requires=("list.order",))
async def type_narrows(inbox: Inbox) -> Tally:
    """`type` leaves the events of this type, and no others.

    Refunds are looked into by other people than payments are.
    """
    await inbox.serve()
    events = {kind: inbox.event(kind=kind) for kind in inbox.types}
    await inbox.accepted(*events.values())
    tally = Tally()
    for kind, event in events.items():
        others = [other for other in events.values() if other is not event]
        with tally.case(f"type={kind}"):
            _only(await inbox.listed(type=kind, limit=LARGEST), [event], others, type=kind)
    return tally


@check("list.both", category="behaviour", level="mid", requires=("list.status", "list.type"))
async def both_narrow(inbox: Inbox) -> None:
    """`status` and `type` together leave the events that match both.

    Two conditions that are joined by an "or" find more the more is asked.
    """
    one, other = inbox.types[0], inbox.types[1]
    await inbox.serve()
    processed = inbox.event(kind=one), inbox.event(kind=other)
    for event in processed:
        await inbox.processed(event)
    await inbox.serve(answer({}, status=400))
    failed = inbox.event(kind=one), inbox.event(kind=other)
    for event in failed:
        await inbox.accepted(event)
        await inbox.settled(event)
    reply = await inbox.listed(status="failed", type=one, limit=LARGEST)
    _only(reply, [failed[0]], [*processed, failed[1]], status="failed", type=one)


@check("list.size", category="behaviour", level="junior", requires=("list.ok",))
async def limit_bounds_a_page(inbox: Inbox) -> Tally:
    """A page has as many items as `limit` says, where there are so many; and 50 where it says nothing.

    The default is what most callers get.
    """
    await inbox.serve()
    await inbox.filled(inbox.events(DEFAULT + 1))
    tally = Tally()
    for name, params, count in (("limit=1", {"limit": 1}, 1), ("limit=7", {"limit": 7}, 7), ("no limit", {}, DEFAULT)):
        with tally.case(name):
            reply = await inbox.listed(**params)
            got = len(reply.expect(200).json()["items"].array())
            if got != count:
                raise reply.mismatch(f"{count} items", f"{got} items")
    return tally


@check("list.limit", category="validation", level="junior", weight=2, requires=("list.ok",))
async def limit_is_bounded(api: Api, contract: Contract, inbox: Inbox) -> Tally:
    """A `limit` of 1 to 100 is accepted; anything else is refused with 422.

    A list without a bound is a way to have the whole table read.
    """
    cases = query_cases(contract, OPERATION, {"limit"})
    return await try_queries(api, "/events", cases, headers={"X-API-Key": inbox.key})


@check("list.filters", category="validation", level="junior", weight=2, requires=("list.ok",))
async def filters_are_known(inbox: Inbox) -> Tally:
    """An unknown `status` or `type` is refused with 422.

    An empty list would say that nothing has failed, to somebody who has written `faild`.
    """
    tally = Tally()
    for name, values in {
        "status": ("faild", "done", inbox.text(9)),
        "type": ("payment", "refund", inbox.text(9)),
    }.items():
        for value in values:
            with tally.case(f"{name}={value}"):
                (await inbox.listed(**{name: value})).expect(422)
    return tally


def _telling(cursor: str) -> list[int]:
    """The places whose characters say something to the last bit.

    Not the last of a part: where it is base64, some of its bits may be ignored (RFC 4648, section 3.5).
    """
    return [place for place, (one, following) in enumerate(pairwise(cursor)) if {one, following} <= set(BASE64)]


def _others(letter: str) -> list[str]:
    """Characters that differ by one bit or so of what base64 makes of them: a digit becomes another digit."""
    place = BASE64.index(letter)
    return [BASE64[(place + step) % len(BASE64)] for step in STEPS]


@check("cursor.altered", category="validation", level="mid", weight=2, requires=("paging.walk", "cursor.nonsense"))
async def altered_cursors_are_refused(inbox: Inbox, rng: random.Random) -> Tally:
    """A cursor that was altered is refused with 422.

    Who can change one looks at places that were never theirs; and an error of copying gives a wrong page, not an error.
    """
    await inbox.serve()
    await inbox.accepted(*inbox.events(3))
    cursor = (await inbox.pages(limit=1)(None)).following
    if not cursor:
        raise Mismatch("a cursor, where there is more than one page", "none")
    altered = [
        cursor[:place] + other + cursor[place + 1 :] for place in _telling(cursor) for other in _others(cursor[place])
    ]
    tally = Tally()
    with tally.case("one character is another"):
        for changed in rng.sample(altered, min(MOST_ALTERED, len(altered))):
            (await inbox.listed(limit=1, cursor=changed)).expect(422)
    if half := cursor[: len(cursor) // 2]:
        with tally.case("its second half is missing"):
            (await inbox.listed(limit=1, cursor=half)).expect(422)
    with tally.case("a sign is added"):
        (await inbox.listed(limit=1, cursor=f"{cursor}!")).expect(422)
    return tally


@check("cursor.nonsense", category="validation", level="mid", weight=2, requires=("list.ok",))
async def nonsense_is_no_cursor(inbox: Inbox) -> Tally:
    """A cursor that was never issued is refused with 422, whatever it looks like.

    It comes from a stranger: what is decoded and used without a look ends in a 500, or on somebody else's page.
    """
    nonsense = {
        "a word": inbox.text(9),
        "base64": "eyJpZCI6MTd9",
        "a number": str(10**30 + inbox.event()["created"]),
        "signs": "!!!***",
        "a sign outside ASCII": f"€{inbox.text(8)}",
        "500 characters": inbox.text(500),
    }
    tally = Tally()
    for name, cursor in nonsense.items():
        with tally.case(name):
            (await inbox.listed(cursor=cursor)).expect(422)
    return tally
