import hashlib
import threading
from itertools import accumulate

from config import MODELS

_lock = threading.Lock()
_weights = {model: dict(versions) for model, versions in MODELS.items()}


def current(model: str) -> dict[str, int]:
    with _lock:
        return dict(_weights[model])


def change(model: str, weights: dict[str, int]) -> bool:
    """Whether they may be: for versions of this model, and 100 together."""
    if not set(weights) <= set(MODELS[model]) or sum(weights.values()) != 100:
        return False
    with _lock:
        _weights[model] = weights
    return True


def version_for(user: str, model: str) -> str:
    place = int(hashlib.md5(f"{model}/{user}".encode(), usedforsecurity=False).hexdigest(), 16) % 100
    versions = sorted(current(model).items())
    ends = accumulate(weight for _, weight in versions)
    return next(version for (version, _), end in zip(versions, ends, strict=True) if place < end)
