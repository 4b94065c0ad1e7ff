"""Pauses between attempts, as the ledger sees them: from the end of one to the arrival of the next.

Several events are tried at the same time, and the shortest pause of each place counts: a busy machine makes pauses
longer, and never shorter.
"""

from __future__ import annotations

from asyncio import gather
from contextlib import suppress
from typing import TYPE_CHECKING

from grader.harness import Call, DeadlinePassed, Tally, check
from grader.harness.probes.pauses import first_within, last_longer_than_first, none_over
from grader.harness.upstream.script import answer

if TYPE_CHECKING:
    from conftest import Inbox

FIRST_WITHIN = 1.0
NONE_OVER = 5.0
SERIES = 5
CLEARLY = 1.3
"""Times as long as the first: on a busy machine, pauses that are meant to be alike may differ by less."""


async def _failing(inbox: Inbox) -> list[list[Call]]:
    """All attempts at each of several events, each of which fails."""
    await inbox.serve(answer(status=503))
    events = inbox.events(SERIES)
    await inbox.accepted(*events)
    await gather(*(inbox.became(event, "failed") for event in events))
    return [await inbox.entries(event) for event in events]


@check("pauses.bounds", category="behaviour", level="mid", weight=2, requires=("attempts.four",))
async def pauses_have_bounds(inbox: Inbox) -> Tally:
    """The second attempt comes within 1 s of the end of the first, and no pause is over 5 s.

    Most failures are over in a second. Who waits a minute for the next attempt makes a short outage a long one.
    """
    series = await _failing(inbox)
    tally = Tally()
    with tally.case("the first pause"):
        first_within(series, FIRST_WITHIN)
    with tally.case("every pause"):
        none_over(series, NONE_OVER)
    return tally


@check("pauses.grow", category="behaviour", level="mid", weight=2, requires=("attempts.four",))
async def pauses_grow(inbox: Inbox) -> None:
    """The last pause is longer than the first.

    Equal pauses knock at the same door at the same beat; growing ones give whoever is down the time to get up.
    """
    series: list[list[Call]] = []
    for _ in range(2):
        some = await _failing(inbox)
        with suppress(DeadlinePassed):
            last_longer_than_first(some, growth=CLEARLY)
            return
        series += some
    # Of more events, the shortest pauses are nearer to what is meant.
    last_longer_than_first(series)
