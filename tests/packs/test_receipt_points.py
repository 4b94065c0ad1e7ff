"""The pack `receipt-points`: its form, its own arithmetic, and the receipts that it makes."""

import importlib.util
import os
import random
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from grader.challenge.mutants import grow, read_mutants, variants
from grader.challenge.pack import Pack, load_pack
from grader.harness import Api
from grader.harness.contract import Contract
from grader.harness.schema import Judge

SEEDS = range(300)
PROCESS = "POST /receipts/process"


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack("receipt-points")


@pytest.fixture(scope="module")
def shared(pack: Pack) -> Iterator[ModuleType]:
    """The pack's conftest, as a module."""
    spec = importlib.util.spec_from_file_location("receipt_points_shared", pack.folder / "checks" / "conftest.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    try:
        spec.loader.exec_module(module)
        yield module
    finally:
        del sys.modules[spec.name]


def _shop(shared: ModuleType, seed: int) -> Any:
    return shared.Shop(Api(port=1), random.Random(seed))


def test_every_check_has_a_question_and_a_mutant(pack: Pack) -> None:
    """No check stands without an interview question, nor without a defect that it is there to catch."""
    ids = {check.id for check in pack.checks}
    assert ids == set(pack.questions)
    assert ids == {check for mutant in read_mutants(pack) for check in mutant.caught_by}


def test_every_mutant_applies_and_is_python(pack: Pack, tmp_path: Path) -> None:
    """The text that a mutant replaces stands exactly once in the reference, and what comes of it compiles."""
    reference = variants(pack)["reference"]
    for mutant in read_mutants(pack):
        grow(mutant, reference, tmp_path / mutant.id)
        for edit in mutant.edits:
            file = tmp_path / mutant.id / edit.file
            compile(file.read_bytes(), str(file), "exec")
            assert file.read_bytes() != (reference / edit.file).read_bytes()


def test_there_is_more_than_one_correct_build(pack: Pack) -> None:
    """The reference and two variants ship with the pack."""
    assert set(variants(pack)) == {"reference", "single-file", "sqlite"}


def test_a_receipt_that_all_rules_favour_is_worth_more(shared: ModuleType) -> None:
    """Whichever rule is broken: no other receipt has as many points, by any two of its rules."""
    for seed in SEEDS:
        shop = _shop(shared, seed)
        plain, rich = shop.body(), shop.rich()
        assert shared.Rules.name(rich["retailer"]) >= shared.Rules.points(plain) + 30
        assert shared.Rules.points(rich) >= shared.Rules.name(rich["retailer"]) + 50 + 25 + 6 + 10 + 5


def test_the_pack_is_as_large_as_its_contract(pack: Pack) -> None:
    """At least thirty checks for more than one level, and at least twenty mutants."""
    assert len(pack.checks) >= 30
    assert len(read_mutants(pack)) >= 20
    assert {check.level.value for check in pack.checks} == {"junior", "mid"}


def test_the_brief_names_operations_and_weights(pack: Pack) -> None:
    """A candidate reads the operations that `openapi.yaml` declares, and the points that the score uses."""
    brief = (pack.folder / "BRIEF.md").read_text(encoding="utf-8")
    operations = Contract.load(pack.folder / "openapi.yaml").operations
    rows = [f"| {category} | {points:g} |" for category, points in pack.rubric.categories.items()]
    assert [words for words in (*(f"`{key}`" for key in operations), *rows) if words not in brief] == []


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("answered with 400, FastAPI's usual 422 included", id="400"),
        pytest.param("Never with a 5xx, and never with a 200 whose points fail later", id="never"),
        pytest.param("without white space", id="id"),
        pytest.param("one or more of: word characters", id="characters"),
        pytest.param("It has no sign", id="sign"),
        pytest.param("even where a library would read it", id="forms"),
        pytest.param("`total` need not equal the sum of the items, and a date in the future is valid", id="free"),
        pytest.param("An underscore is neither", id="underscore"),
        pytest.param("Both can apply; 0.00 counts as both", id="both"),
        pytest.param("12.25 gives 3, 10.00 gives 2, 5.00 gives 1", id="exact"),
        pytest.param("strictly after 14:00 and strictly before 16:00", id="afternoon"),
        pytest.param("Forty different receipts, sent at once", id="forty"),
        pytest.param("Whether the same receipt, sent twice, gives one id or two", id="twice"),
        pytest.param("A JSON number where a string is due", id="numbers"),
        pytest.param("**28 points**", id="first example"),
        pytest.param("**109 points**", id="second example"),
        pytest.param("150 times a second", id="latency"),
    ],
)
def test_the_brief_says_what_the_contract_says(pack: Pack, words: str) -> None:
    """A candidate can work from the brief alone."""
    assert words in " ".join((pack.folder / "BRIEF.md").read_text(encoding="utf-8").split())


