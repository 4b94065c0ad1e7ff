"""What both backends share where they run a script of ours in a candidate's place."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Timer

from grader.errors import PodError


def command(python: str, script: str, job: str) -> list[str]:
    """The words that run a script without putting it among the candidate's files.

    Args:
        python: the interpreter.
        script: its text.
        job: its only argument.
    """
    # -P: the working directory is the candidate's, and a `types.py` in it must not stand before the standard library's.
    return [python, "-P", "-c", script, job]


@contextmanager
def ended_after(seconds: float, end: Callable[[], None]) -> Iterator[None]:
    """Call `end` in a thread of its own once so many seconds have passed, unless the block was left before.

    Args:
        seconds: counted from now.
        end: ends what the block waits for; may be called by the block as well.
    """
    timer = Timer(seconds, _quietly, (end,))
    timer.daemon = True
    timer.name = "grader-deadline"
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def _quietly(end: Callable[[], None]) -> None:
    # Whoever owns it ends it once more, and is told there what is wrong.
    with suppress(PodError):
        end()
