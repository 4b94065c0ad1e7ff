"""The pack `webhook-inbox`: its form, its events, and how it judges."""

import asyncio
import base64
import importlib.util
import itertools
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import httpx
import pytest

from grader.challenge.mutants import grow, read_mutants, variants
from grader.challenge.pack import Pack, load_pack
from grader.harness import Api, Call, DeadlinePassed, Json, Mismatch, Reply
from grader.harness.contract import Contract
from grader.harness.probes.signature import HEADER
from grader.harness.schema import Judge
from grader.verdicts import Exchange

SEEDS = range(100)
SECRETS = {"WEBHOOK_SECRET", "ADMIN_API_KEY"}


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack("webhook-inbox")


@pytest.fixture(scope="module")
def environment(pack: Pack) -> Mapping[str, str]:
    return pack.environment({})


def _module(pack: Pack, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"webhook_inbox_{name}", pack.folder / "checks" / f"{name}.py")
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
    del sys.modules["webhook_inbox_conftest"]


class _Upstreams(dict[str, Any]):
    """Stands for `Upstreams`: nothing has come to the ledger but what a test says."""

    patience = 0.0

    async def settled(self) -> None:
        """Everything is known."""


def _inbox(shared: ModuleType, environment: Mapping[str, str], seed: int = 1, calls: tuple[Call, ...] = ()) -> Any:
    upstreams = _Upstreams(ledger=SimpleNamespace(calls=lambda _path: list(calls)))
    return shared.Inbox(Api(port=1), upstreams, random.Random(seed), environment)


def _reply(status: int, body: Any = None) -> Reply:
    return Reply(status, httpx.Headers(), json.dumps(body).encode(), Exchange(method="GET", url="http://localhost/"))


def _call(body: bytes, key: str | None = None) -> Call:
    headers = [] if key is None else [("idempotency-key", key)]
    return Call("ledger", 1, 1, "POST", "/entries", "/entries", headers, body, 1, True, 1, None, 0.0)


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
    """A task for each payment with SQLAlchemy and Alembic, and a worker that polls a table of its own making."""
    assert {"reference", "polling"} <= set(variants(pack))


def test_the_pack_is_as_large_as_its_contract(pack: Pack) -> None:
    """At least 60 checks for all levels, and at least as many mutants."""
    assert len(pack.checks) >= 60
    assert len(read_mutants(pack)) >= len(pack.checks)
    assert {check.level.value for check in pack.checks} == {"junior", "mid", "senior"}


def test_every_category_has_checks_for_its_points(pack: Pack) -> None:
    """The brief's table and the rubric agree, and no category is empty."""
    points = {"validation": 12, "status_codes": 14, "behaviour": 22, "async": 20, "durability": 22, "latency": 10}
    assert dict(pack.rubric.categories) == points
    assert {check.category for check in pack.checks} == set(points)


def test_its_data_outlives_the_process(pack: Pack) -> None:
    """Restarts, migrations and a folder for the database are part of the contract."""
    assert pack.rubric.restarts
    assert pack.rubric.migrations
    assert pack.rubric.upstreams == {"ledger": "LEDGER_URL"}
    assert pack.rubric.environment["DATABASE_URL"].startswith("sqlite+aiosqlite:///{data}/")


def test_the_brief_names_operations_and_weights(pack: Pack) -> None:
    """A candidate reads the operations that `openapi.yaml` declares, and the points that the score uses."""
    brief = (pack.folder / "BRIEF.md").read_text(encoding="utf-8")
    operations = [f"### {key}" for key in Contract.load(pack.folder / "openapi.yaml").operations]
    rows = [f"| {category} | {points:g} |" for category, points in pack.rubric.categories.items()]
    assert [words for words in (*operations, *rows) if words not in brief] == []


