"""The boundary between exceptions and exit codes, signals, and consoles that nobody reads."""

import errno
import io
import os
import signal
import sys
from collections.abc import Callable

import pytest
import typer

from grader.cli.console import boundary, interruptible, uninterrupted
from grader.cli.terminal import Terminal
from grader.errors import UsageError


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        pytest.param(UsageError("no such thing"), 2, "error: no such thing", id="ours"),
        pytest.param(KeyError("x"), 4, "error: the grader failed at test_console.py:", id="a defect"),
        pytest.param(
            OSError(errno.ENOSPC, "No space left on device", "/x"), 4, "No space left on device: /x", id="disk"
        ),
        pytest.param(typer.Exit(3), 3, "", id="an exit"),
    ],
)
def test_what_becomes_of_an_exception(
    error: Exception, code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    # One line each; and what nobody foresaw is exit 4, since 1 would be a verdict on the candidate.
    with pytest.raises(typer.Exit) as caught, boundary():
        raise error
    said = capsys.readouterr().err
    assert (caught.value.exit_code, "Traceback" in said) == (code, False)
    assert words in said


def test_a_second_signal_waits() -> None:
    # The first unwinds; those that come while that goes on are let go by.
    before = signal.getsignal(signal.SIGINT)
    with interruptible():
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.raise_signal(number)
    assert signal.getsignal(signal.SIGINT) is before


def test_a_report_is_not_half_written() -> None:
    before = signal.getsignal(signal.SIGINT)
    with uninterrupted():
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


class Broken(io.StringIO):
    """A stream that cannot be written to any more."""

    def flush(self) -> None:
        raise OSError(errno.EIO, "Input/output error")


def test_a_terminal_that_hung_up(monkeypatch: pytest.MonkeyPatch) -> None:
    # What is printed goes nowhere.
    monkeypatch.setattr(sys, "stdout", Broken())
    Terminal().print("hello")


@pytest.mark.parametrize("make", [lambda: io.TextIOWrapper(io.BytesIO(), encoding="ascii")], ids=["ascii"])
def test_an_old_locale(monkeypatch: pytest.MonkeyPatch, make: Callable[[], io.TextIOWrapper]) -> None:
    # A mark that it has no letter for becomes an escape, not an exception.
    stream = make()
    monkeypatch.setattr(sys, "stdout", stream)
    Terminal().print("✔ passed")
    stream.seek(0)
    assert stream.read() == f"\\u2714 passed{os.linesep}"
