"""How many pods at once a machine can take."""

import os
from dataclasses import dataclass
from typing import Final

from grader.sandbox.hardening import SERVICE_BYTES
from grader.settings import Settings

_USABLE: Final = 0.9
"""Share of the memory; the rest is the system's and the engine's."""
_BESIDE: Final = 3
"""Pods beside those that run checks: one that starts, and the two of a latency measurement."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What an engine's machine has."""

    cpus: int
    memory: int
    """Bytes."""


def this_machine() -> Machine:
    """Of the local sandbox."""
    return Machine(os.cpu_count() or 1, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))


def engines_machine(settings: Settings) -> Machine:
    """Of the Docker engine, which may be another one than this.

    Raises:
        EngineUnavailable, PodError: it does not answer.
    """
    from grader.sandbox.docker_backend import engine_info  # noqa: PLC0415 - the Docker SDK takes 0.2 s to import
    from grader.sandbox.engine import connect  # noqa: PLC0415 - likewise

    info = engine_info(connect(settings))
    return Machine(int(info["NCPU"]), int(info["MemTotal"]))


def pods_at_once(settings: Settings, machine: Machine) -> int:
    """How many pods may run checks at once: all of their limits together are less than the machine has.

    Args:
        settings: the limits of a pod.
        machine: where they run.

    Returns:
        At least 1: on a small machine a pod may use less than its limit.
    """
    pod = settings.memory_bytes + settings.harness_memory_bytes + SERVICE_BYTES
    by_memory = int(machine.memory * _USABLE) // pod - _BESIDE
    return max(1, min(int(machine.cpus / settings.cpus), by_memory))
