"""The pack `model-gateway`: its form, its runtime, and how it judges."""

import asyncio
import importlib.util
import json
import math
import os
import random
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import httpx
import pytest

from grader.challenge.mutants import grow, read_mutants, variants
from grader.challenge.pack import Pack, load_pack
from grader.harness import Api, DeadlinePassed, Json, Mismatch, Reply
from grader.harness.contract import Contract
from grader.harness.schema import Judge
from grader.verdicts import Exchange

SEEDS = range(200)
SECRETS = {"ADMIN_KEY", "API_KEYS", "MODELS"}
OTHERS = {"BATCH_WINDOW_MS", "MAX_BATCH", "MAX_QUEUE", "RUNTIME_TIMEOUT"}
ONCE_IN = 1e6
"""A correct router may be found wrong in so many runs at most once."""


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack("model-gateway")


@pytest.fixture(scope="module")
def environment(pack: Pack) -> Mapping[str, str]:
    return pack.environment({})


def _module(pack: Pack, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"model_gateway_{name}", pack.folder / "checks" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def shared(pack: Pack) -> Iterator[ModuleType]:
    """The pack's conftest, as a module."""
    yield _module(pack, "conftest")
    del sys.modules["model_gateway_conftest"]


def _gateway(shared: ModuleType, environment: Mapping[str, str], seed: int = 1) -> Any:
    rng = random.Random(seed)
    upstreams = _Upstreams(runtime=SimpleNamespace())
    return shared.Gateway(Api(port=1), upstreams, rng, environment)


class _Upstreams(dict[str, Any]):
    """Stands for `Upstreams`."""

    patience = 0.0


def _reply(status: int, body: Any = None, headers: Mapping[str, str] | None = None) -> Reply:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status, httpx.Headers(headers or {}), content, Exchange(method="GET", url="http://localhost/"))


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
    """The reference and two variants ship with the pack: another client, and threads for coroutines."""
    assert set(variants(pack)) == {"reference", "aiohttp", "threads"}


def test_the_pack_is_as_large_as_its_contract(pack: Pack) -> None:
    """At least 45 checks for all levels, and at least 40 mutants."""
    assert len(pack.checks) >= 45
    assert len(read_mutants(pack)) >= 40
    assert {check.level.value for check in pack.checks} == {"junior", "mid", "senior"}


def test_every_category_has_checks_for_its_points(pack: Pack) -> None:
    """The brief's table and the rubric agree, and no category is empty."""
    points = {"validation": 9, "status_codes": 14, "behaviour": 22, "async": 31, "operations": 14, "latency": 10}
    assert dict(pack.rubric.categories) == points
    assert {check.category for check in pack.checks} == set(points)


def test_it_may_be_started_again(pack: Pack) -> None:
    """The end of the process is part of the contract."""
    assert pack.rubric.restarts
    assert pack.rubric.upstreams == {"runtime": "RUNTIME_URL"}


def test_the_brief_names_operations_and_weights(pack: Pack) -> None:
    """A candidate reads the operations that `openapi.yaml` declares, and the points that the score uses."""
    brief = (pack.folder / "BRIEF.md").read_text(encoding="utf-8")
    operations = Contract.load(pack.folder / "openapi.yaml").operations
    rows = [f"| {category} | {points:g} |" for category, points in pack.rubric.categories.items()]
    assert [words for words in (*operations, *rows) if words not in brief] == []


def test_the_brief_names_every_variable_and_gives_none_away(pack: Pack, environment: Mapping[str, str]) -> None:
    """Every environment variable is explained; keys and models that are shown are not those of a grading."""
    brief = (pack.folder / "BRIEF.md").read_text(encoding="utf-8")
    assert set(environment) == SECRETS | OTHERS
    assert [name for name in [*environment, *pack.rubric.upstreams.values()] if f"`{name}`" not in brief] == []
    assert environment["ADMIN_KEY"] not in brief
    assert not any(key in brief for key in json.loads(environment["API_KEYS"]))


