"""What the processes of a group are doing, as Linux tells below /proc (proc(5))."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from grader.errors import PodError
from grader.sandbox.process import is_asleep
from grader.verdicts import Look

PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")


def look_at_group(group: int) -> Look:
    """What the threads of a process group do now.

    Args:
        group: id of its first process.

    Raises:
        PodError: this system has no /proc, or the group has ended.
    """
    threads = [(fields[0], _waits_in(thread)) for path, _ in _processes(group) for thread, fields in _threads(path)]
    if not threads:
        raise PodError(f"nothing can be seen of process group {group}")
    asleep = all(is_asleep(state, waits_in) for state, waits_in in threads)
    return Look(asleep=asleep, cpu_seconds=cpu_seconds_of_group(group))


def cpu_seconds_of_group(group: int) -> float:
    """CPU time that the processes of a group have used.

    Args:
        group: id of its first process.

    Raises:
        PodError: this system has no /proc, or the group has ended.
    """
    # Of whole processes, since those count the threads that have ended as well.
    used = [float(fields[11]) + float(fields[12]) for _, fields in _processes(group)]
    if not used:
        raise PodError(f"nothing can be seen of process group {group}")
    return sum(used) / _TICKS


def confine_group(group: int, cpus: Iterable[int]) -> None:
    """Let the threads of a group run on these CPUs alone; what they start does, too.

    Args:
        group: id of its first process.
        cpus: their numbers; nothing is done where there are none.
    """
    chosen = set(cpus)
    for path, _ in _processes(group) if chosen else ():
        for thread, _ in _threads(path):
            with suppress(OSError):  # it has ended meanwhile
                os.sched_setaffinity(int(thread.name), chosen)


def _processes(group: int) -> Iterator[tuple[Path, list[str]]]:
    with suppress(OSError):
        for entry in PROC.iterdir():
            if entry.name.isdecimal() and (fields := _fields(entry / "stat")) and int(fields[2]) == group:
                yield entry, fields


def _threads(process: Path) -> Iterator[tuple[Path, list[str]]]:
    with suppress(OSError):
        for thread in (process / "task").iterdir():
            if fields := _fields(thread / "stat"):
                yield thread, fields


def _waits_in(thread: Path) -> str:
    """The kernel's function that a thread waits in; "" where the kernel does not say."""
    with suppress(OSError):
        return (thread / "wchan").read_text(encoding="utf-8", errors="replace")
    return ""


def _fields(file: Path) -> list[str]:
    """The fields from `state` on; none if the thread has ended. The name before them may hold anything."""
    with suppress(OSError):
        return file.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    return []
