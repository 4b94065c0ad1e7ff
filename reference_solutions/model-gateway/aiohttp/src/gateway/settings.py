import json
import os
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Settings:
    runtime: str
    tiers: dict[str, str]
    admin: str
    models: dict[str, dict[str, int]]
    window: float
    batch: int
    queue: int
    seconds: float

    @classmethod
    def from_environment(cls) -> Self:
        get = os.environ.get
        keys = json.loads(os.environ["API_KEYS"])
        return cls(
            runtime=os.environ["RUNTIME_URL"].rstrip("/"),
            tiers={key: client["tier"] for key, client in keys.items()},
            admin=os.environ["ADMIN_KEY"],
            models=json.loads(os.environ["MODELS"]),
            window=float(get("BATCH_WINDOW_MS", "10")) / 1000,
            batch=int(get("MAX_BATCH", "8")),
            queue=int(get("MAX_QUEUE", "64")),
            seconds=float(get("RUNTIME_TIMEOUT", "2")),
        )
