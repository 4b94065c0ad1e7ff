"""The engine that tests in this folder use."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from grader.errors import EngineUnavailable
from grader.sandbox.engine import connect
from grader.sandbox.images import Image, ensure_harness, ensure_runner
from grader.settings import Settings

if TYPE_CHECKING:
    from docker import DockerClient


@pytest.fixture(scope="session")
def engine() -> "Iterator[DockerClient]":
    """A client of the engine; without one the test is skipped, but in continuous integration that is a failure."""
    try:
        client = connect(Settings())
    except EngineUnavailable as error:
        reason = f"{error.message}; {error.hint}"
        if os.environ.get("CI"):
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    yield client
    client.close()


@pytest.fixture(scope="session")
def runner(engine: "DockerClient") -> Image:
    """The runner image."""
    return ensure_runner(engine, Settings(), print)


@pytest.fixture(scope="session")
def harness(engine: "DockerClient") -> Image:
    """The harness image."""
    return ensure_harness(engine, Settings(), print)
