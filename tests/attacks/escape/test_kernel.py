"""What a process inside asks the kernel for, and does not get."""

import platform

import pytest

from grader.sandbox.recipes import CANDIDATE_UID
from tests.attacks.attack import Attack

REFUSED = {"EPERM", "EACCES", "ENOSYS", "EROFS", "ENOENT", "EOPNOTSUPP"}
CALLS = """
import ctypes, errno, glob, json, os, socket, sys

libc = ctypes.CDLL(None, use_errno=True)
found = {}
CLONE = 56

def asked(name, number, *arguments):
    ctypes.set_errno(0)
    made = libc.syscall(ctypes.c_long(number), *(ctypes.c_char_p(one) if isinstance(one, bytes) else ctypes.c_long(one)
                                                 for one in arguments))
    if number == CLONE and made == 0:
        os._exit(0)  # in the child
    found[name] = "done" if made >= 0 else errno.errorcode.get(ctypes.get_errno(), "?")

USER, NETWORK, MOUNTS = 0x10000000, 0x40000000, 0x00020000
asked("mount a tmpfs", 165, b"none", b"/tmp", b"tmpfs", 0, 0)
asked("mount /proc", 165, b"proc", b"/tmp", b"proc", 0, 0)
asked("remount / writable", 165, b"none", b"/", b"", 32 | 4096, 0)
asked("unmount /proc/sys", 166, b"/proc/sys", 2)
asked("fsopen", 430, b"tmpfs", 0)
asked("open_tree", 428, -100, b"/", 1)
asked("pivot_root", 155, b"/tmp", b"/tmp")
asked("chroot", 161, b"/tmp")
for name, flag in {"user": USER, "network": NETWORK, "mount": MOUNTS}.items():
    asked(f"unshare the {name} namespace", 272, flag)
    asked(f"clone into a {name} namespace", CLONE, flag | 17, 0, 0, 0, 0)
for kind in ("net", "mnt", "pid", "user"):
    asked(f"setns {kind}", 308, os.open(f"/proc/self/ns/{kind}", os.O_RDONLY), 0)
asked("bpf", 321, 5, 0, 0)
asked("perf_event_open", 298, 0, 0, -1, -1, 0)
asked("userfaultfd", 323, 0)
asked("keyctl", 250, 0, -3, 0)
asked("add_key", 248, b"user", b"x", b"y", 1, -3)
asked("process_vm_readv", 310, 1, 0, 0, 0, 0, 0)
asked("kcmp", 312, 1, os.getpid(), 0, 0, 0)
asked("reboot", 169, 0xFEE1DEAD, 672274793, 0x1234567, 0)
asked("init_module", 175, 0, 0, b"")
asked("kexec_load", 246, 0, 0, 0, 0)
asked("swapon", 167, b"/tmp/x", 0)
asked("settimeofday", 164, 0, 0)
asked("sethostname", 170, b"x", 1)
asked("syslog", 103, 3, 0, 0)
asked("open_by_handle_at", 304, -100, 0, 0)
asked("name_to_handle_at", 303, -100, b"/", 0, 0, 0)
asked("mknod a disk", 259, -100, b"/tmp/disk", 0o60660, 0x0800)
asked("setuid 0", 105, 0)
asked("setgroups", 116, 0, 0)
asked("iopl", 172, 3)
asked("nice -20", 141, 0, 0, -20)
asked("quotactl", 179, 0, 0, 0, 0)
asked("personality", 135, 0x0040000)
asked("fanotify_init", 300, 0, 0)
families = {}
for family in range(46):
    for kind in (1, 2, 3, 5):
        try:
            socket.socket(family, kind).close()
            families.setdefault(family, []).append(kind)
        except OSError:
            pass
found["families"] = families
print("FOUND", json.dumps(found), flush=True)
"""
FILES = """
import glob, json, os, stat, subprocess

found = {}

def tried(name, deed):
    try:
        found[name] = ["done", str(deed())[:80]]
    except OSError as error:
        found[name] = [type(error).__name__, ""]

def write(path):
    with open(path, "r+b", buffering=0) as file:
        return file.write(b"|/tmp/x")

for path in ("sys/kernel/core_pattern", "sys/kernel/modprobe", "sys/vm/overcommit_memory", "sys/net/ipv4/ip_forward",
             "sysrq-trigger", "sys/fs/binfmt_misc/register", "1/oom_score_adj", "irq/default_smp_affinity"):
    tried(f"write /proc/{path}", lambda path=path: write(f"/proc/{path}"))
for path in ("kcore", "kmsg", "keys", "timer_list", "sched_debug", "kpageflags", "slabinfo", "vmallocinfo"):
    tried(f"read /proc/{path}", lambda path=path: open(f"/proc/{path}", "rb").read(1))
for path in ("kernel/uevent_helper", "power/state", "kernel/debug/x", "fs/cgroup/x"):
    tried(f"write /sys/{path}", lambda path=path: open(f"/sys/{path}", "wb").write(b"x"))
held = [*glob.glob("/sys/fs/cgroup/**/release_agent", recursive=True),
        *glob.glob("/sys/fs/cgroup/**/notify_on_release", recursive=True),
        *glob.glob("/sys/fs/cgroup/**/*.max", recursive=True), *glob.glob("/sys/fs/cgroup/**/*limit*", recursive=True),
        *glob.glob("/sys/fs/cgroup/**/cgroup.procs", recursive=True)]
found["cgroup files that open for writing"] = [path for path in held if os.access(path, os.W_OK)]
found["sockets"] = [path for path in (*(f"{base}/{name}" for base in ("/run", "/var/run", "/tmp", "/") for name in (
    "docker.sock", "containerd/containerd.sock", "podman/podman.sock", "crio/crio.sock", "docker/docker.sock",
    "user/0/docker.sock", "user/65532/docker.sock", "snapd.socket", "dbus/system_bus_socket", "systemd/private")),
    ) if os.path.exists(path)]
owned = []
for folder, folders, files in os.walk("/", onerror=None):
    folders[:] = [name for name in folders if os.path.join(folder, name) not in ("/proc", "/sys")]
    for name in files:
        try:
            seen = os.lstat(os.path.join(folder, name))
        except OSError:
            continue
        if stat.S_ISSOCK(seen.st_mode) or stat.S_ISBLK(seen.st_mode):
            owned.append(os.path.join(folder, name))
found["sockets and disks"] = owned
helpers = [path for path in ("/bin/su", "/usr/bin/su", "/bin/mount", "/usr/bin/mount", "/usr/bin/passwd",
                             "/usr/bin/newuidmap", "/usr/bin/sudo", "/usr/bin/chsh") if os.path.exists(path)]
found["helpers"] = helpers
found["became"] = [os.getresuid(), os.getresgid(), os.getgroups()]
for path in helpers:
    done = subprocess.run([path, "-c", "id -u"], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=20)
    if done.stdout.strip() == "0":
        found["became"] = path
found["root of init"] = [os.stat("/proc/1/root").st_ino == os.stat("/").st_ino, os.stat("/proc/1/root").st_dev ==
                         os.stat("/").st_dev]
found["processes"] = sorted(pid for pid in os.listdir("/proc") if pid.isdecimal())
found["devices"] = sorted(os.listdir("/dev"))
found["environment"] = sorted({line.split("=")[0] for pid in found["processes"] for line in
                               open(f"/proc/{pid}/environ", errors="replace").read().split("\\0") if line})
print("FOUND", json.dumps(found), flush=True)
"""
DEVICES = {"core", "fd", "full", "mqueue", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin", "stdout", "tty"}
ENVIRONMENT = {
    "HOME",
    "HOSTNAME",
    "LANG",
    "OLDPWD",
    "PATH",
    "PWD",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONUNBUFFERED",
    "TAGS_URL",
}
WITHOUT_PRIVILEGE = {1: [1, 2, 3, 5], 2: [1, 2], 10: [1, 2], 16: [2, 3]}
"""Families of sockets and their kinds: unix, IPv4, IPv6 and netlink, all of the pod's own network."""
VSOCK, CRYPTO = 40, 38


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the numbers of system calls are that processor's")
def test_system_calls(attack: Attack) -> None:
    """Mounts, namespaces, tracing of the kernel, keys, devices, the clock and other users: all refused."""
    outcome = attack.honest(CALLS)
    outcome.graded(score=100)
    found = outcome.findings()
    families = {int(family): kinds for family, kinds in found.pop("families").items()}
    assert {name: answer for name, answer in found.items() if answer not in REFUSED} == {}
    # Engines before 23.0 let AF_VSOCK through (https://docs.docker.com/engine/security/seccomp/); see SECURITY.md.
    assert {family: kinds for family, kinds in families.items() if family not in {VSOCK, CRYPTO}} == WITHOUT_PRIVILEGE


def test_files_of_the_kernel_and_of_the_machine(attack: Attack) -> None:
    """/proc, /sys, cgroups, devices, sockets, setuid programs: nothing leads out, and nothing tells of the machine."""
    outcome = attack.honest(FILES)
    outcome.graded(score=100)
    found = outcome.findings()
    got = {name: seen[1] for name, seen in found.items() if name.startswith(("read", "write")) and seen[0] == "done"}
    assert set(got.values()) <= {"b''"}, got  # masked by /dev/null, which can be read, and says nothing
    assert not [name for name in got if name.startswith("write")]
    assert found["cgroup files that open for writing"] == []
    assert found["sockets"] == found["sockets and disks"] == []
    assert {number for numbers in found["became"] for number in numbers} == {CANDIDATE_UID}
    assert found["root of init"] == [True, True]
    assert len(found["processes"]) == 2  # init, and itself
    assert set(found["devices"]) <= DEVICES | {"urandom", "zero"}
    assert set(found["environment"]) <= ENVIRONMENT
