"""Settings, from the environment alone."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(frozen=True)

    catalog_url: str
    pricing_url: str
    reviews_url: str
    upstream_timeout: float = Field(gt=0, description="Seconds for one attempt, to the end of the body.")
    auth_secret: SecretStr
    internal_key: SecretStr
