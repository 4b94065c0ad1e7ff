"""Data that outlives a kill, migrated before each start: a file in both sandboxes, and a PostgreSQL of the pod."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grader.errors import UsageError
from grader.grade import grade
from grader.report.model import Report, Status
from grader.request import NobodyWatches, Request
from grader.sandbox.docker_backend import DockerSandbox
from grader.sandbox.engine import RUN_LABEL
from grader.sandbox.local_backend import LocalSandbox
from grader.settings import Settings
from grader.verdicts import Verdict

if TYPE_CHECKING:
    from docker import DockerClient

HOME = Path(__file__).parent
JOB = Request(HOME / "app", str(HOME / "pack"), seed=1, sandbox="local", insight=False)
PASSED = dict.fromkeys(("stored.survives", "stored.seen", "stored.alone"), Verdict.PASSED)


def graded(job: Request, client: "DockerClient | None" = None) -> Report:
    settings = Settings()
    sandbox = DockerSandbox(settings, client) if client else LocalSandbox(settings)
    return grade(replace(job, sandbox="docker" if client else "local"), sandbox, settings, NobodyWatches())


def verdicts(report: Report) -> dict[str, Verdict]:
    return {check.id: check.verdict for check in report.checks}


def test_a_file_outlives_a_kill_in_the_local_sandbox() -> None:
    """The folder is there, the table is made by the migration, each start migrates again."""
    assert verdicts(graded(JOB)) == PASSED


@pytest.mark.docker
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_both_databases_serve_in_docker(engine: "DockerClient", database: str) -> None:
    """The harness sees sessions, schema and rows of the server; the application's role has no other rights."""
    report = graded(replace(JOB, options={"database": database}), engine)
    assert verdicts(report) == PASSED
    assert ("postgres" in report.environment.images) == (database == "postgres")
    left = engine.api.containers(all=True, filters={"label": RUN_LABEL})
    assert [one["Names"] for one in left if "postgres" in str(one["Names"])] == []


def test_the_local_sandbox_has_no_server() -> None:
    """It says where there is one."""
    with pytest.raises(UsageError, match="the local sandbox runs no postgres") as told:
        graded(replace(JOB, options={"database": "postgres"}))
    assert told.value.hint == "use --sandbox docker"


def test_a_migration_that_fails_rejects_with_its_output(tmp_path: Path) -> None:
    """What Alembic said is in the report."""
    shutil.copytree(HOME / "app", tmp_path / "app")
    (tmp_path / "app/migrations/versions/first.py").write_text("raise RuntimeError('no such revision')\n")
    report = graded(replace(JOB, source=tmp_path / "app"))
    assert report.status is Status.REJECTED
    assert report.problem
    assert "`alembic upgrade head` ended with status 1" in report.problem.message
    assert "RuntimeError: no such revision" in report.problem.detail
