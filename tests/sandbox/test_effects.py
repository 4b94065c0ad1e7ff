"""Judging what a probe saw, for kernels that are not the machine's."""

import os
from typing import Any

import pytest

from grader.sandbox.effects import Expected, has_own_kernel, judge
from grader.sandbox.probe import observe


def expected(runtime: str) -> Expected:
    return Expected(
        uid=os.getuid(), tmpfs={}, inodes=1, memory=1, pids=1, cpus=1, nofile=1, environment=frozenset(),
        applied={"Runtime": runtime, "IpcMode": "private"},
    )  # fmt: skip


def judged(seen: dict[str, Any], runtime: str) -> dict[str, bool | None]:
    return {name: ok for name, ok, _ in judge(seen, expected(runtime))}


@pytest.fixture(scope="module")
def seen() -> dict[str, Any]:
    """What this process sees; then as gVisor tells it: no filter, no limits in sight."""
    own = observe([])
    own["status"] = own["status"] | {"Seccomp": 0, "NoNewPrivs": 0, "CapEff": 1}
    return own | {"oom_score_adj": 0, "routes": ["eth0"], "memory": -1}


def test_what_is_enforced_around_a_kernel_cannot_be_told_from_inside_it(seen: dict[str, Any]) -> None:
    # seccomp and limits hold outside; neither proven nor refuted.
    told = judged(seen, "runsc")
    assert (told["seccomp"], told["oom_score_adj"], told["mem_limit"]) == (None, None, None)


def test_what_must_hold_inside_stays_a_defect(seen: dict[str, Any]) -> None:
    # Capabilities and routes are those of the kernel that the candidate talks to.
    told = judged(seen, "runsc")
    assert (told["cap_drop"], told["network_mode"]) == (False, False)


@pytest.mark.parametrize("runtime", ["runc", "io.containerd.runc.v2", "crun", ""])
def test_with_the_machines_kernel_all_of_it_is_a_defect(seen: dict[str, Any], runtime: str) -> None:
    told = judged(seen, runtime)
    assert (told["seccomp"], told["oom_score_adj"], told["mem_limit"]) == (False, False, False)


@pytest.mark.parametrize(
    "runtime", ["runsc", "runsc-kvm", "io.containerd.runsc.v1", "kata-runtime", "io.containerd.kata.v2"]
)
def test_runtimes_with_a_kernel_of_their_own(runtime: str) -> None:
    assert has_own_kernel(runtime)
