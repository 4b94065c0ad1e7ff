"""A session between two processes that a test steers."""

from collections.abc import Iterator

import pytest

from grader.sandbox.session import Session, running
from grader.verdicts import Job
from tests.sandbox.steered import FakeProcess, Launcher


@pytest.fixture
def harness() -> FakeProcess:
    return FakeProcess(tail=b"harness says why")


@pytest.fixture
def candidate() -> FakeProcess:
    return FakeProcess(tail=b"caf\xc3\xa9 \xff")


@pytest.fixture
def session(harness: FakeProcess, candidate: FakeProcess) -> Iterator[Session]:
    with running(harness, lambda: candidate, Job(pack="/p", seed=7)) as running_session:
        yield running_session


@pytest.fixture
def launch(candidate: FakeProcess) -> Launcher:
    return Launcher(candidate)
