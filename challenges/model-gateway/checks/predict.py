"""One prediction: what is accepted, what is refused, and what the runtime is asked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from grader.harness import Api, Tally, check
from grader.harness.contract import Contract
from grader.harness.probes.cases import body_cases
from grader.harness.probes.validation import try_bodies

if TYPE_CHECKING:
    from conftest import Gateway

KEY = "POST /models/{name}/predict"
CLIENT_ERRORS = range(400, 500)


@check("predict.ok", category="behaviour", level="junior")
async def predictions_are_made(gateway: Gateway) -> None:
    """A prediction with a key answers 200 with the runtime's `output` for its inputs.

    Nearly everything else rests on it: what does not work for one request cannot be judged for many.
    """
    await gateway.serve()
    body = gateway.body()
    gateway.answered(await gateway.predict(gateway.sole, body), body)


@check("predict.members", category="behaviour", level="junior", requires=("predict.ok",))
async def prediction_says_who_made_it(gateway: Gateway) -> Tally:
    """A prediction names its `model` and `version`, and has a `request_id`.

    When somebody asks why, weeks later, these are what lead to the model that said so.
    """
    await gateway.serve()
    tally = Tally()
    for model in (gateway.sole, gateway.other):
        reply = (await gateway.predict(model)).expect(200)
        with tally.case(f"{model}: model"):
            reply.json()["model"].equals(model)
        with tally.case(f"{model}: version"):
            reply.json()["version"].equals(next(iter(gateway.models[model])))
        with tally.case(f"{model}: request_id"):
            if reply.json()["request_id"].value is None:
                raise reply.mismatch("a `request_id`", "null")
    return tally


@check("predict.call", category="behaviour", level="junior", weight=2, requires=("predict.ok",))
async def runtime_is_asked_as_agreed(gateway: Gateway) -> Tally:
    """The runtime is asked with `model`, `version` and a `batch` that holds the inputs as they came.

    It serves many models: which one answers is decided by these three members and by nothing else.
    """
    await gateway.serve()
    tally = Tally()
    for model in (gateway.sole, gateway.split):
        body = gateway.body()
        reply = (await gateway.predict(model, body)).expect(200)
        call = (await gateway.calls())[-1].json()
        asked = call if isinstance(call, dict) else {}
        expected = {"model": model, "version": reply.json()["version"].value, "batch": [body["inputs"]]}
        for name, value in expected.items():
            with tally.case(f"{model}: {name}"):
                if asked.get(name) != value:
                    raise reply.mismatch(f"`{name}` {json.dumps(value)} in the call", json.dumps(asked.get(name)))
    return tally


@check("predict.missing", category="validation", level="junior", requires=("predict.ok",))
async def members_are_needed(api: Api, contract: Contract, gateway: Gateway) -> Tally:
    """A prediction without `user_id` or `inputs`, or with null in their place, is refused with 422.

    Without a user there is no version to choose; a default would send all such callers to the same one.
    """
    return await _tried(api, contract, gateway, "missing", "null")


@check("predict.types", category="validation", level="junior", requires=("predict.ok",))
async def members_have_types(api: Api, contract: Contract, gateway: Gateway) -> Tally:
    """A `user_id` that is no text, `inputs` that are no list, and an input that is no number are refused with 422.

    What the gateway lets through, the runtime multiplies: one word in a batch fails everybody in it.
    """
    return await _tried(api, contract, gateway, "type")


@check("predict.bounds", category="validation", level="junior", weight=2, requires=("predict.ok",))
async def members_have_bounds(api: Api, contract: Contract, gateway: Gateway) -> Tally:
    """1 to 64 characters of `user_id` and 1 to 64 inputs are accepted; fewer or more are refused with 422.

    A bound that is off by one works until the day somebody sends exactly that much.
    """
    return await _tried(api, contract, gateway, "bound")


@check("predict.malformed", category="validation", level="junior", weight=0.5, requires=("predict.ok",))
async def bodies_are_json(api: Api, contract: Contract, gateway: Gateway) -> Tally:
    """A body that is no JSON, or no JSON object, is refused with 400 or 422.

    A parser's exception that nobody catches is a 500, and an alarm at night for a typing error.
    """
    return await _tried(api, contract, gateway, "malformed")


async def _tried(api: Api, contract: Contract, gateway: Gateway, *kinds: str) -> Tally:
    await gateway.serve()
    cases = body_cases(contract, KEY, gateway.body, set(kinds))
    path, headers = f"/models/{gateway.sole}/predict", {"X-API-Key": gateway.key()}
    return await try_bodies(api, "POST", path, cases, accepted=(200,), headers=headers)


def _endless(gateway: Gateway) -> dict[str, bytes]:
    """Bodies with literals that Python's parser takes for numbers."""
    texts = {"NaN": "[1.5, NaN]", "Infinity": "[Infinity, 2]", "NaN alone": "[NaN]"}
    return {name: f'{{"user_id": "{gateway.user()}", "inputs": {inputs}}}'.encode() for name, inputs in texts.items()}


