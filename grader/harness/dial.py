"""Connecting to the application, where it may have left no port to connect from."""

import asyncio
import errno
import socket
from pathlib import Path
from typing import Final

_DEVICES: Final = Path("/proc/net/dev")
_HEADINGS: Final = 2


class NoPortLeft(ConnectionError):
    """All ports of a pod's own loopback are taken."""


async def dial(made: socket.socket, address: tuple[str, int], devices: Path = _DEVICES) -> None:
    """Connect a non-blocking socket.

    In a pod, the application and the harness share a loopback that nobody else has. A client takes a port there for
    as long as it talks, and the harness talks briefly: whoever holds all of them is the application. On a loopback
    that is the whole machine's, it may be anybody.

    Args:
        made: not connected.
        address: host and port.
        devices: where the kernel lists network devices (proc(5)).

    Raises:
        NoPortLeft: there is none in this pod, through the application's doing.
        OSError: it was refused, or whatever else the kernel says.
    """
    try:
        await asyncio.get_running_loop().sock_connect(made, address)
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL and _is_alone(devices):
            raise NoPortLeft("the application's processes hold every port that it could come from") from error
        raise


def _is_alone(devices: Path) -> bool:
    """Whether there is nothing but loopback."""
    try:
        listed = devices.read_text(encoding="ascii").splitlines()[_HEADINGS:]
    except OSError:
        return False
    return [line.split(":")[0].strip() for line in listed] == ["lo"]
