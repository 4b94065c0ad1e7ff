"""Signatures: who is let in, and who is not."""

from __future__ import annotations

from json import dumps, loads
from typing import TYPE_CHECKING

from grader.harness import Tally, check
from grader.harness.probes.calling import on_their_clock
from grader.harness.probes.signature import HEADER, altered, renderings

if TYPE_CHECKING:
    from conftest import Event, Inbox

WITHIN, BEYOND = 270, 330
"""Seconds: the limit is 300, and checks keep away from it."""


def _content(event: Event) -> bytes:
    return dumps(event).encode()


async def _refused(inbox: Inbox, content: bytes, headers: dict[str, str]) -> Tally:
    """Each of these headers is refused with this body."""
    tally = Tally()
    for name, header in headers.items():
        with tally.case(name):
            (await inbox.send(content, {HEADER: header})).expect(401)
    return tally


@check("signature.missing", category="status_codes", level="junior", weight=2, requires=("deliver.ok",))
async def signature_is_needed(inbox: Inbox) -> None:
    """A delivery without `X-Signature` is refused with 401.

    A header that FastAPI declares as required says 422, which is about something else.
    """
    (await inbox.send(_content(inbox.event()), {})).expect(401)


@check("signature.malformed", category="status_codes", level="mid", weight=2, requires=("deliver.ok",))
async def malformed_signatures_are_refused(inbox: Inbox) -> Tally:
    """A signature that is not of the form `t=<unix seconds>,v1=<hex>` is refused with 401.

    Whoever takes it apart without looking first answers a stranger's nonsense with a 500.
    """
    content = _content(inbox.event())
    return await _refused(inbox, content, inbox.signer.malformed(content))


@check("signature.wrong", category="status_codes", level="junior", weight=3, requires=("deliver.ok",))
async def wrong_signatures_are_refused(inbox: Inbox) -> Tally:
    """A signature that was not made with the secret, over `t` and this body, is refused with 401.

    Without it anybody who knows the address can report payments.
    """
    content = _content(inbox.event())
    return await _refused(inbox, content, inbox.signer.forged(content))


@check(
    "signature.body",
    category="status_codes",
    level="mid",
    weight=2,
    requires=("signature.wrong", "signature.bytes"),
)
async def changed_bodies_are_refused(inbox: Inbox) -> Tally:
    """A good signature under another body is refused with 401, be it only one byte that differs.

    A signature is over what it says, not a password that is good for anything.
    """
    content, other = _content(inbox.event()), _content(inbox.event())
    compact = dumps(loads(content), separators=(",", ":")).encode()
    bodies = {"one byte is another": altered(content), "another event": other, "without its white space": compact}
    tally = Tally()
    for name, body in bodies.items():
        with tally.case(name):
            (await inbox.send(body, {HEADER: inbox.signer.header(content)})).expect(401)
    return tally


@check("signature.time", category="status_codes", level="mid", weight=2, requires=("signature.wrong",))
async def changed_times_are_refused(inbox: Inbox) -> Tally:
    """A signature whose `t` was changed afterwards is refused with 401, though the new time would do.

    Were it not signed, a recorded delivery could be made young again for ever.
    """
    content = _content(inbox.event())
    headers = {f"{seconds:+} s": inbox.signer.moved(content, seconds) for seconds in (-1, 1, WITHIN)}
    return await _refused(inbox, content, headers)


@check("signature.old", category="status_codes", level="junior", weight=2, requires=("deliver.ok",))
async def old_signatures_are_refused(inbox: Inbox) -> Tally:
    """A delivery that was signed 330 seconds ago or more is refused with 401, however good its signature.

    What somebody has recorded on the way is worth nothing after that.
    """
    content = _content(inbox.event())
    headers = {f"{age} s old": inbox.signer.header(content, skew=-age) for age in (BEYOND, 3600, 86_400)}
    return await _refused(inbox, content, headers)


@check("signature.future", category="status_codes", level="mid", requires=("signature.old",))
async def future_signatures_are_refused(inbox: Inbox) -> Tally:
    """A delivery that was signed for 330 seconds from now, or later, is refused with 401.

    Who looks only for what is too old lets in what will be good for years.
    """
    content = _content(inbox.event())
    tally = Tally()
    for skew in (BEYOND, 3600, 10**8):
        with tally.case(f"{skew} s from now"):
            await on_their_clock(_answered(inbox, content, skew, 401))
    return tally


