"""The images as the engine has them: what is in them, what is not, and building one."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grader.errors import ImageError
from grader.sandbox import recipes
from grader.sandbox.build import build
from grader.sandbox.engine import labels, sweep
from grader.sandbox.images import Image, find
from grader.sandbox.inventory import image_inventory
from grader.settings import Settings

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = pytest.mark.docker

LOOK = """
import importlib.util, json, os, pwd, stat, sys
setuid, writable, certificates = [], [], []
for top in ("/usr", "/opt", "/etc", "/bin", "/sbin"):
    for folder, _, names in os.walk(top):
        for name in names:
            path = os.path.join(folder, name)
            status = os.lstat(path)
            if stat.S_ISREG(status.st_mode):
                if status.st_mode & 0o6000:
                    setuid.append(path)
                if status.st_mode & 0o002:
                    writable.append(path)
print(json.dumps({
    "setuid": setuid,
    "writable": writable,
    "left": os.listdir("/mnt") + os.listdir("/tmp"),
    "environment": dict(os.environ),
    "users": {name: pwd.getpwnam("grader-" + name).pw_uid for name in ("candidate", "harness", "installer")},
    "home": os.path.expanduser("~"),
    "uid": os.getuid(),
    "prefix": sys.prefix,
    "uncompiled": [name for name in MODULES if not os.path.exists(importlib.util.find_spec(name).cached)],
}))
"""


def look(engine: "DockerClient", image: Image, *modules: str) -> dict[str, object]:
    script = LOOK.replace("MODULES", repr(modules))
    found = engine.containers.run(
        image.id, ["python", "-B", "-c", script], network_mode="none", remove=True, labels=labels("test")
    )
    return json.loads(found)


def test_the_runner_image(engine: "DockerClient", runner: Image) -> None:
    # No setuid program, nothing anyone may write, nothing of the host; users are there; modules are compiled.
    found = look(engine, runner, "fastapi", "uvicorn.main", "sqlalchemy.orm", "json.decoder")
    assert found["setuid"] == found["writable"] == found["left"] == found["uncompiled"] == []
    assert found["users"] == {"candidate": 65532, "harness": 65531, "installer": 65533}
    assert (found["uid"], found["home"], found["prefix"]) == (65532, "/tmp", "/opt/venv")  # noqa: S108  # the container's


def test_the_harness_image(engine: "DockerClient", harness: Image) -> None:
    # The harness's own libraries, compiled, and no installer.
    found = look(engine, harness, "pytest", "httpx", "jsonschema_rs", "yaml", "asyncio.base_events")
    assert found["setuid"] == found["writable"] == found["left"] == found["uncompiled"] == []
    assert found["uid"] == 65531
    script = "import os, sys; sys.exit(os.path.exists('/opt/uv/uv'))"
    engine.containers.run(harness.id, ["python", "-c", script], network_mode="none", remove=True, labels=labels("test"))


@pytest.mark.parametrize("kind", ["runner", "harness"])
def test_nothing_of_the_host_stays_in_an_image(
    engine: "DockerClient", runner: Image, harness: Image, kind: recipes.Kind
) -> None:
    # Neither certificates nor index addresses nor proxies, and no run's label to hand down.
    attributes = engine.images.get({"runner": runner, "harness": harness}[kind].id).attrs
    names = {line.partition("=")[0] for line in attributes["Config"]["Env"]}
    assert not [name for name in names if name.upper().startswith(("PIP_", "UV_", "SSL_", "HTTP", "REQUESTS", "NO_"))]
    assert attributes["Config"]["Labels"]["grader.image"] == kind
    assert not any(attributes["Config"]["Labels"].get(name) for name in labels(""))


def test_the_inventory_of_the_runner_image(engine: "DockerClient", runner: Image, tmp_path: Path) -> None:
    # Asked once, then read from the cache: the second time needs no engine.
    settings = Settings(cache_dir=tmp_path)
    held = image_inventory(engine, runner, settings)
    assert held.python == runner.version
    assert {"fastapi", "uvicorn", "sqlalchemy", "pyjwt"} <= held.packages.keys()
    assert held.environment["sys_platform"] == "linux"
    assert image_inventory(None, runner, settings) == held  # type: ignore[arg-type]  # not asked


def test_an_unreadable_cache_is_asked_anew(engine: "DockerClient", runner: Image, tmp_path: Path) -> None:
    # Half a file, as a full disk leaves it, does no harm.
    path = tmp_path / "inventory" / f"{runner.id.removeprefix('sha256:')}.json"
    path.parent.mkdir()
    path.write_text('{"python": "3.1')
    assert image_inventory(engine, runner, Settings(cache_dir=tmp_path)).python == runner.version


@pytest.fixture
def base_id(engine: "DockerClient", runner: Image) -> str:
    found = find(engine, Settings(), "base")
    assert found, f"{runner.reference} stands on it"
    return found.id


@pytest.fixture
def tiny(engine: "DockerClient", base_id: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The list that an image is built from; the image goes away afterwards."""
    listed = ["idna>=3"]
    monkeypatch.setattr(recipes, "packages", lambda _: tuple(listed))
    reference = recipes.reference("harness", base_id)
    yield listed
    if engine.images.list(name=reference):
        engine.images.remove(reference)