@check("predict.finite", category="validation", level="mid", weight=2, requires=("predict.ok",))
async def inputs_are_finite(api: Api, gateway: Gateway) -> Tally:
    """The literals `NaN` and `Infinity` are refused with 400 or 422.

    Python's parser takes them, though JSON has no such words. Echoed in a refusal they cannot be written, and the 422
    becomes a 500.
    """
    await gateway.serve()
    tally = Tally()
    headers = {"X-API-Key": gateway.key(), "Content-Type": "application/json"}
    for name, content in _endless(gateway).items():
        with tally.case(name):
            reply = await api.post(f"/models/{gateway.sole}/predict", content=content, headers=headers)
            reply.expect(400, 422)
    return tally


@check("predict.kept-away", category="behaviour", level="mid", requires=("predict.ok",))
async def invalid_requests_are_kept_away(api: Api, gateway: Gateway) -> Tally:
    """A request that is refused because of its body never reaches the runtime.

    The gateway is there to protect it. A batch that holds one bad request is a bad batch.
    """
    await gateway.serve()
    user, words = gateway.user(), ["a word"]
    bodies = {
        "no inputs": json.dumps({"user_id": user, "inputs": []}).encode(),
        "65 inputs": json.dumps({"user_id": user, "inputs": [0.5] * 65}).encode(),
        "a word among the inputs": json.dumps({"user_id": user, "inputs": [1.5, *words]}).encode(),
        "no user": json.dumps({"inputs": [1.5]}).encode(),
        "a long user": json.dumps({"user_id": gateway.text(65), "inputs": [1.5]}).encode(),
        **_endless(gateway),
    }
    headers = {"X-API-Key": gateway.key(), "Content-Type": "application/json"}
    tally = Tally()
    for name, content in bodies.items():
        known = len(await gateway.calls())
        reply = await api.post(f"/models/{gateway.sole}/predict", content=content, headers=headers)
        # What is let in is another check's matter.
        if reply.status in CLIENT_ERRORS:
            with tally.case(name):
                await gateway.linger(3)
                if len(await gateway.calls()) > known:
                    raise reply.mismatch("no call to the runtime", f"{reply.status}, after a call to the runtime")
    if not tally.total:
        raise reply.mismatch("invalid requests to be refused", f"none of them is, and this is answered {reply.status}")
    return tally


@check("predict.unknown", category="status_codes", level="junior", requires=("predict.ok",))
async def unknown_model_is_not_found(gateway: Gateway) -> Tally:
    """A prediction of a model that `MODELS` does not list is answered with 404.

    A client must be able to tell "there is none" from "something broke".
    """
    await gateway.serve()
    tally = Tally()
    for name in (gateway.text(12), gateway.sole.upper(), f"{gateway.sole}-2"):
        with tally.case(name):
            (await gateway.predict(name)).expect(404)
    return tally
