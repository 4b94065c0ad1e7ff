"""What each hardening setting must have brought about, judged from what the probe saw inside.

One function a setting; `True` is proven, `False` is not in force, `None` cannot be told on this system.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from grader.settings import MEBIBYTE

Outcome = tuple[bool | None, str]
Seen = Mapping[str, Any]

_CAPABILITIES = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
_SECCOMP_FILTER = 2
_FIRST_IPC_NAMESPACE = 0xEFFFFFFF
_FIRST_PID_NAMESPACE = 0xEFFFFFFC
"""PROC_PID_INIT_INO of linux/proc_ns.h: the machine's own; likewise for IPC."""
SHARED = ("/tmp", "/dev/shm")  # noqa: S108  # paths inside the containers
"""Where all users of a container may write; nothing there can be run."""
_OWN_KERNEL = re.compile(r"(?:^|[./-])(?:runsc|gvisor|kata|krun)", re.IGNORECASE)
_ENFORCED_OUTSIDE = frozenset({
    "seccomp", "no-new-privileges", "mem_limit", "memswap_limit", "pids_limit", "nano_cpus", "tmpfs",
    "pid_mode", "ipc_mode", "cgroupns", "oom_score_adj", "init", "devices",
})  # fmt: skip
"""What runsc and the like enforce on the host, and may tell differently inside."""
_STREAM_DEVICES = frozenset({"fd", "stdin", "stdout", "stderr", "console", "tty", "ptmx", "pts"})
_DEVICES = _STREAM_DEVICES | {"core", "full", "mqueue", "null", "random", "shm", "urandom", "zero"}
_SHELL_VARIABLES = frozenset({"HOME", "HOSTNAME", "LC_CTYPE", "OLDPWD", "PATH", "PWD", "SHLVL", "_"})


@dataclass(frozen=True, slots=True)
class Expected:
    """What one container of the pod was asked to be.

    Attributes:
        uid: user and group.
        tmpfs: mount point → bytes.
        inodes: of each tmpfs.
        memory: bytes.
        pids: processes and threads.
        cpus: share of CPUs; None where it is not limited.
        nofile: open files.
        environment: names of the variables that it was given, the image's own among them.
        applied: `HostConfig` of the container, as the engine tells it.
    """

    uid: int
    tmpfs: Mapping[str, int]
    inodes: int
    memory: int
    pids: int
    cpus: float | None
    nofile: int
    environment: frozenset[str]
    applied: Mapping[str, Any]


def judge(seen: Seen, expected: Expected) -> Iterator[tuple[str, bool | None, str]]:
    """Judge one container.

    Args:
        seen: what `grader.sandbox.probe.observe` returned in it.
        expected: what it was asked to be.

    Yields:
        The setting's name, whether it is in force, and what was seen.
    """
    for name, rule in _RULES.items():
        ok, message = rule(seen, expected)
        yield name, _as_told(ok, name, expected), message
    for path, size in expected.tmpfs.items():
        ok, message = _tmpfs(seen["tmpfs"].get(path), size, expected.inodes, runs_files=path not in SHARED)
        yield f"tmpfs {path}", _as_told(ok, "tmpfs", expected), message


def has_own_kernel(runtime: str) -> bool:
    """Whether a runtime gives each container a kernel of its own, so that what is seen inside is not the machine's."""
    return bool(_OWN_KERNEL.search(runtime))


def _as_told(ok: bool | None, name: str, expected: Expected) -> bool | None:
    """A kernel of the container's own shows less: what is enforced around it is not refuted by what is seen in it."""
    outside = has_own_kernel(str(expected.applied.get("Runtime") or "")) and name in _ENFORCED_OUTSIDE
    return None if ok is False and outside else ok


def judge_identity(seen: Seen) -> Iterator[tuple[str, bool | None, str]]:
    """Judge what the harness's container sets for the whole pod: name and resolver."""
    loopback = [line for line in seen["resolver"] if line.split()[-1] not in {"127.0.0.1", "."}]
    yield "dns", not loopback, f"resolv.conf says {_listed(loopback) or 'nothing of the host'}"
    yield "hostname", seen["hostname"] == "sandbox", f"it is called {seen['hostname']}"


def _user(seen: Seen, expected: Expected) -> Outcome:
    return set(seen["uids"]) == {expected.uid}, f"user and groups {sorted(set(seen['uids']))}"


def _cap_drop(seen: Seen, _: Expected) -> Outcome:
    held = {name: f"{seen['status'].get(name, 0):x}" for name in _CAPABILITIES if seen["status"].get(name)}
    return not held, f"capabilities {held or 'none'}"


def _no_new_privileges(seen: Seen, _: Expected) -> Outcome:
    value = seen["status"].get("NoNewPrivs")
    return None if value is None else value == 1, f"NoNewPrivs is {value}"


def _seccomp(seen: Seen, _: Expected) -> Outcome:
    value = seen["status"].get("Seccomp")
    return None if value is None else value == _SECCOMP_FILTER, f"Seccomp mode is {value}"


def _read_only(seen: Seen, _: Expected) -> Outcome:
    written = seen["written"]
    return "ro" in seen[
        "root_options"
    ] and not written, f"root is {seen['root_options'][0]}, wrote to {_listed(written)}"


