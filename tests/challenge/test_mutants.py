"""Mutants are read, judged and grown; an edit that does not apply exactly once is named."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.challenge.mutants import Mutant, grow, read_mutants, variants
from grader.challenge.pack import available, load_pack
from grader.errors import UsageError

MakePack = Callable[..., Path]
MUTANT = """
[[mutants]]
id = "off-by-one"
description = "One too many."
edits = [{ file = "app/main.py", find = "limit", replace = "limit + 1" }]
caught_by = ["a.one"]
"""


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    """A reference with a file that mutants change, one of the same text twice, and what tools leave."""
    folder = tmp_path / "reference"
    for name, text in {
        "app/main.py": "return limit\n",
        "app/twice.py": "limit = limit\n",
        "app/__pycache__/main.pyc": "",
        "notes.db": "",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def mutant(*edits: tuple[str, str, str]) -> Mutant:
    """A mutant with these edits: file, find, replace."""
    parts = [{"file": file, "find": find, "replace": replace} for file, find, replace in edits]
    return Mutant.model_validate({"id": "m", "description": "d", "edits": parts, "caught_by": ["a.one"]})


def test_a_mutant_is_the_reference_with_its_edits(reference: Path, tmp_path: Path) -> None:
    """Every edit is applied, in order; the reference stays as it is; what tools left behind is not copied."""
    grown = tmp_path / "grown"
    grow(mutant(("app/main.py", "return", "yield"), ("app/main.py", "limit", "limit + 1")), reference, grown)
    assert (grown / "app/main.py").read_text() == "yield limit + 1\n"
    assert (reference / "app/main.py").read_text() == "return limit\n"
    assert sorted(path.name for path in grown.rglob("*") if path.is_file()) == ["main.py", "twice.py"]


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        pytest.param(("app/gone.py", "x", "y"), "mutant m: app/gone.py is not in the reference", id="no such file"),
        pytest.param(("app/main.py", "offset", "y"), "app/main.py holds 'offset' 0 times, not once", id="never"),
        pytest.param(("app/twice.py", "limit", "y"), "app/twice.py holds 'limit' 2 times, not once", id="twice"),
    ],
)
def test_an_edit_that_does_not_apply_once_is_an_error(
    edit: tuple[str, str, str], words: str, reference: Path, tmp_path: Path
) -> None:
    """File and text are named, and nothing is written."""
    with pytest.raises(UsageError) as raised:
        grow(mutant(("app/main.py", "limit", "1"), edit), reference, tmp_path / "grown")
    assert words in raised.value.message
    assert not (tmp_path / "grown").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("[[mutants]", "not valid TOML", id="no TOML"),
        pytest.param(MUTANT.replace("description", "words"), "mutants.0", id="a member missing"),
        pytest.param(MUTANT.replace("off-by-one", "Off by one"), "mutants.0.id", id="a bad id"),
        pytest.param(MUTANT + MUTANT, "two mutants are called off-by-one", id="an id twice"),
        pytest.param(MUTANT.replace("a.one", "a.nine"), "names check a.nine, which does not exist", id="unknown check"),
        pytest.param(MUTANT.replace('["a.one"]', "[]"), "mutants.0.caught_by", id="caught by nothing"),
        pytest.param(MUTANT.replace("app/main.py", "../x.py"), "../x.py is not within the reference", id="elsewhere"),
        pytest.param(MUTANT.replace("limit + 1", "limit"), "changes nothing", id="changes nothing"),
    ],
)
def test_a_broken_file_is_named_in_one_line(text: str, words: str, make_pack: MakePack) -> None:
    """The message begins with the file and says what is wrong with it."""
    folder = make_pack()
    (folder / "mutants.toml").write_text(text)
    with pytest.raises(UsageError) as raised:
        read_mutants(load_pack(str(folder)))
    assert raised.value.message.startswith(str(folder / "mutants.toml"))
    assert words in raised.value.message
    assert "\n" not in raised.value.message


def test_mutants_are_read(make_pack: MakePack) -> None:
    """A pack without the file has none."""
    folder = make_pack()
    assert read_mutants(load_pack(str(folder))) == ()
    (folder / "mutants.toml").write_text(MUTANT)
    (found,) = read_mutants(load_pack(str(folder)))
    assert (found.id, found.caught_by, found.edits[0].replace) == ("off-by-one", ("a.one",), "limit + 1")


def test_solutions_stand_in_the_pack_with_the_reference_first(make_pack: MakePack) -> None:
    """Folders of tools are no solutions; without a reference there is nothing to prove."""
    folder = make_pack()
    with pytest.raises(UsageError, match="tiny has no reference solution"):
        variants(load_pack(str(folder)))
    for name in ("a-variant", "reference", ".ruff_cache", "__pycache__"):
        (folder / "solutions" / name).mkdir(parents=True)
    assert list(variants(load_pack(str(folder)))) == ["reference", "a-variant"]


@pytest.mark.parametrize("slug", available())
def test_every_shipped_mutant_applies(slug: str, tmp_path: Path) -> None:
    """At least twenty a pack, and at least two variants beside the reference."""
    pack = load_pack(slug)
    solutions, mutants = variants(pack), read_mutants(pack)
    for each in mutants:
        grow(each, solutions["reference"], tmp_path / each.id)
    assert len(mutants) >= 20
    assert len(solutions) >= 3
    assert len(tomllib.loads((pack.folder / "mutants.toml").read_text())["mutants"]) == len(mutants)
