"""The pack `product-bff`: its form, its products, and what it has the upstreams know."""

import asyncio
import importlib.util
import os
import random
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import jwt
import pytest

from grader.challenge.mutants import grow, read_mutants, variants
from grader.challenge.pack import Pack, load_pack
from grader.harness import Api, Json, Mismatch
from grader.harness.contract import Contract

SEEDS = range(300)
VARIABLES = {"AUTH_SECRET", "INTERNAL_KEY", "UPSTREAM_TIMEOUT"}


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack("product-bff")


@pytest.fixture(scope="module")
def shared(pack: Pack) -> Iterator[ModuleType]:
    """The pack's conftest, as a module."""
    spec = importlib.util.spec_from_file_location("product_bff_shared", pack.folder / "checks" / "conftest.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    try:
        spec.loader.exec_module(module)
        yield module
    finally:
        del sys.modules[spec.name]


class _Routes(dict[str, Any]):
    """Stands for `Upstreams`: remembers what is routed."""

    def __init__(self) -> None:
        super().__init__(dict.fromkeys(("catalog", "pricing", "reviews"), self))
        self.patience = 0.0
        self.scripts: dict[str, tuple[Any, ...]] = {}

    async def on(self, method: str, path: str, *scripts: Any) -> None:
        self.scripts[f"{method} {path}"] = scripts


def _shop(pack: Pack, shared: ModuleType, seed: int = 1, routes: _Routes | None = None) -> Any:
    rng = random.Random(seed)
    return shared.Shop(Api(port=1), routes or _Routes(), rng, pack.rubric.environment)


# --- its form


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
    """The reference and two variants ship with the pack: another client, and no `async def` for calls."""
    assert set(variants(pack)) == {"reference", "aiohttp", "threads"}


def test_the_pack_is_as_large_as_its_contract(pack: Pack) -> None:
    """At least 45 checks for all levels, and at least 40 mutants."""
    assert len(pack.checks) >= 45
    assert len(read_mutants(pack)) >= 40
    assert {check.level.value for check in pack.checks} == {"junior", "mid", "senior"}


def test_the_stalled_reader_is_for_seniors(pack: Pack) -> None:
    """What the contract marks as senior is so marked."""
    assert {check.level.value for check in pack.checks if check.id == "ws.stalled"} == {"senior"}


def test_every_category_has_checks_for_its_points(pack: Pack) -> None:
    """The brief's table and the rubric agree, and no category is empty."""
    points = {"validation": 9, "status_codes": 18, "behaviour": 18, "async": 32, "websocket": 13, "latency": 10}
    assert dict(pack.rubric.categories) == points
    assert {check.category for check in pack.checks} == set(points)


def test_the_brief_names_operations_and_weights(pack: Pack) -> None:
    """A candidate reads the operations that `openapi.yaml` declares, and the points that the score uses."""
    brief = (pack.folder / "BRIEF.md").read_text(encoding="utf-8")
    operations = Contract.load(pack.folder / "openapi.yaml").operations
    heads = [f"### {key.replace('{id}', '{id}')}" for key in operations]
    rows = [f"| {category} | {points:g} |" for category, points in pack.rubric.categories.items()]
    assert [words for words in (*heads, *rows) if words not in brief] == []


def test_the_brief_names_every_variable_and_gives_none_away(pack: Pack) -> None:
    """Every environment variable is explained; the secrets that are shown are not those of a grading."""
    brief = (pack.folder / "BRIEF.md").read_text(encoding="utf-8")
    names = [*pack.rubric.environment, *pack.rubric.upstreams.values()]
    assert [name for name in names if f"`{name}`" not in brief] == []
    assert set(pack.rubric.environment) == VARIABLES
    for name in VARIABLES - {"UPSTREAM_TIMEOUT"}:
        assert pack.rubric.environment[name] not in brief


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("Where several refusals apply to one request, any one of them will do", id="any refusal"),
        pytest.param("`products:readonly` is another word", id="scope"),
        pytest.param("Whether a token is still taken in the first minute after it expired is left open", id="leeway"),
        pytest.param("Credentials are checked before any upstream is called", id="credentials first"),
        pytest.param("**The caller's token is never sent to an upstream**", id="token"),
        pytest.param("The three calls for a product are made concurrently", id="fan-out"),
        pytest.param("**The catalog's 404 wins** over whatever pricing does", id="404 wins"),
        pytest.param("either code is right", id="502 or 504"),
        pytest.param("One product that fails (502 or 504, by the rules below) fails the whole list", id="list fails"),
        pytest.param('"degraded": ["reviews"]', id="degraded"),
        pytest.param("An upstream that answers 503 is asked once more, reviews included", id="second attempt"),
        pytest.param("within 0.3 seconds after the 503", id="soon"),
        pytest.param("the upstream sees exactly one request", id="no other is retried"),
        pytest.param("How often you retry a connection that was refused or broke is up to you", id="free retries"),
        pytest.param("**to the end of the answer's body**", id="to the end"),
        pytest.param("the second attempt has all of it again", id="each attempt"),
        pytest.param("Waiting for one of the 8 places is no part of an attempt", id="waiting"),
        pytest.param("do not give up earlier, on reviews neither", id="patience"),
        pytest.param("**at most 8 upstream requests in flight**", id="bound"),
        pytest.param("a second attempt counts like a first", id="attempts in the bound"),
        pytest.param("The limit is for each incoming request by itself", id="own bound"),
        pytest.param("calls for different products overlap", id="overlap"),
        pytest.param("open not more than ten connections to any upstream", id="pool"),
        pytest.param("While up to 20 requests, single products or lists, are held", id="held"),
        pytest.param("1 to 128 characters, each of them a letter, a digit, `-`, `_` or `.`", id="request id"),
        pytest.param("of **every** answer", id="every answer"),
        pytest.param("At most 20 ids. More than 20, or no parameter `ids` at all: 422", id="ids"),
        pytest.param("Repeated or empty ids in `ids`, blanks in it", id="repeated ids"),
        pytest.param("an `amount` without exactly two decimals", id="amount"),
        pytest.param("No upstream is asked", id="no upstream"),
        pytest.param("nothing is remembered for those that come later", id="not remembered"),
        pytest.param("closed with code 1008 before any message is sent", id="1008"),
        pytest.param("sorted as Python's `sorted` sorts texts", id="sorted"),
        pytest.param("The socket stays open, and keeps its subscriptions", id="invalid messages"),
        pytest.param("in the order in which they were accepted", id="order"),
        pytest.param("**A subscriber that has stopped reading holds nobody up**", id="stalled"),
        pytest.param("with or without a close frame, is forgotten", id="gone"),
        pytest.param("80 times a second", id="latency"),
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


# --- what the upstreams know


def test_products_fit_the_contract(pack: Pack, shared: ModuleType) -> None:
    """Whatever the seed: a product is one that `openapi.yaml` allows, and its last digit is one that a number loses."""
    judge = Contract.load(pack.folder / "openapi.yaml").operation("GET /products/{id}").responses["200"].body
    assert judge is not None
    for seed in SEEDS:
        product = _shop(pack, shared, seed).product()
        shown = {"id": product.id, "title": product.title, "price": product.price, "degraded": []}
        assert judge.problem({**shown, "rating": product.rating, "review_count": product.count}) is None
        assert re.fullmatch(r"[0-9]+\.[0-9]0", product.amount)
        assert re.fullmatch(r"[A-Za-z0-9-]{1,300}", product.id)
        assert product.rating > 0
        assert product.count > 0


def test_no_two_products_are_alike(pack: Pack, shared: ModuleType) -> None:
    """Not within a check, and not in two of them."""
    shops = [_shop(pack, shared, seed) for seed in SEEDS]
    ids = [shop.product().id for shop in shops for _ in range(5)]
    assert len(set(ids)) == len(ids)


def test_upstreams_answer_as_the_brief_says(pack: Pack, shared: ModuleType) -> None:
    """A stocked product has a route at each upstream, with a good answer where no fault is asked for."""
    routes = _Routes()
    shop = _shop(pack, shared, 1, routes)
    faults = shared.good, shared.good
    product = asyncio.run(shop.stock(catalog=faults))
    assert list(routes.scripts) == [
        f"GET /items/{product.id}",
        f"GET /prices/{product.id}",
        f"GET /reviews/{product.id}",
    ]
    assert [len(scripts) for scripts in routes.scripts.values()] == [2, 1, 1]
    assert product.answers == {
        "catalog": {"id": product.id, "title": product.title},
        "pricing": {"amount": product.amount, "currency": product.currency},
        "reviews": {"rating": product.rating, "count": product.count},
    }


def test_a_good_token_is_one_that_the_reference_takes(pack: Pack, shared: ModuleType) -> None:
    """It is made with the secret that candidates are given, and for the scope that the brief asks for."""
    token = _shop(pack, shared).tokens.good()
    assert jwt.decode(token, pack.rubric.environment["AUTH_SECRET"], algorithms=["HS256"])["scope"] == "products:read"


def test_the_patience_of_gates_is_the_candidates_limit(pack: Pack, shared: ModuleType) -> None:
    """No gate holds a call for longer than the application has to wait."""
    routes = _Routes()
    assert _shop(pack, shared, 1, routes).limit == routes.patience == float(pack.rubric.environment["UPSTREAM_TIMEOUT"])


# --- its judgements


@pytest.fixture
def shown(pack: Pack, shared: ModuleType) -> tuple[Any, dict[str, Any]]:
    """A product, and an answer that shows it."""
    product = _shop(pack, shared).product(rating=4.0)
    body = {"id": product.id, "title": product.title, "price": {**product.price, "until": "noon"}, "degraded": []}
    return product, {**body, "rating": 4, "review_count": product.count, "more": True}


def test_a_whole_product_may_say_more(shown: tuple[Any, dict[str, Any]]) -> None:
    """Further members are free, and a rating of 4.0 may be sent as 4."""
    product, body = shown
    product.whole(Json(body))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"id": "another"}, id="id"),
        pytest.param({"price": {"amount": 12.5, "currency": "EUR"}}, id="price"),
        pytest.param({"rating": None}, id="rating"),
        pytest.param({"review_count": None}, id="review_count"),
        pytest.param({"degraded": ["reviews"]}, id="degraded"),
    ],
)
def test_a_product_that_lacks_something_is_not_whole(shown: tuple[Any, dict[str, Any]], change: dict[str, Any]) -> None:
    """Each member counts."""
    product, body = shown
    with pytest.raises(Mismatch):
        product.whole(Json({**body, **change}))


def test_a_degraded_product_has_nulls_and_says_so(shown: tuple[Any, dict[str, Any]]) -> None:
    """Both members are null, and `degraded` names reviews."""
    product, body = shown
    without = {**body, "rating": None, "review_count": None, "degraded": ["reviews"]}
    product.degraded(Json(without))
    for change in ({"degraded": []}, {"rating": 0}, {"review_count": 0}):
        with pytest.raises(Mismatch):
            product.degraded(Json({**without, **change}))


def test_the_rubric_names_the_upstreams_of_the_brief(pack: Pack) -> None:
    """`challenge.toml` is what starts them."""
    rubric = tomllib.loads((pack.folder / "challenge.toml").read_text(encoding="utf-8"))
    assert rubric["upstreams"] == {"catalog": "CATALOG_URL", "pricing": "PRICING_URL", "reviews": "REVIEWS_URL"}
