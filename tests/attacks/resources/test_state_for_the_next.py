"""What one submission leaves wherever it can is not there for the next one, and its daemons have ended."""

from tests.attacks.attack import Attack

LEAVE = """
import ctypes, json, os, signal, socket, time
from pathlib import Path

libc = ctypes.CDLL(None, use_errno=True)
KEY = 0x6772
seen = {
    "files": [str(path) for place in ("/tmp", "/dev/shm", "/work/left") for path in Path(place).glob("left*")],
    "segment": libc.shmget(KEY, 0, 0),
    "queue": libc.syscall(240, b"left", os.O_RDONLY, 0, None),
    "abstract": [line.split()[-1] for line in open("/proc/net/unix") if "@left" in line],
    "ports": [port for port in (9999,) if socket.socket().connect_ex(("127.0.0.1", port)) == 0],
    "strangers": [pid for pid in os.listdir("/proc") if pid.isdecimal() and int(pid) not in (1, os.getpid())],
}
for place in ("/tmp", "/dev/shm", "/work"):
    Path(place, "left").write_text("for the next one")
seen["made"] = libc.shmget(KEY, 4096, 0o1666) >= 0
libc.syscall(240, b"left", os.O_CREAT | os.O_RDWR, 0o666, None)
if os.fork() == 0:
    for number in range(1, 65):
        if number not in (signal.SIGKILL, signal.SIGSTOP, 32, 33):
            signal.signal(number, signal.SIG_IGN)
    os.setsid()
    if os.fork() == 0:
        kept = socket.create_server(("127.0.0.1", 9999))
        name = socket.socket(socket.AF_UNIX)
        name.bind("\\0left")
        time.sleep(1e6)
    os._exit(0)
os.wait()
print("FOUND", json.dumps(seen), flush=True)
"""


def test_two_in_a_row(attack: Attack) -> None:
    """Files, shared memory, message queues, a name, a port and a detached process that ignores each signal."""
    for _ in range(2):
        outcome = attack.honest(LEAVE)
        outcome.graded(score=100)
        found = outcome.findings()
        assert found.pop("made"), "it must have left something"
        assert found == {
            "files": [],
            "segment": -1,
            "queue": -1,
            "abstract": [],
            "ports": [],
            "strangers": [],
        }