def test_settings_are_not_the_defaults(environment: Mapping[str, str]) -> None:
    """Whoever does not read a variable is found."""
    defaults = {"BATCH_WINDOW_MS": "10", "MAX_BATCH": "8", "MAX_QUEUE": "64", "RUNTIME_TIMEOUT": "2"}
    assert {name for name, value in defaults.items() if environment[name] == value} == set()


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("Where several refusals apply to one request, any one of them will do", id="any refusal"),
        pytest.param("The literals `NaN` and `Infinity`", id="finite"),
        pytest.param("Such a request never reaches the runtime", id="kept away"),
        pytest.param("a client's key is no admin key", id="admin"),
        pytest.param("a version that is left out gets 0", id="left out"),
        pytest.param("They take effect for requests that arrive after the answer", id="effect"),
        pytest.param("**the user, the model and its weights alone**", id="alone"),
        pytest.param("Over 2,000 users, each version's share is within 5 points of its weight", id="shares"),
        pytest.param("Weight 0 gets nobody, weight 100 everybody", id="idle"),
        pytest.param("also after a restart", id="restart"),
        pytest.param("While a call is outstanding, further requests gather", id="gather"),
        pytest.param("at most `MAX_BATCH` in one call", id="max"),
        pytest.param("**At most one call is outstanding for each model and version.**", id="outstanding"),
        pytest.param("One that has timed out no longer counts", id="timed out"),
        pytest.param("A lone request is sent no later than `BATCH_WINDOW_MS` after it came", id="lone"),
        pytest.param("Requests of `pro` and `free` keys share batches", id="tiers"),
        pytest.param("does not disturb the others", id="disconnect"),
        pytest.param("Only the members of that batch get it", id="failure"),
        pytest.param("**to the end of the answer's body**", id="to the end"),
        pytest.param("Waiting in the queue is no part of it", id="waiting"),
        pytest.param("Whether a connection that was refused or broke is tried again is up to you", id="retries"),
        pytest.param("`Retry-After` of whole seconds, at least 1", id="retry-after"),
        pytest.param("One key's use does not touch another's", id="keys"),
        pytest.param("A request that is refused with 400, 401, 404 or 422 takes no token", id="refusals"),
        pytest.param("counted over all models and versions", id="queue"),
        pytest.param("Whether the limit or the queue is looked at first", id="limit or queue"),
        pytest.param("`GET /health` and predictions go on being answered", id="fingerprint"),
        pytest.param("turns 200 by itself within 2 seconds", id="ready"),
        pytest.param("for all other statuses (401, 404, 422, 429 …) the sum over a status agrees", id="metrics"),
        pytest.param("predictions that are held at the runtime are completed with 200", id="completed"),
        pytest.param("the process ends within 10 seconds of the last prediction's answer", id="ends"),
        pytest.param("100 times a second", id="latency"),
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
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST"))}
    done = subprocess.run(command, cwd=tmp_path / "project", capture_output=True, text=True, check=False, env=variables)
    assert done.returncode == 0, done.stdout + done.stderr


# --- its models and keys


def test_models_have_weights_that_sum_to_a_hundred(shared: ModuleType, environment: Mapping[str, str]) -> None:
    """As the brief says of `MODELS`; those that serve all checks have one version each, and one has two halves."""
    gateway = _gateway(shared, environment)
    assert {sum(weights.values()) for weights in gateway.models.values()} == {100}
    assert {len(gateway.models[model]) for model in (gateway.sole, gateway.other, gateway.third)} == {1}
    assert sorted(gateway.models[gateway.split].values()) == [50, 50]


def test_checks_that_empty_buckets_have_keys_of_their_own(
    pack: Pack, shared: ModuleType, environment: Mapping[str, str]
) -> None:
    """No key serves both a check that empties it and another one; two keys that begin alike are compared on purpose."""
    gateway, limits, routing = _gateway(shared, environment), _module(pack, "limits"), _module(pack, "routing")
    emptied = [limits.BURST, limits.PACE, limits.DRAINED, limits.FRESH, limits.ELSEWHERE, limits.WASTED, limits.TOLD]
    assert len(set(emptied)) == len(emptied) <= len(gateway.free) - 2
    mass, common = gateway.pro[-routing.ONE_IN :], gateway.pro[: shared.PRO_FOR_ALL]
    assert not {gateway.pro[limits.PRO], *common} & set(mass)
    assert gateway.pro[limits.PRO] not in common
    assert math.ceil(routing.USERS / len(mass)) <= limits.PRO_BURST
    drained, fresh = gateway.free[limits.DRAINED], gateway.free[limits.FRESH]
    assert drained.partition("-")[0] == fresh.partition("-")[0]


