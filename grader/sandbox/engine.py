"""The Docker engine: connecting to it, what its errors mean, and sweeping what was left behind.

Docker is imported inside the functions: it is slow to import, and `grader --help` needs none of it.
"""

import os
import re
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.errors import EngineUnavailable, InfrastructureError, PodError
from grader.sandbox import ssh
from grader.settings import Settings

if TYPE_CHECKING:
    from docker import DockerClient

RUN_LABEL = "grader.run"
HOST_LABEL = "grader.host"
PID_LABEL = "grader.pid"
START_LABEL = "grader.start"
NAMESPACE_LABEL = "grader.namespace"
HOME_LABEL = "grader.home"
CACHE_LABEL = "grader.cache"
"""On volumes that outlive a run on purpose; `sweep` leaves them, `grader images prune` does not."""


def connect(settings: Settings) -> "DockerClient":
    """Connect to the engine that `DOCKER_HOST` or the current Docker context names, and see that it answers.

    Args:
        settings: `engine_deadline` becomes the time limit of each call, in seconds.

    Raises:
        EngineUnavailable: nobody answers, or the caller may not ask.
    """
    import docker  # noqa: PLC0415  # slow to import
    import docker.errors  # noqa: PLC0415  # slow to import

    address = ""
    try:
        address = _address()
        client = docker.from_env(timeout=int(settings.engine_deadline), environment=_environment(address))
        client.ping()
    except (docker.errors.DockerException, OSError, ValueError) as error:  # ValueError: the address is no address
        raise _unavailable(address, error) from error
    return client


def _address() -> str:
    """What `DOCKER_HOST` or else the current Docker context says; "" for the default."""
    from docker.context import ContextAPI  # noqa: PLC0415  # slow to import

    return os.environ.get("DOCKER_HOST") or ContextAPI.kwargs_from_context().get("base_url") or ""


def _environment(address: str) -> Mapping[str, str]:
    if not address.startswith(ssh.SCHEME):
        return os.environ
    tls = ("DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH")
    rest = {name: value for name, value in os.environ.items() if name not in tls}
    return rest | {"DOCKER_HOST": f"unix://{ssh.relay(address).path}"}


def _unavailable(address: str, error: Exception) -> EngineUnavailable:
    shown = address or "its default address"
    if address.startswith(ssh.SCHEME):
        said = ssh.relay(address).said
        reason = f": {said.splitlines()[-1]}" if said else ""
        return EngineUnavailable(
            f"no Docker engine answers at {shown}{reason}",
            hint=f"see that `ssh {ssh.destination(address)} docker version` works and asks nothing, neither for a"
            " password nor whether a host is known",
            detail=said or str(error),
        )
    if "Permission denied" in str(error) or isinstance(error, PermissionError):
        return EngineUnavailable(
            f"the Docker engine at {shown} refuses this user",
            hint="add the user to the `docker` group and log in again, or run as root",
            detail=str(error),
        )
    return EngineUnavailable(
        f"no Docker engine answers at {shown}",
        hint="start Docker, or run scripts/engine.sh as root on Debian or Ubuntu",
        detail=str(error),
    )


@contextmanager
def translate(doing: str, *, fault: type[InfrastructureError] = PodError) -> Iterator[None]:
    """Turn whatever the Docker SDK raises in the block into the grader's own errors.

    Args:
        doing: what the block does, for the message, such as "starting the candidate's container".
        fault: the error for a refusal by an engine that answers.

    Raises:
        EngineUnavailable: the engine is gone.
        InfrastructureError: `fault`, when the engine refused or failed.
    """
    import docker.errors  # noqa: PLC0415  # slow to import
    import requests.exceptions  # noqa: PLC0415  # slow to import
    import urllib3.exceptions  # noqa: PLC0415  # slow to import

    try:
        yield
    except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError) as error:
        raise fault(
            f"the Docker engine did not answer in time while {doing}",
            hint="see whether the engine is overloaded, or raise GRADER_ENGINE_DEADLINE",
            detail=str(error),
        ) from error
    except docker.errors.APIError as error:
        raise fault(f"the Docker engine refused while {doing}: {_one_line(error)}", detail=str(error)) from error
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, ConnectionError) as error:
        raise EngineUnavailable(
            f"the Docker engine was lost while {doing}",
            hint="see whether it still runs (`docker info`), then run again",
            detail=str(error),
        ) from error
    except docker.errors.DockerException as error:
        raise fault(f"Docker failed while {doing}: {_one_line(error)}", detail=str(error)) from error


def _one_line(error: Exception) -> str:
    text = str(getattr(error, "explanation", "") or error)
    return " ".join(text.split())[:300]


