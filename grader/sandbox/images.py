"""The images that pods are made of: built when missing, listed, pruned."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, get_args

from grader.errors import ImageError
from grader.sandbox import recipes
from grader.sandbox.base import make_base, pull
from grader.sandbox.build import build, version_label
from grader.sandbox.engine import CACHE_LABEL, translate
from grader.sandbox.locks import locked
from grader.sandbox.pod import Progress
from grader.settings import Settings

if TYPE_CHECKING:
    from docker import DockerClient

KINDS: tuple[recipes.Kind, ...] = get_args(recipes.Kind)
_Base = Callable[["DockerClient", Settings, Progress], str]
"""Finds or makes what an image is built on; its id."""
CONFLICT = 409
"""The engine's answer to removing what a container uses (Docker Engine API, `DELETE /images` and `/volumes`)."""


@dataclass(frozen=True, slots=True)
class Image:
    """An image that is there.

    Attributes:
        reference: name and tag.
        id: the engine's id: the digest of the image's configuration, which names its layers by theirs.
        digest: the registry's digest where there is one, else `id`.
        version: of its interpreter, such as "3.13.5", or its server; "" for a base.
        kind: `base`, `runner`, `harness` or `postgres`.
    """

    reference: str
    id: str
    digest: str
    version: str
    kind: recipes.Kind


@dataclass(frozen=True, slots=True)
class ListedImage:
    """One of the grader's images, current or not.

    Attributes:
        reference: name and tag.
        id: the engine's id.
        size: bytes, layers that it shares with others included.
        created: local date and time, to the minute.
        current: whether the present settings and lists use it; if not, it is stale.
    """

    reference: str
    id: str
    size: int
    created: str
    current: bool


def ensure_runner(client: "DockerClient", settings: Settings, progress: Progress) -> Image:
    """The image that candidates and installers run in; built if it is missing.

    Raises:
        ImageError: it cannot be built.
        EngineUnavailable: the engine is gone.
    """
    return _ensure(client, settings, progress, "runner", _on_base)


def ensure_harness(client: "DockerClient", settings: Settings, progress: Progress) -> Image:
    """The image that the harness runs in; built if it is missing.

    Raises:
        ImageError: it cannot be built.
        EngineUnavailable: the engine is gone.
    """
    return _ensure(client, settings, progress, "harness", _on_base)


def ensure_postgres(client: "DockerClient", settings: Settings, progress: Progress) -> Image:
    """The image that has PostgreSQL: the official one where it can be pulled, else Debian's package on the base.

    Raises:
        ImageError: it cannot be built.
        EngineUnavailable: the engine is gone.
    """
    return _ensure(client, settings, progress, "postgres", _on_official_postgres)


def build_all(client: "DockerClient", settings: Settings, progress: Progress) -> tuple[Image, Image]:
    """Both images, runner first; whatever is missing is built.

    Raises:
        ImageError: one cannot be built.
        EngineUnavailable: the engine is gone.
    """
    return ensure_runner(client, settings, progress), ensure_harness(client, settings, progress)


def _ensure(client: "DockerClient", settings: Settings, progress: Progress, kind: recipes.Kind, base: _Base) -> Image:
    found = find(client, settings, kind)
    if found:
        return found
    with locked(settings.cache_dir / "locks", "images"):
        found = find(client, settings, kind)  # another process may have built it meanwhile
        if found:
            return found
        base_id = base(client, settings, progress)
        progress(f"building the {kind} image (once, a minute or two)")
        build(client, settings, kind, base_id, _reference(settings, kind, base_id))
        found = find(client, settings, kind)
    if found is None:
        raise ImageError(f"the {kind} image vanished as soon as it was built", hint="run again")
    return found


def _on_base(client: "DockerClient", settings: Settings, progress: Progress) -> str:
    base = find(client, settings, "base")
    return base.id if base else make_base(client, settings, progress)


def _on_official_postgres(client: "DockerClient", settings: Settings, progress: Progress) -> str:
    if settings.pull_images:
        progress(f"pulling postgres:{settings.postgres_version}")
        own = f"grader-postgres:official-{settings.postgres_version}"
        if not pull(client, "postgres", settings.postgres_version, own):
            return str(client.images.get(own).id)
    return _on_base(client, settings, progress)


