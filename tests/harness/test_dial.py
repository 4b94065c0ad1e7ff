"""Where no port is left to connect from, it is the application's doing in a pod, and anybody's elsewhere."""

import asyncio
import errno
import socket
from pathlib import Path

import pytest

from grader.harness.dial import NoPortLeft, dial

HEADINGS = "Inter-|   Receive\n face |bytes\n"
POD = f"{HEADINGS}    lo:  1 2 3\n"
MACHINE = f"{HEADINGS}    lo:  1 2 3\n  eth0:  1 2 3\n"


def without_a_port(devices: Path) -> None:
    """Connect from a port that has this very connection already: the kernel's answer is the same as without any."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as first, socket.socket() as second:
        for one in (first, second):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        first.bind(("127.0.0.1", 0))
        second.bind(first.getsockname())
        first.connect(server.getsockname())
        second.setblocking(False)
        asyncio.run(dial(second, server.getsockname(), devices))


def test_in_a_pod_the_application_holds_them(tmp_path: Path) -> None:
    # It must fail like whatever else it does to a connection, and never be a fault of the grader's.
    (tmp_path / "dev").write_text(POD)
    with pytest.raises(NoPortLeft, match="hold every port") as caught:
        without_a_port(tmp_path / "dev")
    assert isinstance(caught.value, ConnectionError)


@pytest.mark.parametrize("devices", [MACHINE, HEADINGS, None], ids=["a-machine", "nothing", "unknown"])
def test_elsewhere_nobody_is_blamed(tmp_path: Path, devices: str | None) -> None:
    # Another program of the machine may hold them.
    if devices is not None:
        (tmp_path / "dev").write_text(devices)
    with pytest.raises(OSError, match="Cannot assign") as caught:
        without_a_port(tmp_path / "dev")
    assert not isinstance(caught.value, ConnectionError)
    assert caught.value.errno == errno.EADDRNOTAVAIL


def test_a_refusal_stays_one(tmp_path: Path) -> None:
    # It says something else of the application.
    (tmp_path / "dev").write_text(POD)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
    with socket.socket() as made:
        made.setblocking(False)
        with pytest.raises(ConnectionRefusedError):
            asyncio.run(dial(made, address, tmp_path / "dev"))
