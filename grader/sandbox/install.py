"""Installing what a submission declares into a volume that its container mounts read-only."""

import base64
import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from grader.errors import DependenciesRejected, InfrastructureError
from grader.intake.submission import Dependencies
from grader.sandbox import hardening, installer, recipes
from grader.sandbox.blame import judge
from grader.sandbox.build import tarball
from grader.sandbox.downloads import ca_bundle, index_environment, trust
from grader.sandbox.engine import CACHE_LABEL, labels, translate
from grader.sandbox.images import Image
from grader.sandbox.inventory import Inventory, parse, unsatisfied, write_atomically
from grader.sandbox.locks import locked
from grader.sandbox.pod import Progress
from grader.settings import Settings

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

INSTALLER = Path(installer.__file__).read_text(encoding="utf-8")
SENT = ".grader"
"""Folder in the volume by which the installer's files arrive; it moves them away before anything is unpacked."""
COMPANIONS = ("fastapi", "uvicorn")
"""Installed beside what was declared, so that versions which the image's own might not fit decide together."""
GRACE = 120.0
"""Seconds beyond `install_deadline` for compiling and listing."""


@dataclass(frozen=True, slots=True)
class Installed:
    """Dependencies ready for use.

    Attributes:
        volume: the volume to mount at `/opt/deps`; "" where the image's own packages do.
        packages: everything that can be imported, normalised name → version.
        added: what the volume holds, "name==version", sorted.
        warnings: what was left out, for people.
    """

    volume: str
    packages: dict[str, str]
    added: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def install(
    client: "DockerClient",
    image: Image,
    dependencies: Dependencies,
    inventory: Inventory,
    settings: Settings,
    progress: Progress,
) -> Installed:
    """Install what the image lacks, or find it in the cache.

    Args:
        client: the engine.
        image: the runner image.
        dependencies: what the submission declares.
        inventory: what the image has.
        settings: limits (`install_bytes`, `install_deadline`) and the cache folder.
        progress: told when something slow begins.

    Raises:
        DependenciesRejected: they do not resolve, have no wheels, or are too large; `detail` holds uv's own words.
        InfrastructureError: the network, the index or the machine failed.
        EngineUnavailable: the engine is gone.
    """
    missing = unsatisfied(dependencies, inventory)
    if not missing:
        return Installed("", inventory.versions)
    release = ".".join(image.version.split(".")[:2])
    fallback = f"/opt/venv/lib/python{release}/site-packages"
    request = installer_request(dependencies, missing, settings, uv=recipes.UV, fallback=fallback)
    key = _key(image, request)
    record = settings.cache_dir / "dependencies" / f"{key}.json"
    with locked(settings.cache_dir / "locks", f"dependencies-{key}"):
        kept = _recall(client, record)
        if kept is None:
            progress(f"installing {_listed(missing)}")
            kept = _install(client, image, request, key, settings)
            write_atomically(record, json.dumps(kept))
    return _installed(kept, inventory)


def installer_request(
    dependencies: Dependencies, missing: list[str], settings: Settings, *, uv: str, fallback: str
) -> dict[str, Any]:
    """What `grader.sandbox.installer` is told. Requirement lines are written anew from their parts.

    Args:
        dependencies: what the submission declares.
        missing: what the inventory lacks of it.
        settings: the limits.
        uv: path of uv, as the installer sees it.
        fallback: folder of the packages that are there without installing.

    Raises:
        DependenciesRejected: a line is not a PEP 508 requirement.
    """
    declared = [parse(line) for line in dependencies.requirements]
    named = {canonicalize_name(requirement.name) for requirement in declared}
    companions = [name for name in COMPANIONS if name not in named] if declared else []
    return {
        "requirements": sorted(str(requirement) for requirement in declared) + companions,
        "optional": [] if declared else sorted(str(parse(name)) for name in missing),
        "pins": sorted(str(parse(line)) for line in dependencies.pins),
        "seconds": settings.install_deadline,
        "bytes": settings.install_bytes,
        "uv": uv,
        "fallback": fallback,
    }


def _listed(names: list[str]) -> str:
    shown = 3
    return ", ".join(names[:shown]) + (f" and {len(names) - shown} more" if len(names) > shown else "")


