"""Weights that are refused, and change nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grader.harness import Tally, check

if TYPE_CHECKING:
    from conftest import Gateway

REFUSING, KEEPING = "spam", "toxicity"
"""Models with the versions `v1` and `v2`; each belongs to one purpose."""

SUMS: tuple[dict[str, Any], ...] = (
    {"v1": 50, "v2": 49},
    {"v1": 50, "v2": 51},
    {"v1": 99},
    {"v1": 100, "v2": 100},
    {"v1": 0, "v2": 0},
    {},
)
STRANGERS: tuple[dict[str, Any], ...] = ({"v1": 50, "v9": 50}, {"v9": 100}, {"V1": 100}, {"v1": 100, "v9": 0})
VALUES: dict[str, Any] = {
    "below 0": {"v1": -10, "v2": 110},
    "above 100": {"v1": 150, "v2": -50},
    "a word": {"v1": "abc", "v2": 100},
    "fractions": {"v1": 50.5, "v2": 49.5},
    "null": {"v1": None, "v2": 100},
    "a list": ["v1", 100],
    "a number": 100,
    "null in place of all": None,
}


async def _refused(gateway: Gateway, cases: dict[str, Any]) -> Tally:
    tally = Tally()
    for name, weights in cases.items():
        with tally.case(name):
            (await gateway.route(REFUSING, weights)).expect(422)
    return tally


@check("admin.sum", category="validation", level="junior", weight=2, requires=("routing.effect",))
async def weights_sum_to_a_hundred(gateway: Gateway) -> Tally:
    """Weights that do not sum to 100 are refused with 422.

    With 99 somebody has no version, with 101 somebody has two: what happens then is decided by accident.
    """
    return await _refused(gateway, {str(weights): weights for weights in SUMS})


@check("admin.versions", category="validation", level="mid", weight=2, requires=("routing.effect",))
async def weights_are_for_known_versions(gateway: Gateway) -> Tally:
    """Weights for a version that `MODELS` does not list are refused with 422.

    A typing error in a version's name would send half of the users to a model that is not there.
    """
    return await _refused(gateway, {str(weights): weights for weights in STRANGERS})


@check("admin.weights", category="validation", level="mid", requires=("routing.effect",))
async def weights_are_integers(gateway: Gateway) -> Tally:
    """A weight that is no integer from 0 to 100, and `weights` that are no object, are refused with 422.

    -10 and 110 sum to 100 as well.
    """
    return await _refused(gateway, VALUES)


@check("admin.unknown", category="status_codes", level="junior", weight=0.5, requires=("routing.effect",))
async def routing_of_unknown_model_is_not_found(gateway: Gateway) -> None:
    """Weights for a model that `MODELS` does not list are answered with 404.

    It is no way to add a model: the runtime would not know it.
    """
    # Weights that would do for any model cannot be; an unknown model may be told before they are looked at, or not.
    (await gateway.route(gateway.text(12), {"v1": 100})).expect(404, 422)


@check("admin.kept", category="behaviour", level="mid", requires=("routing.listed", "admin.sum", "admin.versions"))
async def refused_weights_change_nothing(gateway: Gateway) -> Tally:
    """Weights that are refused change nothing: those of before stay in force.

    A change is made after all of it was found valid, or half of a bad one stays.
    """
    weights = {"v1": 35, "v2": 65}
    (await gateway.route(KEEPING, weights)).expect(200)
    tally = Tally()
    for bad in ({"v1": 90, "v2": 20}, {"v1": 40, "v9": 60}, {"v2": 99}):
        with tally.case(str(bad)):
            reply = await gateway.route(KEEPING, bad)
            listed = (await gateway.listed()).get(KEEPING)
            if listed != weights:
                raise reply.mismatch(f"GET /models with {weights}", f"{listed}")
    return tally
