"""Which version of a model a user gets: a pure function of the user, the model and its weights.

Nothing is remembered, so every process says the same, and a restart changes nothing.
"""

import hashlib
from collections.abc import Mapping

from app.errors import BadWeightsError, UnknownModelError

TOTAL = 100


def share_of(model: str, user_id: str) -> float:
    """Where the user stands, from 0 to below 100. The model is part of it, else one user is first in every rollout."""
    # Not `hash`: Python salts it anew in each process.
    digest = hashlib.blake2b(f"{model}\0{user_id}".encode(), digest_size=4).digest()
    return int.from_bytes(digest) * TOTAL / 2**32


class RoutingTable:
    def __init__(self, models: Mapping[str, Mapping[str, int]]) -> None:
        self._weights = {model: dict(versions) for model, versions in models.items()}

    def weights(self) -> dict[str, dict[str, int]]:
        """Model → version → weight now in force."""
        return {model: dict(versions) for model, versions in self._weights.items()}

    def require(self, model: str) -> None:
        """Raise `UnknownModelError` unless the model is known."""
        if model not in self._weights:
            raise UnknownModelError

    def version_of(self, model: str, user_id: str) -> str:
        """The version that this user gets of a known model."""
        left = share_of(model, user_id)
        for version, weight in self._weights[model].items():
            if left < weight:
                return version
            left -= weight
        raise BadWeightsError  # cannot be: they sum to 100

    def change(self, model: str, weights: Mapping[str, int]) -> None:
        """Put new weights in force; a version that is left out gets none.

        Raises:
            BadWeightsError: they do not sum to 100, or one is for a version that the model does not have.
        """
        known = self._weights[model]
        if not weights.keys() <= known.keys() or sum(weights.values()) != TOTAL:
            raise BadWeightsError
        # In the order of the configuration, whatever the order of the request: the order decides who gets what.
        self._weights[model] = {version: weights.get(version, 0) for version in known}
