"""An engine at `ssh://[user@]host[:port]`: a unix socket of ours, each connection to which is one of the ssh program.

That program knows the user's keys, hosts and jumps, and needs no package. It is called as the `docker` command does it:
https://github.com/docker/cli/tree/master/cli/connhelper. The SDK's own way over ssh reads whole buffers, so that no
conversation with a container gets through it.
"""

import atexit
import shlex
import shutil
import socketserver
import subprocess
import threading
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from urllib.parse import urlsplit

from grader.errors import EngineUnavailable

SCHEME = "ssh://"
_SAID = 4096
_OPTIONS = (
    "-T",
    "-oBatchMode=yes",  # a question would stand in the middle of a run, once for each connection
    "-oConnectTimeout=30",
    "-oServerAliveInterval=10",  # a host that vanished without a word is noticed within half a minute
    "-oServerAliveCountMax=3",
)


class Relay(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Listens until the process ends.

    Args:
        path: the socket to make.
        command: what serves one connection, by its standard input and output.

    Attributes:
        said: what the last command that failed wrote to its standard error.
    """

    daemon_threads = True

    def __init__(self, path: Path, command: list[str]) -> None:
        super().__init__(str(path), _Connection)
        self.path = path
        self.command = command
        self.said = ""
        threading.Thread(target=self.serve_forever, name="ssh", daemon=True).start()


class _Connection(socketserver.BaseRequestHandler):
    server: Relay

    def handle(self) -> None:
        # A file, not a pipe: a master that ssh leaves behind (ControlPersist) may hold it open for hours.
        with TemporaryFile() as said:
            code = subprocess.run(
                self.server.command,
                stdin=self.request,
                stdout=self.request,
                stderr=said,
                start_new_session=True,  # Ctrl-C is for the grader, which then still has to clean up over there
                check=False,
            ).returncode
            if code:
                said.seek(0)
                self.server.said = said.read(_SAID).decode(errors="replace").strip()


@cache
def relay(address: str) -> Relay:
    """A socket that leads to the engine at an address; one a process.

    Args:
        address: begins with `ssh://`.

    Raises:
        EngineUnavailable: the address is none, or this machine has no ssh program or no place for the socket.
    """
    command = dial(address)
    if not shutil.which(command[0]):
        raise EngineUnavailable(f"there is no ssh program to reach {address}", hint="install the OpenSSH client")
    try:
        folder = TemporaryDirectory(prefix="grader-ssh-")
        atexit.register(folder.cleanup)
        return Relay(Path(folder.name, "docker.sock"), command)
    except OSError as error:  # such as a path that is too long for a socket
        raise EngineUnavailable(
            f"no socket can be made that leads to {address}: {error}",
            hint="set TMPDIR to a folder with a short path that can be written",
        ) from error


def dial(address: str) -> list[str]:
    """The command whose standard input and output are a connection to the engine.

    Args:
        address: begins with `ssh://`; a path names the engine's socket over there.

    Raises:
        EngineUnavailable: it has no host, or says more than user, host, port and path.
    """
    try:
        parts = urlsplit(address)
        sound = bool(parts.hostname) and (parts.port or 0) >= 0
    except ValueError:  # such as a port that is no number
        sound = False
    if not sound or parts.password is not None or parts.query or parts.fragment:
        raise EngineUnavailable(
            f"{SCHEME}{address.removeprefix(SCHEME).rpartition('@')[2]} is no address of an engine",
            hint="write ssh://[user@]host[:port]; keys and all else belong in ~/.ssh/config",
        )
    engine = ["--host", f"unix://{parts.path}"] if parts.path.strip("/") else []
    return ["ssh", *_OPTIONS, "--", destination(address), shlex.join(["docker", *engine, "system", "dial-stdio"])]


def destination(address: str) -> str:
    """An address without its path, as the ssh program takes it (ssh(1), since OpenSSH 7.7)."""
    return f"{SCHEME}{urlsplit(address).netloc}"
