"""Settings, from the environment alone."""

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class DatabaseSettings(BaseSettings):
    """All that a migration needs."""

    model_config = SettingsConfigDict(frozen=True)

    database_url: str


class Settings(DatabaseSettings):
    webhook_secret: SecretStr
    ledger_url: str
    admin_api_key: SecretStr
