"""Looks at its own container from inside, for `grader doctor`.

Standard library only: this file is sent into a container that knows nothing of the grader. `serve` answers whoever
connects with what it sees; `look` prints what it sees itself, and what the one that serves answered over loopback;
`alone` prints what it sees itself.
"""

import ctypes
import errno
import json
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

PORT = 8001
_CLONE_NEWUSER = 0x10000000
_AF_ALG = 38
_AF_VSOCK = 40
_IO_URING_SETUP = 425
"""The same number for all architectures that have engines: asm-generic/unistd.h."""
_LIFETIME = 60
_PATIENCE = 20.0
_STATUS = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp")
_WRITTEN = (
    "/",
    "/bin",
    "/etc",
    "/home",
    "/opt",
    "/opt/deps",
    "/opt/venv",
    "/root",
    "/run",
    "/srv",
    "/usr",
    "/var",
    "/var/tmp",  # noqa: S108  # must not be writable
)
_SOCKETS = ("docker.sock", "containerd/containerd.sock", "podman/podman.sock", "crio/crio.sock")


def observe(tmpfs: Iterable[str]) -> dict[str, Any]:
    """All that a process can tell of its own confinement.

    Args:
        tmpfs: mount points to look at.

    Returns:
        Plain data; a value is None where the system does not say.
    """
    return {
        "uids": [*os.getresuid(), *os.getresgid(), *os.getgroups()],
        "status": _status(),
        "root_options": _mounts().get("/", ["", ""])[1].split(","),
        "written": [folder for folder in _WRITTEN if _can_write(folder)],
        "tmpfs": {path: _filesystem(path) for path in tmpfs},
        "memory": _limit("memory.max", "memory/memory.limit_in_bytes"),
        "swap": _swap(),
        "pids": _limit("pids.max", "pids/pids.max"),
        "cpus": _cpus(),
        "nofile": list(resource.getrlimit(resource.RLIMIT_NOFILE)),
        "core": list(resource.getrlimit(resource.RLIMIT_CORE)),
        "interfaces": _interfaces(),
        "routes": _routes(),
        "reached": _reached(),
        "resolver": [line for line in _lines("/etc/resolv.conf") if line.startswith(("nameserver", "search"))],
        "hostname": socket.gethostname(),
        "own_pid": os.getpid(),
        "strangers": _strangers(),
        "ipc": _namespace("ipc"),
        "pid": _namespace("pid"),
        "cgroups": sorted({line.split(":", 2)[2] for line in _lines("/proc/self/cgroup")}),
        "oom_score_adj": _number("/proc/self/oom_score_adj"),
        "devices": sorted(os.listdir("/dev")),  # noqa: PTH208  # names are wanted
        "kcore": _readable("/proc/kcore"),
        "sockets": [
            f"{base}/{name}" for base in ("/run", "/var/run") for name in _SOCKETS if Path(base, name).exists()
        ],
        "environment": sorted(os.environ),
        "user_namespace": " ".join(" ".join(_lines("/proc/self/uid_map")).split()),
        "userns_clone": _number("/proc/sys/kernel/unprivileged_userns_clone"),
        "userns_made": _makes_user_namespace(),
        "calls": _calls(),
        "stdin": _link("/proc/self/fd/0"),
    }


def _status() -> dict[str, int]:
    fields = (line.split(":", 1) for line in _lines("/proc/self/status") if ":" in line)
    return {name: int(value, 16) for name, value in fields if name in _STATUS}


def _mounts() -> dict[str, list[str]]:
    """Mount point → file system and options; a later mount hides an earlier one."""
    fields = (line.split() for line in _lines("/proc/self/mounts"))
    return {field[1]: [field[2], field[3]] for field in fields}


def _filesystem(path: str) -> dict[str, Any] | None:
    mount = _mounts().get(path)
    if mount is None:
        return None
    found = os.statvfs(path)
    size = found.f_blocks * found.f_frsize
    return {"kind": mount[0], "options": mount[1].split(","), "bytes": size, "inodes": found.f_files}


def _can_write(folder: str) -> bool:
    path = Path(folder, f".grader-probe-{os.getpid()}")
    try:
        path.touch()
        path.unlink()
    except OSError:
        return False
    return True


def _limit(unified: str, legacy: str) -> int | None:
    """A limit of cgroup v2 or v1; -1 for none, None where neither file is there."""
    own = [line.split(":", 2)[2].lstrip("/") for line in _lines("/proc/self/cgroup") if line.startswith("0::")]
    for name in (*(f"{path}/{unified}" for path in own), unified, legacy):
        text = " ".join(_lines(f"/sys/fs/cgroup/{name}"))
        if text:
            return -1 if text == "max" else int(text)
    return None


