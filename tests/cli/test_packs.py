"""`grader challenge verify|lint|new|export` as authors meet them: exit codes, what is printed, what is left."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from grader.challenge.scaffold import scaffold
from grader.cli.main import app

Grader = Callable[..., Any]


def run(*words: str) -> Result:
    """The command in this process, on a terminal of 100 columns."""
    return CliRunner(env={"COLUMNS": "100", "NO_COLOR": "1"}).invoke(app, list(words), prog_name="grader")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A pack as `new` makes it."""
    return scaffold("order-book", tmp_path)


def test_a_new_pack_verifies_at_once(tmp_path: Path, grader: Grader) -> None:
    """`new`, then `lint`, `verify` and `export`, each with exit 0; the matrix and the JSON say the same."""
    made = grader("challenge", "new", "order-book", "--in", str(tmp_path))
    folder = str(tmp_path / "order-book")
    assert (made.code, f"next: grader challenge verify {folder}" in made.out) == (0, True)
    assert grader("challenge", "lint", folder).code == 0
    proved = grader("challenge", "verify", folder, "--seed", "3", "--json", str(tmp_path / "deep/proof.json"))
    assert proved.code == 0, proved.out + proved.err
    assert "order-book: 10 gradings, 6 mutants, 6 checks: proved" in proved.out
    assert "latest-note-for-all  ····■·" in proved.out
    (proof,) = json.loads((tmp_path / "deep/proof.json").read_text())
    row = dict(zip(proof["matrix"]["checks"], proof["matrix"]["mutants"]["latest-note-for-all"], strict=True))
    assert row["notes.read.ok"] == "failed"
    assert [one["seed"] for one in proof["trials"]] == [3] * 10
    assert grader("challenge", "export", folder, str(tmp_path / "out")).code == 0
    assert (tmp_path / "out/main.py").is_file()


def test_a_weak_check_is_found_out(folder: Path) -> None:
    """Exit 1: the mutant is uncaught, and the check exercised by nothing."""
    file = folder / "checks/read.py"
    file.write_text(file.read_text().replace('["text"].equals(note.text)', ""))
    ran = run("challenge", "verify", str(folder))
    assert ran.exit_code == 1
    for words in (
        "exercised by no mutant: notes.read.ok",
        "caught by nobody: latest-note-for-all",
        "latest-note-for-all: not caught by notes.read.ok (passed)",
        "latest-note-for-all  ····○·",
        "NOT proved",
    ):
        assert words in ran.output


def test_an_unfair_check_is_found_out(folder: Path) -> None:
    """Exit 1: the variant fails, and what the check expected and got is said."""
    file = folder / "checks/create.py"
    file.write_text(file.read_text().replace("reply.expect(201)", 'reply.json()["id"].equals("1")'))
    ran = run("challenge", "verify", str(folder))
    assert ran.exit_code == 1
    assert "reference: scores" in ran.output
    assert "reference: notes.create.status: expected" in ran.output


def test_a_check_with_a_fault_of_its_own_is_no_kill(folder: Path) -> None:
    """Exit 1: nothing was graded, and what was raised is said."""
    file = folder / "checks/read.py"
    file.write_text(file.read_text().replace("equals(note.text)", "equals(note.txt)"))
    ran = run("challenge", "verify", str(folder))
    assert ran.exit_code == 1
    assert "AttributeError: 'Note' object has no attribute 'txt'" in " ".join(ran.output.split())
    assert "not graded, by the grader's or the machine's fault: check notes.read.ok" in " ".join(ran.output.split())


def test_rounds_have_seeds_of_their_own_and_are_compared(folder: Path, tmp_path: Path) -> None:
    """A check that hangs on its draw is told as a verdict that changed, also beside a busy loop."""
    file = folder / "checks/read.py"
    text = file.read_text().replace("answers_404(api: Api, notes: Notes)", "answers_404(api: Api, notes: Notes, rng)")
    file.write_text(text.replace("refused(404)", "refused(404 if rng.random() < 0.5 else 410)"))
    ran = run(
        "challenge", "verify", str(folder), "--repeat", "4", "--load", "1", "--seed", "1", "--json", str(tmp_path / "p")
    )
    assert ran.exit_code == 1
    assert "changed between rounds: reference: notes.read.unknown: " in " ".join(ran.output.split())
    assert {one["seed"] for one in json.loads((tmp_path / "p").read_text())[0]["trials"]} == {1, 2, 3, 4}


def break_toml(folder: Path) -> None:
    (folder / "challenge.toml").write_text("slug = ")


def unbalance(folder: Path) -> None:
    file = folder / "challenge.toml"
    file.write_text(file.read_text().replace("validation = 40", "validation = 41"))


def repeat_an_id(folder: Path) -> None:
    file = folder / "checks/read.py"
    file.write_text(file.read_text().replace('"notes.read.ok", category', '"notes.create.ok", category'))


