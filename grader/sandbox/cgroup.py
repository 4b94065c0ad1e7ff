"""What a container has used, as this machine's kernel says: at once, where an engine may take a second to say it."""

from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
_V1 = ("cpuacct/docker/{id}/cpuacct.usage", "cpuacct/system.slice/docker-{id}.scope/cpuacct.usage")
_V2 = ("docker/{id}/cpu.stat", "system.slice/docker-{id}.scope/cpu.stat")


def cpu_seconds_of(container: str, root: Path = ROOT) -> float | None:
    """CPU time that all of its processes have used; None where the engine runs elsewhere, or keeps it in another place.

    https://docs.docker.com/engine/containers/runmetrics/ names the places, for both versions of cgroups and both
    drivers.

    Args:
        container: its whole id.
        root: where cgroups are mounted.
    """
    for place in _V1:
        if (file := root / place.format(id=container)).is_file():
            return int(file.read_text()) / 1e9
    for place in _V2:
        if (file := root / place.format(id=container)).is_file():
            return _microseconds(file.read_text()) / 1e6
    return None


def _microseconds(stat: str) -> int:
    """`usage_usec` of a `cpu.stat`."""
    return next(int(line.split()[1]) for line in stat.splitlines() if line.startswith("usage_usec "))