def test_a_correct_router_is_hardly_ever_found_wrong(
    pack: Pack, shared: ModuleType, environment: Mapping[str, str]
) -> None:
    """The binomial tails beyond 5 points, over all versions of the model that is looked at."""
    routing = _module(pack, "routing")
    weights = _gateway(shared, environment).models[routing.THREE].values()
    assert sum(_tails(routing.USERS, weight, routing.POINTS) for weight in weights) < 1 / ONCE_IN


def _tails(users: int, weight: int, points: float) -> float:
    share = weight / 100
    outside = (count for count in range(users + 1) if abs(100 * count / users - weight) > points)
    return sum(math.exp(_log_chance(users, count, share)) for count in outside)


def _log_chance(users: int, count: int, share: float) -> float:
    ways = math.lgamma(users + 1) - math.lgamma(count + 1) - math.lgamma(users - count + 1)
    return ways + count * math.log(share) + (users - count) * math.log(1 - share)


# --- its runtime


def test_bodies_fit_the_contract(pack: Pack, shared: ModuleType, environment: Mapping[str, str]) -> None:
    """Whatever the seed: a prediction's body is one that `openapi.yaml` allows, poisoned or not."""
    schema = Contract.load(pack.folder / "openapi.yaml").operation("POST /models/{name}/predict").body
    assert schema
    for seed in SEEDS:
        gateway = _gateway(shared, environment, seed)
        for body in (gateway.body(), gateway.body(poisoned=True)):
            assert Judge(schema).problem(body) is None
            assert all(math.isfinite(value) and value * 8 == int(value * 8) for value in body["inputs"])


def test_the_runtime_answers_each_inputs_in_order(shared: ModuleType) -> None:
    """Outputs differ with the order of the inputs, with the inputs, and with the factor that a check has drawn."""
    asked = SimpleNamespace(body=b'{"batch": [[1, 2.5], [2.5, 1], [4]]}')
    assert shared.inferred(asked, 1.5, 99.0) == {"outputs": [9.0, 6.75, 6.0]}
    assert shared.inferred(asked, 2.5, 99.0) == {"outputs": [15.0, 11.25, 10.0]}
    assert shared.inferred(asked, 1.5, 4)[0] == 500


NO_BATCHES = (b"", b"\xff", b"[", b"[]", b"7", b"{}", b"[" * 100_000)
NO_NUMBERS = ("7", "[]", "[7]", '[["x"]]', "[[true]]", "[[null]]", '{"0": [1]}')


@pytest.mark.parametrize("body", [*NO_BATCHES, *(f'{{"batch": {batch}}}'.encode() for batch in NO_NUMBERS)])
def test_the_runtime_never_falls_over(shared: ModuleType, body: bytes) -> None:
    """Whatever a candidate sends, the answer is 400: an exception would be the grader's own fault."""
    assert shared.inferred(SimpleNamespace(body=body), 1.5, 99.0)[0] == 400


def test_an_answer_has_the_output_of_its_own_inputs(shared: ModuleType, environment: Mapping[str, str]) -> None:
    """As integer or not, and of no other body."""
    gateway = _gateway(shared, environment)
    body, other = gateway.body(), gateway.body()
    [output] = gateway.outputs(body)["outputs"]
    gateway.answered(_reply(200, {"output": output}), body)
    for wrong in (_reply(200, {"output": output}), _reply(502, {"detail": ""}), _reply(200, {})):
        with pytest.raises(Mismatch):
            gateway.answered(wrong, other)


def test_weights_of_nought_may_be_left_out(shared: ModuleType) -> None:
    """Both ways of listing a model are the same to the checks."""
    assert shared.in_force({"a": Json(100), "b": Json(0)}) == shared.in_force({"a": 100}) == {"a": 100}


def test_the_patience_of_gates_is_the_runtimes_limit(shared: ModuleType, environment: Mapping[str, str]) -> None:
    """No gate holds a call for longer than the application has to wait."""
    gateway = _gateway(shared, environment)
    assert gateway.limit == gateway._upstreams.patience == float(environment["RUNTIME_TIMEOUT"])


