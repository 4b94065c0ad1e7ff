"""System calls that the default seccomp profile of older engines lets through, and which release refuses them.

A filter is in force there, and still it lets a candidate talk to parts of the kernel that newer profiles keep from it.
The engine's version proves nothing, since an admin may have set another profile: what the probe was answered decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass

_REFUSALS = frozenset({
    "EPERM", "EACCES",  # by seccomp; by AppArmor, SELinux or a sysctl
    "ENOSYS", "EAFNOSUPPORT",  # the kernel has no such thing
    "SIGSYS",  # a profile that kills whoever asks
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Call:
    """Something that a container has no need to ask of the kernel.

    Attributes:
        name: as `grader.sandbox.probe` calls it.
        refused: the first release of the engine whose default profile refuses it, as do all after it.
        leads_to: what may be reached or attacked with it.
        source: where that is said.
        leaves_kernel: whether it leads out of a kernel of the container's own, too.
    """

    name: str
    refused: str
    leads_to: str
    source: str
    leaves_kernel: bool = False


CALLS = (
    # 20.10.22 refused it as well; 20.10.23 took that back: https://github.com/moby/moby/pull/44712
    Call(
        "AF_VSOCK",
        "23.0.0",
        "the virtual machine's host, and virtual machines on this one",
        "https://github.com/moby/moby/pull/44562",
        leaves_kernel=True,
    ),
    Call("io_uring", "25.0.0", "a part of the kernel with many escapes", "https://github.com/moby/moby/pull/46762"),
    # 29.4.2: https://docs.docker.com/engine/release-notes/29/#2942
    Call(
        "AF_ALG",
        "29.4.2",
        "CVE-2026-31431, where the kernel has not mended it",
        "https://github.com/moby/moby/pull/52501",
    ),
)
"""In the order in which releases began to refuse them."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What one container may call.

    Attributes:
        open: the calls that are let through.
    """

    open: tuple[Call, ...]

    @property
    def message(self) -> str:
        """One line for people."""
        words = [f"{call.name} (leads to {call.leads_to})" for call in self.open]
        return f"let through: {'; '.join(words)}" if words else f"refused: {', '.join(call.name for call in CALLS)}"

    @property
    def hint(self) -> str:
        """What to do about it."""
        if not self.open:
            return ""
        since = ", ".join(f"{call.name} since {call.refused}" for call in self.open)
        return (
            f"Docker refuses by default {since}: update it, give the engine a stricter `seccomp-profile`, or use gVisor"
            f" (`--runtime runsc`); see SECURITY.md and {self.open[-1].source}"
        )


def judge(answers: Mapping[str, str], *, own_kernel: bool) -> Judged:
    """Judge one container.

    Args:
        answers: `calls` of what `grader.sandbox.probe.observe` returned in it.
        own_kernel: whether its runtime gives it a kernel of its own, so that what attacks a kernel attacks only that.

    Returns:
        What is let through. Whatever is no refusal is: a complaint about arguments comes after the filter.
    """
    known = [call for call in CALLS if call.leaves_kernel or not own_kernel]
    return Judged(tuple(call for call in known if answers[call.name] not in _REFUSALS))
