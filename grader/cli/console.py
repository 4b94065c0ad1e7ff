"""The two consoles, and the one place where an error becomes a line and an exit code."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

import typer
from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderableType, RenderHook, RenderResult
from rich.segment import Segment
from rich.text import Text

from grader.cli.terminal import Terminal
from grader.errors import Exit, GraderError, unexpected
from grader.text import command_places, visible


class _Tame:
    """What is printed, without lines that a CI runner would obey.

    Seen only when it is laid out: also a line that was broken may begin with what a candidate wrote.
    """

    def __init__(self, content: RenderableType) -> None:
        self._content = content

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The same, spelt out where it has to be."""
        segments = list(console.render(self._content, options))
        places = command_places("".join(segment.text for segment in segments if not segment.control))
        return _spelt_out(segments, places) if places else segments


class _TameAll(RenderHook):
    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """Tame them."""
        return [_Tame(renderable) for renderable in renderables]


def _spelt_out(segments: list[Segment], places: list[int]) -> Iterator[Segment]:
    begin = 0
    for text, style, control in segments:
        if control:
            yield Segment(text, style, control)
            continue
        end = begin + len(text)
        for place in (place - begin for place in reversed(places) if begin <= place < end):
            text = f"{text[:place]}\\x{ord(text[place]):02x}{text[place + 1 :]}"  # noqa: PLW2901  # from its end on
        yield Segment(text, style, control)
        begin = end


def tamed(console: Console) -> Console:
    """The console, which from now on prints no line that a CI runner would obey."""
    console.push_render_hook(_TameAll())
    return console


# Neither console reads markup or emoji codes: a name such as `[/b]` would raise, one such as `[red]` be swallowed.
_PLAIN: Final[Any] = {"highlight": False, "markup": False, "emoji": False}
out = tamed(Terminal(soft_wrap=False, **_PLAIN))
err = tamed(Terminal(stderr=True, soft_wrap=True, **_PLAIN))

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
    """Have a handler for the signals that end a run; `kept` gets those that were replaced.

    Under nohup a hang-up stays ignored. That a shell has what it puts into the background ignore Ctrl-C does not count:
    whoever sends the signal to this process means it.
    """
    for each in _SIGNALS:
        if each is not signal.SIGHUP or signal.getsignal(each) is not signal.SIG_IGN:
            kept[each] = signal.signal(each, handler)
    try:
        yield
    finally:
        for each, before in kept.items():
            signal.signal(each, before)


def _wait(_number: int, _frame: FrameType | None) -> None:
    """Does nothing. Not SIG_IGN: of a signal that is on its way already, Python would print a traceback."""
