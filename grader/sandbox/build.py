"""Building an image: the recipe runs in a container of the base image, which is then committed.

Not a Dockerfile: the classic builder would keep certificates and index addresses in a layer or in the image's history,
and BuildKit is not everywhere. What lies in a volume is no part of what is committed.
"""

import io
import json
import re
import shlex
import tarfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from grader.errors import ImageError
from grader.sandbox import recipes
from grader.sandbox.downloads import ca_bundle, index_environment, trust
from grader.sandbox.engine import labels, translate
from grader.settings import Settings

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

IMAGE_LABEL = "grader.image"
USERS: Mapping[recipes.Kind, int] = {"harness": recipes.HARNESS_UID, "postgres": recipes.SERVICE_UID}
BUILD_DEADLINE = 1800
"""Seconds for one image."""


def build(client: "DockerClient", settings: Settings, kind: recipes.Kind, base_id: str, reference: str) -> None:
    """Build an image and tag it.

    Args:
        client: the engine.
        settings: where the host's certificates are.
        kind: not `base`.
        base_id: the engine's id of the base image.
        reference: name and tag of the new one.

    Raises:
        ImageError: the recipe failed; `detail` holds the end of its log.
        EngineUnavailable: the engine is gone.
    """
    doing = f"building the {kind} image"
    with translate(doing, fault=ImageError), _builder(client, settings, kind, base_id) as container:
        container.start()
        status = container.wait(timeout=BUILD_DEADLINE)["StatusCode"]
        log = container.logs(tail=40).decode(errors="replace")
        version = re.search(r"grader-(?:python|postgres) (\S+)", log)
        if status != 0 or version is None:
            raise ImageError(
                f"the {kind} image could not be built: its recipe ended with status {status}",
                hint="see whether containers reach the package index (proxy, certificates, PIP_INDEX_URL)"
                " and, for PostgreSQL, the Debian mirror",
                detail=log,
            )
        repository, _, tag = reference.partition(":")
        container.commit(repository=repository, tag=tag, changes=configuration(kind, version[1]))


def version_label(kind: recipes.Kind) -> str:
    """The label that holds the version of what an image is for."""
    return "grader.postgres" if kind == "postgres" else "grader.python"


def configuration(kind: recipes.Kind, version: str) -> list[str]:
    """The image's configuration, as Dockerfile instructions."""
    # The builder's own labels are handed down by a commit; empty, they mean nothing to a sweep.
    marks = {**dict.fromkeys(labels(""), ""), IMAGE_LABEL: kind, version_label(kind): version}
    user = USERS.get(kind, recipes.CANDIDATE_UID)
    return [
        *(f"LABEL {name}={json.dumps(value)}" for name, value in marks.items()),
        *(f"ENV {name}={json.dumps(value)}" for name, value in recipes.ENVIRONMENT.items()),
        f"USER {user}:{user}",
        "WORKDIR /",
        *([] if kind == "postgres" else [f'CMD ["{recipes.PYTHON}"]']),
    ]


@contextmanager
def _builder(client: "DockerClient", settings: Settings, kind: recipes.Kind, base_id: str) -> "Iterator[Container]":
    from docker.types import Mount  # noqa: PLC0415  # slow to import

    run_id = f"build-{uuid.uuid4().hex[:12]}"
    container = client.containers.create(
        base_id,
        ["sh", f"{recipes.BUILD}/recipe.sh"],
        name=f"grader-{run_id}",
        user="0:0",
        working_dir="/",
        labels=labels(run_id, client),
        mounts=[Mount(recipes.BUILD, None, type="volume")],
        use_config_proxy=False,  # the variables would be committed, and candidates would see them
    )
    try:
        # The SDK offers these to containers only.
        proxies = client.api._proxy_configs.get_environment()  # type: ignore[attr-defined]  # noqa: SLF001  # see above
        container.put_archive(recipes.BUILD, _context(settings, kind, proxies))
        yield container
    finally:
        container.remove(force=True, v=True)


def _context(settings: Settings, kind: recipes.Kind, proxies: Mapping[str, str]) -> bytes:
    certificates = ca_bundle(settings)
    environment = {"KIND": kind, **proxies, **index_environment()}
    environment |= trust(f"{recipes.BUILD}/ca.pem") if certificates else {}
    texts = {
        "recipe.sh": recipes.recipe(kind),
        "requirements.txt": "\n".join(recipes.packages(kind)) + "\n",
        "environment": "".join(f"export {name}={shlex.quote(value)}\n" for name, value in environment.items()),
    }
    files = {name: text.encode() for name, text in texts.items()}
    return tarball(files | ({"ca.pem": certificates} if certificates else {}))


def tarball(files: dict[str, bytes], *, uid: int = 0) -> bytes:
    """A plain tar of small files, readable by all, owned by `uid`; a name that ends in a slash is a folder."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode, entry.uid, entry.gid = len(content), 0o644, uid, uid
            if name.endswith("/"):
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
