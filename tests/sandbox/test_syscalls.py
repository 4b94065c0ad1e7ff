"""Which answers of the kernel leave a system call open, and what is said of it."""

import errno
import os
import signal
from collections.abc import Callable

import pytest

from grader.sandbox import probe
from grader.sandbox.escapes import parsed
from grader.sandbox.syscalls import CALLS, judge

REFUSED = {"AF_VSOCK": "EPERM", "io_uring": "ENOSYS", "AF_ALG": "EAFNOSUPPORT"}


def opened(answers: dict[str, str], *, own_kernel: bool = False) -> list[str]:
    return [call.name for call in judge(answers, own_kernel=own_kernel).open]


@pytest.mark.parametrize("answer", ["EPERM", "EACCES", "ENOSYS", "EAFNOSUPPORT", "SIGSYS"])
def test_a_refusal_closes(answer: str) -> None:
    # By the filter, by another wall, or by a kernel that has no such thing.
    judged = judge(dict.fromkeys(REFUSED, answer), own_kernel=False)
    assert (judged.open, judged.hint) == ((), "")
    assert judged.message == "refused: AF_VSOCK, io_uring, AF_ALG"


@pytest.mark.parametrize("answer", ["done", "EFAULT", "EINVAL", "ENOMEM", "ESOCKTNOSUPPORT", "SIGSEGV"])
@pytest.mark.parametrize("name", REFUSED)
def test_anything_else_is_open(name: str, answer: str) -> None:
    # The filter comes first: whatever else the kernel says, it has listened.
    assert opened(REFUSED | {name: answer}) == [name]


def test_what_is_open_is_named_with_where_it_leads_and_what_to_do() -> None:
    # Only that; the newest release of those needed comes last, with its source.
    judged = judge(REFUSED | {"AF_VSOCK": "done", "io_uring": "EFAULT"}, own_kernel=False)
    assert judged.message.startswith("let through: AF_VSOCK (leads to the virtual machine's host")
    assert "io_uring" in judged.message
    assert "AF_VSOCK since 23.0.0, io_uring since 25.0.0:" in judged.hint
    assert "moby/pull/46762" in judged.hint
    assert "AF_ALG" not in judged.message + judged.hint
    assert all(way in judged.hint for way in ("update", "seccomp-profile", "runsc"))


def test_with_a_kernel_of_its_own_only_what_leaves_it_counts() -> None:
    # What attacks a kernel attacks the container's; a virtual machine's host is still there.
    assert opened(dict.fromkeys(REFUSED, "done"), own_kernel=True) == ["AF_VSOCK"]


def test_the_table_is_in_the_order_of_releases() -> None:
    # The hint's last word is the newest one needed.
    releases = [release for call in CALLS if (release := parsed(call.refused))]
    assert len(releases) == len(CALLS)
    assert releases == sorted(releases)


def test_the_probe_asks_each_of_them() -> None:
    # An entry of the table that nobody asks for would never be open.
    answers = probe.observe([])["calls"]
    assert answers.keys() == {call.name for call in CALLS}
    assert all(answer == "done" or answer in {*errno.errorcode.values(), "SIGSYS"} for answer in answers.values())


def kill() -> None:
    os.kill(os.getpid(), signal.SIGSYS)


def refuse() -> None:
    raise OSError(errno.EPERM, "no")


@pytest.mark.parametrize(
    ("call", "expected"), [pytest.param(kill, "SIGSYS"), pytest.param(refuse, "EPERM"), pytest.param(int, "done")]
)
def test_the_probe_survives_a_filter_that_kills(call: Callable[[], object], expected: str) -> None:
    assert probe._answer(call) == expected