@pytest.mark.parametrize("project", ["reference", "starter"])
def test_a_project_passes_its_own_tests(pack: Pack, project: str, tmp_path: Path) -> None:
    """What is handed out works where it is unpacked, whatever else is on the machine."""
    source = variants(pack)[project] if project == "reference" else pack.folder / project
    shutil.copytree(source, tmp_path / "project", ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio", "tests"]
    # Coverage of this repository is not measured in another project.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST"))}
    done = subprocess.run(
        command, cwd=tmp_path / "project", capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _receipt(**members: Any) -> dict[str, Any]:
    """A receipt that is worth nothing."""
    item = {"shortDescription": "Milk", "price": "1.01"}
    plain = {"retailer": "&", "purchaseDate": "2022-01-02", "purchaseTime": "08:13", "items": [item], "total": "1.01"}
    return {**plain, **members}


def _items(*pairs: tuple[str, str]) -> dict[str, Any]:
    return {"items": [{"shortDescription": description, "price": price} for description, price in pairs]}


@pytest.mark.parametrize(
    ("members", "points"),
    [
        pytest.param({}, 0, id="nothing"),
        pytest.param({"retailer": "a_1 - Z&"}, 3, id="letters and digits"),
        pytest.param({"total": "7.00"}, 75, id="no cents"),
        pytest.param({"total": "0.00"}, 75, id="zero"),
        pytest.param({"total": "7.25"}, 25, id="a quarter"),
        pytest.param({"total": "2.26"}, 0, id="nearly a quarter"),
        pytest.param(_items(*[("Milk", "1.01")] * 5), 10, id="two pairs of five"),
        pytest.param(_items(("  abc ", "12.25")), 3, id="rounded up"),
        pytest.param(_items(("abc", "10.00")), 2, id="whole"),
        pytest.param(_items(("abc", "5.00")), 1, id="whole and odd"),
        pytest.param(_items(("abc", "0.01")), 1, id="next to nothing"),
        pytest.param(_items(("abc", "0.00")), 0, id="free"),
        pytest.param(_items(("abc", "1000000000.00")), 200_000_000, id="a billion"),
        pytest.param({"purchaseDate": "2022-02-31"}, 6, id="odd day"),
        pytest.param({"purchaseTime": "14:00"}, 0, id="at two"),
        pytest.param({"purchaseTime": "14:01"}, 10, id="after two"),
        pytest.param({"purchaseTime": "15:59"}, 10, id="before four"),
        pytest.param({"purchaseTime": "16:00"}, 0, id="at four"),
    ],
)
def test_the_formula_is_the_contract(shared: ModuleType, members: dict[str, Any], points: int) -> None:
    """Each rule gives what the contract says, by itself."""
    assert shared.Rules.points(_receipt(**members)) == points


def test_the_formula_gives_the_worked_examples(shared: ModuleType) -> None:
    """28 and 109."""
    items = _items(
        ("Mountain Dew 12PK", "6.49"),
        ("Emils Cheese Pizza", "12.25"),
        ("Knorr Creamy Chicken", "1.26"),
        ("Doritos Nacho Cheese", "3.35"),
        ("   Klarbrunn 12-PK 12 FL OZ  ", "12.00"),
    )
    target = _receipt(retailer="Target", purchaseDate="2022-01-01", purchaseTime="13:01", total="35.35", **items)
    corner = {"retailer": "M&M Corner Market", "purchaseDate": "2022-03-20", "purchaseTime": "14:33", "total": "9.00"}
    assert shared.Rules.points(target) == 28
    assert shared.Rules.points(_receipt(**corner, **_items(*[("Gatorade", "2.25")] * 4))) == 109


def test_a_plain_receipt_is_valid_and_only_its_name_counts(pack: Pack, shared: ModuleType) -> None:
    """Whatever the seed: it fits the schema, its total is the sum, and no rule but that of the retailer applies."""
    schema = Contract.load(pack.folder / "openapi.yaml").operation(PROCESS).body
    assert schema is not None
    judge = Judge(schema)
    for seed in SEEDS:
        body = _shop(shared, seed).body()
        assert judge.problem(body) is None
        assert body["total"] == body["items"][0]["price"]
        assert shared.Rules.points(body) == len(body["retailer"])


@pytest.mark.parametrize("known", [7, "7", "r-17", "3fa8", "aZ3_k9Qx-Lw2", "01HZX3V9K2M4N6P8Q0R2S4T6V8"])
def test_an_unknown_id_is_another_one(shared: ModuleType, known: int | str) -> None:
    """Whatever ids look like, the unknown one is not the known one, and begins alike."""
    path = _shop(shared, 1).unknown(known)
    unknown = path.removeprefix("/receipts/").removesuffix("/points")
    assert unknown != str(known)
    assert len(unknown) >= len(str(known))


@pytest.mark.parametrize("written", ["{}", "{.hex}"], ids=["with hyphens", "without"])
def test_an_unknown_uuid_is_a_uuid_of_its_version(shared: ModuleType, written: str) -> None:
    """A path parameter that is typed as a UUID of version 4 takes the unknown id as well."""
    for seed in SEEDS:
        shop = _shop(shared, seed)
        known = uuid.UUID(int=shop._rng.getrandbits(128), version=4)
        unknown = uuid.UUID(Path(shop.unknown(written.format(known))).parts[-2])
        assert unknown != known
        assert (unknown.version, unknown.variant) == (4, known.variant)