@check("signature.skew", category="behaviour", level="mid", requires=("signature.old",))
async def clocks_may_differ(inbox: Inbox) -> Tally:
    """A delivery that was signed 270 seconds ago, or for 270 seconds from now, is accepted.

    Clocks differ, and networks are slow: a stricter limit loses events that nobody sends again.
    """
    await inbox.serve()
    tally = Tally()
    for skew in (-WITHIN, WITHIN):
        with tally.case(f"{skew:+} s"):
            await on_their_clock(_answered(inbox, _content(inbox.event()), skew, 202, 200))
    return tally


async def _answered(inbox: Inbox, content: bytes, skew: int, *statuses: int) -> None:
    (await inbox.send(content, {HEADER: inbox.signer.header(content, skew=skew)})).expect(*statuses)


@check("signature.bytes", category="behaviour", level="mid", weight=3, requires=("signature.wrong",))
async def signature_is_over_the_bytes(inbox: Inbox) -> Tally:
    """A signed event is accepted however it is written: with other white space, another order, UTF-8 or escapes.

    The signature is over the bytes that were sent. Whoever parses them and writes them anew verifies something else,
    and it works until the provider changes a comma.
    """
    await inbox.serve()
    event = inbox.event(payment=f"{inbox.text(8)} – €{inbox.text(4)}")
    tally = Tally()
    for name in renderings(event):
        with tally.case(name):
            content = renderings({**event, "event_id": inbox.event()["event_id"]})[name]
            (await inbox.send(content)).expect(202, 200)
    return tally


@check(
    "signature.first",
    category="status_codes",
    level="mid",
    weight=2,
    requires=("signature.missing", "signature.wrong"),
)
async def signature_is_judged_first(inbox: Inbox) -> Tally:
    """A bad signature is answered with 401 whatever the body is: no JSON, no event, or nothing at all.

    A stranger is told nothing of what a good body looks like, and costs no parsing.
    """
    bodies = {
        "no JSON": inbox.text(20).encode(),
        "nothing": b"",
        "an empty object": b"{}",
        "a list": b"[]",
        "no UTF-8": b"\xff\xfe\xfd",
        "an event without `type`": _content({**inbox.event(), "type": None}),
    }
    tally = Tally()
    for name, content in bodies.items():
        for how, headers in {
            "no signature": {},
            "a wrong one": {HEADER: inbox.signer.header(content, secret=inbox.text(32))},
        }.items():
            with tally.case(f"{name}, {how}"):
                (await inbox.send(content, headers)).expect(401)
    return tally


@check("signature.again", category="behaviour", level="mid", requires=("deliver.duplicate",))
async def same_bytes_may_come_again(inbox: Inbox) -> None:
    """The very same request, sent once more, is a duplicate and is answered with 200.

    Providers repeat what they have signed when the answer got lost; to refuse it makes them try for days.
    """
    await inbox.serve()
    content = _content(inbox.event())
    headers = inbox.signer.headers(content)
    (await inbox.send(content, headers)).expect(202, 200)
    (await inbox.send(content, headers)).expect(200)


@check(
    "signature.kept-out", category="behaviour", level="mid", weight=2, requires=("signature.wrong", "events.unknown")
)
async def refused_events_leave_no_trace(inbox: Inbox) -> Tally:
    """What was refused for its signature is not stored: it is unknown afterwards, and accepted once it is signed well.

    Otherwise a stranger who guesses an id makes the real event a duplicate.
    """
    await inbox.serve()
    event = inbox.event()
    (await inbox.send(_content(event), {HEADER: inbox.signer.header(b"")})).expect(401)
    tally = Tally()
    with tally.case("it is unknown"):
        (await inbox.read(event)).expect(404)
    with tally.case("it is not taken for a duplicate"):
        reply = await inbox.deliver(event)
        if reply.expect(202, 200).json()["status"].value == "duplicate":
            raise reply.mismatch("an event that was never accepted is new", "a duplicate")
    return tally
