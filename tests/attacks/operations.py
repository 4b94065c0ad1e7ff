"""A pack of many like operations, so that one grading tries many exploits: each has an operation of its own.

Each exploit must lose the check of its own operation, with evidence that names the defect, and no other check.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from grader.report.model import CheckReport
from grader.verdicts import Verdict
from tests.attacks.attack import Attack, Outcome

HERE = Path(__file__).parent
HONEST = ("first", "middle", "last")
"""Operations that nothing hostile is done to, between the others."""

_TOML = """\
slug = "operations"
title = "Operations"
version = "1.0.0"
level = "mid"
summary = "Many like operations."
minutes = 10

[categories]
behaviour = 100
"""
_CHECKS = """\
from __future__ import annotations

from grader.harness import Api, Request, check
from grader.harness.probes.openapi_document import Document
"""
_READ = '''

@check("read.{name}", category="behaviour", level="mid")
async def read_{function}(api: Api) -> None:
    """`GET /read/{name}` is answered with its number.

    It is all that there is.
    """
    (await api.get("/read/{name}")).expect(200).json()["id"].equals(7)
'''
_TALK = '''

@check("talk.{name}", category="behaviour", level="mid")
async def talk_{function}(api: Api) -> None:
    """On `/talk/{name}` a message is answered, and a close frame too.

    It is all that there is.
    """
    async with api.websocket("/talk/{name}") as socket:
        await socket.send_json({{"said": 7}})
        await socket.next_is({{"got": 7}})
        await socket.close()
'''
_BURST = '''

@check("burst.{name}", category="behaviour", level="mid")
async def burst_{function}(api: Api) -> None:
    """Forty times `GET /burst/{name}` at once, each is answered with its number.

    It is all that there is.
    """
    replies = await api.burst([Request("GET", "/burst/{name}")] * 40)
    for answer in [reply.expect(200).json() for reply in replies]:
        answer["id"].equals(7)
'''
_FOLLOW = '''

@check("follow.{name}", category="behaviour", level="mid")
async def follow_{function}(api: Api) -> None:
    """What `GET /follow/{name}` calls a thing, the thing is found by: in a path, a query and a header.

    It is all that there is.
    """
    named = (await api.get("/follow/{name}")).expect(200).json()["id"].string()
    (await api.get(f"/follow/{name}/at/{{named}}")).expect(200)
    (await api.get("/read/{name}", params={{"cursor": named}})).expect(200)
    (await api.get("/read/{name}", headers={{"Authorization": f"Bearer {{named}}"}})).expect(200)
    async with api.handshake(f"/read/{name}", headers={{"Authorization": f"Bearer {{named}}"}}) as handshake:
        handshake.refused(404, 403)
'''
_DOCUMENT = '''

@check("document.{name}", category="behaviour", level="mid")
async def document_{function}(api: Api) -> None:
    """The document at `/document/{name}` has `POST /notes`, with a member and a status.

    It is all that there is.
    """
    reply = (await api.get("/document/{name}")).expect(200)
    reply.json()["paths"].object()
    document = Document(reply.json().value)
    operation = document.operation("POST", "/notes")
    if operation is None:
        raise reply.mismatch("`POST /notes`", "there is no such operation")
    if "text" not in document.body_members(operation):
        raise reply.mismatch("`text`", "there is no such member")
    if not document.declares(operation, 201):
        raise reply.mismatch("201", "there is no such status")
'''
_FORMS = {"read": _READ, "talk": _TALK, "burst": _BURST, "follow": _FOLLOW, "document": _DOCUMENT}
_MAIN = """\
import front
from fastapi import FastAPI, WebSocket
from front import *

app = FastAPI()


@app.get("/read/{name}")
async def read(name: str) -> dict[str, int]:
    return {"id": 7}


@app.get("/burst/{name}")
async def one_of_many(name: str) -> dict[str, int]:
    return {"id": 7}


