"""A console whose reader may go away: a closed pipe, a hung-up terminal or a full disk ends no run."""

import os
from contextlib import suppress
from typing import IO, Any

from rich.console import Console


class Terminal(Console):
    """A Rich console that goes on in silence once nobody takes what it prints."""

    @property
    def file(self) -> IO[str]:
        """Where it writes to; asked anew each time, as Rich does."""
        return _Surviving(super().file)  # type: ignore[return-value]

    @file.setter
    def file(self, new: IO[str]) -> None:
        self._file = new


class _Surviving:
    """A stream whose failures go unheard; all else is the stream's own."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write it, if anybody takes it."""
        try:
            return self._stream.write(text)
        except OSError:
            self._forget()
        except UnicodeEncodeError as error:  # an old locale knows no check marks
            return self._stream.write(text.encode(error.encoding, "backslashreplace").decode(error.encoding))
        return len(text)

    def flush(self) -> None:
        """Send on what is buffered, if anybody takes it."""
        try:
            self._stream.flush()
        except OSError:
            self._forget()

    def _forget(self) -> None:
        """Send all else to nowhere: what is buffered still would fail again when the interpreter ends."""
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
