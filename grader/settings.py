"""Typed settings: every default in one place, each overridable as `GRADER_<NAME>` in the environment."""

from pathlib import Path
from typing import Any

from platformdirs import user_cache_path
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from grader.errors import UsageError

MEBIBYTE = 1024 * 1024
_PREFIX = "GRADER_"


class Settings(BaseSettings):
    """The grader's settings. Sizes are in bytes, times in seconds.

    Raises:
        UsageError: one of the variables cannot be what it is set to.
    """

    model_config = SettingsConfigDict(env_prefix=_PREFIX, frozen=True, extra="ignore")

    # --- intake: what an archive may hold
    max_entries: int = Field(5_000, gt=0, description="entries in an archive")
    max_file_bytes: int = Field(20 * MEBIBYTE, gt=0, description="one file, unpacked")
    max_total_bytes: int = Field(100 * MEBIBYTE, gt=0, description="all files, unpacked, counted as they stream")
    max_ratio: int = Field(
        200, gt=0, description="unpacked over packed, for one file above a mebibyte and for the whole archive"
    )

    # --- sandbox: what a candidate may use
    memory_bytes: int = Field(
        2048 * MEBIBYTE,  # twenty argon2 hashes at once, with the library's defaults, take 1.3 GiB
        gt=0,
        description="the candidate's memory; swap is not added to it",
    )
    cpus: float = Field(1.0, gt=0, allow_inf_nan=False, description="the candidate's share of CPUs")
    pids: int = Field(256, gt=0, description="processes and threads")
    nofile: int = Field(1024, gt=0, description="open files")
    workspace_bytes: int = Field(256 * MEBIBYTE, gt=0, description="tmpfs that holds the submission")
    tmp_bytes: int = Field(64 * MEBIBYTE, gt=0, description="tmpfs at /tmp")
    inodes: int = Field(20_000, gt=0, description="inodes of each tmpfs")
    harness_memory_bytes: int = Field(512 * MEBIBYTE, gt=0, description="the harness's memory")
    runtime: str = Field("", description="OCI runtime, such as runsc; empty is the engine's default")

    # --- deadlines
    startup_deadline: float = Field(
        120.0, gt=0, allow_inf_nan=False, description="until the application listens; generous, for busy machines"
    )
    check_deadline: float = Field(120.0, gt=0, allow_inf_nan=False, description="one check")
    total_deadline: float = Field(900.0, gt=0, allow_inf_nan=False, description="all checks together")
    install_deadline: float = Field(300.0, gt=0, allow_inf_nan=False, description="installing declared dependencies")
    engine_deadline: float = Field(120.0, ge=1, allow_inf_nan=False, description="one call to the engine")
    engine_patience: float = Field(
        600.0, ge=0, allow_inf_nan=False, description="how long a batch waits for an engine that went away"
    )

    # --- workers on many machines
    broker: SecretStr = Field(SecretStr(""), description="address of the broker; it may hold a password")
    store: SecretStr = Field(SecretStr(""), description="directory or address of the store, such as s3://bucket/grader")
    heartbeat: float = Field(
        5.0,
        gt=0,
        allow_inf_nan=False,
        description="a worker says so often that it is at a job; after 12 without, it is lost",
    )
    visibility: int = Field(
        1800,
        ge=10,
        description="Redis gives a job that is not done by then to another worker, which looks who is at it",
    )

    # --- images
    python_version: str = Field("3.13", description="python:<version>-slim is pulled where it can be")
    postgres_version: str = Field("17", description="postgres:<version> is pulled where it can be")
    older_pythons: tuple[str, ...] = Field(
        ("3.11",), description="tried where a submission shuts the default out or pins what has no wheel for it"
    )
    debian_suites: tuple[str, ...] = Field(
        ("trixie", "bookworm"), description="tried in order where nothing can be pulled"
    )
    pull_images: bool = Field(True, description="try to pull the base image before making one from Debian packages")
    debian_mirror: str = Field("", description="Debian mirror for that; empty is debootstrap's own default")
    install_bytes: int = Field(1024 * MEBIBYTE, gt=0, description="size limit of installed dependencies")

    # --- places
    cache_dir: Path = Field(default_factory=lambda: user_cache_path("grader"), description="what may be thrown away")
    ca_bundle: Path | None = Field(None, description="CA bundle for downloads inside containers; else SSL_CERT_FILE")

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            first = error.errors()[0]
            name = str(first["loc"][0])
            raise _wrong(name, f"{first['msg']}, got {str(first['input'])[:80]!r}") from error
        except SettingsError as error:
            name = next((field for field in type(self).model_fields if f'"{field}"' in str(error)), "")
            raise _wrong(name, "write it as JSON, such as a list") from error


def _wrong(name: str, what: str) -> UsageError:
    return UsageError(
        f"the setting {_PREFIX}{name.upper()} is wrong: {what}", hint="correct or unset that environment variable"
    )
