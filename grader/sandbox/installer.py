"""Installs declared dependencies into a volume; runs inside a container, and prints the outcome: JSON in base64.

Standard library only, and started with `-I -S`: wheels may carry `.pth` files, which run whenever an interpreter looks
into their folder, and may put files anywhere in the volume, where this one came from too. After they are unpacked
nothing here starts such an interpreter or reads a module from the volume, so no code of a stranger runs in a container
that has a network.
"""

import base64
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
import venv
from pathlib import Path
from typing import Any

OUTPUT_BYTES = 16_384
TICK = 0.5
COMPILE_SECONDS = 90
BLOCK = 4096
WORK = "/tmp/grader"  # noqa: S108  # the container's own; wheels are unpacked in the volume, and reach nothing here


class Budget:
    """Time (seconds) and bytes that the whole installation may use."""

    def __init__(self, folder: Path, seconds: float, size: int) -> None:
        self.folder, self.size = folder, size
        self.end = time.monotonic() + seconds

    def spent(self) -> str:
        """`time` or `size` once that much is used up, else ""."""
        if time.monotonic() > self.end:
            return "time"
        return "size" if disk_usage(self.folder) > self.size else ""


def disk_usage(folder: Path) -> int:
    """Bytes that a tree takes of a disk; files with several names count once, and an empty one takes its inode."""
    seen: dict[int, int] = {}
    for parent, folders, names in os.walk(folder):
        for name in (*folders, *names):
            try:
                status = Path(parent, name).lstat()
            except FileNotFoundError:  # uv renames what it has unpacked
                continue
            seen[status.st_ino] = max(status.st_blocks * 512, BLOCK)
    return sum(seen.values())


def run(command: list[str], budget: Budget, log: Path) -> dict[str, Any]:
    """Run uv within the budget.

    Returns:
        `exit`, `output` (its end), `over` (`time`, `size` or "") and `busy`, the share of the time that uv computed.
    """
    started, before = time.monotonic(), os.times()
    with log.open("wb") as sink:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT)
        over = ""
        while process.poll() is None and not over:
            over = budget.spent()
            try:
                process.wait(TICK)
            except subprocess.TimeoutExpired:
                continue
        if over:
            process.kill()
        status = process.wait()
    after = os.times()
    computed = after.children_user - before.children_user
    return {
        "exit": status,
        "output": log.read_bytes()[-OUTPUT_BYTES:].decode(errors="replace"),
        "over": over or budget.spent(),
        "busy": computed / max(time.monotonic() - started, 0.001),
    }


def install(request: dict[str, Any], root: Path, work: Path) -> dict[str, Any]:
    """Do what the request says.

    Args:
        request: see `grader.sandbox.install.installer_request`.
        root: where the environment is made.
        work: an existing folder elsewhere, for lists and the log.

    Returns:
        The outcome of the installation (see `run`), with `packages` (name → version) if it succeeded, and `dropped`:
        the outcomes of those optional names that do not resolve.
    """
    # In the volume, so that uv can link instead of copy; under a name that no wheel knows.
    cache = Path(tempfile.mkdtemp(prefix=".cache-", dir=root))
    budget = Budget(root, request["seconds"], request["bytes"])
    dropped: dict[str, Any] = {}
    names = list(request["requirements"])
    for name in request["optional"]:
        tried = run(uv("compile", request, work, cache, [name]), budget, work / "log")
        if tried["exit"] == 0:
            names.append(name)
        else:
            dropped[name] = tried
    venv.EnvBuilder(symlinks=True).create(root)
    outcome: dict[str, Any] = {"exit": 0, "output": "", "over": "", "busy": 0.0}
    if names:
        outcome = run(uv("install", request, work, cache, names, root), budget, work / "log")
    shutil.rmtree(cache, ignore_errors=True)
    if outcome["exit"] == 0 and not outcome["over"]:
        outcome["packages"] = finish(root, request["fallback"])
    return {**outcome, "dropped": dropped}


def uv(
    verb: str, request: dict[str, Any], work: Path, cache: Path, names: list[str], root: Path | None = None
) -> list[str]:
    """The uv command that resolves (`compile`) or installs (`install`) these names: wheels only, nobody's settings."""
    listed = work / f"{verb}.txt"
    listed.write_text("\n".join(names) + "\n", encoding="utf-8")
    python = Path(sys.executable) if root is None else root / "bin" / "python"
    options = ["--only-binary", ":all:", "--no-config", "--no-python-downloads", "--no-progress", "--color", "never"]
    source = ["--requirements", str(listed)] if verb == "install" else [str(listed)]
    options += ["--cache-dir", str(cache), "--python", str(python)]
    if request["pins"]:
        pins = work / "pins.txt"
        pins.write_text("\n".join(request["pins"]) + "\n", encoding="utf-8")
        options += ["--constraints", str(pins)]
    return [request["uv"], "pip", verb, *options, *source]


def finish(root: Path, fallback: str) -> dict[str, str]:
    """Make the tree readable by all, compile it, let it fall back on the image's own packages, and list it."""
    site = Path(sysconfig.get_path("purelib", "venv", {"base": str(root), "platbase": str(root)}))
    for parent, folders, files in os.walk(root):
        for name in (*folders, *files):
            path = Path(parent, name)
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    precompile(site)
    # Lines of .pth files are appended in the order of their files' names; this one shall be the last.
    last = site / "zzzz-grader.pth"
    if last.is_dir():  # a wheel can hold anything
        shutil.rmtree(last)
    last.write_text(fallback + "\n", encoding="utf-8")
    found = (re.fullmatch(r"(.+?)-(.+)\.dist-info", path.name) for path in site.iterdir())
    return {match[1]: match[2] for match in found if match}


def precompile(site: Path) -> None:
    """Spare the candidate's start the compiling, as far as that goes: what is not compiled here is compiled there.

    It is a process of its own, because the compiler's workers read the main module anew: here it is the standard
    library's, never this file, which a wheel may have replaced.
    """
    command = [sys.executable, "-I", "-S", "-m", "compileall", "-q", "-q", "-j", "0", str(site)]
    with contextlib.suppress(subprocess.TimeoutExpired):
        subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=COMPILE_SECONDS, check=False
        )


def main() -> None:
    """Read the request beside this file, install, print the outcome."""
    sent = Path(__file__).resolve().parent
    work = Path(shutil.move(sent, WORK))
    request = json.loads((work / "request.json").read_text(encoding="utf-8"))
    outcome = install(request, sent.parent, work)
    # The engine's log drivers break lines after 16 KiB.
    sys.stdout.write(base64.encodebytes(json.dumps(outcome).encode()).decode())


if __name__ == "__main__":
    main()
