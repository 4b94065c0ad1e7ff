"""The two consoles, and the one place where an error becomes a line and an exit code."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import typer
from rich.text import Text

from grader.cli.terminal import Terminal
from grader.errors import Exit, GraderError, unexpected
from grader.text import visible

out = Terminal(highlight=False, soft_wrap=False)
err = Terminal(stderr=True, highlight=False, soft_wrap=True)

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def print_error(error: GraderError) -> None:
    """One line that says what and where, one that says what to do next."""
    err.print(Text.assemble(("error: ", "bold red"), visible(error.message)))
    if error.hint:
        err.print(Text.assemble(("  → ", "dim"), visible(error.hint)))


@contextmanager
def boundary() -> Iterator[None]:
    """Turn the package's errors into exit codes, and what nobody foresaw into exit 4: 1 would be a verdict.

    Raises:
        typer.Exit: with the error's exit code.
    """
    try:
        yield
    except GraderError as error:
        print_error(error)
        raise typer.Exit(error.exit_code) from error
    except (typer.Exit, typer.Abort, typer.BadParameter):
        raise
    except Exception as error:
        failure = unexpected(error)
        print_error(failure)
        raise typer.Exit(failure.exit_code) from error
    except KeyboardInterrupt as interrupt:
        err.print("interrupted")
        raise typer.Exit(Exit.INTERRUPTED) from interrupt


@contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGTERM and SIGHUP unwind the run as Ctrl-C does; further signals wait until everything is cleaned up.

    What the caller had ignored stays ignored, such as SIGHUP under nohup.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        for each in kept:
            signal.signal(each, _wait)
        raise KeyboardInterrupt

    kept: dict[signal.Signals, Any] = {}
    with _handled_by(stop, kept):
        yield


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let all of them wait for the length of the block, which must be short: a report is written or not."""
    with _handled_by(_wait, {}):
        yield


@contextmanager
def _handled_by(handler: Callable[[int, FrameType | None], None], kept: dict[signal.Signals, Any]) -> Iterator[None]:
    """Have a handler for the signals that end a run; `kept` gets those that were replaced."""
    for each in _SIGNALS:
        if signal.getsignal(each) is not signal.SIG_IGN:
            kept[each] = signal.signal(each, handler)
    try:
        yield
    finally:
        for each, before in kept.items():
            signal.signal(each, before)


def _wait(_number: int, _frame: FrameType | None) -> None:
    """Does nothing. Not SIG_IGN: of a signal that is on its way already, Python would print a traceback."""
