"""The base image: the official Python image where it can be pulled, else an equal one made from Debian packages."""

import os
import platform
import queue
import shutil
import subprocess
import tarfile
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from grader.errors import ImageError
from grader.sandbox.engine import translate
from grader.sandbox.pod import Progress
from grader.sandbox.recipes import DEBIAN_PACKAGES, base_reference
from grader.settings import Settings

if TYPE_CHECKING:
    from docker import DockerClient

PULL_SILENCE = 45.0
"""Seconds without a word from the registry after which a pull is given up."""
DEBOOTSTRAP_DEADLINE = 1200.0

PYTHONS = {"bookworm": "3.11", "trixie": "3.13"}
"""The Python of each Debian suite (https://packages.debian.org/search?keywords=python3)."""

LEFT_OUT = (
    "var/cache/",
    "var/lib/apt/lists/",
    "var/log/",
    "var/tmp/",
    "tmp/",
    "dev/",
    "proc/",
    "sys/",
    "run/",
    "usr/share/doc/",
    "usr/share/info/",
    "usr/share/locale/",
    "usr/share/man/",
)
"""Contents of these folders serve nobody in a container; the folders themselves stay."""


def make_base(client: "DockerClient", settings: Settings, progress: Progress) -> str:
    """Pull or make the base image and tag it with `base_reference`.

    Returns:
        The engine's id of the image.

    Raises:
        ImageError: it can neither be pulled nor made here; the message names both ways out.
        EngineUnavailable: the engine is gone.
    """
    refusal = "pulling is switched off (GRADER_PULL_IMAGES)"
    if settings.pull_images:
        progress(f"pulling python:{settings.python_version}-slim")
        refusal = pull(client, "python", f"{settings.python_version}-slim", base_reference(settings))
    if refusal:
        _from_debian(client, settings, progress, refusal)
    with translate("looking at the base image", fault=ImageError):
        return str(client.images.get(base_reference(settings)).id)


def pull(client: "DockerClient", name: str, tag: str, reference: str) -> str:
    """Pull an official image and tag it.

    Args:
        client: the engine.
        name: such as `python`.
        tag: such as `3.13-slim`.
        reference: our own name and tag for it.

    Returns:
        Why it could not be pulled, one line; "" when it was.
    """
    refusal = next((str(event["error"]) for event in _pulling(client, name, tag) if "error" in event), "")
    if not refusal:
        with translate(f"tagging {name}:{tag}", fault=ImageError):
            client.images.get(f"{name}:{tag}").tag(reference)
    return " ".join(refusal.split())[:300]


def _pulling(client: "DockerClient", name: str, tag: str) -> Iterator[dict[str, Any]]:
    """The engine's pull events; one with `error` is the last.

    They are read in a thread: the SDK sets no time limit on a pull, and where packets are dropped instead of refused
    the engine tries for minutes before it says a word.
    """
    events: queue.Queue[dict[str, Any] | None] = queue.Queue()

    def read() -> None:
        import docker.errors  # noqa: PLC0415  # slow to import

        try:
            for event in client.api.pull(name, tag=tag, stream=True, decode=True):
                events.put(event)
            events.put(None)
        except (docker.errors.DockerException, OSError) as error:
            events.put({"error": str(error)})

    threading.Thread(target=read, daemon=True).start()
    try:
        yield from iter(lambda: events.get(timeout=PULL_SILENCE), None)
    except queue.Empty:
        yield {"error": f"no word from the registry for {PULL_SILENCE:.0f} s"}


def _from_debian(client: "DockerClient", settings: Settings, progress: Progress, refusal: str) -> None:
    _require_debootstrap(client, refusal)
    failures = [f"pull: {refusal}"]
    # Stable: where no suite has the wanted Python, the settings' own order stands.
    for suite in sorted(settings.debian_suites, key=lambda suite: PYTHONS.get(suite) != settings.python_version):
        progress(f"making a base image from Debian {suite} packages (about a minute)")
        with _scratch() as folder:
            failure = debootstrap(suite, folder / "root", settings.debian_mirror)
            if not failure:
                _import(client, folder / "root", suite, settings)
                return
            failures.append(f"{suite}: {failure}")
    raise ImageError(
        f"the base image can neither be pulled nor made from Debian {' or '.join(settings.debian_suites)}",
        hint="see the reasons below; GRADER_DEBIAN_MIRROR names another mirror",
        detail="\n".join(failures),
    )


def _require_debootstrap(client: "DockerClient", refusal: str) -> None:
    hint = "let the engine pull images, or install debootstrap and run as root once (`grader images build`)"
    missing = "debootstrap is not installed" if shutil.which("debootstrap") is None else ""
    if not missing and os.geteuid() != 0:
        missing = "debootstrap needs root"
    with translate("asking for its architecture", fault=ImageError):
        architecture = client.info().get("Architecture")
    if not missing and architecture != platform.machine():
        missing = f"the engine is {architecture} and this machine {platform.machine()}"
    if missing:
        raise ImageError(
            f"the base image cannot be pulled ({refusal}), and not be made here: {missing}", hint=hint, detail=refusal
        )


@contextmanager
def _scratch() -> Iterator[Path]:
    """A folder that root can fill with a Debian system; /tmp is often mounted nodev, which debootstrap refuses."""
    with tempfile.TemporaryDirectory(prefix="grader-base-", dir="/var/tmp") as name:
        try:
            yield Path(name)
        finally:
            for mount in ("proc", "sys"):
                if (Path(name) / "root" / mount).is_mount():
                    subprocess.run(["umount", "--lazy", f"{name}/root/{mount}"], check=False, capture_output=True)


def debootstrap(suite: str, root: Path, mirror: str = "") -> str:
    """Unpack a minimal Debian with Python into `root`, signatures checked.

    Returns:
        The last lines of what debootstrap said, if it failed; "" when it did not.
    """
    command = ["debootstrap", "--variant=minbase", "--force-check-gpg", f"--include={','.join(DEBIAN_PACKAGES)}", suite]
    command += [str(root), *([mirror] if mirror else [])]
    try:
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=DEBOOTSTRAP_DEADLINE,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
    except subprocess.TimeoutExpired:
        return f"debootstrap took more than {DEBOOTSTRAP_DEADLINE:.0f} s"
    return "" if done.returncode == 0 else "\n".join(done.stdout.splitlines()[-8:]) or "debootstrap failed silently"


def _import(client: "DockerClient", root: Path, suite: str, settings: Settings) -> None:
    repository, _, tag = base_reference(settings).partition(":")
    with tempfile.TemporaryFile(dir=root.parent) as archive, translate("importing the base image", fault=ImageError):
        pack(root, archive)
        archive.seek(0)
        changes = [f"LABEL grader.image=base grader.base=debian:{suite}", "ENV LANG=C.UTF-8"]
        client.api.import_image(src=archive, repository=repository, tag=tag, changes=changes)


def pack(root: Path, archive: IO[bytes]) -> None:
    """Write the tree at `root` as a plain tar, without what nobody needs and without setuid bits."""

    def tame(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
        name = entry.name.removeprefix("./")
        if name.startswith(LEFT_OUT):
            return None
        entry.mode &= ~0o6000
        return entry

    with tarfile.open(fileobj=archive, mode="w", format=tarfile.PAX_FORMAT) as tar:
        tar.add(root, arcname=".", filter=tame)
