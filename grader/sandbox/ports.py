"""Ports for pods of the local sandbox; in a container each pod has a loopback of its own."""

import secrets
import socket
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock

from grader.errors import PodError

PORTS = range(20_000, 30_000)
"""Below those that kernels give to outgoing connections (from 32768 on Linux, 49152 elsewhere), of which one might be
there first when the candidate binds."""
_TRIES = 1_000

_reserved: set[int] = set()
_reserving = Lock()


@contextmanager
def reserved_port() -> Iterator[int]:
    """A port of 127.0.0.1 that is free now, and that no other pod of this process gets meanwhile.

    Raises:
        PodError: there seems to be none.
    """
    port = _reserve()
    try:
        yield port
    finally:
        _reserved.discard(port)


@contextmanager
def reserved_ports(names: Iterable[str]) -> Iterator[dict[str, int]]:
    """A port for each name, as `reserved_port` gives it.

    Raises:
        PodError: there are not that many.
    """
    with ExitStack() as stack:
        yield {name: stack.enter_context(reserved_port()) for name in names}


def _reserve() -> int:
    for _ in range(_TRIES):
        port = secrets.choice(PORTS)
        with _reserving:
            if port not in _reserved and _is_free(port):
                _reserved.add(port)
                return port
    raise PodError(f"no free port between {PORTS.start} and {PORTS.stop}", hint="see what listens on this machine")


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As uvicorn binds it: connections of an earlier server that linger are in nobody's way.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