def leftovers(engine: "DockerClient") -> list[str]:
    names = (container.name or "" for container in engine.containers.list(all=True, ignore_removed=True))
    return [name for name in names if name.startswith("grader-build-")]


@pytest.mark.usefixtures("tiny")
def test_an_image_is_built_from_its_list(engine: "DockerClient", base_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # What the list names can be imported afterwards, the builder is gone, and a proxy's password is not in the image.
    monkeypatch.setitem(engine.api._proxy_configs, "no_proxy", "password.example")
    monkeypatch.setenv("UV_HTTP_TIMEOUT", "77")
    before = leftovers(engine)
    build(engine, Settings(), "harness", base_id, recipes.reference("harness", base_id))
    image = find(engine, Settings(), "harness")
    assert image
    configuration = json.dumps(engine.images.get(image.id).attrs)
    assert "password.example" not in configuration
    assert "77" not in json.dumps(engine.images.get(image.id).attrs["Config"]["Env"])
    assert image.version.startswith("3.")
    assert look(engine, image, "idna")["uncompiled"] == []
    assert leftovers(engine) == before


def test_a_list_that_cannot_be_installed_is_told(engine: "DockerClient", base_id: str, tiny: list[str]) -> None:
    # The error carries the recipe's last words, no image is made, and the builder is gone.
    tiny[:] = ["idna==0.0.1.dev999"]
    before = leftovers(engine)
    with pytest.raises(ImageError) as caught:
        build(engine, Settings(), "harness", base_id, recipes.reference("harness", base_id))
    assert "idna" in caught.value.detail
    assert find(engine, Settings(), "harness") is None
    assert leftovers(engine) == before


def test_a_sweep_takes_what_a_run_left_and_nothing_else(engine: "DockerClient", runner: Image) -> None:
    # Containers, networks and volumes of the run go; those of a live run stay.
    mine, theirs = labels("test-sweep-mine"), labels("test-sweep-theirs")
    engine.containers.create(runner.id, labels=mine, name="grader-test-sweep")
    engine.networks.create("grader-test-sweep", labels=mine)
    engine.volumes.create("grader-test-sweep", labels=mine)
    live = engine.volumes.create("grader-test-sweep-live", labels=theirs)
    try:
        removed = sweep(engine, run_id="test-sweep-mine")
        assert [line.split()[0] for line in removed] == ["container", "network", "volume"]
        sweep(engine)
        assert engine.volumes.get("grader-test-sweep-live").name == live.name
    finally:
        assert sweep(engine, run_id="test-sweep-theirs") == ["volume grader-test-sweep-live (run test-sweep-theirs)"]


def test_a_sweep_takes_what_a_dead_process_left(engine: "DockerClient") -> None:
    # A process that is gone answers for nothing.
    marks = {**labels("test-sweep-dead"), "grader.start": "1"}
    engine.volumes.create("grader-test-sweep-dead", labels=marks)
    assert "volume grader-test-sweep-dead (run test-sweep-dead)" in sweep(engine)
