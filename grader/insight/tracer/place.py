"""Where the event loop is, in the candidate's own code."""

import inspect
import os
from dataclasses import dataclass
from types import CodeType, FrameType

from grader.insight.tracer.naming import expression, function_name, short_name

_COROUTINE = inspect.CO_COROUTINE | inspect.CO_ITERABLE_COROUTINE | inspect.CO_ASYNC_GENERATOR
_ASGI = ("scope", "receive", "send")


@dataclass(frozen=True, slots=True)
class Place:
    """A line that blocks.

    Attributes:
        file: relative to the submission's root, POSIX.
        line: counted from 1.
        function: the function that it stands in.
        is_async: whether that is an `async def`.
        caller: where it is none, the `async def` of the candidate's that it was called from; or "".
        call: what the line called; or `grader.insight.tracer.naming.COMPUTING`.
    """

    file: str
    line: int
    function: str
    is_async: bool
    caller: str
    call: str


class Source:
    """Tells the candidate's frames from those of libraries.

    Args:
        root: the submission's folder, absolute.
    """

    def __init__(self, root: str) -> None:
        self._prefix = root.rstrip(os.sep) + os.sep

    def place(self, frame: FrameType | None, primitive: str = "") -> Place | None:
        """The innermost line of the candidate's, seen from a frame; None where libraries are among themselves.

        Args:
            frame: where the loop is.
            primitive: the blocking function that was called there, where that is known.
        """
        called: FrameType | None = None
        while frame is not None and not self._owns(frame.f_code):
            if _is_boundary(frame.f_code):
                return None
            called, frame = frame, frame.f_back
        if frame is None or frame.f_code.co_name == "<module>":  # a module that is imported late blocks once
            return None
        within = self._function(frame)
        return Place(
            file=frame.f_code.co_filename.removeprefix(self._prefix).replace(os.sep, "/"),
            line=frame.f_lineno,
            function=short_name(within.f_code),
            is_async=_is_async(within.f_code),
            caller=self._caller(within),
            call=function_name(called) if called else primitive or expression(frame),
        )

    def _owns(self, code: CodeType) -> bool:
        return code.co_filename.startswith(self._prefix)

    def _function(self, frame: FrameType) -> FrameType:
        """The frame itself, or that of the function around a comprehension or lambda."""
        around = frame
        while around.f_code.co_name.startswith("<") and around.f_back and self._owns(around.f_back.f_code):
            around = around.f_back
        return around

    def _caller(self, frame: FrameType) -> str:
        outer: FrameType | None = None if _is_async(frame.f_code) else frame.f_back
        while outer is not None and not _is_boundary(outer.f_code):
            if self._owns(outer.f_code) and _is_async(outer.f_code):
                return short_name(outer.f_code)
            outer = outer.f_back
        return ""


def _is_async(code: CodeType) -> bool:
    return bool(code.co_flags & _COROUTINE)


def _is_boundary(code: CodeType) -> bool:
    """Whether what is outside of this frame has no part in what happens inside.

    Around an ASGI application there is middleware, around an import whoever came first; and a call that is on its way
    through blockbuster was noted already.
    """
    is_asgi = code.co_varnames[: code.co_argcount][-len(_ASGI) :] == _ASGI
    return is_asgi or code.co_filename.startswith("<frozen importlib") or code.co_filename.endswith("blockbuster.py")
