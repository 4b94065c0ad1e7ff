"""Replays: an event is processed once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.harness import Api, Json, Mismatch, Tally, check
from grader.harness.probes.calling import on_their_clock
from grader.harness.probes.concurrency import exactly_one
from grader.harness.upstream.script import answer

if TYPE_CHECKING:
    from conftest import Event, Inbox

GOOD = answer({}, status=201)
REFUSED = answer({}, status=400)
BUSY = answer({}, status=503)


@check("replay.ok", category="behaviour", level="junior", weight=3, requires=("ledger.entry",))
async def processed_events_are_replayed(inbox: Inbox) -> None:
    """A replay of a processed event is answered with success, and the ledger gets the event once more.

    When the ledger has lost a day, this is how it is given back.
    """
    await inbox.serve()
    event = await inbox.processed()
    before = len(await inbox.entries(event))
    (await inbox.replay(event)).expect(202, 200)
    await inbox.entered(event, before + 1)
    await inbox.became(event, "processed")


@check("replay.status", category="status_codes", level="junior", weight=0.5, requires=("replay.ok",))
async def replays_are_accepted(inbox: Inbox) -> None:
    """A replay is answered with 202.

    It has been taken on, and not yet been done.
    """
    await inbox.serve()
    (await inbox.replay(await inbox.processed())).expect(202)


@check("replay.failed", category="behaviour", level="mid", weight=2, requires=("replay.ok", "events.failed"))
async def failed_events_are_replayed(inbox: Inbox) -> None:
    """A failed event can be replayed, and is processed if the ledger takes it now.

    Failed events are what replays are there for.
    """
    await inbox.serve(REFUSED)
    event = inbox.event()
    await inbox.accepted(event)
    await inbox.settled(event)
    await inbox.serve()
    (await inbox.replay(event)).expect(202, 200)
    await inbox.became(event, "processed")


@check("replay.same", category="behaviour", level="mid", requires=("replay.ok",))
async def replays_have_the_same_key_and_body(inbox: Inbox) -> Tally:
    """A replay reaches the ledger with the same `Idempotency-Key` and the same event as the first time.

    With a new key the ledger could not know that it has this entry, and would make it twice.
    """
    await inbox.serve()
    event = await inbox.processed()
    before = len(await inbox.entries(event))
    (await inbox.replay(event)).expect(202, 200)
    calls = await inbox.entered(event, before + 1)
    keys = [call.header("Idempotency-Key") for call in calls]
    tally = Tally()
    with tally.case("the key"):
        if keys[-1] != keys[0]:
            raise Mismatch(f"Idempotency-Key: {keys[0]}", f"{keys[-1]}")
    with tally.case("the body"):
        Json(inbox.named(calls[-1])).equals(inbox.named(calls[0]))
    return tally


@check("replay.pending-again", category="behaviour", level="mid", weight=2, requires=("replay.ok", "events.pending"))
async def replayed_events_are_pending(inbox: Inbox) -> None:
    """A replayed event is `pending` until the ledger has answered.

    Operators have to see that it is under way again.
    """
    await inbox.serve()
    event = await inbox.processed()
    async with await inbox.held() as gate:
        (await inbox.replay(event)).expect(202, 200)
        await inbox.reached(gate, event)
        (await inbox.read(event)).expect(200).json()["status"].equals("pending")


@check(
    "replay.attempts",
    category="behaviour",
    level="mid",
    weight=2,
    requires=("replay.pending-again", "events.attempts", "retry.status"),
)
async def replays_count_from_nought(inbox: Inbox) -> None:
    """After a replay `attempts` is the number of attempts since then.

    A sum over all replays says nothing about any of them.
    """
    await inbox.serve(BUSY, GOOD)
    event = await inbox.processed()
    before = len(await inbox.entries(event))
    (await inbox.replay(event)).expect(202, 200)
    await inbox.entered(event, before + 1)
    await on_their_clock(_counted(inbox, event, before))


async def _counted(inbox: Inbox, event: Event, before: int) -> None:
    # On a busy machine an attempt may have been given up before it was answered: then there was one more.
    body = (await inbox.settled(event)).json()
    body["attempts"].equals(len(await inbox.entries(event)) - before)


@check(
    "replay.budget",
    category="behaviour",
    level="senior",
    weight=2,
    requires=("replay.failed", "replay.attempts", "replay.same", "attempts.later"),
)
async def replays_have_all_attempts(inbox: Inbox) -> None:
    """A replayed event has all four attempts to come, whatever it has used up before.

    A replay into a ledger that is still shaky must not be weaker than the first time.
    """
    # Failed with one attempt; then three fail, and the fourth since the replay is good.
    await inbox.serve(REFUSED, BUSY, BUSY, BUSY, GOOD)
    event = inbox.event()
    await inbox.accepted(event)
    await inbox.settled(event)
    (await inbox.replay(event)).expect(202, 200)
    await on_their_clock(_processed(inbox, event))


async def _processed(inbox: Inbox, event: Event) -> None:
    await inbox.became(event, "processed")


@check("replay.pending", category="status_codes", level="mid", weight=2, requires=("replay.ok", "ledger.background"))
async def pending_events_are_not_replayed(inbox: Inbox) -> Tally:
    """A replay of an event that is pending is refused with 409: one that is new, and one that is being replayed.

    It is under way already; a second lane would send it twice at the same time.
    """
    await inbox.serve()
    tally = Tally()
    event = inbox.event()
    async with await inbox.held() as gate:
        await inbox.accepted(event)
        await inbox.reached(gate, event)
        with tally.case("a new event"):
            (await inbox.replay(event)).expect(409)
    await inbox.settled(event)
    async with await inbox.held() as gate:
        (await inbox.replay(event)).expect(202, 200)
        with tally.case("an event that is being replayed"):
            (await inbox.replay(event)).expect(409)
    return tally


@check("replay.race", category="behaviour", level="senior", weight=2, requires=("replay.pending", "replay.status"))
async def one_of_several_replays_wins(api: Api, inbox: Inbox) -> None:
    """Of eight replays of one event at the same time, while the ledger holds the call, one gets 202 and seven get 409.

    Who asks for the state first and changes it afterwards lets everybody through who asks in between.
    """
    await inbox.serve()
    for _ in range(3):
        event = await inbox.processed()
        async with await inbox.held():
            exactly_one(await api.burst([inbox.replaying(event)] * 8), 202, 409)
        await inbox.settled(event)


@check("replay.unknown", category="status_codes", level="junior", requires=("replay.ok", "events.unknown"))
async def unknown_events_are_not_replayed(inbox: Inbox) -> None:
    """A replay of an id that was never accepted is answered with 404.

    Whoever mistypes an id must not believe that all is well.
    """
    (await inbox.replay(inbox.event())).expect(404)
