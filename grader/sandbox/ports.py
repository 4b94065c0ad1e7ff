"""Ports for pods of the local sandbox; in a container each pod has a loopback of its own."""

import secrets
import socket
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

from grader.errors import PodError

PORTS = range(20_000, 30_000)
"""Below those that kernels give to outgoing connections (from 32768 on Linux, 49152 elsewhere), of which one might be
there first when the candidate binds."""
_TRIES = 1_000
_HOST = "127.0.0.1"


@contextmanager
def reserved_port() -> Iterator[int]:
    """A port of 127.0.0.1 that is free now, and that no other pod of this machine gets meanwhile.

    Raises:
        PodError: there seems to be none.
    """
    port, claim = _reserve()
    with claim:
        yield port


@contextmanager
def reserved_ports(names: Iterable[str]) -> Iterator[dict[str, int]]:
    """A port for each name, as `reserved_port` gives it.

    Raises:
        PodError: there are not that many.
    """
    with ExitStack() as stack:
        yield {name: stack.enter_context(reserved_port()) for name in names}


def _reserve() -> tuple[int, socket.socket]:
    for _ in range(_TRIES):
        port = secrets.choice(PORTS)
        claim = _claim(port)
        if claim and _is_free(port):
            return port, claim
        if claim:
            claim.close()
    raise PodError(f"no free port between {PORTS.start} and {PORTS.stop}", hint="see what listens on this machine")


def _claim(port: int) -> socket.socket | None:
    # The UDP port of the same number, which nobody else needs: all graders of a machine see that it is taken, though no
    # candidate listens yet, and the kernel gives it back when its holder dies.
    claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        claim.bind((_HOST, port))
    except OSError:
        claim.close()
        return None
    return claim


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As uvicorn binds it: connections of an earlier server that linger are in nobody's way.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError:
            return False
    return True
