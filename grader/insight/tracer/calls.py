"""Blocking calls, as blockbuster finds them (https://github.com/cbornet/blockbuster)."""

import asyncio
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import FrameType
from typing import Any

import httpx
from blockbuster import BlockBuster, BlockBusterFunction

from grader.insight.tracer.notes import Notes
from grader.insight.tracer.place import Source

NAP = 0.01
"""Seconds that are left of a `time.sleep` on the loop."""
_MINOR = ("os.", "io.")

_sleep = time.sleep  # the real one


def watch_calls(source: Source, notes: Notes) -> None:
    """Note every blocking call on the loop of this thread, from now on and for good; each of them goes on as ever.

    Args:
        source: names the lines.
        notes: gets them.
    """
    functions = dict(BlockBuster().functions)
    # A blocking client whose upstream is played never reaches a socket; and a name is looked up before there is one.
    functions["httpx.Client.send"] = BlockBusterFunction(httpx.Client, "send")
    functions["socket.getaddrinfo"] = BlockBusterFunction(socket, "getaddrinfo")
    functions["time.sleep"].original_func = _nap
    for name, function in functions.items():
        function.can_block_predicate = _noting(name, function, source, notes)
        function.activate()


def _noting(name: str, function: BlockBusterFunction, source: Source, notes: Notes) -> Callable[..., bool]:
    """A predicate that allows everything, once it was noted."""
    allows, excusing, loop_thread = function.can_block_predicate, function.can_block_functions, threading.get_ident()

    def predicate(*args: Any, **kwargs: Any) -> bool:
        with suppress(Exception):  # a fault of ours must not become one of the application
            listens = notes.request is not None and threading.get_ident() == loop_thread
            if listens and not allows(*args, **kwargs):
                caller = sys._getframe(1).f_back  # noqa: SLF001  # the frame between is blockbuster's
                if not _excused(caller, excusing):
                    notes.add(source.place(caller, name), minor=name.startswith(_MINOR))
        return True

    return predicate


def _excused(frame: FrameType | None, excusing: list[tuple[str, Iterable[str]]]) -> bool:
    """Whether there is a function on the stack that blockbuster knows to be harmless."""
    while frame is not None:
        file, function = frame.f_code.co_filename, frame.f_code.co_name
        if any(file.endswith(name) and function in functions for name, functions in excusing):
            return True
        frame = frame.f_back
    return False


def _nap(seconds: float) -> None:
    """Sleep, but shortly where a loop is held up."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        _sleep(seconds)
    else:
        _sleep(min(seconds, NAP))
