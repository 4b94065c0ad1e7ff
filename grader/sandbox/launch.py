"""How uvicorn is started: the same words in a container and on the host."""

from collections.abc import Iterable
from itertools import count
from pathlib import PurePosixPath

from grader.intake.submission import EntryPoint

PORT = 8000
FIRST_UPSTREAM_PORT = 9001
"""In a container, where a pod has a loopback of its own; the others follow it."""

# Not `python -m uvicorn` with PYTHONPATH: a submission's `types.py` would then stand before the standard library's
# while the interpreter starts. As with the `uvicorn` command, its folders come first only once uvicorn is loaded.
# The folders are separated by line feeds, which intake allows in no name.
_START = "import sys; from uvicorn.main import main; sys.path[:0] = sys.argv.pop(1).splitlines(); main()"


def command(python: str, entry: EntryPoint, *, root: str, port: int = PORT) -> list[str]:
    """The candidate's command.

    Args:
        python: the interpreter.
        entry: the application.
        root: folder that holds the submission, absolute.
        port: on 127.0.0.1.

    Returns:
        Words; the working directory is `root/entry.directory`.
    """
    paths = [str(PurePosixPath(root, path)) for path in entry.import_paths or (entry.directory,)]
    factory = ["--factory"] if entry.factory else []
    # uvicorn puts --app-dir (by default the working directory) before all other paths: it must be the first of them.
    where = ["--app-dir", paths[0], "--host", "127.0.0.1", "--port", str(port)]
    return [python, "-P", "-c", _START, "\n".join(paths), *factory, entry.target, *where]


def upstream_ports(names: Iterable[str]) -> dict[str, int]:
    """Where the upstreams of a pod listen in a container.

    Args:
        names: of the upstreams, in the pack's order.
    """
    return dict(zip(names, count(FIRST_UPSTREAM_PORT), strict=False))


def environment(home: str) -> dict[str, str]:
    """What the candidate's process is given besides the brief's variables.

    Args:
        home: a folder that it may write to.
    """
    return {
        "HOME": home,
        "PYTHONDONTWRITEBYTECODE": "1",  # nothing would read it again
        "PYTHONUNBUFFERED": "1",  # the last words before a crash reach the log
    }
