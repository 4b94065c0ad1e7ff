"""How quick it is, beside the reference on the same machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.harness import Latency, Mix, Reply, Request, Tally, check

if TYPE_CHECKING:
    from conftest import Inbox

RATE = 60.0


@check("deliver.latency", category="latency", level="senior", requires=("deliver.ok", "ledger.entry"))
async def accepting_is_quick(latency: Latency, inbox: Inbox) -> Tally:
    """Accepting an event takes at most twice as long as in the reference, at 60 a second, while the ledger answers.

    The provider waits for it, with a limit. What is done for each delivery besides storing it is paid by all of them.
    """
    await inbox.serve()

    def fresh(count: int) -> list[Request]:
        return [inbox.delivery(event) for event in inbox.events(count)]

    def is_right(reply: Reply, _: int) -> None:
        reply.expect(202, 200)

    return await latency.compare(Mix(RATE, fresh, is_right))
