from functools import cache

from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    webhook_secret: str
    ledger_url: str
    admin_api_key: str
    database_url: str


@cache
def get_settings() -> Settings:
    return Settings()
