"""Reading one event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.harness import check

if TYPE_CHECKING:
    from conftest import Inbox


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
