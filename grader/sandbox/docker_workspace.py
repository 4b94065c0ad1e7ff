"""A workspace that outlives its container: for challenges whose checks end the application and start it again.

A tmpfs mount of a container is gone when that stops. A volume of type tmpfs lasts as long as a running container has it
mounted, so one more container does nothing but that. It is as locked in as a candidate's, and runs nothing of it.
Reference: https://docs.docker.com/engine/storage/volumes/ ("Create a volume", driver options of `local`)
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from grader.sandbox import hardening
from grader.sandbox.engine import labels, translate
from grader.sandbox.process import cleaning
from grader.settings import Settings

if TYPE_CHECKING:
    from docker import DockerClient

KEEPER_COMMAND = ("sleep", "infinity")


@contextmanager
def workspace_volume(client: "DockerClient", settings: Settings, name: str, run_id: str) -> Iterator[str]:
    """A volume with the limits of a workspace; removed on leaving.

    Args:
        client: the engine.
        settings: the limits.
        name: of the volume, unique.
        run_id: for the labels.

    Yields:
        Its name.

    Raises:
        PodError: it cannot be made or removed.
    """

    def remove() -> None:
        with translate(f"removing the volume {name}"):
            client.api.remove_volume(name, force=True)

    with translate("making the volume of the workspace"):
        client.volumes.create(name, driver="local", driver_opts=_options(settings), labels=labels(run_id, client))
    with cleaning(remove):
        yield name


def _options(settings: Settings) -> dict[str, str]:
    mount = hardening.candidate_workspace(settings)
    # `exec` is how a file system is mounted anyway, and the driver does not know the word.
    words = [word for word in mount.split(",") if word != "exec"]
    return {"type": "tmpfs", "device": "tmpfs", "o": ",".join(words)}
