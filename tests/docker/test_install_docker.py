"""Installing dependencies for real, from an index of our own that runs in a container; the internet is not needed."""

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grader.errors import DependenciesRejected, InfrastructureError
from grader.intake.submission import Dependencies
from grader.sandbox.build import tarball
from grader.sandbox.downloads import INDEX_VARIABLES, PROXY_VARIABLES
from grader.sandbox.engine import labels, sweep
from grader.sandbox.images import Image
from grader.sandbox.install import Installed, install
from grader.sandbox.inventory import Inventory, image_inventory
from grader.settings import MEBIBYTE, Settings

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

pytestmark = pytest.mark.docker

Install = Callable[..., Installed]


def wheel(name: str, version: str, files: dict[str, bytes], *requires: str) -> dict[str, bytes]:
    """A wheel in a folder of a simple index (PEP 427, PEP 503)."""
    information = f"{name}-{version}.dist-info"
    needs = "".join(f"Requires-Dist: {line}\n" for line in requires)
    held = files | {
        f"{information}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}".encode(),
        f"{information}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = [f"{path},sha256={digest(content)},{len(content)}" for path, content in held.items()]
    held[f"{information}/RECORD"] = "\n".join([*record, f"{information}/RECORD,,", ""]).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in held.items():
            archive.writestr(path, content)
    return {f"simple/{name}/": b"", f"simple/{name}/{name}-{version}-py3-none-any.whl": buffer.getvalue()}


def digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


TRAP = b"import os, pathlib; pathlib.Path('/opt/deps/sprung').touch(); print('sprung', flush=True)\n"
SHELF = {
    "simple/": b"",
    **wheel("fastapi", "0.1", {"fastapi/__init__.py": b"WHOSE = 'installed'\n"}),
    **wheel("uvicorn", "0.1", {"uvicorn/__init__.py": b""}),
    **wheel("greeting", "1.0", {"greeting.py": b"WORD = 'hello'\n"}, "companion>=1"),
    **wheel("companion", "1.5", {"companion.py": b""}),
    **wheel("trap", "1.0", {"trap.pth": TRAP, "trap.py": b""}),
    **wheel("large", "1.0", {"large.bin": b"\0" * (12 * MEBIBYTE)}),
    "simple/source/": b"",
    "simple/source/source-1.0.tar.gz": b"no archive, and never opened",
}
SERVE = """
import functools, http.server, socket
silent = socket.create_server(("", 8001))  # connections are accepted by the kernel; nobody ever answers
handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory="/srv")
print("serving", flush=True)
http.server.ThreadingHTTPServer(("", 8000), handler).serve_forever()
"""


@pytest.fixture(scope="module")
def index(engine: "DockerClient", runner: Image) -> "Iterator[Container]":
    """A container that serves `SHELF` on port 8000, and accepts without ever answering on 8001."""
    container = engine.containers.create(
        runner.id, ["python", "-u", "-c", SERVE], labels=labels("test-index"), init=True
    )
    try:
        container.put_archive("/srv", tarball(SHELF))
        container.start()
        log = container.logs(stream=True, follow=True, stderr=False)
        assert next(log) == b"serving\n"
        log.close()  # type: ignore[attr-defined]  # a CancellableStream; the stubs say Iterator
        container.reload()
        yield container
    finally:
        sweep(engine, run_id="test-index")


@pytest.fixture
def place(index: "Container", monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Make a port of the index container the one package index."""
    for name in (*INDEX_VARIABLES, *PROXY_VARIABLES):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    networks = (index.attrs or {})["NetworkSettings"]["Networks"]

    def choose(port: int) -> None:
        monkeypatch.setenv("UV_HTTP_RETRIES", "0")
        monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://{networks['bridge']['IPAddress']}:{port}/simple")

    choose(8000)
    return choose


@pytest.fixture
def told() -> list[str]:
    """Progress lines."""
    return []


@pytest.fixture
def inventory(engine: "DockerClient", runner: Image) -> Inventory:
    return image_inventory(engine, runner, Settings())


@pytest.fixture
def perform(
    engine: "DockerClient", runner: Image, inventory: Inventory, tmp_path: Path, told: list[str], place: object
) -> Iterator[Install]:
    """`install` with a cache of its own; afterwards its volumes are gone."""
    assert place
    before = volumes(engine)

    def run(*requirements: str, imports: tuple[str, ...] = (), **changes: object) -> Installed:
        settings = Settings(cache_dir=tmp_path, **changes)  # type: ignore[arg-type]  # limits of all kinds
        asked = Dependencies(requirements=requirements, imports=imports)
        return install(engine, runner, asked, inventory, settings, told.append)

    yield run
    for record in (tmp_path / "dependencies").glob("*.json"):
        engine.volumes.get(json.loads(record.read_text())["volume"]).remove()
    assert volumes(engine) <= before


def volumes(engine: "DockerClient") -> set[str]:
    return {str(volume.name) for volume in engine.volumes.list(filters={"label": "grader.cache"})}


def as_candidate(engine: "DockerClient", runner: Image, volume: str, code: str) -> str:
    """Run code as a candidate would be: its user, read-only, without a network."""
    output = engine.containers.run(
        runner.id,
        ["/opt/deps/bin/python", "-c", code],
        user="65532:65532",
        network_mode="none",
        read_only=True,
        volumes={volume: {"bind": "/opt/deps", "mode": "ro"}},
        labels=labels("test"),
        remove=True,
    )
    return output.decode().strip()


def test_what_is_declared_can_be_imported(engine: "DockerClient", runner: Image, perform: Install) -> None:
    # The declared versions win, what they pull in comes along, and the image's other packages are still there.
    done = perform("greeting==1.0", "fastapi<0.2")
    assert done.added == ("companion==1.5", "fastapi==0.1", "greeting==1.0", "uvicorn==0.1")
    assert done.packages["fastapi"] == "0.1"
    assert "sqlalchemy" in done.packages
    code = "import sys, greeting, companion, fastapi, sqlalchemy; print(greeting.WORD, fastapi.WHOSE, sys.path[-1])"
    seen = as_candidate(engine, runner, done.volume, code)
    assert seen.startswith("hello installed /opt/venv/lib/")


def test_what_is_installed_is_compiled_and_read_only(engine: "DockerClient", runner: Image, perform: Install) -> None:
    # A candidate cannot change what it shares with later runs, and needs not compile it.
    done = perform("greeting")
    code = (
        "import greeting, os; print(os.path.exists(greeting.__cached__), os.access('/opt/deps', os.W_OK),"
        " os.path.exists('/opt/deps/.grader'))"
    )
    assert as_candidate(engine, runner, done.volume, code) == "True False False"


def test_the_same_again_costs_nothing(perform: Install, told: list[str]) -> None:
    # The same declaration, in whatever order, is found again; another one is not.
    first = perform("greeting", "companion")
    assert perform("companion", "greeting") == first
    assert len(told) == 1
    assert perform("companion").volume != first.volume


def test_a_volume_that_went_away_is_made_again(engine: "DockerClient", perform: Install) -> None:
    # A record without its volume counts for nothing.
    first = perform("greeting")
    engine.volumes.get(first.volume).remove()
    second = perform("greeting")
    assert second.volume != first.volume
    assert second.added == first.added


def test_what_the_image_has_is_not_installed(perform: Install, told: list[str], inventory: Inventory) -> None:
    # A satisfied declaration needs no container and no volume.
    assert perform("fastapi>=0.100", "sqlalchemy[asyncio]") == Installed("", inventory.versions)
    assert told == []


def test_no_code_of_a_wheel_runs_while_it_has_a_network(
    engine: "DockerClient", runner: Image, perform: Install
) -> None:
    # A .pth file runs in the candidate's container only, where it has no network and nothing to write to.
    done = perform("trap")
    code = "import os; print(os.path.exists('/opt/deps/sprung'))"
    listing = engine.containers.run(
        runner.id,
        ["/opt/venv/bin/python", "-c", code],
        volumes={done.volume: {"bind": "/opt/deps", "mode": "ro"}},
        network_mode="none",
        labels=labels("test"),
        remove=True,
    )
    assert listing == b"False\n"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param("nosuch", "nosuch", id="unknown name"),
        pytest.param("greeting==9", "greeting==9", id="unknown version"),
        pytest.param("source", "wheel", id="no wheel"),
    ],
)
def test_what_does_not_resolve_is_rejected(perform: Install, line: str, reason: str) -> None:
    # The candidate's fault, with the resolver's reason, and nothing is left behind.
    with pytest.raises(DependenciesRejected) as caught:
        perform(line)
    assert reason in caught.value.detail


def test_what_is_too_large_is_rejected(perform: Install) -> None:
    # The limit is looked at while uv works, and once more at its end.
    with pytest.raises(DependenciesRejected, match="more than 8 MiB"):
        perform("large", install_bytes=8 * MEBIBYTE)


def test_an_import_that_nobody_offers_is_a_warning(perform: Install) -> None:
    # An undeclared import may be guarded; the ones that resolve are installed, and the image's FastAPI stays.
    done = perform(imports=("greeting", "nosuch", "fastapi"))
    assert done.added == ("companion==1.5", "greeting==1.0")
    assert len(done.warnings) == 1
    assert "nosuch" in done.warnings[0]


def test_an_index_that_refuses_is_not_the_candidates_fault(perform: Install, place: Callable[[int], None]) -> None:
    # Nobody listens on that port: a fault of the machine, for declared and for optional names.
    place(8002)
    with pytest.raises(InfrastructureError, match="could not be downloaded"):
        perform("greeting")
    with pytest.raises(InfrastructureError, match="could not be downloaded"):
        perform(imports=("greeting",))


def test_an_index_that_never_answers_is_not_the_candidates_fault(
    perform: Install, place: Callable[[int], None]
) -> None:
    # A connection that stays silent ends at the deadline, as a fault of the machine.
    place(8001)
    with pytest.raises(InfrastructureError, match="took more than 2 s"):
        perform("greeting", install_deadline=2)
