"""What must not be lost, whatever happens to the process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.harness import Lifecycle, check

if TYPE_CHECKING:
    from conftest import Inbox


@check("durable.restart", category="durability", level="junior", weight=2, requires=("events.read.ok",))
async def events_outlast_a_restart(inbox: Inbox, lifecycle: Lifecycle) -> None:
    """An event that was accepted can be read after the service was stopped and started again.

    What is in memory alone is gone with every deployment.
    """
    await inbox.serve()
    event = inbox.event()
    await inbox.accepted(event)
    await lifecycle.restart()
    (await inbox.read(event)).expect(200)
