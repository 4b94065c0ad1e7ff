"""Following the cursors: what was there is met, and met once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.harness import Api, check
from grader.harness.probes.concurrency import all_answered
from grader.harness.probes.paging import exactly_once, walk

if TYPE_CHECKING:
    from conftest import Event, Inbox

SHORT = 3
"""Items on a page."""
LARGEST = 100
PAGES = 40
"""A walk over the dozen newest events needs five; an application whose pages move needs more, and is told why."""
ALL_PAGES = 500
"""Of 100 items: storage need not have been empty."""


def _ids(events: list[Event]) -> list[str]:
    return [event["event_id"] for event in events]


@check("paging.walk", category="behaviour", level="mid", weight=2, requires=("list.order",))
async def cursors_lead_on(inbox: Inbox) -> None:
    """Whoever follows `next_cursor` meets each event exactly once.

    Off by one, each page hides an event, or shows it twice.
    """
    await inbox.serve()
    events = inbox.events(10)
    await inbox.accepted(*events)
    pages = await walk(inbox.pages(limit=SHORT), most=PAGES, until=_ids(events))
    exactly_once(pages, _ids(events), "events")


@check("paging.end", category="behaviour", level="mid", requires=("paging.walk",))
async def last_page_says_so(inbox: Inbox) -> None:
    """On the last page `next_cursor` is null.

    A client that is told to go on goes on, for ever.
    """
    await inbox.serve()
    await inbox.accepted(inbox.event())
    await walk(inbox.pages(limit=LARGEST), most=ALL_PAGES)


@check("paging.largest", category="behaviour", level="mid", requires=("paging.at-once", "list.limit"))
async def largest_pages_lead_on(inbox: Inbox) -> None:
    """Pages of a hundred events lead on to the rest, as smaller ones do.

    Whoever asks for one item more, to know whether there is another page, and caps what is asked for has none.
    """
    await inbox.serve()
    events = inbox.events(LARGEST + 1)
    await inbox.filled(events)
    pages = await walk(inbox.pages(limit=LARGEST), most=PAGES, until=_ids(events))
    exactly_once(pages, _ids(events), "events")
    await inbox.at_rest(*events)


@check("paging.arriving", category="behaviour", level="mid", weight=3, requires=("paging.walk",))
async def paging_is_exact_while_events_arrive(inbox: Inbox) -> None:
    """While new events arrive between the pages, each event that was there is met exactly once all the same.

    With an offset, whatever arrives pushes the rest down, and the next page begins with what was already seen.
    """
    await inbox.serve()
    events = inbox.events(10)
    await inbox.accepted(*events)

    async def arrive() -> None:
        await inbox.accepted(*inbox.events(2))

    pages = await walk(inbox.pages(limit=SHORT), most=PAGES, until=_ids(events), between=arrive)
    exactly_once(pages, _ids(events), "events that were there at the first page")


@check("paging.filtered", category="behaviour", level="mid", requires=("paging.arriving", "list.type"))
async def filtered_paging_is_exact(inbox: Inbox) -> None:
    """With a filter by `type`, the cursors lead to each event of this type exactly once, and to no other type.

    A filter that is laid over a page after it was read leaves pages short, and ends early.
    """
    await inbox.serve()
    kind, other = inbox.types[0], inbox.types[1]
    events = inbox.events(14)
    for number, event in enumerate(events):
        event["type"] = other if number % 3 else kind
    await inbox.accepted(*events)
    wanted = _ids([event for event in events if event["type"] == other])

    async def arrive() -> None:
        await inbox.accepted(inbox.event(kind=other), inbox.event(kind=kind))

    pages = await walk(inbox.pages(limit=SHORT, type=other), most=PAGES, until=wanted, between=arrive)
    exactly_once(pages, wanted, f"events of the type {other}")
    for item in [item for page in pages for item in page.reply.json()["items"].array()]:
        item["type"].equals(other)


@check("paging.at-once", category="behaviour", level="senior", weight=2, requires=("paging.walk",))
async def events_of_one_moment_are_told_apart(api: Api, inbox: Inbox) -> None:
    """Events that were accepted in the same moment are met exactly once each, though a page ends between them.

    A cursor that is a time stamp alone skips whoever shares it; times repeat more often than people think.
    """
    await inbox.serve()
    events = inbox.events(PAGES // 2)
    all_answered(await api.burst([inbox.delivery(event) for event in events]), 202, 200)
    # A page ends after each of them: wherever two share a moment, it is between two pages.
    pages = await walk(inbox.pages(limit=1), most=PAGES, until=_ids(events))
    exactly_once(pages, _ids(events), "events")
