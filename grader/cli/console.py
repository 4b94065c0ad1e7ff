"""The two consoles, and the one place where an error becomes a line and an exit code."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

import typer
from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderableType, RenderHook, RenderResult
from rich.segment import Segment
from rich.text import Text

from grader.errors import Exit, GraderError
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


class _Pipe(Console):
    def on_broken_pipe(self) -> None:
        """Nobody reads on, as after `| head`: no reason to end, nor to change the exit code."""
        self.quiet = True
        # What Python flushes at its end has to go somewhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())


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
out = tamed(_Pipe(soft_wrap=False, **_PLAIN))
err = tamed(_Pipe(stderr=True, soft_wrap=True, **_PLAIN))


def print_error(error: GraderError) -> None:
    """One line that says what and where, one that says what to do next."""
    err.print(Text.assemble(("error: ", "bold red"), visible(error.message)))
    if error.hint:
        err.print(Text.assemble(("  → ", "dim"), visible(error.hint)))


@contextmanager
def boundary() -> Iterator[None]:
    """Turn the package's errors into exit codes.

    Raises:
        typer.Exit: with the error's exit code.
    """
    try:
        yield
    except GraderError as error:
        print_error(error)
        raise typer.Exit(error.exit_code) from error
    except KeyboardInterrupt as interrupt:
        err.print("interrupted")
        raise typer.Exit(Exit.INTERRUPTED) from interrupt


@contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGTERM unwind the run as Ctrl-C does; further signals wait until everything is cleaned up."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        for each in kept:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    kept = {each: signal.signal(each, stop) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in kept.items():
            signal.signal(each, handler)
