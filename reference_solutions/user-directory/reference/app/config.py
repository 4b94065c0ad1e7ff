"""Settings, from the environment alone."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(frozen=True)

    database_url: str = "sqlite+aiosqlite:///./users.db"
    password_cost: int = 2**12
