"""Deliveries: accepted, and seen before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.harness import check

if TYPE_CHECKING:
    from conftest import Inbox


@check("deliver.ok", category="status_codes", level="junior", weight=2)
async def events_are_accepted(inbox: Inbox) -> None:
    """A signed event that was not seen before is answered with 202.

    202 says that the event is safe and its processing still to come, which is all that the provider needs to know.
    """
    await inbox.serve()
    (await inbox.deliver(inbox.event())).expect(202)
