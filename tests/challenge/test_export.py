"""A candidate gets the brief, the contract and the starter, and nothing that gives a check away."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.challenge.export import ACTION, WORKFLOW, export_pack
from grader.challenge.mutants import read_mutants, variants
from grader.challenge.pack import available, load_pack
from grader.errors import UsageError

MakePack = Callable[..., Path]
TEXTS = {".py", ".md", ".toml", ".txt", ".yaml"}


def lines(folder: Path) -> set[str]:
    """Every line of its files that is long enough to be somebody's own; an example's `"total": "9.00"` is not."""
    texts = (path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.suffix in TEXTS)
    return {line.strip() for text in texts for line in text.splitlines() if len(line.strip()) >= 40}


@pytest.fixture(params=available())
def exported(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    """Each shipped pack, as a candidate gets it."""
    export_pack(load_pack(request.param), tmp_path / "out")
    return request.param, tmp_path / "out"


def test_brief_contract_and_starter_are_there_and_nothing_else(exported: tuple[str, Path]) -> None:
    """The starter lies at the top, so that the folder is the project to work in."""
    slug, folder = exported
    pack = load_pack(slug).folder
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    starter = {path.relative_to(pack / "starter").as_posix() for path in (pack / "starter").rglob("*")}
    assert {"BRIEF.md", "openapi.yaml", WORKFLOW} <= names
    assert names - {"BRIEF.md", "openapi.yaml", WORKFLOW} <= starter
    assert "starter" not in {path.name for path in folder.iterdir()}


def test_no_check_mutant_question_or_solution_leaks(exported: tuple[str, Path]) -> None:
    """No id, no line of a check or of a solution beyond what the starter shares, no mutant, no question."""
    slug, folder = exported
    pack = load_pack(slug)
    text = "\n".join(path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file())
    told = lines(folder)
    assert told & lines(pack.folder / "checks") == set()
    shared = lines(pack.folder / "starter")
    for solution in variants(pack).values():
        assert lines(solution) & told <= shared
    assert [check.id for check in pack.checks if "." in check.id and check.id in text] == []
    assert [mutant.id for mutant in read_mutants(pack) if mutant.description in text] == []
    assert [asked.question for asked in pack.rubric.questions if asked.question in text or asked.deep in text] == []


@pytest.fixture
def starter_pack(make_pack: MakePack) -> Path:
    """A pack with a starter, in which tools have left something."""
    folder = make_pack()
    for name in ("main.py", "tests/test_health.py", ".gitignore", "__pycache__/main.pyc", ".venv/bin/python"):
        (folder / "starter" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "starter" / name).write_text(name)
    return folder


def test_the_names_are_returned(starter_pack: Path, tmp_path: Path) -> None:
    """What tools left behind is not among them; an empty folder will do."""
    (tmp_path / "out").mkdir()
    names = export_pack(load_pack(str(starter_pack)), tmp_path / "out")
    assert names == [".gitignore", "BRIEF.md", "main.py", "openapi.yaml", "tests/test_health.py"]
    assert all((tmp_path / "out" / name).is_file() for name in names)


def test_a_folder_that_holds_something_is_refused(starter_pack: Path, tmp_path: Path) -> None:
    """Nobody's work is mixed up with it."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine.py").write_text("mine")
    with pytest.raises(UsageError, match="no empty folder"):
        export_pack(load_pack(str(starter_pack)), tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.py"]


@pytest.mark.parametrize("existed", [pytest.param(True, id="empty folder"), pytest.param(False, id="new folder")])
def test_nothing_is_left_half_written(
    existed: bool, starter_pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full at the second file leaves the folder as it was."""
    out = tmp_path / "out"
    if existed:
        out.mkdir()
    copied = shutil.copyfile

    def fill_up(source: Path, target: Path) -> None:
        if target.name != ".gitignore":
            raise OSError(28, "No space left on device")
        copied(source, target)

    monkeypatch.setattr(shutil, "copyfile", fill_up)
    with pytest.raises(UsageError, match="out: cannot be written: No space left"):
        export_pack(load_pack(str(starter_pack)), out)
    assert out.exists() is existed
    assert not existed or list(out.iterdir()) == []


def test_a_starter_with_a_brief_of_its_own_is_refused(starter_pack: Path, tmp_path: Path) -> None:
    """One of the two would be lost."""
    (starter_pack / "starter/BRIEF.md").write_text("mine")
    with pytest.raises(UsageError, match="the pack's own BRIEF"):
        export_pack(load_pack(str(starter_pack)), tmp_path / "out")


def test_the_workflow_runs_public_checks_from_where_the_grader_is(tmp_path: Path) -> None:
    """The submission names its challenge by itself, and `public` is said in so many words."""
    export_pack(load_pack("user-directory"), tmp_path / "out", "acme/grader@0123abc")
    text = (tmp_path / "out" / WORKFLOW).read_text()
    assert ("uses: acme/grader@0123abc\n" in text, ACTION in text, 'public: "true"' in text) == (True, False, True)
    assert 'challenge = "user-directory"' in (tmp_path / "out/pyproject.toml").read_text()


@pytest.mark.parametrize("action", ["grader", "acme/grader", "acme/grader@v1\n      - run: id", "./x@v1", "a/b@$(id)"])
def test_an_action_of_another_form_is_refused(tmp_path: Path, action: str) -> None:
    """It would stand in a file that GitHub runs."""
    with pytest.raises(UsageError, match="is no action"):
        export_pack(load_pack("user-directory"), tmp_path / "out", action)
    assert not (tmp_path / "out").exists()


def test_a_pack_of_ones_own_has_no_workflow(starter_pack: Path, tmp_path: Path) -> None:
    """The action would not find it."""
    assert WORKFLOW not in export_pack(load_pack(str(starter_pack)), tmp_path / "out")
