"""The first command of each container: unpack what standard input brings, say so, become the real command.

It ships in the command line, so the images hold no code of ours that an edit would have to rebuild.
"""

from collections.abc import Sequence

READY = b"unpacked\n"
"""The first bytes on standard output, written before any code of the submission can run."""

_INTERPRETER = ["/bin/sh", "-c"]

# `head` takes exactly the announced bytes, so what follows on the stream is the real command's.
# `-m`: times of unpacking, because the archive has none. Modes come from the archive, cut by the umask.
# `cd` comes after the word: where an application is started again, the folder is what it has made of it, and one that
# nobody may enter any more is its own doing.
_UNPACK = """
set -e
umask 022
head -c "$1" | tar -xmf - -C "$2"
printf 'unpacked\\n'
cd "$2/$3"
shift 3
"""
_KEEP_INPUT = _UNPACK + 'exec "$@"\n'
_DROP_INPUT = _UNPACK + 'exec "$@" </dev/null\n'


def entrypoint(*, keep_input: bool) -> list[str]:
    """The container's entry point.

    Args:
        keep_input: whether the real command goes on reading standard input; else it gets /dev/null.

    Returns:
        The words that `arguments` follow.
    """
    return [*_INTERPRETER, _KEEP_INPUT if keep_input else _DROP_INPUT, "bootstrap"]


def arguments(command: Sequence[str], *, size: int, root: str, directory: str = ".") -> list[str]:
    """The container's command.

    Args:
        command: what runs once the files are there.
        size: bytes of tar that standard input will bring.
        root: folder that they are unpacked to.
        directory: working directory of the command, relative to `root`.

    Returns:
        The words that follow the entry point.
    """
    return [str(size), root, directory, *command]