def _key(image: Image, request: Mapping[str, Any]) -> str:
    asked = {name: request[name] for name in ("requirements", "optional", "pins")}
    return hashlib.sha256(json.dumps([image.id, INSTALLER, asked]).encode()).hexdigest()[:24]


def _recall(client: "DockerClient", record: Path) -> dict[str, Any] | None:
    """An earlier installation that is complete: its record is written last, and its volume's name is used only once."""
    import docker.errors  # noqa: PLC0415  # slow to import

    try:
        kept: dict[str, Any] = json.loads(record.read_text(encoding="utf-8"))
        with translate("looking for installed dependencies", fault=InfrastructureError):
            try:
                client.volumes.get(kept["volume"])
            except docker.errors.NotFound:
                return None
    except (OSError, ValueError, KeyError):
        return None
    return kept


def _installed(kept: Mapping[str, Any], inventory: Inventory) -> Installed:
    fresh: dict[str, str] = {canonicalize_name(name): version for name, version in kept["packages"].items()}
    return Installed(
        volume=kept["volume"],
        packages={**inventory.versions, **fresh},
        added=tuple(sorted(f"{name}=={version}" for name, version in fresh.items())),
        warnings=tuple(kept["warnings"]),
    )


def _install(
    client: "DockerClient", image: Image, request: dict[str, Any], key: str, settings: Settings
) -> dict[str, Any]:
    name = f"grader-deps-{key[:12]}-{uuid.uuid4().hex[:8]}"
    done = False
    with translate("installing dependencies", fault=InfrastructureError):
        volume = client.volumes.create(name, labels={CACHE_LABEL: key})
        try:
            with _container(client, image, name, settings) as container:
                container.put_archive(recipes.DEPENDENCIES, _context(request, settings))
                outcome = _run(container, settings)
            packages = judge(outcome, settings)
            warnings = [_dropped(name, each, settings) for name, each in outcome["dropped"].items()]
            done = True
        finally:
            if not done:
                volume.remove(force=True)
    return {"volume": name, "packages": packages, "warnings": warnings}


@contextmanager
def _container(client: "DockerClient", image: Image, volume: str, settings: Settings) -> "Iterator[Container]":
    from docker.types import Mount  # noqa: PLC0415  # slow to import

    environment = {"HOME": "/tmp", **index_environment()}  # noqa: S108  # the container's own tmpfs
    run_id = f"install-{uuid.uuid4().hex[:12]}"
    container = client.containers.create(
        image.id,
        [recipes.PYTHON, "-I", "-S", f"{recipes.DEPENDENCIES}/{SENT}/installer.py"],
        name=f"grader-{run_id}",
        labels=labels(run_id, client),
        environment=environment | (trust(f"{installer.WORK}/ca.pem") if ca_bundle(settings) else {}),
        mounts=[Mount(recipes.DEPENDENCIES, volume, type="volume")],
        **hardening.installer_options(settings),
    )
    try:
        yield container
    finally:
        container.remove(force=True, v=True)


def _context(request: dict[str, Any], settings: Settings) -> bytes:
    certificates = ca_bundle(settings)
    files = {"installer.py": INSTALLER.encode(), "request.json": json.dumps(request).encode()}
    files |= {"ca.pem": certificates} if certificates else {}
    placed = {f"{SENT}/": b"", **{f"{SENT}/{name}": content for name, content in files.items()}}
    return tarball(placed, uid=recipes.INSTALLER_UID)


def _run(container: "Container", settings: Settings) -> dict[str, Any]:
    container.start()
    status = container.wait(timeout=settings.install_deadline + GRACE)["StatusCode"]
    try:
        outcome: dict[str, Any] = json.loads(base64.b64decode(container.logs(stderr=False)))
    except ValueError as error:
        log = container.logs(stdout=False, tail=40).decode(errors="replace")
        raise InfrastructureError(
            f"the installer ended without an answer (status {status})", hint="run again", detail=log[-4000:]
        ) from error
    return outcome


def _dropped(name: str, outcome: Mapping[str, Any], settings: Settings) -> str:
    """A warning for an import that no distribution answers to; the import may well be guarded by a `try`."""
    try:
        judge(outcome, settings)
    except DependenciesRejected as error:
        reason = error.message.partition(": ")[2] or error.message
        return f"`{name}` is imported but not declared, and was not installed: {reason}"
    return f"`{name}` was not installed"
