"""An application that is ended and started again, in both sandboxes."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grader.grade import grade
from grader.report.model import Report
from grader.request import NobodyWatches, Request
from grader.sandbox.docker_backend import DockerSandbox
from grader.sandbox.engine import RUN_LABEL
from grader.sandbox.local_backend import LocalSandbox
from grader.settings import Settings
from grader.verdicts import Verdict

if TYPE_CHECKING:
    from docker import DockerClient

HOME = Path(__file__).parent
EXPECTED = {
    "life.a-kept": Verdict.PASSED,
    "life.b-terminated": Verdict.PASSED,
    "life.c-left": Verdict.PASSED,
    "life.d-left-ending": Verdict.PASSED,
    "life.d-in-flight": Verdict.PASSED,
    "life.d-hasty": Verdict.FAILED,
    "life.e-crash": Verdict.FAILED,
    "life.e-busy": Verdict.FAILED,
    "life.e-deaf": Verdict.FAILED,
    "life.f-gone": Verdict.FAILED,
    "life.g-broken": Verdict.FAILED,
    "life.h-after": Verdict.BLOCKED,
}


@pytest.fixture(scope="module", params=["local", pytest.param("docker", marks=pytest.mark.docker)])
def report(request: pytest.FixtureRequest) -> Report:
    settings = Settings()
    job = Request(HOME / "app", str(HOME / "pack"), seed=1, sandbox=request.param, insight=False)
    if request.param == "local":
        return grade(job, LocalSandbox(settings), settings, NobodyWatches())
    client = request.getfixturevalue("engine")
    before = _mine(client)
    made = grade(job, DockerSandbox(settings, client), settings, NobodyWatches())
    assert _mine(client) == before, "something of the pod is left"
    return made


def _mine(client: "DockerClient") -> set[str]:
    """Containers and volumes of runs."""
    filters = {"label": RUN_LABEL}
    containers = {str(one["Id"]) for one in client.api.containers(all=True, filters=filters)}
    return containers | {str(one.name) for one in client.volumes.list(filters=filters)}


def test_each_end_gets_its_verdict(report: Report) -> None:
    """Files outlive both signals, whatever is left ended runs for the next check, and who misbehaves is found."""
    assert {check.id: check.verdict for check in report.checks} == EXPECTED


@pytest.mark.parametrize(
    ("check", "got"),
    [
        ("life.e-crash", "status 1"),
        ("life.e-busy", "the last one got status 200"),
        ("life.e-deaf", "it still runs"),
        ("life.f-gone", "it had ended by itself (status 3)"),
        ("life.g-broken", "its process ended (status 1)"),
    ],
)
def test_the_finding_says_what_it_did(report: Report, check: str, got: str) -> None:
    """In words, with the exit status."""
    (one,) = [found for found in report.checks if found.id == check]
    assert [finding.got for finding in one.evidence.findings] == [got]


def test_the_log_is_of_all_starts(report: Report) -> None:
    """The last start's traceback, and what the first one said."""
    assert "start 1\n" in report.log
    assert "RuntimeError: it does not start again" in report.log
