"""What many tests share: tiny packs to read, and the engine."""

import json
import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grader.errors import EngineUnavailable
from grader.sandbox.engine import connect
from grader.settings import Settings

if TYPE_CHECKING:
    from docker import DockerClient

RUBRIC = """
slug = "tiny"
title = "Tiny"
version = "1.0.0"
level = "junior"
summary = "One check."
minutes = 10

[categories]
validation = 40
async = 60

[environment]
DATABASE = "{database}"

[options.database]
default = "sqlite"
choices = ["sqlite", "postgres"]

[[questions]]
checks = ["a.one"]
question = "Why?"
surface = "Because."
deep = "Because of this, which costs that."
"""

CHECKS = '''
from grader.harness import check


@check("a.one", category="validation", level="junior")
async def one(api):
    """One holds.

    It matters
    a lot.
    """


@check("a.two", category="async", level="mid", weight=2.5, requires=("a.one",))
async def two(api):
    """Two holds.

    It matters too.
    """
'''


@pytest.fixture
def make_pack(tmp_path: Path) -> Callable[..., Path]:
    """Write a pack; named arguments replace its files, None leaves one out."""

    def make(
        rubric: str | None = RUBRIC, checks: str | None = CHECKS, openapi: str | None = "openapi: 3.1.0\n"
    ) -> Path:
        files = {"challenge.toml": rubric, "checks/a.py": checks, "openapi.yaml": openapi, "BRIEF.md": "# Tiny\n"}
        for name, text in files.items():
            if text is not None:
                (tmp_path / "tiny" / name).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / "tiny" / name).write_text(text, encoding="utf-8")
        return tmp_path / "tiny"

    return make


@pytest.fixture
def submission(tmp_path: Path) -> Path:
    """A folder that passes intake."""
    folder = tmp_path / "jane-doe"
    folder.mkdir()
    (folder / "main.py").write_text("from fastapi import FastAPI\n\napp = FastAPI()\n")
    (folder / "requirements.txt").write_text("fastapi\n")
    return folder


@pytest.fixture
def publish() -> Callable[..., Path]:
    """Make checks of a pack's folder public, by their ids."""

    def publish(folder: Path, *ids: str) -> Path:
        file = folder / "challenge.toml"
        file.write_text(f"public = {json.dumps(ids)}\n{file.read_text(encoding='utf-8')}", encoding="utf-8")
        return folder

    return publish


LIVE_RUBRIC = """
slug = "ping"
title = "Ping"
version = "1.0.0"
level = "junior"
summary = "Answers pings."
minutes = 5

[categories]
behaviour = 100
"""

LIVE_CHECKS = '''
from grader.harness import check


@check("ping.ok", category="behaviour", level="junior")
async def pong(api):
    """A ping is answered with 200.

    Nothing else matters.
    """
    (await api.get("/ping")).expect(200)


@check("ping.body", category="behaviour", level="junior", requires=("ping.ok",))
async def says_pong(api):
    """The answer says pong.

    Nothing else matters.
    """
    (await api.get("/ping")).json()["answer"].equals("pong")


@check("ping.again", category="behaviour", level="mid", requires=("ping.ok",))
async def again(api):
    """A second ping is answered too.

    Nothing else matters.
    """
    (await api.get("/ping")).expect(200)
'''

LIVE_APP = """
from fastapi import FastAPI

app = FastAPI()


@app.get("/ping")
def ping():
    return {"answer": "pong"}
"""


@pytest.fixture
def ping_pack(make_pack: Callable[..., Path]) -> Path:
    """A pack of three checks that really run."""
    contract = 'openapi: 3.1.0\ninfo: {title: Ping, version: "1"}\npaths: {}\n'
    return make_pack(LIVE_RUBRIC, LIVE_CHECKS, contract)


@pytest.fixture
def hand_in(tmp_path: Path) -> Callable[..., Path]:
    """Zip a submission of one main.py; the reference for `ping_pack` by default."""

    def make(main: str = LIVE_APP, name: str = "jane-doe") -> Path:
        path = tmp_path / f"{name}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("main.py", main)
            archive.writestr("requirements.txt", "fastapi\n")
        return path

    return make


@pytest.fixture(scope="session")
def engine() -> "Iterator[DockerClient]":
    """A client of the engine; without one the test is skipped, but in continuous integration that is a failure."""
    try:
        client = connect(Settings())
    except EngineUnavailable as error:
        reason = f"{error.message}; {error.hint}"
        if os.environ.get("CI"):
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    yield client
    client.close()
