"""Answers that were not worked out: from a table, one for all, for a while only, or from the contract's examples."""

import json
from collections import Counter

import pytest

from grader.places import challenges_dir
from grader.verdicts import Verdict
from tests.attacks.attack import HONEST, Attack
from tests.attacks.tampering.apps import hand_in, raw

RECORDS = """
import json
class Recorder:
    def __init__(self, inner):
        self.inner = inner
    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.inner(scope, receive, send)
        asked, told = b"", {"body": b""}
        async def hear():
            nonlocal asked
            message = await receive()
            asked += message.get("body", b"")
            return message
        async def say(message):
            told["status"] = message.get("status", told.get("status"))
            told["body"] += message.get("body", b"")
            await send(message)
        await self.inner(scope, hear, say)
        table.append([scope["method"], scope["path"], asked.decode(), told["status"], told["body"].decode()])
        print("FOUND " + json.dumps(table[-1]), flush=True)
table = []
app = Recorder(app)
"""
PLAYS = """
import itertools
turns = itertools.cycle(TABLE)
known = {(method, path, body): (status, answer) for method, path, body, status, answer in TABLE}
def answered(scope, body):
    turn = next(turns)
    status, answer = known.get((scope["method"], scope["path"], body.decode("utf-8", "replace")), turn[3:])
    return status, answer.encode()
"""


def test_a_table_of_another_run(attack: Attack) -> None:
    """With the seed that it was recorded for it earns what needs no upstream; with another one, the document alone."""
    recorded = hand_in(attack, f"{HONEST}\n{RECORDS}", "--app", "main:app", "--seed", "1")
    recorded.graded(score=100)
    lines = [line for line in recorded.log.splitlines() if line.startswith("FOUND ")]
    table = f"TABLE = {[json.loads(line.removeprefix('FOUND ')) for line in lines]!r}\n{PLAYS}"
    raw(attack, table, "--seed", "1").graded(score=60)
    again = raw(attack, table, "--seed", "2")
    again.graded(score=15)
    assert {name for name, verdict in again.verdicts().items() if verdict is Verdict.PASSED} == {"notes.document"}


WELL_BEHAVED_FOR_A_WHILE = """
asked = itertools.count()
@app.middleware("http")
async def tire(request, call_next):
    response = await call_next(request)
    if next(asked) >= {first}:
        response.status_code = 500
    return response
"""


@pytest.mark.parametrize("first", [1, 6])
def test_behaving_for_the_first_requests(attack: Attack, first: int) -> None:
    """What was answered well counts, and nothing after it."""
    outcome = attack.honest(after=WELL_BEHAVED_FOR_A_WHILE.format(first=first))
    outcome.graded(below=70)
    verdicts = outcome.verdicts()
    assert verdicts["notes.create"] is Verdict.PASSED
    assert verdicts["notes.create.refused"] is (Verdict.PASSED if first > 4 else Verdict.FAILED)
    assert verdicts["notes.read"] is verdicts["notes.document"] is verdicts["notes.tags"] is Verdict.FAILED
    assert verdicts["notes.socket"] is Verdict.PASSED


CONTRACT = (challenges_dir() / "receipt-points" / "openapi.yaml").read_text(encoding="utf-8")
FROM_THE_CONTRACT = f"""
import json, re, yaml
contract = yaml.safe_load({CONTRACT!r})
def example(schema):
    while "$ref" in schema:
        schema = contract["components"]["schemas"][schema["$ref"].rsplit("/")[-1]]
    for name in ("example", "default", "const"):
        if name in schema:
            return schema[name]
    if schema.get("examples") or schema.get("enum"):
        return (schema.get("examples") or schema["enum"])[0]
    kind = schema.get("type", "object")
    if kind == "object":
        return {{name: example(one) for name, one in schema.get("properties", {{}}).items()}}
    return {{"array": [], "string": "text", "integer": 1, "number": 1.5, "boolean": True}}.get(kind)
def answered(scope, body):
    if scope["path"] == "/openapi.json":
        return 200, json.dumps(contract).encode()
    for path, operations in contract["paths"].items():
        if re.fullmatch(re.sub(r"{{.*?}}", "[^/]+", path), scope["path"]) and scope["method"].lower() in operations:
            responses = operations[scope["method"].lower()]["responses"]
            status = min(responses)
            content = responses[status].get("content", {{}}).get("application/json", {{}})
            return int(status), json.dumps(content.get("example", example(content.get("schema", {{}})))).encode()
    return 404, b'{{"detail": "none"}}'
"""
PROXY = """
import urllib.request
def answered(scope, body):
    url = f"http://127.0.0.1:9{scope['path']}"
    try:
        asked = urllib.request.Request(url, data=body or None, method=scope["method"])
        return 200, urllib.request.urlopen(asked, timeout=5).read()
    except OSError:
        return 502, b'{"detail": "Bad Gateway"}'
"""
REFUSAL = b'{"detail": [{"loc": ["body"], "type": "missing", "msg": ""}]}'
ONE = b'{"id": "adb6b560-0eef-42bc-9d16-df48f30e89b2", "points": 28}'


def always(status: int, answer: bytes) -> str:
    """Code that answers all with this; an empty answer is what was sent."""
    return f"def answered(scope, body):\n    return {status}, {answer!r} or body or b'null'\n"


SAME_TO_ALL = {
    "404": always(404, b'{"detail": "Not Found"}'),
    "422": always(422, REFUSAL),
    "200": always(200, b"{}"),
    "echo": always(200, b""),
    "one receipt": always(200, ONE),
    "proxy": PROXY,
    "examples of the contract": FROM_THE_CONTRACT,
}
MOST = {"404": 0, "422": 0, "200": 1, "echo": 1, "one receipt": 12, "proxy": 0, "examples of the contract": 12}
"""Points of 100: an application that accepts all does accept what is right, and so earns the checks of just that."""


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name in {"422", "examples of the contract"} else pytest.mark.slow)
        for name in MOST
    ],
)
def test_the_same_to_everything(attack: Attack, name: str) -> None:
    """On a real challenge: next to nothing."""
    outcome = raw(attack, SAME_TO_ALL[name], pack="receipt-points")
    outcome.graded(below=MOST[name] + 0.1)
    verdicts = Counter(outcome.verdicts().values())
    assert not {Verdict.INCONCLUSIVE, Verdict.ERROR} & set(verdicts)
