"""The pack `user-directory` is well-formed: what its parts say of each other is true."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from grader.challenge.pack import Pack, load_pack
from grader.harness.contract import Contract

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "challenges" / "user-directory"
REFERENCE = ROOT / "reference_solutions" / "user-directory"
OPERATIONS = ("POST /users", "GET /users", "GET /users/{id}", "PATCH /users/{id}", "DELETE /users/{id}")


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack("user-directory")


@pytest.fixture(scope="module")
def brief() -> str:
    return " ".join((FOLDER / "BRIEF.md").read_text(encoding="utf-8").split())


def test_the_pack_is_as_large_as_its_contract(pack: Pack) -> None:
    """At least thirty checks, in several files, for more than one level."""
    assert len(pack.checks) >= 30
    assert len({check.file for check in pack.checks}) >= 5
    assert {check.level.value for check in pack.checks} == {"junior", "mid"}


def test_every_check_has_exactly_one_question(pack: Pack) -> None:
    """An interviewer finds one question for every check, with a surface and a deep answer that differ."""
    asked = [check for question in pack.rubric.questions for check in question.checks]
    assert sorted(asked) == sorted(check.id for check in pack.checks)
    assert all(len(question.deep) > len(question.surface) > 0 for question in pack.rubric.questions)


def test_weights_are_a_hundred_and_the_brief_tells_them(pack: Pack, brief: str) -> None:
    """A candidate reads the same categories and points that the score uses."""
    assert sum(pack.rubric.categories.values()) == 100
    assert {check.category for check in pack.checks} == set(pack.rubric.categories)
    for category, points in pack.rubric.categories.items():
        assert f"| {category} | {points:g} |" in brief


def test_required_checks_exist(pack: Pack) -> None:
    """No check waits for one that is not there."""
    known = {check.id for check in pack.checks}
    assert {required for check in pack.checks for required in check.requires} <= known


@pytest.mark.parametrize("operation", [*OPERATIONS, "GET /health"])
def test_contract_and_brief_name_every_operation(operation: str, brief: str) -> None:
    """`openapi.yaml` loads and has the operation; the brief describes it under a heading of its own."""
    assert operation in Contract.load(FOLDER / "openapi.yaml").operations
    assert f"### {operation}" in brief


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("1 to 100 characters once surrounding white space is stripped", id="name"),
        pytest.param("8 to 128 characters", id="password"),
        pytest.param("`limit`: 1 to 100, 20 if absent", id="limit"),
        pytest.param("`offset`: 0 or more, 0 if absent", id="offset"),
        pytest.param("`PUT /users/{id}` is not offered: 405", id="put"),
        pytest.param("Malformed JSON is answered with 400 or 422", id="malformed"),
        pytest.param("at most 2 times the reference's, half at most 4 times", id="latency"),
        pytest.param("uvicorn <entry point> --host 127.0.0.1 --port 8000", id="how it is run"),
    ],
)
def test_the_brief_says_what_is_checked(words: str, brief: str) -> None:
    """A candidate can work from the brief alone."""
    assert words in brief


def test_bounds_of_the_contract_are_those_of_the_brief() -> None:
    """The schema's bounds are the numbers that the brief gives, and unknown members are refused on both ways in."""
    contract = Contract.load(FOLDER / "openapi.yaml")
    for key in ("POST /users", "PATCH /users/{id}"):
        body = contract.operation(key).body
        assert body is not None
        assert body["additionalProperties"] is False
        bounds = {
            name: (member.get("minLength"), member.get("maxLength")) for name, member in body["properties"].items()
        }
        assert bounds == {"email": (None, None), "name": (1, 100), "password": (8, 128)}


def test_checks_use_data_that_a_contract_may_use() -> None:
    """Addresses are at example domains, and no check knows a fixed address or a clock."""
    for file in (FOLDER / "checks").glob("*.py"):
        source = file.read_text(encoding="utf-8")
        assert not re.search(r"@[a-z]+\.(test|local|invalid|localhost)\b", source), file.name
        assert not re.search(r"\b(sleep|perf_counter|monotonic)\(", source), file.name


def test_mutants_edit_what_is_there_and_name_checks_that_exist(pack: Pack) -> None:
    """Every edit applies exactly once, leaves valid Python, and every check is caught out by some mutant."""
    mutants = tomllib.loads((FOLDER / "mutants.toml").read_text(encoding="utf-8"))["mutants"]
    known = {check.id for check in pack.checks}
    assert len({mutant["id"] for mutant in mutants}) == len(mutants) >= 20
    for mutant in mutants:
        assert set(mutant["caught_by"]) <= known, mutant["id"]
        files: dict[str, str] = {}
        for edit in mutant["edits"]:
            source = files.get(edit["file"]) or (REFERENCE / "reference" / edit["file"]).read_text(encoding="utf-8")
            assert source.count(edit["find"]) == 1, (mutant["id"], edit["find"])
            files[edit["file"]] = source.replace(edit["find"], edit["replace"])
        for source in files.values():
            ast.parse(source)
    assert {check for mutant in mutants for check in mutant["caught_by"]} == known


@pytest.mark.parametrize("variant", ["reference", "memory", "sqlmodel"])
def test_references_are_there(variant: str) -> None:
    """Three correct solutions of different build ship with the pack."""
    assert (REFERENCE / variant / "README.md").is_file()
