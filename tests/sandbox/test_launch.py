"""What happens before an application starts: its folder for data, its migrations; in its own place, seen in its log."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from grader.intake.submission import EntryPoint, Tree
from grader.placeholders import placeholder
from grader.sandbox.launch import data_folder, prepared
from grader.sandbox.local_process import LocalProcess, bare_environment, started
from grader.sandbox.pod import PodSpec, Runtime
from grader.verdicts import Job

LOOKS = [sys.executable, "-c", "import os; print(sorted(os.listdir()), os.listdir(os.environ['FOLDER']))"]
INI = "[alembic]\nscript_location = migrations\n"
ENV = """\
import os
from pathlib import Path
if "print" in os.environ:
    print(os.environ["print"])
Path(os.environ["FOLDER"], "upgraded").touch()
"""
BROKEN = "raise RuntimeError('no such table')"

Run = Callable[..., LocalProcess]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs what looks around in a folder with these files; gives the process, which has ended."""

    def runs(*, migrations: bool, data: bool = True, env: str = "", ini: str = "") -> LocalProcess:
        root = tmp_path / "work"
        (root / "migrations" / "versions").mkdir(parents=True, exist_ok=True)
        if ini:
            (root / "alembic.ini").write_text(ini)
        (root / "migrations" / "env.py").write_text(env)
        folder = placeholder("data") if data else str(root)
        spec = PodSpec(
            run_id="test",
            runtime=Runtime("3", {}),
            tree=Tree(root, (), "", 0),
            entry_point=EntryPoint("main", "app"),
            environment={"FOLDER": folder},
            pack=None,
            job=Job(pack="", seed=1),
            migrations=migrations,
        ).with_data_in(data_folder(str(root)))
        variables = {**bare_environment(tmp_path), **spec.environment}
        command = prepared(LOOKS, spec, root=str(root))
        with started(command, cwd=root, environment=variables) as process:
            process.wait()
            return process

    return runs


def test_the_folder_for_data_is_there(run: Run) -> None:
    # Empty at first, and what is in it stays.
    process = run(migrations=False, ini=INI, env=BROKEN)
    assert process.tail().decode() == "['.data', 'alembic.ini', 'migrations'] []\n"


def test_migrations_run_before(run: Run) -> None:
    # Where there is an `alembic.ini`, each time.
    for _ in range(2):
        log = run(migrations=True, ini=INI, env=ENV).tail().decode()
        assert log.endswith("['.data', 'alembic.ini', 'migrations'] ['upgraded']\n")


def test_without_an_ini_nothing_is_migrated(run: Run) -> None:
    # The application makes its tables itself.
    assert run(migrations=True, env=BROKEN).tail().decode() == "['.data', 'migrations'] []\n"


def test_a_migration_that_fails_is_the_end_and_is_told(run: Run) -> None:
    # What alembic says is the log, and the application does not start on a schema that is not there.
    process = run(migrations=True, ini=INI, env=BROKEN)
    log = process.tail().decode()
    assert process.wait() == 1
    assert "RuntimeError: no such table" in log
    assert log.endswith("[grader] `alembic upgrade head` ended with status 1\n")
    assert "'.data'" not in log


@pytest.mark.parametrize("migrations", [True, False])
def test_what_has_neither_begins_at_once(tmp_path: Path, migrations: bool) -> None:
    # No interpreter more than is needed.
    plain = PodSpec(
        "t", Runtime("3", {}), Tree(tmp_path, (), "", 0), EntryPoint("m", "a"), {}, None, Job(pack="", seed=1)
    )
    command = prepared(["python", "x"], replace(plain, migrations=migrations), root="/work")
    assert (command == ["python", "x"]) is not migrations
