"""Keys of clients, and the key of those who run the models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.harness import Api, Tally, check

if TYPE_CHECKING:
    from conftest import Gateway


def _wrong(gateway: Gateway, good: str) -> dict[str, dict[str, str]]:
    """Name → headers: what is no key."""
    keys = {"an unknown key": gateway.text(len(good)), "the first half of a key": good[: len(good) // 2], "empty": ""}
    return {"no key": {}, **{name: {"X-API-Key": key} for name, key in keys.items()}}


@check("auth.key", category="status_codes", level="junior", weight=2, requires=("predict.ok",))
async def predictions_need_a_key(api: Api, gateway: Gateway) -> Tally:
    """A prediction without a key, or with one that `API_KEYS` does not list, is answered with 401.

    401 says "tell me who you are". A header that FastAPI declares as required says 422, which is about something else.
    """
    await gateway.serve()
    wrong = _wrong(gateway, gateway.key())
    wrong["the key under another header"] = {"Authorization": f"Bearer {gateway.key()}"}
    tally = Tally()
    for name, headers in wrong.items():
        with tally.case(name):
            reply = await api.post(f"/models/{gateway.sole}/predict", json=gateway.body(), headers=headers)
            reply.expect(401)
    return tally


@check("auth.others", category="status_codes", level="junior", requires=("models.list", "fingerprint.ok"))
async def other_operations_need_a_key(api: Api, gateway: Gateway) -> Tally:
    """`GET /models` and a fingerprint are refused with 401 to callers without a key.

    A second way in needs the same lock, above all one that costs seconds of CPU time.
    """
    tally = Tally()
    for name, headers in _wrong(gateway, gateway.key()).items():
        with tally.case(f"GET /models: {name}"):
            (await api.get("/models", headers=headers)).expect(401)
        with tally.case(f"fingerprint: {name}"):
            body = {"text": gateway.text(8), "rounds": 2}
            (await api.post(f"/models/{gateway.sole}/fingerprint", json=body, headers=headers)).expect(401)
    return tally


@check("auth.admin", category="status_codes", level="junior", weight=2, requires=("routing.effect",))
async def routing_needs_the_admin_key(api: Api, gateway: Gateway) -> Tally:
    """Weights are not changed without the admin key, but 401; a client's key is none.

    Who may ask a model may not decide which one everybody gets.
    """
    weights = gateway.models[gateway.other]  # those that are in force: no harm if it is let in
    path, body = f"/admin/models/{gateway.other}/routing", {"weights": weights}
    sent = {
        "no key": {},
        "an unknown key": {"X-Admin-Key": gateway.text(24)},
        "a client's key": {"X-Admin-Key": gateway.key()},
        "a client's key in its own header": {"X-API-Key": gateway.key()},
        "empty": {"X-Admin-Key": ""},
    }
    tally = Tally()
    for name, headers in sent.items():
        with tally.case(name):
            (await api.put(path, json=body, headers=headers)).expect(401)
    return tally
