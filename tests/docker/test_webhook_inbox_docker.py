"""The reference of webhook-inbox on a real PostgreSQL."""

from typing import TYPE_CHECKING

import pytest

from grader.challenge.pack import LATENCY, load_shipped
from grader.grade import grade
from grader.places import references_dir
from grader.request import NobodyWatches, Request
from grader.sandbox.docker_backend import DockerSandbox
from grader.settings import Settings
from grader.verdicts import Verdict

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = pytest.mark.docker


def test_the_reference_is_right_on_postgresql(engine: "DockerClient") -> None:
    # All but latency, which is compared on SQLite.
    checks = [check.id for check in load_shipped("webhook-inbox").checks if check.category != LATENCY]
    request = Request(
        references_dir() / "webhook-inbox" / "reference",
        "webhook-inbox",
        only=tuple(checks),
        options={"database": "postgres"},
        insight=False,
    )
    report = grade(request, DockerSandbox(Settings(), engine), Settings(), NobodyWatches())
    assert report.problem is None
    assert [check.id for check in report.checks if check.verdict is not Verdict.PASSED] == []
    assert len(report.checks) == len(checks)