def _tmpfs(mount: Mapping[str, Any] | None, size: int, inodes: int, *, runs_files: bool) -> Outcome:
    if mount is None or mount["kind"] != "tmpfs":
        return False, "no tmpfs is mounted there"
    lacking = {"nosuid", "nodev", *(() if runs_files else ("noexec",))} - set(mount["options"])
    fits = 0 < mount["bytes"] <= size and 0 < mount["inodes"] <= inodes
    words = f"{mount['bytes'] // MEBIBYTE} MiB, {mount['inodes']} inodes, lacks {_listed(sorted(lacking))}"
    return fits and not lacking, words


def _mem_limit(seen: Seen, expected: Expected) -> Outcome:
    return _at_most(seen["memory"], expected.memory, "bytes")


def _memswap_limit(seen: Seen, _: Expected) -> Outcome:
    swap = seen["swap"]
    return None if swap is None else swap == 0, f"swap of {swap} bytes"


def _pids_limit(seen: Seen, expected: Expected) -> Outcome:
    return _at_most(seen["pids"], expected.pids, "processes")


def _nano_cpus(seen: Seen, expected: Expected) -> Outcome:
    if expected.cpus is None:
        return True, "not limited, on purpose"
    return _at_most(seen["cpus"], expected.cpus, "CPUs")


def _nofile(seen: Seen, expected: Expected) -> Outcome:
    return max(seen["nofile"]) == expected.nofile, f"open files {seen['nofile']}"


def _core(seen: Seen, _: Expected) -> Outcome:
    return seen["core"] == [0, 0], f"core size {seen['core']}"


def _log_config(_: Seen, expected: Expected) -> Outcome:
    config = expected.applied.get("LogConfig") or {}
    bounded = config.get("Type") == "none" or "max-size" in (config.get("Config") or {})
    return bounded, f"log driver {config.get('Type')}, {config.get('Config') or 'no options'}"


def _init(seen: Seen, _: Expected) -> Outcome:
    return seen["own_pid"] != 1, f"the command is process {seen['own_pid']}"


def _pid_mode(seen: Seen, _: Expected) -> Outcome:
    own = seen["pid"] != _FIRST_PID_NAMESPACE
    return own and not seen["strangers"], f"sees processes of others: {_listed(seen['strangers'][:5])}"


def _ipc_mode(seen: Seen, expected: Expected) -> Outcome:
    mode = expected.applied.get("IpcMode")
    own = seen["ipc"] != _FIRST_IPC_NAMESPACE
    return own and mode in {"private", "none"}, f"mode {mode}, a namespace {'of its own' if own else 'of the machine'}"


def _cgroupns(seen: Seen, _: Expected) -> Outcome:
    return set(seen["cgroups"]) <= {"/"}, f"cgroup paths {_listed(seen['cgroups'][:2])}"


def _oom_score_adj(seen: Seen, _: Expected) -> Outcome:
    value = seen["oom_score_adj"]
    return None if value is None else value > 0, f"oom_score_adj is {value}"


def _network(seen: Seen, _: Expected) -> Outcome:
    outside = [name for name in seen["interfaces"] if name != "lo"] + seen["routes"] + seen["reached"]
    return not outside, f"besides loopback: {_listed(outside)}"


def _devices(seen: Seen, _: Expected) -> Outcome:
    extra = sorted(set(seen["devices"]) - _DEVICES)
    return not extra and not seen["kcore"], f"devices besides the usual: {_listed(extra[:5])}"


def _socket(seen: Seen, _: Expected) -> Outcome:
    return not seen["sockets"], f"engine sockets: {_listed(seen['sockets'])}"


def _environment(seen: Seen, expected: Expected) -> Outcome:
    extra = sorted(set(seen["environment"]) - expected.environment - _SHELL_VARIABLES)
    return not extra, f"variables that nobody gave: {_listed(extra)}"


def _user_namespaces(seen: Seen, _: Expected) -> Outcome:
    """Told, not judged: what makes them is refused by seccomp, which has a rule of its own."""
    said = seen["userns_clone"]
    kernel = "" if said is None else f", kernel.unprivileged_userns_clone is {said}"
    root = "the machine's own" if seen["user_namespace"].startswith("0 0 ") else f"mapped ({seen['user_namespace']})"
    return True, f"new ones {'can' if seen['userns_made'] else 'cannot'} be made{kernel}; users are {root}"


def _at_most(value: float | None, limit: float, unit: str) -> Outcome:
    if value is None:
        return None, "no cgroup file tells"
    return 0 < value <= limit, f"{'no limit' if value < 0 else f'{value:,}'} {unit}, asked for {limit:,}"


def _listed(things: list[str]) -> str:
    return ", ".join(things) or "nothing"


_RULES: dict[str, Callable[[Seen, Expected], Outcome]] = {
    "user": _user,
    "cap_drop": _cap_drop,
    "no-new-privileges": _no_new_privileges,
    "seccomp": _seccomp,
    "read_only": _read_only,
    "mem_limit": _mem_limit,
    "memswap_limit": _memswap_limit,
    "pids_limit": _pids_limit,
    "nano_cpus": _nano_cpus,
    "ulimit nofile": _nofile,
    "ulimit core": _core,
    "log_config": _log_config,
    "init": _init,
    "pid_mode": _pid_mode,
    "ipc_mode": _ipc_mode,
    "cgroupns": _cgroupns,
    "oom_score_adj": _oom_score_adj,
    "network_mode": _network,
    "devices": _devices,
    "engine socket": _socket,
    "environment": _environment,
    "user namespaces": _user_namespaces,
}
