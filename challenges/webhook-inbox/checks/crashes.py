"""What was promised outlives the process: kills, the end, and the next start.

Each of these checks ends the process. The harness leaves another one running.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.harness import DeadlinePassed, Lifecycle, Mismatch, Tally, check
from grader.harness.lifecycle import STOP_SECONDS
from grader.harness.probes.crashes import crash, resumes_after_crash
from grader.harness.upstream.script import answer, late

if TYPE_CHECKING:
    from conftest import Event, Inbox

    from grader.harness import Call, Upstreams

GOOD = answer({}, status=201)
UNAVAILABLE = answer(status=503)
UNHEARD = late(GOOD, 5.0)
"""An answer for which nobody waits; the process is killed before."""
MANY = 12
ATTEMPTS = 4
HELD = 5.0
"""Seconds for which the ledger holds the attempts of a process that ends: four of them take at least eight."""
LATE = 1.0
"""Seconds over the time for an end that are forgiven."""


def _key(call: Call) -> str | None:
    return call.header("Idempotency-Key")


def _keys(*events: Event) -> list[str]:
    return [event["event_id"] for event in events]


async def _all_processed(inbox: Inbox, *events: Event) -> None:
    for event in events:
        await inbox.became(event, "processed")


@check(
    "kill.accepted",
    category="durability",
    level="mid",
    weight=4,
    requires=("ledger.background", "ledger.key", "durable.restart"),
)
async def accepted_events_outlast_a_kill(inbox: Inbox, lifecycle: Lifecycle) -> None:
    """Killed after its answers and started again, the service processes the events whose turn had not come.

    A 202 is a promise. A task in memory, or a queue, keeps it only as long as the process lives.
    """
    await inbox.serve()
    begun = inbox.event()
    waiting = inbox.events(2, payment=begun["data"]["payment_id"])
    async with await inbox.held() as gate:
        await inbox.accepted(begun)
        await inbox.reached(gate, begun)
        await inbox.accepted(*waiting)
        await lifecycle.kill()
        await gate.release()
    await lifecycle.start()
    await _all_processed(inbox, *waiting)


@check("kill.held", category="durability", level="mid", weight=4, requires=("ledger.background", "kill.accepted"))
async def held_events_outlast_a_kill(inbox: Inbox, upstreams: Upstreams, lifecycle: Lifecycle) -> None:
    """Killed while the ledger holds the call, the service makes the call again after its start.

    Nobody has heard the answer. Who marks an event as done, or as being done, before it is loses it here.
    """
    await inbox.serve()
    event = inbox.event()
    async with await inbox.held() as gate:
        await inbox.accepted(event)
        await inbox.reached(gate, event)
        await resumes_after_crash(lifecycle, upstreams, _keys(event), _key)
    await _all_processed(inbox, event)


@check("kill.pausing", category="durability", level="mid", weight=2, requires=("kill.held", "attempts.later"))
async def pausing_events_outlast_a_kill(inbox: Inbox, lifecycle: Lifecycle) -> None:
    """Killed between two attempts, the service tries the event again after its start.

    The pause is in memory, but that there is something to be tried again must not be.
    """
    await inbox.serve(UNAVAILABLE, UNAVAILABLE, GOOD)
    event = inbox.event()
    await inbox.accepted(event)
    await inbox.entered(event, 2)
    await crash(lifecycle)
    await _all_processed(inbox, event)


@check("kill.last", category="durability", level="senior", weight=2, requires=("kill.pausing", "attempts.four"))
async def last_attempts_outlast_a_kill(inbox: Inbox, lifecycle: Lifecycle) -> None:
    """Killed during an event's fourth attempt, the service brings the event to its end after its start.

    Who counts an attempt before it is made, and looks for what has attempts left, leaves this one pending for ever.
    """
    await inbox.serve(UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, UNHEARD, GOOD)
    event = inbox.event()
    await inbox.accepted(event)
    await inbox.entered(event, ATTEMPTS)
    await crash(lifecycle)
    await inbox.settled(event)


@check("kill.many", category="durability", level="mid", weight=3, requires=("kill.held",))
async def all_pending_events_outlast_a_kill(inbox: Inbox, lifecycle: Lifecycle) -> None:
    """Killed with a dozen events pending, of several payments, the service processes all of them after its start.

    After an outage there is never just one.
    """
    await inbox.serve()
    alone = inbox.events(MANY // 2)
    together = inbox.events(MANY // 2, payment=inbox.event()["data"]["payment_id"])
    async with await inbox.held() as gate:
        await inbox.filled(alone)
        await inbox.accepted(*together)
        await inbox.reached(gate, alone[0])
        await lifecycle.kill()
        await gate.release()
    await lifecycle.start()
    await _all_processed(inbox, *alone, *together)


@check("kill.twice", category="durability", level="senior", weight=2, requires=("kill.held",))
async def events_outlast_two_kills(inbox: Inbox, upstreams: Upstreams, lifecycle: Lifecycle) -> None:
    """Killed again while it makes up for the first kill, the service still processes the event after the next start.

    What recovers must be able to fail itself: whoever fetches what is pending and deletes it loses it the second time.
    """
    await inbox.serve()
    event = inbox.event()
    async with await inbox.held() as gate:
        await inbox.accepted(event)
        await inbox.reached(gate, event)
        await resumes_after_crash(lifecycle, upstreams, _keys(event), _key)
        await resumes_after_crash(lifecycle, upstreams, _keys(event), _key)
    await _all_processed(inbox, event)


@check("kill.duplicates", category="durability", level="mid", weight=2, requires=("burst.held", "kill.held"))
async def duplicates_are_known_after_a_kill(inbox: Inbox, lifecycle: Lifecycle) -> Tally:
    """After SIGKILL and start, events that were accepted before are known still, pending and processed ones.

    A set of ids in memory forgets just when the provider delivers again everything that was not answered.
    """
    await inbox.serve()
    events = {"a processed event": await inbox.processed(), "a pending event": inbox.event()}
    known = (await inbox.deliver(events["a processed event"])).status  # that it is 200 is another check's matter
    tally = Tally()
    async with await inbox.held() as gate:
        await inbox.accepted(events["a pending event"])
        await inbox.reached(gate, events["a pending event"])
        await crash(lifecycle)
        for name, event in events.items():
            with tally.case(name):
                (await inbox.deliver(event)).expect(known)
    return tally


@check("kill.replay", category="durability", level="senior", weight=2, requires=("kill.held", "replay.ok"))
async def replays_outlast_a_kill(inbox: Inbox, upstreams: Upstreams, lifecycle: Lifecycle) -> None:
    """A replay that was accepted survives a kill: the event is posted after the start.

    Who replays does it because something was lost. It must not be lost once more.
    """
    await inbox.serve()
    event = await inbox.processed()
    async with await inbox.held() as gate:
        (await inbox.replay(event)).expect(202, 200)
        await inbox.reached(gate, event)
        await resumes_after_crash(lifecycle, upstreams, _keys(event), _key)
    await _all_processed(inbox, event)


@check("end.in-time", category="durability", level="mid", weight=2, requires=("ledger.background",))
async def process_ends_in_time(inbox: Inbox, lifecycle: Lifecycle) -> None:
    """After SIGTERM the process ends within 10 s, while the ledger holds one event and another one pauses.

    A deployment waits for so long, and then kills. A task that nobody cancels makes each one a crash.
    """
    held, pausing = inbox.events(2)
    await inbox.serve(UNAVAILABLE)
    await inbox.accepted(pausing)
    await inbox.entered(pausing, 1)
    async with await inbox.held() as gate:
        await inbox.accepted(held)
        await inbox.reached(gate, held)
        await lifecycle.terminate()
        await lifecycle.ended(STOP_SECONDS + LATE)
    await lifecycle.start()
    await inbox.at_rest(held, pausing)


@check("end.processed", category="durability", level="mid", weight=3, requires=("kill.pausing", "retry.silence"))
async def held_events_outlast_the_end(inbox: Inbox, upstreams: Upstreams, lifecycle: Lifecycle) -> None:
    """An event that the ledger holds at SIGTERM is processed by the end of the process, or after the next start.

    What is cancelled at the end has not failed. Who writes down that it has, or that it is done, loses it tidily.
    """
    await inbox.serve()
    event = inbox.event()
    async with await inbox.held() as gate:
        await inbox.accepted(event)
        await inbox.reached(gate, event)
        upstreams.patience = STOP_SECONDS  # an attempt may well be given up meanwhile: that is no reason to fail
        await lifecycle.terminate()
        if not await _has_ended(lifecycle, HELD):
            await gate.release()
            if not await _has_ended(lifecycle, STOP_SECONDS + LATE - HELD):
                await lifecycle.kill()  # whether it ends in time is another check's matter
    await lifecycle.start()
    await _all_processed(inbox, event)
    calls = await inbox.entries(event)
    if not any(call.outcome == "answered 201" for call in calls):
        raise Mismatch("the ledger has answered the event's call with 201", ", ".join(map(str, calls)))


@check(
    "end.pausing",
    category="durability",
    level="senior",
    weight=2,
    requires=("end.in-time", "end.processed", "attempts.later"),
)
async def pausing_events_outlast_the_end(inbox: Inbox, lifecycle: Lifecycle) -> None:
    """An event that waits for its next attempt at SIGTERM is processed after the next start.

    A pause that is cancelled is not the end of an event. It has attempts left, and a deployment is no reason to fail.
    """
    await inbox.serve(UNAVAILABLE)
    event = inbox.event()
    await inbox.accepted(event)
    await inbox.entered(event, 1)
    await inbox.linger()  # so that the attempt has ended
    await lifecycle.terminate()
    if not await _has_ended(lifecycle, STOP_SECONDS + LATE):
        await lifecycle.kill()  # whether it ends in time is another check's matter
    if len(await inbox.entries(event)) >= ATTEMPTS:
        return  # its pauses were so short that all attempts were made
    await inbox.serve()
    await lifecycle.start()
    await inbox.became(event, "processed")


async def _has_ended(lifecycle: Lifecycle, seconds: float) -> bool:
    """Whether it ends in so many seconds."""
    try:
        await lifecycle.ended(seconds)
    except DeadlinePassed:
        return False
    return True


@check("start.away", category="durability", level="mid", weight=2, requires=("service.health", "durable.restart"))
async def starts_while_the_ledger_is_away(inbox: Inbox, lifecycle: Lifecycle) -> Tally:
    """The service starts while the ledger refuses connections, is healthy, and takes in webhooks.

    When everything starts at once, somebody is first. Who insists on the ledger makes its outage twice as long.
    """
    await inbox.serve()
    tally = Tally()
    async with inbox.ledger.down():
        await crash(lifecycle)
        with tally.case("GET /health"):
            (await inbox.health()).expect(200)
        with tally.case("a webhook"):
            (await inbox.deliver(inbox.event())).expect(202, 200)
    return tally
