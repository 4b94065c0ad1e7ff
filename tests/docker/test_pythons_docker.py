"""A submission that pins what has no wheel for the default Python runs on an older one."""

import pytest
from docker import DockerClient

from grader.errors import DependenciesRejected
from grader.intake.submission import Dependencies
from grader.sandbox.docker_backend import DockerSandbox
from grader.settings import Settings

pytestmark = pytest.mark.docker

OLD = Dependencies(requirements=("fastapi", "pydantic==2.6.0"), sources=("requirements.txt",))
"""Released before Python 3.13; its core has no wheel for it."""


def test_old_pins_run_on_an_older_python(engine: DockerClient) -> None:
    """The resolver's "no usable wheels" is no rejection where an older Python has one."""
    runtime = DockerSandbox(Settings(), engine).prepare(OLD, print)
    assert runtime.python.startswith("3.11.")
    assert "pydantic==2.6.0" in runtime.installed
    assert runtime.image


def test_without_an_older_python_they_are_rejected(engine: DockerClient) -> None:
    """The reason is the resolver's, of the Python that is meant."""
    with pytest.raises(DependenciesRejected, match="no usable wheels"):
        DockerSandbox(Settings(older_pythons=()), engine).prepare(OLD, print)
