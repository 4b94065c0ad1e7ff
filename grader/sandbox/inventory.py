"""What an image has installed, and whether that is what a submission asks for."""

import base64
import json
import os
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion

from grader.errors import DependenciesRejected, ImageError
from grader.intake.submission import Dependencies
from grader.sandbox import census
from grader.sandbox.engine import labels, translate
from grader.sandbox.images import Image
from grader.sandbox.recipes import PYTHON
from grader.settings import Settings

if TYPE_CHECKING:
    from docker import DockerClient

CENSUS = Path(census.__file__).read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Distribution:
    """One installed distribution; `requires_dist` are its own requirement lines."""

    name: str
    version: str
    requires_dist: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inventory:
    """What one interpreter has.

    Attributes:
        python: its version, such as "3.13.5".
        packages: normalised name → distribution.
        environment: PEP 508 marker variables of the place where it runs.
        modules: top-level names that it can import from those packages.
    """

    python: str
    packages: Mapping[str, Distribution]
    environment: Mapping[str, str]
    modules: frozenset[str] = frozenset()

    @property
    def versions(self) -> dict[str, str]:
        """Normalised name → version."""
        return {name: distribution.version for name, distribution in self.packages.items()}


def local_inventory() -> Inventory:
    """What this very interpreter has."""
    return from_census(census.census())


