"""What the engine is told about each container: one line a setting, with its reason.

The names are those of `docker.models.containers.ContainerCollection.create`. `grader.sandbox.doctor` looks at the
effect of each from inside, and reports it under the same name.
Reference: https://docs.docker.com/reference/cli/docker/container/run/
"""

from collections.abc import Mapping
from typing import Any

from grader.sandbox.recipes import CANDIDATE_UID, DEPENDENCIES, HARNESS_UID, INSTALLER_UID, SERVICE_UID
from grader.settings import MEBIBYTE, Settings

CANDIDATE_ROOT = "/work"
HARNESS_ROOT = "/grader"
SERVICE_ROOT = "/service"

SHM_BYTES = 16 * MEBIBYTE
HARNESS_ROOT_BYTES = 64 * MEBIBYTE
SERVICE_BYTES = 512 * MEBIBYTE
"""Memory of a service, its data included."""

INSTALLER_BYTES = 1024 * MEBIBYTE
INSTALLER_PIDS = 256
_INSTALLER_TMP = 64 * MEBIBYTE
_INSTALLER_INODES = 20_000
_PUBLIC = "nosuid,nodev,noexec,mode=1777"
"""Mount options of what all users of a container may write to."""

_OWN_NETWORK: Mapping[str, Any] = {
    "network_mode": "none",  # owns a network namespace with nothing but loopback
    "hostname": "sandbox",  # says nothing of the machine; who joins shares it
    "dns": ["127.0.0.1"],  # else the engine copies the host's name servers into resolv.conf
    "dns_search": ["."],  # and its search domains, which may name a company
}


def candidate_options(settings: Settings, *, harness: str, volume: str = "", workspace: str = "") -> dict[str, Any]:
    """What confines the candidate.

    Args:
        settings: the limits.
        harness: id of the harness container, whose network namespace is joined.
        volume: name of the volume with installed dependencies; "" for none.
        workspace: name of the volume with the submission, which outlives the container; "" for a tmpfs that does not.

    Returns:
        Keyword arguments for `client.containers.create`.
    """
    options = _confined(settings, uid=CANDIDATE_UID, root=CANDIDATE_ROOT, root_bytes=settings.workspace_bytes)
    if workspace:
        del options["tmpfs"][CANDIDATE_ROOT]  # the volume is one, with the same limits
    return options | {
        "network_mode": f"container:{harness}",  # the harness's loopback, and nothing else
        "mem_limit": settings.memory_bytes,  # one submission cannot starve the machine
        "memswap_limit": settings.memory_bytes,  # equal to the memory: none of it may be swap
        "nano_cpus": round(settings.cpus * 1e9),  # a busy loop leaves the harness its CPU
        # Read-only: what one submission could write here, the next one that asks for the same packages would run.
        "volumes": _volumes(volume, workspace),
    }


def candidate_workspace(settings: Settings) -> str:
    """Mount options of the tmpfs that holds a submission."""
    return _root(settings, uid=CANDIDATE_UID, root_bytes=settings.workspace_bytes)


def _volumes(dependencies: str, workspace: str) -> dict[str, dict[str, str]]:
    found = {dependencies: {"bind": DEPENDENCIES, "mode": "ro"}} if dependencies else {}
    # nocopy: it begins empty, whatever an image has at that place.
    return found | ({workspace: {"bind": CANDIDATE_ROOT, "mode": "rw,nocopy"}} if workspace else {})


def alone(options: Mapping[str, Any]) -> dict[str, Any]:
    """What confines a container that no other one joins or is joined to, for a candidate's code without a harness.

    Args:
        options: of a candidate.

    Returns:
        Keyword arguments for `client.containers.create`.
    """
    return {**options, **_OWN_NETWORK}


def harness_options(settings: Settings) -> dict[str, Any]:
    """What confines the harness; it reads what the candidate sends, so it is locked in as well.

    Args:
        settings: the limits.

    Returns:
        Keyword arguments for `client.containers.create`.
    """
    options = _confined(settings, uid=HARNESS_UID, root=HARNESS_ROOT, root_bytes=HARNESS_ROOT_BYTES)
    # No CPU limit: a throttled harness would take its own pauses for the candidate's.
    return alone(options) | {
        "mem_limit": settings.harness_memory_bytes,  # a hostile answer cannot make it starve the machine
        "memswap_limit": settings.harness_memory_bytes,  # none of it may be swap
    }


