"""The service itself: alive, and one shape for all its errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.harness import Api, Mismatch, Tally, check
from grader.harness.probes.faults import status

if TYPE_CHECKING:
    from conftest import Gateway

FIRST_ERROR = 400
REFUSING = "spam"
"""A model that nobody asks for predictions, should the weights be accepted."""


@check("service.health", category="operations", level="junior")
async def health_answers(api: Api) -> None:
    """`GET /health` answers 200 with JSON, without a key.

    Whoever runs the service asks it whether it is alive, and restarts it when there is no answer.
    """
    (await api.get("/health")).expect(200).json()


@check("models.list", category="behaviour", level="junior")
async def models_are_listed(gateway: Gateway) -> Tally:
    """`GET /models` lists every model of `MODELS`, with the weights of its versions.

    Who calls a gateway must be able to find out what is behind it.
    """
    listed = await gateway.listed()
    tally = Tally()
    with tally.case("all models"):
        if missing := set(gateway.models) - set(listed):
            raise Mismatch(f"{len(gateway.models)} models", f"these are missing: {', '.join(sorted(missing))}")
    # The weights of other models are changed by other checks.
    for model in (gateway.sole, gateway.split):
        with tally.case(model):
            weights = {name: weight for name, weight in gateway.models[model].items() if weight}
            if listed.get(model) != weights:
                raise Mismatch(f"{model} with {weights}", f"{listed.get(model)}")
    return tally


@check("errors.detail", category="status_codes", level="junior", requires=("predict.ok",))
async def errors_have_a_detail(api: Api, gateway: Gateway) -> Tally:
    """The body of an error is a JSON object with a `detail` member.

    One shape for all errors lets a client show any of them with the same few lines.
    """
    await gateway.serve(status(500)({"outputs": [1.5]}))
    replies = {
        "no key": await api.get("/models"),
        "a wrong admin key": await gateway.route(gateway.sole, gateway.models[gateway.sole], key=gateway.text(20)),
        "an unknown model": await gateway.predict(gateway.text(12)),
        "an invalid prediction": await gateway.predict(gateway.sole, {"user_id": gateway.user()}),
        "an invalid fingerprint": await gateway.fingerprint(gateway.sole, {"text": "", "rounds": 1}),
        "weights that do not sum to 100": await gateway.route(REFUSING, {}),
        "a runtime that fails": await gateway.predict(gateway.sole),
    }
    tally = Tally()
    for name, reply in replies.items():
        with tally.case(name):
            # What is no error is another check's matter.
            if reply.status >= FIRST_ERROR:
                reply.json()["detail"]
    return tally