def test_the_brief_names_every_variable_and_gives_none_away(pack: Pack, environment: Mapping[str, str]) -> None:
    """Every environment variable is explained; the secrets that are shown are not those of a grading."""
    brief = (pack.folder / "BRIEF.md").read_text(encoding="utf-8")
    names = [*pack.rubric.environment, *pack.rubric.upstreams.values()]
    assert [name for name in names if f"`{name}`" not in brief] == []
    assert set(environment) == SECRETS | {"DATABASE_URL"}
    assert [name for name in SECRETS if environment[name] in brief] == []


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("**the bytes of the body as they were sent**", id="raw bytes"),
        pytest.param("The grader tries 270 and 330 seconds", id="skew"),
        pytest.param("**It is judged before the body.**", id="signature first"),
        pytest.param("Exactly so many are still welcome", id="largest body"),
        pytest.param("413 (or 401, where the signature is bad as well)", id="large and unsigned"),
        pytest.param("**does not wait for the ledger**", id="background"),
        pytest.param("whatever has become of the event, and whatever else this valid body says", id="duplicates"),
        pytest.param("A body that breaks a rule is 422 all the same", id="invalid duplicates"),
        pytest.param("one gets 202, nineteen get 200, and the ledger gets one entry", id="twenty at once"),
        pytest.param("that **comes before** 404 and 422", id="key first"),
        pytest.param("It may count one that is running, and one that was cut off", id="attempts"),
        pytest.param("for a failed one it is up to you", id="processed_at of a failed one"),
        pytest.param("**Newest first**, in the order in which events were accepted", id="newest first"),
        pytest.param("1 to 100, and 50 if it is not given", id="limit"),
        pytest.param("**A cursor that this service did not issue is 422**", id="cursors"),
        pytest.param("**Paging stays exact while new events arrive.**", id="paging"),
        pytest.param("it is `pending` with 0 attempts and all four to come", id="replay"),
        pytest.param("while the ledger holds the call, one gets 202", id="replays at once"),
        pytest.param("The first is at most 1 second", id="pauses"),
        pytest.param("the last is longer than the first. None is over 5 seconds", id="longer pauses"),
        pytest.param("There are **4 attempts in all**", id="four attempts"),
        pytest.param("in the order in which they were accepted.**", id="order"),
        pytest.param("never zero times", id="killed"),
        pytest.param("the process ends within 10 seconds", id="SIGTERM"),
        pytest.param("60 times a second", id="latency"),
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
    settings = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST"))}
    done = subprocess.run(command, cwd=tmp_path / "project", capture_output=True, text=True, check=False, env=settings)
    assert done.returncode == 0, done.stdout + done.stderr


# --- its events


def test_events_fit_the_contract(pack: Pack, shared: ModuleType, environment: Mapping[str, str]) -> None:
    """Whatever the seed, an event is one that `openapi.yaml` allows; so is another one with the same id."""
    schema = Contract.load(pack.folder / "openapi.yaml").operation("POST /webhooks/payments").body
    assert schema
    for seed in SEEDS:
        inbox = _inbox(shared, environment, seed)
        event = inbox.event()
        other = inbox.other_content(event)
        assert Judge(schema).problem(event) is Judge(schema).problem(other) is None
        assert event["event_id"] == other["event_id"]
        assert all(event[name] != other[name] for name in ("type", "data"))


def test_no_two_events_are_alike(shared: ModuleType, environment: Mapping[str, str]) -> None:
    """Neither ids nor payments meet those of another check or run."""
    events = [event for seed in SEEDS for event in _inbox(shared, environment, seed).events(10)]
    assert len({event["event_id"] for event in events}) == len(events)
    assert len({event["data"]["payment_id"] for event in events}) == len(events)


def test_no_delivery_has_the_signature_of_another(shared: ModuleType, environment: Mapping[str, str]) -> None:
    """Of one event either, and all are well within the 300 seconds that the contract allows."""
    inbox = _inbox(shared, environment)
    event = inbox.event()
    headers = [dict(inbox.delivery(event).headers)[HEADER] for _ in range(30)]
    assert len(set(headers)) == len(headers)
    ages = [time.time() - int(re.search(r"t=(\d+)", header)[1]) for header in headers]  # type: ignore[index]
    assert -2 < min(ages) <= max(ages) < 270


def test_the_patience_of_gates_is_the_ledgers_limit(shared: ModuleType, environment: Mapping[str, str]) -> None:
    """No gate holds a call for longer than the application has to wait."""
    assert _inbox(shared, environment)._upstreams.patience == shared.LEDGER_TIMEOUT == 2


# --- its ledger


@pytest.mark.parametrize("body", [b"", b"\xff", b"[", b"[]", b"7", b"null", b'{"event_id": 7}', b'{"event_id": null}'])
def test_a_call_that_says_nothing_is_known_by_its_key(shared: ModuleType, body: bytes) -> None:
    """Whatever a candidate sends: looking at it never fails."""
    assert shared.event_of(_call(body, "evt_1")) == "evt_1"
    assert shared.event_of(_call(body)) == ""