@app.get("/document/{name}")
async def document(name: str) -> dict[str, object]:
    schema = {"properties": {"text": {"type": "string"}}}
    body = {"content": {"application/json": {"schema": schema}}}
    return {"paths": {"/notes": {"post": {"requestBody": body, "responses": {"201": {}}}}}}


@app.get("/follow/{name}")
async def named(name: str) -> dict[str, str]:
    return {"id": "seven"}


@app.get("/follow/{name}/at/{word:path}")
async def found(name: str, word: str) -> dict[str, int]:
    return {"id": 7}


@app.websocket("/talk/{name}")
async def talk(socket: WebSocket) -> None:
    await socket.accept()
    async for message in socket.iter_json():
        await socket.send_json({"got": message["said"]})

"""


@dataclass(frozen=True)
class Hostile:
    """One exploit.

    Attributes:
        behave: what its operation does, as an expression over `front`.
        words: one of them stands in the evidence.
    """

    behave: str
    words: tuple[str, ...]


def hostile(behave: str, *words: str) -> Hostile:
    """An exploit: what its operation does, and words of which one stands in the evidence."""
    return Hostile(behave, words)


def hand_in(
    attack: Attack,
    exploits: Mapping[str, Hostile],
    *,
    kind: str = "read",
    more: str = "",
    files: Mapping[str, str] | None = None,
    env: Mapping[str, str] | None = None,
) -> Outcome:
    """Hand in one application that has all these exploits, each on an operation of its own.

    Args:
        attack: hands it in.
        exploits: name → exploit.
        kind: of the operations: `read`, `talk`, `burst`, `follow`, `document`.
        more: code that the expressions may use.
        files: more files of the submission.
        env: more variables.
    """
    table = "".join(f'    "/{kind}/{name}": {each.behave},\n' for name, each in exploits.items())
    main = f"{_MAIN}{more}\nfront.serve({{\n{table}}})\n"
    front = (HERE / "front.py").read_text(encoding="utf-8")
    pack = _pack(attack.root / "operations", _between(list(exploits)), kind)
    return attack.app(main, {"front.py": front, **(files or {})}, pack=str(pack), env=env)


def _between(names: list[str]) -> list[str]:
    first, middle, last = HONEST
    half = len(names) // 2
    return [first, *names[:half], middle, *names[half:], last]


def _pack(folder: Path, names: list[str], kind: str) -> Path:
    form = _FORMS[kind]
    checks = _CHECKS + "".join(form.format(name=name, function=re.sub(r"\W", "_", name)) for name in names)
    openapi = "openapi: 3.1.0\ninfo: {title: Operations, version: '1'}\npaths: {}\n"
    (folder / "checks").mkdir(parents=True)
    (folder / "checks" / "operations.py").write_text(checks, encoding="utf-8")
    for name, text in {"challenge.toml": _TOML, "openapi.yaml": openapi, "BRIEF.md": "# Operations\n"}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def result(outcome: Outcome, check: str) -> CheckReport:
    """A check's result, as the report has it."""
    return next(each for each in outcome.graded().checks if each.id == check)


def found(outcome: Outcome, check: str) -> str:
    """See that a check has failed, with evidence; what was got, as people read it."""
    one = result(outcome, check)
    if one.verdict is Verdict.INCONCLUSIVE and "the machine was too busy" in one.evidence.note:
        pytest.skip("the machine was too busy for a deadline to tell anything, and the report says so")
    assert one.verdict is Verdict.FAILED, (one.verdict, one.evidence.note)
    finding = one.evidence.findings[0]
    assert finding.exchange is not None
    return finding.got


def see(outcome: Outcome, name: str, exploit: Hostile, kind: str = "read") -> None:
    """See that an exploit was found and named, and cost no other operation anything."""
    got = found(outcome, f"{kind}.{name}")
    assert any(word in got for word in exploit.words), got
    for honest in HONEST:
        assert result(outcome, f"{kind}.{honest}").verdict is Verdict.PASSED
