"""The body of a webhook: what is accepted, and what is refused. All of it is soundly signed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from grader.harness import Api, Tally, check
from grader.harness.contract import Contract
from grader.harness.probes.cases import Case, body_cases
from grader.harness.probes.validation import try_bodies

if TYPE_CHECKING:
    from conftest import Event, Inbox

PATH = "/webhooks/payments"
BEYOND_32_BITS = 3_000_000_000
LARGEST = 65_536
NOT_UTF_8 = b"\xff\xfe\xfd"


async def _tried(api: Api, inbox: Inbox, cases: Iterable[Case]) -> Tally:
    await inbox.serve()
    accepted, refused = (202, 200), (422,)
    headers = inbox.signer.headers
    return await try_bodies(
        api, "POST", PATH, cases, accepted=accepted, refused=refused, malformed=refused, headers=headers
    )


def _cases(contract: Contract, inbox: Inbox, *kinds: str, fields: Collection[str] | None = None) -> list[Case]:
    return body_cases(contract, f"POST {PATH}", inbox.event, kinds, fields=fields)


def _with_id(inbox: Inbox, name: str, event_id: str, *, valid: bool) -> Case:
    body = {**inbox.event(), "event_id": event_id}
    return Case(f"event_id: {name}", "pattern", body, None, valid=valid, field="event_id")


def _with_data(inbox: Inbox, member: str, value: Any, *, valid: bool) -> Case:
    event = inbox.event()
    body = {**event, "data": {**event["data"], member: value}}
    return Case(f"data.{member}: {value!r}", "pattern", body, None, valid=valid, field=member)


@check("deliver.missing", category="validation", level="junior", weight=2, requires=("deliver.ok",))
async def members_are_required(api: Api, contract: Contract, inbox: Inbox) -> Tally:
    """An event without one of its members is refused with 422.

    What is missing here is missing in the ledger, where nobody can ask the provider any more.
    """
    return await _tried(api, inbox, _cases(contract, inbox, "missing"))


@check("deliver.types", category="validation", level="junior", weight=2, requires=("deliver.ok",))
async def members_have_types(api: Api, contract: Contract, inbox: Inbox) -> Tally:
    """A member that is null, or of a type that nothing can turn into the right one, is refused with 422.

    What gets past this line fails in the background, where there is nobody to be told.
    """
    return await _tried(api, inbox, [case for case in _cases(contract, inbox, "null", "type") if case.field])


@check("deliver.type", category="validation", level="junior", requires=("deliver.ok",))
async def types_are_listed(api: Api, contract: Contract, inbox: Inbox) -> Tally:
    """Each of the three values of `type` is accepted, and no other one.

    An event of a kind that nobody has thought about must not be entered like one that somebody has.
    """
    kinds = ("payment.succeeded", "payment.failed", "refund.created")
    known = [Case(f"type: {kind}", "enum", inbox.event(kind=kind), None, valid=True, field="type") for kind in kinds]
    cases = [*known, *_cases(contract, inbox, "enum")]
    other = {"half of one": "payment", "empty": "", "a stranger": inbox.text(9)}
    cases += [
        Case(f"type: {name}", "enum", {**inbox.event(), "type": value}, None, valid=False, field="type")
        for name, value in other.items()
    ]
    return await _tried(api, inbox, cases)


@check("deliver.event-id", category="validation", level="junior", weight=2, requires=("deliver.ok",))
async def event_ids_have_a_form(api: Api, inbox: Inbox) -> Tally:
    """`event_id` is made of 1 to 64 letters, digits, `_` and `-`; anything else is refused with 422.

    It becomes a part of paths, keys and log lines.
    """
    text = inbox.text(12)
    valid = {"1 character": inbox.text(1), "64 characters": inbox.text(64), "`_` and `-`": f"-{text}_{text}-"}
    invalid = {
        "empty": "",
        "65 characters": inbox.text(65),
        "a blank": f"{text} {text}",
        "a slash": f"{text}/{text}",
        "a full stop": f"{text}.{text}",
        "a colon": f"{text}:{text}",
    }
    cases = [_with_id(inbox, name, value, valid=True) for name, value in valid.items()]
    cases += [_with_id(inbox, name, value, valid=False) for name, value in invalid.items()]
    return await _tried(api, inbox, cases)


@check("deliver.line-feed", category="validation", level="senior", weight=0.5, requires=("deliver.event-id",))
async def forms_hold_to_the_end(api: Api, inbox: Inbox) -> Tally:
    """A line feed at the end of `event_id` or `currency` is refused with 422 like any other character.

    In Python's `re`, `$` also matches before a last line feed; in a header such an id ends the line.
    """
    cases = [_with_id(inbox, "a line feed at its end", f"{inbox.text(12)}\n", valid=False)]
    return await _tried(api, inbox, [*cases, _with_data(inbox, "currency", "EUR\n", valid=False)])


@check("deliver.payment-id", category="validation", level="junior", requires=("deliver.ok",))
async def payment_ids_are_bounded(api: Api, inbox: Inbox) -> Tally:
    """`payment_id` has 1 to 64 characters, whichever these are; an empty or a longer one is refused with 422.

    It is the provider's to choose, so the rules for `event_id` are not its rules.
    """
    valid = (inbox.text(1), inbox.text(64), f"{inbox.text(8)}/{inbox.text(8)} #1.5:a")
    cases = [_with_data(inbox, "payment_id", value, valid=True) for value in valid]
    cases += [_with_data(inbox, "payment_id", value, valid=False) for value in ("", inbox.text(65))]
    return await _tried(api, inbox, cases)


@check("deliver.amount", category="validation", level="junior", weight=2, requires=("deliver.ok",))
async def amounts_are_positive(api: Api, inbox: Inbox) -> Tally:
    """`amount` is an integer above 0, of minor units: 1 is accepted, 0 and less are refused with 422.

    A payment of nothing is somebody's mistake, and a negative one turns money round.
    """
    cases = [_with_data(inbox, "amount", value, valid=True) for value in (1, BEYOND_32_BITS)]
    cases += [_with_data(inbox, "amount", value, valid=False) for value in (0, -1, -inbox.event()["data"]["amount"])]
    return await _tried(api, inbox, cases)


@check("deliver.currency", category="validation", level="junior", requires=("deliver.ok",))
async def currencies_are_three_capitals(api: Api, inbox: Inbox) -> Tally:
    """`currency` is made of three capital letters; anything else is refused with 422.

    `eur` and `EUR` are two currencies to whoever sums up by them.
    """
    valid = (inbox.text(3, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), "EUR")
    cases = [_with_data(inbox, "currency", value, valid=True) for value in valid]
    invalid = ("", "EU", "EURO", "eur", "Eur", "EU1", "E R", "E-R")
    cases += [_with_data(inbox, "currency", value, valid=False) for value in invalid]
    return await _tried(api, inbox, cases)


@check("deliver.malformed", category="validation", level="mid", weight=2, requires=("deliver.ok",))
async def what_is_no_event_is_refused(api: Api, contract: Contract, inbox: Inbox) -> Tally:
    """A body that is no JSON, or no JSON object, is refused with 422 where it is soundly signed.

    Who reads the raw bytes has to do what FastAPI does otherwise: an exception of `json.loads` becomes a 500.
    """
    whole = [case for case in _cases(contract, inbox, "malformed", "type") if case.field is None]
    bytes_ = Case("malformed JSON: no UTF-8", "malformed", None, NOT_UTF_8, valid=False, field=None)
    return await _tried(api, inbox, [*whole, bytes_])


def _padded(inbox: Inbox, size: int, event: Event) -> bytes:
    """A valid event of so many bytes."""
    content = inbox.delivery(event).content or b""
    return content + b" " * (size - len(content))


@check("deliver.largest", category="validation", level="mid", requires=("deliver.too-large", "signature.bytes"))
async def largest_bodies_are_accepted(inbox: Inbox) -> Tally:
    """A body of exactly 65,536 bytes is accepted, and so is one that is a little smaller.

    A limit is a promise on both sides.
    """
    await inbox.serve()
    tally = Tally()
    for size in (LARGEST // 2, LARGEST - 1, LARGEST):
        with tally.case(f"{size} bytes"):
            (await inbox.send(_padded(inbox, size, inbox.event()))).expect(202, 200)
    return tally


@check("deliver.too-large", category="status_codes", level="mid", weight=2, requires=("deliver.ok",))
async def larger_bodies_are_refused(inbox: Inbox) -> Tally:
    """A body of more than 65,536 bytes is refused with 413; where its signature is bad as well, 401 will do.

    Anybody can send to this address, and whoever reads whatever comes is filled up by the first who tries.
    """
    await inbox.serve()
    tally = Tally()
    # Not by much: a server may answer, and close, before it has read to the end.
    for more in (1, inbox.event()["data"]["amount"] % 2000 + 2):
        content = _padded(inbox, LARGEST + more, inbox.event())
        with tally.case(f"{more} bytes too many"):
            (await inbox.send(content)).expect(413)
        with tally.case(f"{more} bytes too many, in chunks"):
            (await inbox.send(content, chunked=True)).expect(413)
        with tally.case(f"{more} bytes too many, without a signature"):
            (await inbox.send(content, {})).expect(413, 401)
    return tally
