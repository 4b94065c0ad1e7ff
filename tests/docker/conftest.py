"""The images that tests in this folder use."""

from typing import TYPE_CHECKING

import pytest

from grader.sandbox.images import Image, ensure_harness, ensure_runner
from grader.settings import Settings

if TYPE_CHECKING:
    from docker import DockerClient


@pytest.fixture(scope="session")
def runner(engine: "DockerClient") -> Image:
    """The runner image."""
    return ensure_runner(engine, Settings(), print)


@pytest.fixture(scope="session")
def harness(engine: "DockerClient") -> Image:
    """The harness image."""
    return ensure_harness(engine, Settings(), print)
