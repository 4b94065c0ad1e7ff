"""The application and its init lose their standard streams, or write into those that are for reading."""

import platform

import pytest

from tests.attacks.attack import Attack

CLOSES = """
import os

for number in (0, 1, 2):
    os.close(number)
for number in (0, 1, 2):
    os.open("/dev/null", os.O_RDWR)
"""
WRITES = """
import json, os

def wrote(path):
    try:
        return os.write(os.open(path, os.O_WRONLY | os.O_NOCTTY), b"{}\\n" * 100)
    except OSError as error:
        return error.strerror

places = ("/dev/tty", "/dev/console", "/proc/self/fd/0", "/proc/1/fd/0", "/dev/kmsg")
print("FOUND", json.dumps({place: wrote(place) for place in places}), flush=True)
"""
# x86-64: stops process 1, which has the same user, and makes it close its own streams.
CLOSES_INIT = """
import ctypes, json, os

libc = ctypes.CDLL(None)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
NAMES = "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig rip cs flags rsp ss fsb gsb ds es fs gs"
ATTACH, GET, SET, STEP, DETACH = 16, 12, 13, 9, 17

class Registers(ctypes.Structure):
    _fields_ = [(name, ctypes.c_ulonglong) for name in NAMES.split()]

def syscall_instruction():
    for line in open("/proc/1/maps"):
        span, mode = line.split()[:2]
        if "x" in mode and "vsyscall" not in line:
            low, high = (int(number, 16) for number in span.split("-"))
            with open("/proc/1/mem", "rb") as memory:
                memory.seek(low)
                at = memory.read(high - low).find(b"\\x0f\\x05")
            if at >= 0:
                return low + at

def close(number, registers):
    registers.rip, registers.rax, registers.rdi, registers.orig = syscall_instruction(), 3, number, 2**64 - 1
    libc.ptrace(SET, 1, None, ctypes.addressof(registers))
    libc.ptrace(STEP, 1, None, None)
    os.waitpid(1, 0x40000000)

try:
    attached = libc.ptrace(ATTACH, 1, None, None)
    if attached == 0:
        os.waitpid(1, 0x40000000)
        registers = Registers()
        libc.ptrace(GET, 1, None, ctypes.addressof(registers))
        before = Registers.from_buffer_copy(registers)
        for number in (0, 1, 2):
            close(number, registers)
        libc.ptrace(SET, 1, None, ctypes.addressof(before))
        libc.ptrace(DETACH, 1, None, None)
except OSError as error:
    attached = error.strerror
print("FOUND", json.dumps({"attached": attached, "left": sorted(os.listdir("/proc/1/fd"))}), flush=True)
"""


def test_closed(attack: Attack) -> None:
    """Nothing that it says reaches anybody; it is as correct as before."""
    assert attack.honest(CLOSES).graded(score=100).log == ""


def test_written_to(attack: Attack) -> None:
    """There is no terminal and no kernel log, and what it writes into its own input, nobody reads."""
    outcome = attack.honest(WRITES)
    outcome.graded(score=100)
    found = outcome.findings()
    assert found["/dev/tty"] == "No such device or address"
    assert {found["/dev/console"], found["/dev/kmsg"]} == {"No such file or directory"}


@pytest.mark.skipif(platform.machine() != "x86_64", reason="it speaks to that processor")
def test_closed_in_init_as_well(attack: Attack) -> None:
    """Process 1 has the same user, so it is the application's to break: the streams are lost, and nothing else."""
    outcome = attack.honest(CLOSES_INIT, CLOSES)
    outcome.graded(score=100)
    assert outcome.findings()["attached"] in {0, -1, "Permission denied", "Operation not permitted"}
