"""Engines at `ssh://`, with an ssh program of our own."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.errors import EngineUnavailable
from grader.sandbox import ssh
from grader.sandbox.engine import connect
from grader.settings import Settings

Program = Callable[[str], Path]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    """Installs a shell script as the ssh program; returns the file that it may write its arguments to."""
    noted = tmp_path / "arguments"

    def install(script: str) -> Path:
        path = tmp_path / "ssh"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        monkeypatch.setenv("NOTED", str(noted))
        return noted

    ssh.relay.cache_clear()
    yield install
    ssh.relay.cache_clear()


def dialled(relay: ssh.Relay) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(20)
    connection.connect(str(relay.path))
    return connection


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        pytest.param("ssh://host", ["ssh://host", "docker system dial-stdio"], id="host"),
        pytest.param("ssh://Me@Host:2222", ["ssh://Me@Host:2222", "docker system dial-stdio"], id="user and port"),
        pytest.param("ssh://[::1]:22/", ["ssh://[::1]:22", "docker system dial-stdio"], id="IPv6"),
        pytest.param(
            "ssh://host/run/user/1000/docker.sock",
            ["ssh://host", "docker --host unix:///run/user/1000/docker.sock system dial-stdio"],
            id="socket",
        ),
        pytest.param(
            "ssh://host/a;reboot", ["ssh://host", "docker --host 'unix:///a;reboot' system dial-stdio"], id="quoted"
        ),
    ],
)
def test_what_is_asked_of_the_ssh_program(address: str, expected: list[str]) -> None:
    # As the docker command does it, after a mark that ends the options; and nobody is there to be asked.
    command = ssh.dial(address)
    assert command[-3:] == ["--", *expected]
    assert "-oBatchMode=yes" in command


@pytest.mark.parametrize(
    "address", ["ssh://", "ssh://me@", "ssh://host:port", "ssh://host?a=b", "ssh://host#a", "ssh://me:secret@host"]
)
def test_what_is_no_address(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # One line, how to write it, and no password in it.
    monkeypatch.setenv("DOCKER_HOST", address)
    with pytest.raises(EngineUnavailable, match="is no address of an engine") as caught:
        connect(Settings())
    assert "ssh://[user@]host[:port]" in caught.value.hint
    assert "secret" not in str(caught.value)


def test_bytes_go_both_ways_as_they_come(program: Program) -> None:
    # A conversation: each piece is answered before the next one is sent, and two connections do not mix.
    noted = program('echo "$@" >>"$NOTED"; exec cat')
    relay = ssh.relay("ssh://me@host")
    with dialled(relay) as one, dialled(relay) as other:
        for piece in (b"first", b"second"):
            for connection in (one, other):
                connection.sendall(piece)
                assert connection.recv(100) == piece
        one.shutdown(socket.SHUT_WR)
        assert one.recv(100) == b""
    assert noted.read_text().count("-- ssh://me@host docker system dial-stdio") == 2


def test_one_socket_a_process_that_nobody_else_may_use(program: Program) -> None:
    # Whoever speaks to the engine is root over there.
    program("exec cat")
    relay = ssh.relay("ssh://host")
    assert ssh.relay("ssh://host") is relay
    assert relay.path.parent.stat().st_mode & 0o777 == 0o700


def test_what_ssh_says_is_told(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    # A refused key is not a user outside the `docker` group; the last line is the reason.
    program("echo Warning: added >&2; echo 'me@host: Permission denied (publickey).' >&2; exit 255")
    monkeypatch.setenv("DOCKER_HOST", "ssh://me@host:2222/run/docker.sock")
    with pytest.raises(EngineUnavailable) as caught:
        connect(Settings())
    address = "ssh://me@host:2222/run/docker.sock"
    assert caught.value.message == f"no Docker engine answers at {address}: me@host: Permission denied (publickey)."
    assert "`ssh ssh://me@host:2222 docker version`" in caught.value.hint
    assert "Warning: added" in caught.value.detail


def test_an_ssh_program_that_says_nothing(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    program("exit 0")
    monkeypatch.setenv("DOCKER_HOST", "ssh://host")
    with pytest.raises(EngineUnavailable) as caught:
        connect(Settings())
    assert caught.value.message == "no Docker engine answers at ssh://host"


@pytest.mark.usefixtures("program")
def test_without_an_ssh_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("DOCKER_HOST", "ssh://host")
    with pytest.raises(EngineUnavailable, match="no ssh program to reach ssh://host") as caught:
        connect(Settings())
    assert "install" in caught.value.hint


def test_without_a_place_for_the_socket(program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A path of a socket has at most about a hundred characters.
    program("exec cat")
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    with pytest.raises(EngineUnavailable, match="no socket can be made") as caught:
        ssh.relay("ssh://host")
    assert "TMPDIR" in caught.value.hint