def lose(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def misplace_a_mutant(folder: Path) -> None:
    file = folder / "mutants.toml"
    file.write_text(file.read_text().replace('file = "main.py", find = "max', 'file = "app.py", find = "max'))


def outdate_a_mutant(folder: Path) -> None:
    file = folder / "solutions/reference/main.py"
    file.write_text(
        file.read_text().replace("max_length=280", "max_length=MOST").replace("app = ", "MOST = 280\napp = ")
    )


def double_a_mutant(folder: Path) -> None:
    file = folder / "solutions/reference/main.py"
    file.write_text(file.read_text() + "# max_length=280\n")


def import_nothing(folder: Path) -> None:
    file = folder / "checks/read.py"
    file.write_text("import absent_library\n" + file.read_text().replace("from __future__ import annotations\n", ""))


def break_the_conftest(folder: Path) -> None:
    file = folder / "checks/conftest.py"
    file.write_text("import absent_library\n" + file.read_text())


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        pytest.param(lose("BRIEF.md"), "order-book: the pack lacks BRIEF.md", id="a file missing"),
        pytest.param(lose("openapi.yaml"), "order-book: the pack lacks openapi.yaml", id="the contract missing"),
        pytest.param(break_toml, "challenge.toml: not valid TOML", id="bad TOML"),
        pytest.param(repeat_an_id, "two checks are called notes.create.ok: checks/create.py", id="an id twice"),
        pytest.param(unbalance, "the weights under [categories] add up to 101, not to 100", id="weights"),
        pytest.param(misplace_a_mutant, "mutant bound-exclusive: app.py is not in the reference", id="no such file"),
        pytest.param(
            outdate_a_mutant, "main.py holds 'max_length=280' 0 times, not once", id="edit that never applies"
        ),
        pytest.param(double_a_mutant, "main.py holds 'max_length=280' 2 times, not once", id="edit that applies twice"),
        pytest.param(
            import_nothing,
            "checks/read.py cannot be imported: ModuleNotFoundError: No module named 'absent_library'",
            id="a check imports something absent",
        ),
        pytest.param(
            break_the_conftest,
            "checks/conftest.py cannot be imported: ModuleNotFoundError: No module named 'absent_library'",
            id="the fixtures import something absent",
        ),
    ],
)
def test_a_broken_pack_is_one_line_and_exit_2(
    harm: Callable[[Path], None], words: str, folder: Path, tmp_path: Path
) -> None:
    """The place is named, nothing is proved and nothing half-written."""
    harm(folder)
    ran = run("challenge", "verify", str(folder), "--json", str(tmp_path / "proof.json"))
    assert ran.exit_code == 2
    (line,) = [line for line in ran.stderr.splitlines() if line.startswith("error: ")]
    assert words in line
    assert ran.stdout == ""
    assert not (tmp_path / "proof.json").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(("verify",), "name one or more packs, or pass --all", id="verify nothing"),
        pytest.param(("verify", "--all", "tiny"), "name one or more packs, or pass --all", id="verify both"),
        pytest.param(("verify", "nope"), "unknown challenge 'nope'", id="verify unknown"),
        pytest.param(("lint", "nope"), "unknown challenge 'nope'", id="lint unknown"),
        pytest.param(("new", "No Slug"), "'No Slug' is no slug", id="bad slug"),
        pytest.param(("export", "nope", "x"), "unknown challenge 'nope'", id="export unknown"),
        pytest.param(("export", "user-directory", "."), "no empty folder", id="export into something"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(
    words: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing is written."""
    (tmp_path / "mine").touch()
    monkeypatch.chdir(tmp_path)
    ran = run("challenge", *words)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert said in ran.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_lint_names_each_problem_and_exits_1(folder: Path) -> None:
    """One line a problem."""
    (folder / "BRIEF.md").write_text("# Nothing is said\n")
    ran = run("challenge", "lint", str(folder))
    assert ran.exit_code == 1
    assert "✘ BRIEF.md: it does not name the operation POST /notes" in ran.output.splitlines()


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs Linux's /proc")
def test_an_interruption_leaves_no_process_and_no_folder(folder: Path, tmp_path: Path) -> None:
    """Ctrl-C amid a grading that would hang: exit 130, and harness, candidates and busy loops are gone."""
    app_file = folder / "solutions/reference/main.py"
    app_file.write_text(
        app_file.read_text().replace(
            "@app.post(",
            f"import pathlib, time\n@app.middleware('http')\nasync def hang(request, call_next):\n"
            f"    pathlib.Path({str(tmp_path)!r}, 'reached').touch()\n    time.sleep(3600)\n\n\n@app.post(",
        )
    )
    (tmp_path / "tmp").mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "grader", "challenge", "verify", str(folder), "--load", "1"],
        env=os.environ | {"TMPDIR": str(tmp_path / "tmp")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    assert process.stdout
    reached = tmp_path / "reached"
    while not reached.exists() and process.poll() is None:
        os.sched_yield()
    process.send_signal(signal.SIGINT)
    output = process.communicate(timeout=60)[0].decode()
    assert process.returncode == 130, output
    assert list((tmp_path / "tmp").iterdir()) == []
    assert [line for line in _command_lines() if str(tmp_path) in line] == []


def _command_lines() -> list[str]:
    """Of every process of this machine."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(file.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:  # it ended meanwhile
            continue
    return found