def _swap() -> int | None:
    """Bytes of swap on top of the memory; -1 for no limit, None where it is not accounted for."""
    unified = _limit("memory.swap.max", "-")
    both, memory = _limit("-", "memory/memory.memsw.limit_in_bytes"), _limit("-", "memory/memory.limit_in_bytes")
    if unified is not None:
        return unified
    if both is not None and memory is not None:
        return both - memory
    machine_has_none = "SwapTotal: 0 kB" in [" ".join(line.split()) for line in _lines("/proc/meminfo")]
    return 0 if machine_has_none else None


def _cpus() -> float | None:
    words = " ".join(_lines("/sys/fs/cgroup/cpu.max")).split()
    for folder in ("cpu", "cpu,cpuacct"):
        words = words or [
            *_lines(f"/sys/fs/cgroup/{folder}/cpu.cfs_quota_us"),
            *_lines(f"/sys/fs/cgroup/{folder}/cpu.cfs_period_us"),
        ]
    if not words:
        return None
    return -1.0 if words[0] in {"max", "-1"} else int(words[0]) / int(words[1])


def _interfaces() -> list[str]:
    return [line.split(":")[0].strip() for line in _lines("/proc/net/dev")[2:]]


def _routes() -> list[str]:
    legacy = [line.split()[0] for line in _lines("/proc/net/route")[1:]]
    return legacy + [line.split()[-1] for line in _lines("/proc/net/ipv6_route") if line.split()[-1] != "lo"]


def _reached() -> list[str]:
    """Whatever answers outside loopback: a name, an address."""
    found = []
    with suppress(OSError):
        found.append(str(socket.getaddrinfo("example.com", 80)[0][4][0]))
    for address in ("1.1.1.1", "169.254.169.254"):
        with suppress(OSError), socket.create_connection((address, 80), timeout=1):
            found.append(address)
    return found


def _strangers() -> list[str]:
    """Processes of other users: in a process namespace of its own there is none."""
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):  # it has just ended
            if entry.name.isdecimal() and entry.stat().st_uid != os.getuid():
                found.append(entry.name)
    return found


def _makes_user_namespace() -> bool:
    """Whether a process may make one, with all capabilities in it: much of the kernel can be reached from there."""
    child = os.fork()
    if not child:
        try:
            refused = ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWUSER)
        except (OSError, AttributeError):
            refused = 1
        os._exit(int(bool(refused)))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _calls() -> dict[str, str]:
    """How `grader.sandbox.syscalls.CALLS` are answered; nothing that is made stays."""
    return {
        "AF_ALG": _answer(lambda: socket.socket(_AF_ALG, socket.SOCK_SEQPACKET)),
        "AF_VSOCK": _answer(lambda: socket.socket(_AF_VSOCK, socket.SOCK_STREAM)),
        "io_uring": _answer(_set_up_ring),
    }


def _set_up_ring() -> None:
    # Without parameters no ring is made: the kernel says EFAULT, where the call is not refused before that.
    if ctypes.CDLL(None, use_errno=True).syscall(_IO_URING_SETUP, 1, None) < 0:
        raise OSError(ctypes.get_errno(), "io_uring_setup")


def _answer(call: Callable[[], object]) -> str:
    """`done`, or the name of the error or of the signal that was the answer; a child asks, since a filter may kill."""
    child = os.fork()
    if not child:
        code = 0
        try:
            call()
        except OSError as error:
            code = error.errno or errno.EIO
        os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return signal.Signals(-code).name if code < 0 else errno.errorcode.get(code, str(code)) if code else "done"


def _namespace(kind: str) -> int | None:
    link = _link(f"/proc/self/ns/{kind}")
    return int(link.rpartition("[")[2].rstrip("]")) if "[" in link else None


def _link(path: str) -> str:
    try:
        return str(Path(path).readlink())
    except OSError:
        return ""


def _readable(path: str) -> bool:
    try:
        with Path(path).open("rb") as stream:
            return bool(stream.read(1))
    except OSError:
        return False


def _number(path: str) -> int | None:
    lines = _lines(path)
    return int(lines[0]) if lines else None


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def serve(tmpfs: list[str]) -> None:
    """Answer one connection after the other, until killed."""
    answer = json.dumps(observe(tmpfs)).encode()
    with socket.create_server(("127.0.0.1", PORT)) as listener:
        while True:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(answer)


def ask() -> dict[str, Any] | None:
    """What the serving one answers; None if nobody does."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and _interfaces() == ["lo"]:
        with suppress(OSError), socket.create_connection(("127.0.0.1", PORT), timeout=_PATIENCE) as connection:
            answer: dict[str, Any] = json.loads(connection.makefile("rb").read())
            return answer
        time.sleep(0.01)
    return None


def main() -> None:
    """Do what the first argument says; the others are mount points."""
    signal.alarm(_LIFETIME)
    tmpfs = sys.argv[2:]
    if sys.argv[1] == "serve":
        serve(tmpfs)
    else:
        sys.stdout.write(json.dumps({"own": observe(tmpfs), "other": ask() if sys.argv[1] == "look" else None}))


if __name__ == "__main__":
    main()
