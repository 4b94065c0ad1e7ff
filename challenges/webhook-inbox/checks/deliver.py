"""Deliveries that are answered: accepted, and seen before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.harness import Call, Json, Tally, check
from grader.harness.upstream.script import answer

if TYPE_CHECKING:
    from conftest import Event, Inbox


@check("deliver.ok", category="behaviour", level="junior", weight=2)
async def events_are_taken_in(inbox: Inbox) -> None:
    """A signed event is answered with success, and with its `event_id`.

    Everything else begins here.
    """
    await inbox.serve()
    event = inbox.event()
    (await inbox.deliver(event)).expect(202, 200).json()["event_id"].equals(event["event_id"])


@check("deliver.status", category="status_codes", level="junior", weight=2, requires=("deliver.ok",))
async def events_are_accepted(inbox: Inbox) -> None:
    """A signed event that was not seen before is answered with 202.

    202 says that the event is safe and its processing still to come, which is all that the provider needs to know.
    """
    await inbox.serve()
    (await inbox.deliver(inbox.event())).expect(202)


@check("deliver.answer", category="behaviour", level="junior", requires=("deliver.ok",))
async def answer_names_the_event(inbox: Inbox) -> None:
    """The answer to a new event has the status `accepted`.

    With it the provider's log says what has become of each delivery.
    """
    await inbox.serve()
    (await inbox.deliver(inbox.event())).expect(202, 200).json()["status"].equals("accepted")


@check("deliver.duplicate", category="status_codes", level="junior", weight=3, requires=("deliver.ok",))
async def duplicates_are_answered_with_200(inbox: Inbox) -> None:
    """An event that was seen before is answered with 200.

    The provider has done nothing wrong: an error would make it deliver again, and again.
    """
    await inbox.serve()
    event = inbox.event()
    await inbox.accepted(event)
    (await inbox.deliver(event)).expect(200)
    (await inbox.deliver(event)).expect(200)


@check("duplicate.answer", category="behaviour", level="junior", requires=("deliver.duplicate",))
async def answer_names_the_duplicate(inbox: Inbox) -> None:
    """The answer to a duplicate is its `event_id`, and the status `duplicate`.

    So whoever reads the provider's log sees that nothing was entered twice.
    """
    await inbox.serve()
    event = inbox.event()
    await inbox.accepted(event)
    body = (await inbox.deliver(event)).expect(200, 202).json()
    body["event_id"].equals(event["event_id"])
    body["status"].equals("duplicate")


@check("duplicate.later", category="behaviour", level="mid", weight=2, requires=("deliver.duplicate", "events.failed"))
async def duplicates_stay_duplicates(inbox: Inbox) -> Tally:
    """An event stays a duplicate whatever has become of it: processed or failed, it is answered with 200.

    Who keeps only what is pending, or takes a failed one for a new one, enters payments twice.
    """
    tally = Tally()
    for status, script in {"processed": answer({}, status=201), "failed": answer({}, status=400)}.items():
        await inbox.serve(script)
        event = inbox.event()
        await inbox.accepted(event)
        await inbox.settled(event)
        with tally.case(status):
            (await inbox.deliver(event)).expect(200)
    return tally


@check(
    "duplicate.content",
    category="behaviour",
    level="mid",
    weight=2,
    requires=("deliver.duplicate", "events.read.ok"),
)
async def other_content_is_a_duplicate_too(inbox: Inbox) -> Tally:
    """A delivery with a known `event_id` and other content is a duplicate, answered with 200, and changes nothing.

    The id decides. What was accepted first has been promised to the ledger.
    """
    await inbox.serve()
    event = inbox.event()
    await inbox.accepted(event)
    tally = Tally()
    with tally.case("it is a duplicate"):
        (await inbox.deliver(inbox.other_content(event))).expect(200)
    with tally.case("`type` is as it was"):
        (await inbox.read(event)).expect(200).json()["type"].equals(event["type"])
    return tally


@check(
    "duplicate.kept",
    category="behaviour",
    level="mid",
    weight=2,
    requires=("duplicate.content", "replay.ok", "retry.same", "ledger.background"),
)
async def first_content_is_processed(inbox: Inbox) -> Tally:
    """After a duplicate with other content, a replay and the next attempt still send what was accepted first.

    An insert that replaces what it finds rewrites history, and nobody notices until the sums differ.
    """
    tally = Tally()
    with tally.case("replayed"):
        await inbox.serve()
        event = await inbox.processed()
        before = len(await inbox.entries(event))
        (await inbox.deliver(inbox.other_content(event))).expect(200, 202)
        (await inbox.replay(event)).expect(202, 200)
        _alike(inbox, await inbox.entered(event, before + 1))
    with tally.case("tried again"):
        await inbox.serve(answer(status=503), answer({}, status=201))
        event = inbox.event()
        async with await inbox.held() as gate:
            await inbox.accepted(event)
            await inbox.reached(gate, event)
            (await inbox.deliver(inbox.other_content(event))).expect(200, 202)
            await gate.release()
        _alike(inbox, await inbox.entered(event, 2))
    return tally


def _alike(inbox: Inbox, calls: list[Call]) -> None:
    # Whether the first one was as it should be is another check's matter.
    Json(inbox.named(calls[-1])).equals(inbox.named(calls[0]))


@check(
    "duplicate.invalid",
    category="validation",
    level="senior",
    requires=("deliver.duplicate", "deliver.amount", "deliver.type"),
)
async def invalid_duplicates_are_refused(inbox: Inbox) -> Tally:
    """A body that breaks a rule is refused with 422, though its `event_id` was seen before.

    A shortcut that asks the database first tells a provider with a broken format that all is well.
    """
    await inbox.serve()
    event = inbox.event()
    await inbox.accepted(event)
    bad: dict[str, Event] = {
        "an amount of 0": {**event, "data": {**event["data"], "amount": 0}},
        "an unknown `type`": {**event, "type": inbox.text(9)},
        "no `data`": {name: value for name, value in event.items() if name != "data"},
    }
    tally = Tally()
    for name, body in bad.items():
        with tally.case(name):
            (await inbox.deliver(body)).expect(422)
    return tally
