import threading
import time
from collections import defaultdict

from config import TIERS

TOKENS = {"free": (10.0, 5.0), "pro": (200.0, 100.0)}

_lock = threading.Lock()
_spent: defaultdict[str, tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))


def take(key: str) -> bool:
    """Whether the key has a token. Kept is what was spent, and when that was known."""
    burst, rate = TOKENS[TIERS[key]]
    with _lock:
        now = time.monotonic()
        spent, at = _spent[key]
        spent = max(0.0, spent - (now - at) * rate)
        allowed = spent + 1 <= burst
        _spent[key] = (spent + allowed, now)
        return allowed
