"""Fingerprints: the right hash, and work that nobody else waits for."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

from grader.harness import Api, DeadlinePassed, Tally, check, sending
from grader.harness.contract import Contract
from grader.harness.probes.cases import body_cases
from grader.harness.probes.validation import try_bodies

if TYPE_CHECKING:
    from conftest import Gateway

KEY = "POST /models/{name}/fingerprint"
MOST_ROUNDS = 2_000_000
TRIES = 3
HEALTH = 5
"""Answers that must come while a fingerprint is made, and then a prediction. The first may overtake it, the others
cannot where it blocks."""


@check("fingerprint.ok", category="behaviour", level="junior", weight=2)
async def fingerprints_are_right(gateway: Gateway) -> Tally:
    """A fingerprint is PBKDF2-HMAC-SHA256 of the text in UTF-8, salted with the model's name, in hexadecimal digits.

    Salt, rounds, length and encoding all decide: with one of them wrong, no two services ever agree.
    """
    cases = {
        "one round": (gateway.sole, gateway.text(20), 1),
        "many rounds": (gateway.sole, gateway.text(20), 1234),
        "another model": (gateway.split, gateway.text(20), 17),
        "beyond ASCII": (gateway.other, f"Größe {gateway.text(6)} – 数", 5),
    }
    tally = Tally()
    for name, (model, text, rounds) in cases.items():
        with tally.case(name):
            reply = (await gateway.fingerprint(model, {"text": text, "rounds": rounds})).expect(200)
            expected = hashlib.pbkdf2_hmac("sha256", text.encode(), model.encode(), rounds, 32).hex()
            if reply.json()["digest"].string().lower() != expected:
                raise reply.mismatch(f"the digest {expected}", reply.json()["digest"].string())
    return tally


@check("fingerprint.bounds", category="validation", level="mid", requires=("fingerprint.ok",))
async def fingerprints_have_bounds(api: Api, contract: Contract, gateway: Gateway) -> Tally:
    """1 to 10000 characters and 1 to 2000000 rounds are accepted; fewer or more are refused with 422.

    Work that a caller may order needs an upper bound, or one request is an attack.
    """
    cases = body_cases(contract, KEY, lambda: _body(gateway), {"bound"})
    return await try_bodies(api, "POST", _path(gateway), cases, accepted=(200,), headers=_headers(gateway))


@check("fingerprint.types", category="validation", level="junior", requires=("fingerprint.ok",))
async def fingerprints_have_types(api: Api, contract: Contract, gateway: Gateway) -> Tally:
    """A fingerprint without `text` or `rounds`, or with something of another type, is refused with 422.

    What reaches the hash function unlooked at comes back as a TypeError, and that as a 500.
    """
    cases = body_cases(contract, KEY, lambda: _body(gateway), {"missing", "null", "type"})
    return await try_bodies(api, "POST", _path(gateway), cases, accepted=(200,), headers=_headers(gateway))


@check("fingerprint.unknown", category="status_codes", level="junior", weight=0.5, requires=("fingerprint.ok",))
async def fingerprint_of_unknown_model_is_not_found(gateway: Gateway) -> None:
    """A fingerprint for a model that `MODELS` does not list is answered with 404.

    A salt that stands for nothing makes a digest that nobody can check.
    """
    (await gateway.fingerprint(gateway.text(12), _body(gateway))).expect(404)


def _body(gateway: Gateway) -> dict[str, object]:
    return {"text": gateway.text(12), "rounds": 3}


def _path(gateway: Gateway) -> str:
    return f"/models/{gateway.sole}/fingerprint"


def _headers(gateway: Gateway) -> dict[str, str]:
    return {"X-API-Key": gateway.key()}


@check(
    "fingerprint.free",
    category="async",
    level="senior",
    weight=3,
    requires=("fingerprint.bounds", "predict.ok"),
)
async def fingerprints_hold_nobody_up(gateway: Gateway) -> None:
    """While a fingerprint of 2000000 rounds is made, `GET /health` and predictions are answered.

    CPU work on the event loop stops everybody for as long as it takes; `await` does not help, since nothing is waited
    for.
    """
    await gateway.serve()
    since = time.monotonic()
    for _ in range(TRIES):
        asked = {"text": gateway.text(30), "rounds": MOST_ROUNDS}
        async with sending(gateway.fingerprint(gateway.sole, asked)) as [one]:
            await gateway.linger(HEALTH)
            (await gateway.predict(gateway.other)).expect(200)
            overtaken = not one.done()
            (await one).expect(200)
        if overtaken:
            return
    # A machine on which two million rounds take no time, or the answers to six small requests take seconds, says
    # nothing: so this rests on the clock, and counts only where the harness had its share of it.
    expected = f"{HEALTH + 1} small requests are answered while a fingerprint of {MOST_ROUNDS} rounds is made"
    got = f"the fingerprint was answered before them, {TRIES} times in a row"
    raise DeadlinePassed(expected, got, since=since, until=time.monotonic())