def _reference(settings: Settings, kind: recipes.Kind, base_id: str) -> str:
    return recipes.postgres_reference(settings) if kind == "postgres" else recipes.reference(kind, base_id)


def find(client: "DockerClient", settings: Settings, kind: recipes.Kind) -> Image | None:
    """The image that the present settings and lists ask for, if it is there.

    Raises:
        EngineUnavailable: the engine is gone.
        ImageError: the engine failed.
    """
    if kind == "postgres":
        return _look_up(client, recipes.postgres_reference(settings), kind)
    base = _look_up(client, recipes.base_reference(settings), "base")
    if base is None or kind == "base":
        return base
    return _look_up(client, recipes.reference(kind, base.id), kind)


def _look_up(client: "DockerClient", reference: str, kind: recipes.Kind) -> Image | None:
    import docker.errors  # noqa: PLC0415  # slow to import

    with translate(f"looking for {reference}", fault=ImageError):
        try:
            found = client.images.get(reference).attrs or {}
        except docker.errors.ImageNotFound:
            return None
    marks = (found.get("Config") or {}).get("Labels") or {}
    digest = next((name.partition("@")[2] for name in found.get("RepoDigests") or ()), found["Id"])
    return Image(reference, found["Id"], digest, marks.get(version_label(kind), ""), kind)


def list_images(client: "DockerClient", settings: Settings) -> list[ListedImage]:
    """The grader's images, current ones first.

    Raises:
        EngineUnavailable: the engine is gone.
        ImageError: the engine failed.
    """
    pythons = (settings.python_version, *settings.older_pythons)
    wanted = [settings.model_copy(update={"python_version": python}) for python in pythons]
    current = {image.reference for one in wanted for kind in KINDS if (image := find(client, one, kind))}
    with translate("listing images", fault=ImageError):
        summaries = client.api.images()
    rows = [_row(tag, summary, current) for summary in summaries for tag in summary.get("RepoTags") or () if _ours(tag)]
    return sorted(rows, key=lambda row: (not row.current, row.reference))


def _ours(reference: str) -> bool:
    return reference.partition(":")[0] in {f"grader-{kind}" for kind in KINDS}


def _row(reference: str, summary: dict[str, Any], current: set[str]) -> ListedImage:
    created = datetime.fromtimestamp(summary["Created"], UTC).astimezone().strftime("%Y-%m-%d %H:%M")
    return ListedImage(reference, summary["Id"], summary["Size"], created, reference in current)


def prune(client: "DockerClient", settings: Settings, *, everything: bool = False) -> list[str]:
    """Remove stale images and cached dependencies. What a container uses at this moment is kept.

    Args:
        client: the engine.
        settings: they say which images are current, and where the cache folder is.
        everything: remove current images too.

    Returns:
        What was removed, one line each.

    Raises:
        EngineUnavailable: the engine is gone.
        ImageError: the engine failed.
    """
    doomed = [row.reference for row in list_images(client, settings) if everything or not row.current]
    # Backwards by name, so that a base goes after what is built on it.
    doomed.sort(reverse=True)
    images = [f"image {name}" for name in doomed if _removed(client.images.remove, name)]
    with translate("listing installed dependencies", fault=ImageError):
        volumes = client.volumes.list(filters={"label": CACHE_LABEL})
    removed = [volume for volume in volumes if _removed(volume.remove)]
    for volume in removed:
        key = ((volume.attrs or {}).get("Labels") or {}).get(CACHE_LABEL, "")
        (settings.cache_dir / "dependencies" / f"{key}.json").unlink(missing_ok=True)
    return images + [f"dependencies {volume.name}" for volume in removed]


def _removed(remove: Callable[..., object], *what: str) -> bool:
    """Whether it was removed; not, if it is in use or gone already."""
    import docker.errors  # noqa: PLC0415  # slow to import

    with translate("pruning", fault=ImageError):
        try:
            remove(*what)
        except docker.errors.NotFound:
            return False
        except docker.errors.APIError as error:
            if error.status_code == CONFLICT:
                return False
            raise
    return True
