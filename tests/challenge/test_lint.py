"""Each rule of a pack's form: a scaffolded pack keeps them all, and each change breaks just one."""

from pathlib import Path

import pytest

from grader.challenge.brief import silences
from grader.challenge.lint import lint_pack
from grader.challenge.pack import load_pack
from grader.challenge.scaffold import scaffold
from grader.sandbox.local_backend import LocalSandbox
from grader.settings import Settings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A pack in good form."""
    return scaffold("order-book", tmp_path)


def edit(folder: Path, name: str, old: str, new: str) -> None:
    """Replace the one place where a text stands; an empty one stands at the end."""
    file = folder / name
    text = file.read_text()
    assert not old or text.count(old) == 1
    file.write_text(text.replace(old, new) if old else text + new)


@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        pytest.param(
            "challenge.toml",
            '"notes.create.ok", "notes.read.ok"',
            '"notes.create.ok"',
            "checks/read.py:14: check notes.read.ok has no interview question in challenge.toml",
            id="check without question",
        ),
        pytest.param(
            "BRIEF.md", "`POST /notes`", "`/notes`", "BRIEF.md: it does not name the operation POST /notes", id="silent"
        ),
        pytest.param(
            "BRIEF.md",
            "1 to 280 characters",
            "1 to 2800 characters",
            "BRIEF.md: it does not say 280, which is `maxLength` of Text in openapi.yaml",
            id="bound not in the brief",
        ),
        pytest.param(
            "challenge.toml",
            "[environment]",
            '[environment]\nDATABASE_URL = "sqlite://"',
            "BRIEF.md: it does not name the environment variable DATABASE_URL",
            id="variable not in the brief",
        ),
        pytest.param(
            "challenge.toml",
            "[environment]",
            '[upstreams]\ncatalog = "CATALOG_URL"\n[environment]',
            "BRIEF.md: it does not name the environment variable CATALOG_URL",
            id="upstream not in the brief",
        ),
        pytest.param("openapi.yaml", "openapi: 3.1.0", "openapi: 3.0.3", "openapi: is '3.0.3', not 3.1.x", id="3.0"),
        pytest.param(
            "openapi.yaml", "  title: Order book\n", "", "openapi.yaml: info: title must be there", id="no title"
        ),
        pytest.param("openapi.yaml", "paths:", "path:", "openapi.yaml: paths: must be a mapping", id="no paths"),
        pytest.param(
            "openapi.yaml", "  schemas:\n", "  schemas:\n    Loose: {type: strange}\n", "schemas: Loose: ", id="schema"
        ),
        pytest.param("openapi.yaml", "maxLength: 280}", "maxLength: many}", "broken schema", id="broken bound"),
        pytest.param("openapi.yaml", 'schemas/NewNote"', 'schemas/Nope"', "nothing stands at", id="reference"),
        pytest.param("openapi.yaml", "readNote", "createNote", "operationId createNote is used twice", id="id twice"),
        pytest.param(
            "openapi.yaml",
            "\n        - {name: id, in: path, required: true, schema: {type: string}}",
            " []",
            "GET /notes/{id}: id is no path parameter",
            id="template",
        ),
        pytest.param(
            "mutants.toml", "max_length=280", "max_length=250", "main.py holds 'max_length=250' 0 times", id="mutant"
        ),
        pytest.param("mutants.toml", "unknown-crashes", "text-coerced", "two mutants are called", id="mutant twice"),
        pytest.param("starter/main.py", "", "\nraise SystemExit", "starter: it does not start: ", id="does not start"),
        pytest.param("starter/main.py", '"/health"', '"/healthz"', "GET /health answers 404, not 200", id="no health"),
        pytest.param(
            "starter/README.md", "", "notes.read.unknown", "starter/README.md: it names the check", id="check id"
        ),
        pytest.param(
            "challenge.toml",
            'public = ["notes.create.ok", "notes.create.status", ',
            "public = [",
            "checks/read.py:14: the public check notes.read.ok requires notes.create.ok, which is hidden",
            id="half public",
        ),
        pytest.param("BRIEF.md", "", "See `created-with-200`.", "BRIEF.md: it names the mutant", id="mutant id"),
        pytest.param(
            "openapi.yaml",
            "summary: Keep a note",
            'summary: "Where do the notes live, and what happens to them when the process ends?"',
            "openapi.yaml: it holds an interview question",
            id="question",
        ),
        pytest.param(
            "starter/tests/test_health.py",
            "",
            "\n# return await try_bodies(api, 'POST', '/notes', cases)".replace("'", '"'),
            "starter/tests/test_health.py: it holds a line of the checks",
            id="line of a check",
        ),
    ],
)
def test_each_rule_is_looked_after(name: str, old: str, new: str, problem: str, folder: Path) -> None:
    """One line that names the place, and no other."""
    edit(folder, name, old, new)
    sandbox = LocalSandbox(Settings()) if name == "starter/main.py" else None
    problems = lint_pack(load_pack(str(folder)), sandbox)
    assert len(problems) == 1
    assert problem in problems[0]


def test_the_starter_of_a_pack_with_upstreams_is_started_too(folder: Path) -> None:
    """As it would be in a grading: one that calls an upstream while it starts is answered."""
    edit(folder, "challenge.toml", "[environment]", '[upstreams]\ncatalog = "CATALOG_URL"\n[environment]')
    edit(folder, "BRIEF.md", "", "\n`CATALOG_URL` is where the catalogue is.\n")
    calling = "\nimport os\nimport socket\n\nport = int(os.environ['CATALOG_URL'].rpartition(':')[2])\n"
    calling += "socket.create_connection(('127.0.0.1', port)).close()\n"
    edit(folder, "starter/main.py", "", calling)
    assert lint_pack(load_pack(str(folder)), LocalSandbox(Settings())) == []


def remove(folder: Path) -> None:
    """Remove a folder and all that is in it."""
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    folder.rmdir()


@pytest.mark.parametrize(
    ("gone", "problem"),
    [
        pytest.param("starter", "starter: there is none", id="starter"),
        pytest.param("solutions/sqlite", "solutions: there is no variant", id="variant"),
        pytest.param("solutions", "order-book has no reference solution", id="solutions"),
    ],
)
def test_what_is_missing_is_named(gone: str, problem: str, folder: Path) -> None:
    """A starter, a variant, a reference."""
    remove(folder / gone)
    assert [line for line in lint_pack(load_pack(str(folder))) if problem in line]


def test_a_pack_without_mutants_shows_nothing(folder: Path) -> None:
    """Its checks may find nothing at all."""
    (folder / "mutants.toml").unlink()
    assert lint_pack(load_pack(str(folder))) == [
        "mutants.toml: there is no mutant, so nothing shows that the checks find anything"
    ]


def test_the_graders_own_files_are_no_part_of_a_starter(folder: Path) -> None:
    """Checks that lie in the starter are handed out."""
    (folder / "starter/checks").mkdir()
    assert lint_pack(load_pack(str(folder))) == ["starter/checks: that is the grader's own, and no candidate gets it"]


def document(**schema: object) -> dict[str, object]:
    """A contract whose one parameter has this schema."""
    parameter = {"name": "limit", "in": "query", "schema": schema}
    return {"paths": {"/items": {"get": {"parameters": [parameter]}}}}


@pytest.mark.parametrize(
    ("schema", "brief"),
    [
        pytest.param({"maximum": 100}, "at most 100.", id="at the end of a sentence"),
        pytest.param({"maximum": 1000}, "at most 1,000 items", id="thousands with a comma"),
        pytest.param({"maximum": 1000}, "at most 1000 items", id="thousands without"),
        pytest.param({"minimum": 0.5}, "from 0.5 on", id="fraction"),
        pytest.param({"minimum": 0}, "not negative", id="zero in words"),
        pytest.param({"minLength": 1}, "must not be empty", id="one in words"),
        pytest.param({"default": {"minimum": 7}}, "", id="a value that looks like a rule"),
        pytest.param({"type": "object", "properties": {"default": {"maximum": 7}}}, "at most 7", id="odd member"),
    ],
)
def test_a_bound_may_be_said_in_several_ways(schema: dict[str, object], brief: str) -> None:
    """Numbers as people write them."""
    assert list(silences(f"GET /items {brief}", document(**schema), ())) == []


@pytest.mark.parametrize(
    ("schema", "brief"),
    [
        pytest.param({"maximum": 100}, "at most 1000, 100.5, 1.100 or x100", id="part of another number"),
        pytest.param({"maximum": 7}, "at most seven", id="in words"),
        pytest.param({"properties": {"default": {"maximum": 7}}}, "", id="member with an odd name"),
    ],
)
def test_a_bound_that_is_not_said_is_missed(schema: dict[str, object], brief: str) -> None:
    """What nobody was told must not be checked."""
    assert len(list(silences(f"GET /items {brief}", document(**schema), ()))) == 1


@pytest.mark.parametrize(
    ("brief", "said"),
    [
        pytest.param("### GET /items", True, id="heading"),
        pytest.param("| `GET` | `/items` |", True, id="table"),
        pytest.param("GET /items/{id}", False, id="another path"),
        pytest.param("GET /items-of-mine", False, id="a longer path"),
        pytest.param("POST /items", False, id="another method"),
    ],
)
def test_an_operation_is_named_by_method_and_path(brief: str, said: bool) -> None:
    """Both, side by side."""
    assert (list(silences(brief, document(), ())) == []) is said
