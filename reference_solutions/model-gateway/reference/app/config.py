"""Settings, from the environment alone. Members that are objects are read as JSON."""

from typing import Literal

from pydantic import BaseModel, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

Tier = Literal["free", "pro"]


class Client(BaseModel):
    tier: Tier


class Settings(BaseSettings):
    model_config = SettingsConfigDict(frozen=True)

    runtime_url: str
    api_keys: dict[str, Client]
    admin_key: SecretStr
    models: dict[str, dict[str, int]]
    batch_window_ms: float = Field(default=10, ge=0)
    max_batch: int = Field(default=8, gt=0)
    max_queue: int = Field(default=64, gt=0)
    runtime_timeout: float = Field(default=2, gt=0, description="Seconds for one call, to the end of the body.")
