"""What an application can find out about the grader, its checks and its seed, from where it is."""

import json
import re
from typing import Any

from tests.attacks.attack import HONEST, Attack
from tests.attacks.tampering.apps import hand_in

SEARCH = r"""
import gc, glob, json, os, re, sys

WANTED = re.compile(rb"grader|harness|check[_.]|notes\.(create|read|tags)|challenge|seed|\b%SEED%\b", re.I)

def text(path, size=2_000_000):
    try:
        with open(path, "rb") as file:
            return file.read(size)
    except OSError:
        return b""

def target(path):
    try:
        return os.readlink(path)
    except OSError:
        return ""

def matches(data):
    return sorted({found.group().decode("ascii", "replace").lower() for found in WANTED.finditer(data)})

def search():
    found = {"proc": {}, "files": [], "pids": sorted(int(pid) for pid in os.listdir("/proc") if pid.isdigit())}
    for path in [*glob.glob("/proc/[0-9]*/*"), *glob.glob("/proc/[0-9]*/net/*"), *glob.glob("/proc/sys/kernel/*")]:
        name = path.split("/")[-1]
        if name in {"environ", "cmdline", "mountinfo", "mounts", "cgroup", "maps", "comm", "hostname", "unix"}:
            if names := matches(text(path)):
                found["proc"][re.sub(r"\d+", "N", path)] = names
    for folder, folders, files in os.walk("/"):
        if folder in {"/proc", "/sys", "/work"} or folder.endswith("-packages"):
            folders.clear()
            continue
        found["files"] += [os.path.join(folder, name) for name in [*folders, *files] if matches(name.encode())]
    found["links"] = [link for path in glob.glob("/proc/[0-9]*/fd/*") if matches((link := target(path)).encode())]
    found["modules"] = [name for name in sys.modules if name.split(".")[0] in {"grader", "pytest", "_pytest"}]
    found["packages"] = [name for path in sys.path for name in glob.glob(f"{path}/grader*")]
    found["environment"] = sorted(os.environ)
    frame = sys._getframe()
    while frame:
        found.setdefault("frames", []).append(frame.f_globals.get("__name__"))
        frame = frame.f_back
    found["objects"] = len([one for one in gc.get_objects() if type(one).__module__.startswith("grader")])
    found["git"] = [path for path in ("/.git", "/work/.git", "/grader", "/pack") if os.path.exists(path)]
    found["argv"] = sys.argv + sys.orig_argv
    return found

print("FOUND " + json.dumps(search()), flush=True)
"""

ASKS = """
import json
heads, sources = [], []
class Recorder:
    def __init__(self, inner):
        self.inner = inner
    async def __call__(self, scope, receive, send):
        if scope["type"] in {"http", "websocket"}:
            heads.append([name.decode() + ": " + value.decode() for name, value in scope["headers"]])
            sources.append(list(scope["client"]))
            print("FOUND " + json.dumps({"heads": heads, "sources": sources}), flush=True)
        return await self.inner(scope, receive, send)
app = Recorder(app)
"""


def test_searching_everything(attack: Attack) -> None:
    """Environment, /proc, files, descriptors, modules, frames: nothing of ours, and above all not the seed."""
    main = f"{SEARCH.replace('%SEED%', '271828182')}\n{HONEST}"
    outcome = hand_in(attack, main, "--seed", "271828182")
    outcome.graded(score=100)
    found = outcome.findings()
    assert found["proc"] == {}
    assert found["files"] == found["links"] == found["modules"] == found["packages"] == found["git"] == []
    assert found["objects"] == 0
    assert {name for name in found["environment"] if name.endswith(("_URL", "SEED", "KEY"))} == {"TAGS_URL"}
    assert not re.search("grader|271828182", json.dumps(found))


def test_recognising_the_client(attack: Attack) -> None:
    """Each request is that of a script with a well-known client, and differs from others by what it asks alone."""
    outcome = hand_in(attack, f"{HONEST}\n{ASKS}", "--app", "main:app")
    outcome.graded(score=100)
    seen: dict[str, Any] = outcome.findings()
    assert {host for host, _ in seen["sources"]} == {"127.0.0.1"}
    names = {line.partition(":")[0] for head in seen["heads"] for line in head}
    assert not {name for name in names if re.search("grader|test|check|seed", name)}
    agents = {line for head in seen["heads"] for line in head if line.startswith("user-agent:")}
    assert all(
        re.fullmatch(r"user-agent: python-httpx/[\d.]+|user-agent: Python/.* websockets/.*", one) for one in agents
    )
    ordinary = {
        tuple(line.partition(":")[0] for line in head if not line.startswith("content-")) for head in seen["heads"]
    }
    assert len(ordinary) <= 2, ordinary  # over HTTP, and the handshake
