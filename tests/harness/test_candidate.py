"""What the harness knows of the candidate's process."""

import socket

import pytest

from grader.harness.candidate import Candidate
from grader.sandbox.ports import reserved_port


def test_who_listens_accepts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert Candidate(*server.getsockname()).accepts()


def test_where_nobody_listens_nothing_is_accepted() -> None:
    with reserved_port() as port:
        assert not Candidate("127.0.0.1", port).accepts()


def test_a_connection_that_meets_itself_is_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    # The kernel may give the very port that is asked for to the asking end: both ends are then one socket.
    with reserved_port() as port:

        def to_itself(address: tuple[str, int], timeout: float) -> socket.socket:
            one = socket.socket()
            one.settimeout(timeout)
            one.bind(address)
            one.connect(address)
            return one

        monkeypatch.setattr(socket, "create_connection", to_itself)
        assert not Candidate("127.0.0.1", port).accepts()