def test_a_key_that_was_used_is_left_to_rest(
    shared: ModuleType, environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a check is repeated its bucket must be full; the first time nothing is waited for."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(shared, "sleep", sleep)
    monkeypatch.setattr(shared, "_last_used", {})
    monkeypatch.setattr(shared.time, "monotonic", lambda: 100.0)
    gateway = _gateway(shared, environment)
    assert asyncio.run(gateway.rested("a")) == asyncio.run(gateway.rested("a")) == "a"
    assert waits == [0.0, shared.SECONDS_TO_FULL]


# --- its judgements


@pytest.mark.parametrize("value", ["1", "2", "86400"])
def test_whole_seconds_are_taken(pack: Pack, value: str) -> None:
    """Any number of whole seconds, from 1 on."""
    _module(pack, "limits").whole_seconds(_reply(429, {}, {"Retry-After": value}))


@pytest.mark.parametrize("value", ["0", "-1", "0.2", "1.0", "", "soon", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_other_retry_afters_are_not(pack: Pack, value: str) -> None:
    """The contract says whole seconds, so a date will not do."""
    with pytest.raises(Mismatch):
        _module(pack, "limits").whole_seconds(_reply(429, {}, {"Retry-After": value}))


METRICS = """\
# HELP gateway_predictions_total Predictions
# TYPE gateway_predictions_total counter
gateway_predictions_total{model="a",version="v1",status="200",tier="free"} 3.0
gateway_predictions_total{model="a",version="v1",status="200",tier="pro"} 4.0
gateway_predictions_total{model="",version="",status="422",tier=""} 2.0
# TYPE gateway_prediction_seconds histogram
gateway_prediction_seconds_bucket{le="+Inf"} 9
gateway_prediction_seconds_sum 0.5
gateway_prediction_seconds_count 9
"""


class _Scraped:
    """Stands for `Api`: answers with one text after another, the last one for ever."""

    def __init__(self, *texts: str) -> None:
        self.texts = list(texts)

    async def get(self, _path: str) -> Reply:
        return _reply(200, (self.texts.pop(0) if len(self.texts) > 1 else self.texts[0]).encode())


def test_predictions_are_summed_over_further_labels(pack: Pack) -> None:
    """By model, version and status, or by status alone; labels of the candidate's own do not matter."""
    metrics = _module(pack, "metrics").Metrics(_Scraped(METRICS))
    assert asyncio.run(metrics.counts("model", "version", "status"))["a", "v1", "200"] == 7
    assert asyncio.run(metrics.counts("status")) == {("200",): 7, ("422",): 2}


@pytest.mark.parametrize("declared", [True, False])
def test_types_need_not_be_declared(pack: Pack, declared: bool) -> None:
    """A hand-written text without `# TYPE` is read as well."""
    text = METRICS if declared else re.sub(r"^#.*\n", "", METRICS, flags=re.MULTILINE)
    metrics = _module(pack, "metrics").Metrics(_Scraped(text))
    assert asyncio.run(metrics.counts("status"))["200",] == 7
    assert asyncio.run(metrics.samples("gateway_prediction_seconds_count"))[0].value == 9


@pytest.mark.parametrize("text", ["<html>", '{"a": 1}', "gateway_predictions_total{", 'a{b="c} 1'])
def test_what_prometheus_cannot_read_is_the_candidates_fault(pack: Pack, text: str) -> None:
    """Never a crash of the check."""
    metrics = _module(pack, "metrics").Metrics(_Scraped(text))
    with pytest.raises(Mismatch):
        asyncio.run(metrics.samples("gateway_predictions_total"))


def test_counts_may_come_a_moment_later(pack: Pack) -> None:
    """Within a second of the answer; and what is missing then rests on the clock."""
    module = _module(pack, "metrics")
    sent = Counter({("422",): 2})
    later = module.Metrics(_Scraped("", "", METRICS))
    asyncio.run(later.agree(Counter(), sent, "status"))
    never = module.Metrics(_Scraped(METRICS))
    with pytest.raises(DeadlinePassed):
        asyncio.run(never.agree(Counter({("422",): 2}), sent, "status"))