def image_inventory(client: "DockerClient", image: Image, settings: Settings) -> Inventory:
    """What an image has: asked once per image, then read from the cache folder.

    Raises:
        ImageError: the image's interpreter does not answer.
        EngineUnavailable: the engine is gone.
    """
    cache = settings.cache_dir / "inventory" / f"{image.id.removeprefix('sha256:')}.json"
    try:
        return from_census(json.loads(cache.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        # Absent, or half a file of a full disk: made again.
        answer = _ask(client, image)
    write_atomically(cache, json.dumps(answer))
    return from_census(answer)


def _ask(client: "DockerClient", image: Image) -> dict[str, Any]:
    with translate(f"taking stock of {image.reference}", fault=ImageError):
        output = client.containers.run(
            image.id,
            [PYTHON, "-I", "-c", CENSUS],
            labels=labels(f"census-{uuid.uuid4().hex[:12]}", client),
            network_mode="none",
            read_only=True,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            remove=True,
        )
    try:
        answer: dict[str, Any] = json.loads(base64.b64decode(output))
    except ValueError as error:
        raise ImageError(
            f"{image.reference} does not say what it has installed",
            hint="`grader images prune --all`, then run again",
            detail=output[-2000:].decode(errors="replace"),
        ) from error
    return answer


def write_atomically(path: Path, text: str) -> None:
    """Write a cache file so that no reader ever sees half of it.

    Raises:
        ImageError: the folder cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        raise ImageError(
            f"cannot write {path}: {error.strerror}", hint="make room, or set GRADER_CACHE_DIR to another folder"
        ) from error


def from_census(answer: Mapping[str, Any]) -> Inventory:
    """Read what `grader.sandbox.census` wrote."""
    packages: dict[str, Distribution] = {
        canonicalize_name(name): Distribution(name, found["version"], tuple(found["requires"]))
        for name, found in answer["packages"].items()
    }
    return Inventory(answer["python"], packages, dict(answer["environment"]), frozenset(answer["modules"]))


def unsatisfied(dependencies: Dependencies, inventory: Inventory) -> list[str]:
    """What a submission asks for and the inventory does not hold, as declared; empty means nothing to install.

    Markers are judged in the inventory's environment, extras through what each distribution requires for them
    (PEP 508); an installed pre-release counts. A pin of a lock file counts only if what is required leads to its
    package: the rest of a lock (development tools, other platforms) is nothing that the app needs. Imports are looked
    at only where nothing was declared.

    Raises:
        DependenciesRejected: a line is not a PEP 508 requirement, or has a marker that cannot be evaluated.
    """
    required = [parse(line) for line in dependencies.requirements]
    if not required:
        return [name for name in dependencies.imports if not _importable(name, inventory)]
    missing = [str(r) for r in required if _applies(r, inventory) and not _satisfied(r, inventory, set())]
    reached = _closure(required, inventory)
    pins = [pin for pin in map(parse, dependencies.pins) if canonicalize_name(pin.name) in reached]
    missing += [str(pin) for pin in pins if _applies(pin, inventory) and not _installed(pin, inventory)]
    return list(dict.fromkeys(missing))


def python_mismatch(dependencies: Dependencies, inventory: Inventory) -> str:
    """A sentence for people when the declared `requires-python` shuts the inventory's Python out, else "".

    It is a warning: most projects that name an exact version run on others too, and a real need shows at the start.
    """
    try:
        allowed = SpecifierSet(dependencies.requires_python).contains(inventory.python, prereleases=True)
    except InvalidSpecifier:
        return f"requires-python is not understood: {dependencies.requires_python!r}"
    return "" if allowed else f"requires-python is {dependencies.requires_python}; it runs on Python {inventory.python}"


def parse(line: str) -> Requirement:
    """Parse one requirement line.

    Raises:
        DependenciesRejected: it is not a PEP 508 requirement, or it names a URL.
    """
    try:
        requirement = Requirement(line)
    except InvalidRequirement as error:
        raise DependenciesRejected(f"not a requirement: {line[:200]!r}", detail=str(error)) from error
    if requirement.url:
        raise DependenciesRejected(
            f"a requirement names an address: {line[:200]!r}", hint="name a version that the package index has"
        )
    return requirement


def _importable(name: str, inventory: Inventory) -> bool:
    return name in inventory.modules or canonicalize_name(name) in inventory.packages


def _applies(requirement: Requirement, inventory: Inventory, extra: str = "") -> bool:
    try:
        return requirement.marker is None or requirement.marker.evaluate({**inventory.environment, "extra": extra})
    except (UndefinedComparison, UndefinedEnvironmentName, InvalidVersion) as error:
        raise DependenciesRejected(
            f"a condition that cannot be evaluated: {str(requirement)[:200]!r}", detail=str(error)
        ) from error


def _installed(requirement: Requirement, inventory: Inventory) -> bool:
    found = inventory.packages.get(canonicalize_name(requirement.name))
    return found is not None and requirement.specifier.contains(found.version, prereleases=True)


def _satisfied(requirement: Requirement, inventory: Inventory, seen: set[tuple[str, str]]) -> bool:
    """Installed, and its extras too. `seen` ends the circle of an extra that names its own distribution."""
    if not _installed(requirement, inventory):
        return False
    name = canonicalize_name(requirement.name)
    fresh = {(name, extra) for extra in requirement.extras} - seen
    seen |= fresh
    children = (child for _, extra in fresh for child in _children(name, inventory, [extra], base=False))
    return all(_satisfied(child, inventory, seen) for child in children)


def _children(name: str, inventory: Inventory, extras: Iterable[str], *, base: bool) -> Iterator[Requirement]:
    """What an installed distribution requires: for these extras, and with `base` for itself as well."""
    for line in inventory.packages[canonicalize_name(name)].requires_dist:
        child = Requirement(line)
        always = _applies(child, inventory)
        if (always and base) or (not always and any(_applies(child, inventory, extra) for extra in extras)):
            yield child


def _closure(required: Iterable[Requirement], inventory: Inventory) -> set[str]:
    """The names that the requirements lead to, through what is installed."""
    waiting = [requirement for requirement in required if _applies(requirement, inventory)]
    reached: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        node = (name, frozenset(requirement.extras))
        if node in reached:
            continue
        reached.add(node)
        if name in inventory.packages:
            waiting += _children(name, inventory, requirement.extras, base=True)
    return {name for name, _ in reached}
