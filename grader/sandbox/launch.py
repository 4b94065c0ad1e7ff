"""How uvicorn is started, and what is done before: the same words in a container and on the host."""

from collections.abc import Iterable, Sequence
from itertools import count
from pathlib import PurePosixPath

from grader.intake.submission import EntryPoint
from grader.sandbox.pod import PodSpec

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


# -P as the command `alembic` has it: what should be on the path, alembic.ini says by `prepend_sys_path`.
_BEFORE = """\
import os, subprocess, sys
data, migrations, *command = sys.argv[1:]
os.makedirs(data, exist_ok=True)
if migrations and os.path.exists("alembic.ini"):
    upgrade = [sys.executable, "-P", "-m", "alembic", "upgrade", "head"]
    status = subprocess.run(upgrade, stdin=subprocess.DEVNULL).returncode
    if status:
        sys.exit(f"[grader] `alembic upgrade head` ended with status {status}")
os.execv(command[0], command)
"""


def data_folder(root: str) -> str:
    """Where the application may keep its data, absolute. It lies in its workspace, so it has the limits of that.

    Args:
        root: folder that holds the submission, absolute.
    """
    return str(PurePosixPath(root, ".data"))


def prepared(command: Sequence[str], spec: PodSpec, *, root: str) -> list[str]:
    """A command that runs once the folder for data is there and the schema is migrated, as far as a pod has them.

    Where `alembic upgrade head` fails, its output is the log, and the command does not run.

    Args:
        command: its first word is the interpreter.
        spec: the pod's, with its data in `data_folder(root)`.
        root: folder that holds the submission, absolute.
    """
    data = data_folder(root)
    if not spec.migrations and not any(data in value for value in spec.environment.values()):
        return list(command)
    return [command[0], "-P", "-c", _BEFORE, data, "migrations" if spec.migrations else "", *command]


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