def service_options(settings: Settings, *, harness: str) -> dict[str, Any]:
    """What confines a service such as a database; a candidate talks to it, so it is locked in as well.

    Args:
        settings: the limits.
        harness: id of the harness container, whose network namespace is joined.

    Returns:
        Keyword arguments for `client.containers.create`.
    """
    options = _confined(settings, uid=SERVICE_UID, root=SERVICE_ROOT, root_bytes=SERVICE_BYTES // 2)
    # No CPU limit, as with the harness: it is not the application that would be measured.
    return options | {
        "network_mode": f"container:{harness}",  # the harness's loopback, and nothing else
        "mem_limit": SERVICE_BYTES,  # what a candidate stores in it cannot starve the machine
        "memswap_limit": SERVICE_BYTES,  # none of it may be swap
    }


def installer_options(settings: Settings) -> dict[str, Any]:
    """What confines the installer: it has a network, and unpacks wheels of strangers, but runs none of their code.

    Args:
        settings: the runtime.

    Returns:
        Keyword arguments for `client.containers.create`.
    """
    confined = _confined(settings, uid=INSTALLER_UID, root="", root_bytes=0)
    kept = (
        "user", "cap_drop", "security_opt", "read_only", "init", "ipc_mode", "cgroupns", "oom_score_adj", "runtime",
    )  # fmt: skip
    return {name: confined[name] for name in kept if name in confined} | {
        "tmpfs": {"/tmp": f"{_PUBLIC},nr_inodes={_INSTALLER_INODES},size={_INSTALLER_TMP}"},  # noqa: S108  # inside it
        "mem_limit": INSTALLER_BYTES,  # a wheel that unpacks to much cannot starve the machine
        "memswap_limit": INSTALLER_BYTES,  # none of it may be swap
        "pids_limit": INSTALLER_PIDS,  # uv and the compiler's workers, and no more
        "ulimits": [{"name": "core", "soft": 0, "hard": 0}],  # a core file would fill the volume
        # Its answer is read from there, whatever driver the engine has by default, and does not grow without end.
        "log_config": {"type": "json-file", "config": {"max-size": "64m", "max-file": "1"}},
    }


def _confined(settings: Settings, *, uid: int, root: str, root_bytes: int) -> dict[str, Any]:
    options: dict[str, Any] = {
        "user": f"{uid}:{uid}",  # not root, and not each other
        "cap_drop": ["ALL"],  # no capability is needed to serve HTTP above port 1024
        "security_opt": ["no-new-privileges:true"],  # setuid files have no effect; seccomp stays the engine's default
        "read_only": True,  # nothing outlives the tmpfs mounts
        "tmpfs": _tmpfs(settings, uid=uid, root=root, root_bytes=root_bytes),  # bytes and inodes end
        "pids_limit": settings.pids,  # a fork bomb stops here
        "ulimits": [
            {
                "name": "nofile",
                "soft": settings.nofile,
                "hard": settings.nofile,
            },  # some engines allow a million
            {"name": "core", "soft": 0, "hard": 0},  # a core file would fill the tmpfs
        ],
        "log_config": {"type": "none"},  # endless output reaches no disk: we keep a tail of the attached stream
        "init": True,  # process 1 reaps orphans and passes on signals
        "ipc_mode": "private",  # no shared memory with anything else
        "cgroupns": "private",  # cgroup paths show neither host nor container id; engines on cgroup v1 default to host
        "oom_score_adj": 500,  # when the whole machine is short, these go before the engine does
        "use_config_proxy": False,  # ~/.docker/config.json may hold a proxy's password
        "stdin_open": True,  # files come in by standard input
    }
    if settings.runtime:
        options["runtime"] = settings.runtime  # such as runsc, where the caller wants a second wall
    return options


def _root(settings: Settings, *, uid: int, root_bytes: int) -> str:
    # It allows exec: a submission may bring a compiled module, and its interpreter can run anything anyway.
    own = f"nosuid,nodev,exec,mode=0700,uid={uid},gid={uid}"
    return f"{own},nr_inodes={settings.inodes},size={root_bytes}"


def _tmpfs(settings: Settings, *, uid: int, root: str, root_bytes: int) -> dict[str, str]:
    inodes = f"nr_inodes={settings.inodes}"
    return {
        root: _root(settings, uid=uid, root_bytes=root_bytes),
        "/tmp": f"{_PUBLIC},{inodes},size={settings.tmp_bytes}",  # noqa: S108 - a path inside the container
        "/dev/shm": f"{_PUBLIC},{inodes},size={SHM_BYTES}",  # noqa: S108 - likewise
    }
