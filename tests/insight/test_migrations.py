"""The way through a submission's migrations is told as it is, and changes no verdict."""

import json
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from grader.errors import PodError
from grader.insight.migrations import MARKER, STEPS, migration_steps, read
from grader.intake.submission import EntryPoint, Tree
from grader.placeholders import placeholder
from grader.sandbox.local_backend import LocalSandbox
from grader.sandbox.pod import PodSpec, Runtime
from grader.settings import Settings
from grader.verdicts import Job

APP = Path(__file__).parents[1] / "services" / "app"
DOWN = "def downgrade() -> None:\n    op.drop_table('notes')\n"


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PodSpec:
    """A submission with one migration, which cannot be undone."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    root = tmp_path / "app"
    shutil.copytree(APP, root, ignore=shutil.ignore_patterns("__pycache__"))
    files = tuple(sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()))
    return PodSpec(
        run_id="test",
        runtime=Runtime("3", {}),
        tree=Tree(root, files, "", 0),
        entry_point=EntryPoint("main", "app"),
        environment={"DATABASE_URL": f"sqlite:///{placeholder('data')}/notes.db"},
        pack=None,
        job=Job(pack="", seed=1),
        migrations=True,
    )


def outcome(spec: PodSpec) -> list[bool]:
    steps = migration_steps(spec, LocalSandbox(Settings()), lambda _: None)
    assert [step.command for step in steps] == (list(STEPS) if steps else [])
    return [step.ok for step in steps]


def test_each_step_is_told(spec: PodSpec) -> None:
    # No metadata to compare with, and no way back: both are said in Alembic's words.
    steps = migration_steps(spec, LocalSandbox(Settings()), lambda _: None)
    assert [step.ok for step in steps] == [True, False, False, True]
    assert "downgrade" in steps[2].output
    assert steps[0].output == ""


def test_a_way_back_is_seen(spec: PodSpec) -> None:
    # And the schema agrees with the models.
    first = spec.tree.root / "migrations/versions/first.py"
    first.write_text(first.read_text() + DOWN)
    env = spec.tree.root / "migrations/env.py"
    models = "from sqlalchemy import Column, Integer, MetaData, Table, Text\nmodels = MetaData()\n"
    models += "Table('notes', models, Column('id', Integer, primary_key=True), Column('text', Text))\n"
    env.write_text(
        models + env.read_text().replace("connection=connection", "connection=connection, target_metadata=models")
    )
    assert outcome(spec) == [True, True, True, True]


@pytest.mark.parametrize("missing", ["asked", "ini", "service"])
def test_there_may_be_nothing_to_tell(spec: PodSpec, missing: str) -> None:
    # The challenge runs none, there are none, or they need what only a pod has.
    if missing == "asked":
        assert outcome(replace(spec, migrations=False)) == []
    elif missing == "ini":
        assert outcome(replace(spec, entry_point=EntryPoint("main", "app", directory="migrations"))) == []
    else:
        assert outcome(replace(spec, services=("postgres",))) == []


class Refusing:
    """A sandbox whose tools do not start."""

    def run_tool(self, *_: object) -> bytes:
        raise PodError("no room")


def test_a_fault_here_is_nobodys(spec: PodSpec) -> None:
    # A run that was graded stays one.
    assert migration_steps(spec, Refusing(), lambda _: None) == []  # type: ignore[arg-type]  # a stand-in


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense",
        MARKER.encode() + b"[]",
        MARKER.encode() + json.dumps([{"ok": "yes", "output": ""}] * 4).encode(),
        MARKER.encode() + json.dumps([{"ok": True, "output": "x" * 2_001}] * 4).encode(),
    ],
    ids=["nothing", "no-marker", "too-few", "wrong-type", "too-long"],
)
def test_what_has_another_form_says_nothing(answer: bytes) -> None:
    # Whoever wrote it.
    assert read(answer) == []


def test_its_marker_may_stand_in_what_alembic_says() -> None:
    """A line begins with it, or it is text."""
    done = [{"ok": True, "output": ""}] * 3 + [{"ok": False, "output": f"{MARKER}[]\n{MARKER}[]"}]
    assert [step.ok for step in read(f"{MARKER}{json.dumps(done)}\n".encode())] == [True, True, True, False]


def test_control_characters_are_shown() -> None:
    # Alembic's words hold the candidate's.
    done = [{"ok": False, "output": "\x1b[31mred"}] * 4
    assert "\x1b" not in read(MARKER.encode() + json.dumps(done).encode())[0].output
