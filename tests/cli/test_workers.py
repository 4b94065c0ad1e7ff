"""`grader worker`, `grader status` and `--broker`: what is wrong is one line, and nothing secret is ever shown."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from grader.cli.main import app
from grader.errors import Exit

NOBODY = "redis://:secret@127.0.0.1:1/0"


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """Call the grader with these words; its exit code and all that it prints."""
    monkeypatch.delenv("GRADER_BROKER", raising=False)
    monkeypatch.delenv("GRADER_STORE", raising=False)

    def run(*words: object) -> tuple[int, str]:
        result = CliRunner().invoke(app, [str(word) for word in words])
        assert "secret" not in result.output
        return result.exit_code, " ".join(result.output.split())

    return run


Call = Callable[..., tuple[int, str]]


@pytest.mark.parametrize("command", [["status"], ["worker", "--store", "/tmp"]], ids=" ".join)  # noqa: S108
@pytest.mark.parametrize(
    ("broker", "code", "says"),
    [
        ("", Exit.USAGE, "no broker is named → pass --broker URL, or set GRADER_BROKER"),
        ("http://:secret@host", Exit.USAGE, "--broker http://host: this is no address of a broker"),
        (NOBODY, Exit.INFRASTRUCTURE, "the broker redis://127.0.0.1:1/0 does not answer"),
    ],
    ids=["none", "wrong", "silent"],
)
def test_a_broker_that_is_none(call: Call, command: list[str], broker: str, code: Exit, says: str) -> None:
    words = [*command, "--broker", broker, *(["--sandbox", "local"] if command[0] == "worker" else [])]
    found, text = call(*words)
    assert (found, says in text) == (code, True), text


def test_a_worker_without_a_store(call: Call) -> None:
    code, text = call("worker", "--broker", NOBODY, "--sandbox", "local")
    assert (code, "no store is named" in text) == (Exit.USAGE, True)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--jobs", "2"], "--jobs is the workers' own with --broker"),
        (["--runtime", "runsc"], "--runtime is the workers' own with --broker"),
        (["--challenge", "PACK"], "is a folder, and workers have packs by their slug only"),
    ],
    ids=["jobs", "runtime", "folder"],
)
def test_what_a_batch_cannot_tell_workers(
    call: Call, submission: Path, make_pack: Callable[..., Path], tmp_path: Path, words: list[str], says: str
) -> None:
    words = [str(make_pack()) if word == "PACK" else word for word in words]
    code, text = call(
        "batch", submission, "--broker", NOBODY, "--store", tmp_path / "s", "--out", tmp_path / "o", *words
    )
    assert (code, says in text) == (Exit.USAGE, True), text
    assert not (tmp_path / "o" / "batch.json").exists()


def test_a_batch_whose_broker_is_silent_ends_before_anything_is_sent(
    call: Call, submission: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address may stand in the environment, as it should where it holds a password."""
    monkeypatch.setenv("GRADER_BROKER", NOBODY)
    monkeypatch.setenv("GRADER_STORE", str(tmp_path / "s"))
    code, text = call("batch", submission, "--challenge", "receipt-points", "--out", tmp_path / "o")
    assert (code, "the broker redis://127.0.0.1:1/0 does not answer" in text) == (Exit.INFRASTRUCTURE, True), text
    assert not (tmp_path / "s").exists()


def test_without_the_extra_it_says_what_to_install(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.batch.remote.extra.find_spec", lambda name: None if name == "celery" else name)
    code, text = call("status", "--broker", NOBODY)
    assert (code, text) == (
        Exit.USAGE,
        "error: a broker needs celery, which is not installed → pip install 'grader[workers]'",
    )


def test_other_commands_do_without_the_extra() -> None:
    """Neither `grader run` nor a plain `grader batch` imports any of it."""
    script = (
        "import sys\n"
        "for name in ('celery', 'kombu', 'redis', 'fsspec'): sys.modules[name] = None\n"
        "from grader.cli.main import app\n"
        "from typer.testing import CliRunner\n"
        "from grader.batch import batch, local, perform\n"
        "result = CliRunner().invoke(app, ['batch', '/nowhere.zip', '--out', '/nowhere/out'])\n"
        "assert result.exit_code == 2 and 'is not there' in result.output, result.output\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