def labels(run_id: str, client: "DockerClient | None" = None) -> dict[str, str]:
    """The labels of everything that belongs to one run: its id, and the process that answers for it.

    Args:
        run_id: the run.
        client: the engine on which the thing is made. It tells whether this process lives in one of its own containers,
            whose end then is the end of the run: nobody else could see that the process is gone.

    Raises:
        EngineUnavailable: the engine is gone.
        PodError: it failed.
    """
    return {
        RUN_LABEL: run_id,
        HOST_LABEL: socket.gethostname(),
        NAMESPACE_LABEL: _namespace(),
        PID_LABEL: str(os.getpid()),
        START_LABEL: process_start(os.getpid()),
        HOME_LABEL: _life(client, own_container()) if client else "",
    }


def own_container() -> str:
    """The id of the container that this process runs in, as Docker and Podman give it; "" where it is in none."""
    try:
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # proc_pid_mountinfo(5): the 4th field is the path on the file system mounted, the 5th where it is mounted.
    found = re.search(r"/(?:overlay-)?containers/([0-9a-f]{64})/\S* /etc/host(?:name|s) ", mounts)
    return found[1] if found else ""


def _life(client: "DockerClient", container: str) -> str:
    """A container's id and when it was started, as long as it runs on this engine; else "".

    The id alone is not enough: a container that is restarted keeps it.
    """
    import docker.errors  # noqa: PLC0415  # slow to import

    if not container:
        return ""
    with translate("looking at the container that a run belongs to"):
        try:
            state = client.api.inspect_container(container)["State"]
        except docker.errors.NotFound:
            return ""
    return f"{container}@{state['StartedAt']}" if state["Running"] else ""


def _namespace() -> str:
    """The namespace that this process's id counts in, such as "pid:[4026531836]"; "" where there are none."""
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def process_start(pid: int) -> str:
    """When a process of this machine started, in the system's own notation; "" if it does not run.

    A process id alone is not enough: ids are used again.
    """
    if started := _start_in_proc(str(pid)):
        return started
    if _start_in_proc("self"):  # there is a /proc, and no such process; `ps` is missing in many containers
        return ""
    done = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return " ".join(done.stdout.split())


def _start_in_proc(pid: str) -> str:
    try:
        # proc(5): the 22nd field is the start time; the 2nd, in brackets, may itself hold spaces and brackets.
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def abandoned(marks: Mapping[str, str], client: "DockerClient | None" = None) -> bool:
    """Whether the process that made a thing with these labels is surely gone.

    Args:
        marks: the labels.
        client: the engine that the thing is on. Without it, nothing is known of processes in containers.

    Raises:
        EngineUnavailable: the engine is gone.
        PodError: it failed.
    """
    home, pid, here = marks.get(HOME_LABEL, ""), marks.get(PID_LABEL, ""), _namespace()
    if home and client and _life(client, home.partition("@")[0]) != home:
        return True
    # The same id in another namespace is another process; containers may share a host's name.
    if marks.get(HOST_LABEL) != socket.gethostname() or marks.get(NAMESPACE_LABEL, here) != here:
        return False
    return pid.isdecimal() and process_start(int(pid)) != marks.get(START_LABEL)


def sweep(client: "DockerClient", *, run_id: str | None = None, everything: bool = False) -> list[str]:
    """Remove containers, networks and volumes that a run left behind.

    Args:
        client: the engine.
        run_id: sweep this run only, whether or not it lives. Without it, every run whose process or container is gone.
        everything: without `run_id`, sweep live runs and those of other hosts too.

    Returns:
        What was removed, one line each.

    Raises:
        EngineUnavailable: the engine is gone.
        PodError: it refused to remove something.
    """
    chosen = f"{RUN_LABEL}={run_id}" if run_id else RUN_LABEL
    removed = []
    with translate("sweeping"):
        for kind, thing, marks in _labelled(client, chosen):
            # An empty run id is what images hand down to containers that are not ours.
            if marks.get(RUN_LABEL) and (run_id or everything or abandoned(marks, client)) and _remove(thing, kind):
                removed.append(f"{kind} {thing.name} (run {marks[RUN_LABEL]})")
    return removed


def _labelled(client: "DockerClient", label: str) -> Iterator[tuple[str, Any, dict[str, str]]]:
    """Containers first: a network or volume in use cannot be removed."""
    wanted: dict[str, str | list[str] | bool] = {"label": label}
    for container in client.containers.list(all=True, filters=wanted, ignore_removed=True):
        yield "container", container, container.labels
    for network in client.networks.list(filters=wanted):
        yield "network", network, (network.attrs or {}).get("Labels") or {}
    for volume in client.volumes.list(filters=wanted):
        yield "volume", volume, (volume.attrs or {}).get("Labels") or {}


def _remove(thing: Any, kind: str) -> bool:
    """Remove it; False if someone else already did or does."""
    import docker.errors  # noqa: PLC0415  # slow to import

    options: dict[str, dict[str, bool]] = {"container": {"force": True, "v": True}, "volume": {"force": True}}
    try:
        thing.remove(**options.get(kind, {}))
    except docker.errors.NotFound:
        return False
    except docker.errors.APIError as error:
        if "already in progress" in str(error):
            return False
        raise
    return True