def test_an_entry_is_the_event(shared: ModuleType, environment: Mapping[str, str]) -> None:
    """Equal as JSON in the members that the contract names; further ones do not matter."""
    inbox = _inbox(shared, environment)
    event = inbox.event()
    more = {**event, "sent_at": 1, "data": {**event["data"], "note": "x"}}
    for body in (event, more, dict(reversed(event.items()))):
        inbox.is_entry(_call(json.dumps(body).encode()), event)


@pytest.mark.parametrize("body", [b"", b"[]", b'"x"', b"null", b"{}", b'{"data": 7}', b'{"data": {}}'])
def test_what_is_no_entry_is_the_candidates_fault(
    shared: ModuleType, environment: Mapping[str, str], body: bytes
) -> None:
    """A mismatch, never a crash of the check."""
    inbox = _inbox(shared, environment)
    with pytest.raises(Mismatch):
        inbox.is_entry(_call(body), inbox.event())


@pytest.mark.parametrize("wrong", [{"amount": "1250"}, {"amount": 1250.0}, {"currency": "eur"}])
def test_another_content_is_no_entry(
    shared: ModuleType, environment: Mapping[str, str], wrong: dict[str, object]
) -> None:
    """An amount as text, or as a number with a fraction, is another one."""
    inbox = _inbox(shared, environment)
    event = inbox.event()
    event["data"].update(amount=1250, currency="EUR")
    body = {**event, "data": {**event["data"], **wrong}}
    with pytest.raises(Mismatch):
        inbox.is_entry(_call(json.dumps(body).encode()), event)


# --- its judgements


def _reads(inbox: Any, *statuses: str) -> None:
    """Have the event be read with these states, the last one for ever."""
    replies = itertools.chain(statuses[:-1], itertools.repeat(statuses[-1]))

    async def read(_event: object) -> Reply:
        return _reply(200, {"status": next(replies)})

    inbox.read = read


def test_an_event_is_waited_for(shared: ModuleType, environment: Mapping[str, str]) -> None:
    """As long as it is pending; what it has become is then read once."""
    inbox = _inbox(shared, environment)
    _reads(inbox, "pending", "pending", "failed")
    assert asyncio.run(inbox.settled({})).json()["status"].value == "failed"
    with pytest.raises(Mismatch, match="processed"):
        asyncio.run(inbox.became({}, "processed"))


def test_an_event_that_stays_pending_rests_on_the_clock(shared: ModuleType, environment: Mapping[str, str]) -> None:
    """So it counts only if the machine had time; and so do calls that never come to the ledger."""
    inbox = _inbox(shared, environment)
    _reads(inbox, "pending")
    with pytest.raises(DeadlinePassed):
        asyncio.run(inbox.settled({}, seconds=0.1))
    with pytest.raises(DeadlinePassed):
        asyncio.run(inbox.entered(inbox.event(), 1, seconds=0.1))


@pytest.mark.parametrize("text", ["2024-05-17T09:30:03.217Z", "2024-05-17 11:30:03+02:00", "2024-05-17t09:30:03z"])
def test_time_stamps_of_rfc_3339_are_taken(shared: ModuleType, text: str) -> None:
    """With any offset, and any number of decimals."""
    assert int(shared.instant(Json(text)).timestamp()) == 1_715_938_203


@pytest.mark.parametrize("text", ["2024-05-17T09:30:03", "2024-05-17", "1715938203", "", "2024-05-17T25:30:03Z"])
def test_other_time_stamps_are_not(shared: ModuleType, text: str) -> None:
    """Without an offset nobody knows which moment it is."""
    with pytest.raises(Mismatch):
        shared.instant(Json(text))


@pytest.mark.parametrize(
    ("cursor", "places"),
    [
        pytest.param("17-0a1b", [0, 3, 4, 5], id="parts"),
        pytest.param("eyJpZCI6MTd9", list(range(11)), id="base64"),
        pytest.param("NDI=", [0, 1], id="padded"),
        pytest.param("7", [], id="one-character"),
    ],
)
def test_cursors_are_altered_where_every_bit_counts(pack: Pack, cursor: str, places: list[int]) -> None:
    """Not at the end of a part, where base64 may ignore some bits."""
    assert _module(pack, "lists")._telling(cursor) == places


def test_an_altered_cursor_is_another_one(pack: Pack) -> None:
    """In small letters as well, since hexadecimal digits are read in both; and one digit becomes another."""
    lists = _module(pack, "lists")
    for letter in lists.BASE64:
        assert letter.lower() not in {other.lower() for other in lists._others(letter)}
    changed = [base64.b64decode(f"eyJiIjo{other}") for other in lists._others("0")]
    assert {b'{"b":5', b'{"b":3'} <= set(changed)
