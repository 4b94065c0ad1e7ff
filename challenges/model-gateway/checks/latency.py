"""How quick it is, beside the reference on the same machine. `BATCH_WINDOW_MS` is 0 here, and `MAX_QUEUE` 1000."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.harness import Latency, Mix, Reply, Tally, check

if TYPE_CHECKING:
    from conftest import Gateway

RATE = 100.0
DIFFERENT = 200


@check("predict.latency", category="latency", level="senior", requires=("predict.ok",))
async def predicting_is_quick(latency: Latency, gateway: Gateway) -> Tally:
    """A prediction takes at most twice as long as in the reference, at 100 a second, while the runtime answers at once.

    What a gateway adds, it adds to every prediction: a wait for a batch that nobody else joins, a client for each call.
    """
    await gateway.serve()
    bodies = gateway.bodies(DIFFERENT)

    def is_right(reply: Reply, number: int) -> None:
        gateway.answered(reply, bodies[number])

    return await latency.compare(Mix(RATE, [gateway.wanted(gateway.sole, body) for body in bodies], is_right))
