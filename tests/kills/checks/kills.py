"""Fifty kills amid five hundred deliveries; beside the checks of webhook-inbox, whose client it uses."""

import asyncio
import random

from grader.harness import Lifecycle, Mismatch, check
from grader.harness.upstream.script import answer

KILLS = 50
EVENTS = 10
"""Deliveries around each kill."""
LONGEST = 0.4
"""Seconds of a load, in which the kill comes at a random moment."""


@check("kills.nothing-lost", category="durability", level="senior")
async def nothing_is_lost(inbox, lifecycle: Lifecycle, rng: random.Random) -> None:  # noqa: ANN001 - the pack's fixture
    """Every event that was accepted reaches the ledger, and is processed, whenever the service is killed.

    Deliveries, attempts and pauses are all cut off somewhere in fifty kills.
    """
    # Every third attempt fails, so that kills meet pauses as well.
    await inbox.serve(answer({}, status=503), answer({}, status=201), answer({}, status=201))
    accepted = []
    for _ in range(KILLS):
        deliveries = asyncio.gather(*(delivered(inbox, event) for event in inbox.events(EVENTS)))
        await asyncio.sleep(rng.uniform(0, LONGEST))
        await lifecycle.kill()
        accepted += [event for event in await deliveries if event]
        await lifecycle.start()
    if not KILLS <= len(accepted) < KILLS * EVENTS:
        raise Mismatch("some deliveries are cut off, and others are not", f"{len(accepted)} were accepted")
    for event in accepted:
        await inbox.became(event, "processed")
        if not await inbox.entries(event):
            raise Mismatch(f"{event['event_id']} reaches the ledger", "it is processed, and was never sent")


async def delivered(inbox, event):  # noqa: ANN001, ANN201 - likewise
    """The event, if it was accepted; None where the kill came before the answer."""
    try:
        reply = await inbox.deliver(event)
    except Mismatch:
        return None
    return event if reply.status in {200, 202} else None
