"""What all upstreams of the process share: routes, gates, and which calls are in flight."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from grader.harness.upstream.routes import Routes, path_of
from grader.harness.upstream.script import Script

Tell = Callable[[dict[str, Any]], None]
Recorded = dict[str, Any]
"""A call as the harness hears of it; see `grader.harness.upstream.call.Call`."""

MAX_CALLS: Final = 12_000
"""Calls of one check that are recorded, and connections that are told of: a candidate in an endless loop must not fill
the memory. The longest measurement of a latency has 48 blocks of 0.8 s, with about two hundred calls each."""
MAX_BYTES: Final = 64 * 1024 * 1024
"""That are read from callers in one check; likewise."""

CLOSED: Final = "closed by the caller"


class Caller(Protocol):
    """The connection of a call."""

    def gone(self) -> bool:
        """Whether the caller has closed it, known or not yet looked at."""
        ...

    def abort(self) -> None:
        """Reset it."""
        ...


@dataclass(eq=False, slots=True)
class Playing:
    """A call that is not answered yet.

    Attributes:
        recorded: what the harness hears of it.
        caller: its connection.
        script: what it is answered with.
        variables: what stood in place of `{name}` in the route's path.
    """

    recorded: Recorded
    caller: Caller
    script: Script
    variables: dict[str, str]


@dataclass(eq=False, slots=True)
class Gate:
    """Calls wait here until it opens.

    Attributes:
        name: unique.
        catches: pairs of an upstream and a path; a call to one of them waits before anything of its answer is sent. An
            empty path stands for all of them.
        need: it opens by itself once so many wait; 0 if it does not.
        is_open: whether calls pass.
        waiting: one for each call that waits, oldest first.
    """

    name: str
    catches: list[tuple[str, str]]
    need: int
    is_open: bool = False
    waiting: list[asyncio.Future[None]] = field(default_factory=list)

    def catches_call(self, upstream: str, path: str) -> bool:
        """Whether a call has to wait here before it is answered."""
        return any(name == upstream and wanted in {"", path} for name, wanted in self.catches)

    async def wait(self) -> None:
        """Wait until it opens, or until this one is let through."""
        if self.is_open:
            return
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting = [*self._still_waiting(), mine]
        if self.need and len(self.waiting) >= self.need:
            self.open()
        await mine

    def open(self, count: int | None = None) -> None:
        """Let all through, now and later; or the `count` that have waited longest."""
        self.is_open = self.is_open or count is None
        for one in self._still_waiting()[:count]:
            one.set_result(None)

    def _still_waiting(self) -> list[asyncio.Future[None]]:
        """Without those that were let through, and those whose caller has gone."""
        return [one for one in self.waiting if not one.done()]


class Stage:
    """The state of one check. Between checks nothing is told, since nobody listens.

    Args:
        tell: sends an event to the harness.
    """

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._listened_to = False
        self._routes = Routes()
        self._gates: dict[str, Gate] = {}
        self._numbers = 0
        self._first = 0
        self._accepted = 0
        self._bytes = 0
        self._in_flight: list[Playing] = []
        self._unrouted: list[Playing] = []

    # --- what the harness says

    def reset(self) -> None:
        """A check begins: forget all, cut off what is still in flight, and tell what happens from now on."""
        self.rest()
        self._listened_to = True

    def rest(self) -> None:
        """The check is over: likewise, but tell nothing until the next one begins."""
        self._listened_to = False
        for playing in [*self._in_flight, *self._unrouted]:
            playing.caller.abort()
        self._routes, self._gates = Routes(), {}
        self._in_flight, self._unrouted = [], []
        self._first, self._accepted, self._bytes = self._numbers, 0, 0

    def tag(self, header: str) -> None:
        """Count attempts for each value of this header (in lower case) by itself."""
        self._routes.tag = header

    def route(self, upstream: str, method: str, path: str, scripts: list[Script]) -> None:
        """Answer calls; see `Routes.add`."""
        self._routes.add(upstream, method, path, scripts)

    def gate(self, name: str, catches: list[tuple[str, str]], need: int) -> None:
        """Set up a gate."""
        self._gates[name] = Gate(name, catches, need)

    def open(self, name: str, count: int | None = None) -> None:
        """Open a gate; see `Gate.open`."""
        self._gates[name].open(count)

    # --- what connections say

    def accepted(self, upstream: str, connection: int) -> None:
        """A connection was accepted."""
        self._accepted += 1
        if self._accepted <= MAX_CALLS:
            self._say({"event": "accepted", "upstream": upstream, "connection": connection})

    def takes(self, count: int) -> bool:
        """Whether so many bytes more may be read in this check."""
        self._bytes += count
        return self._bytes <= MAX_BYTES

    def abused(self) -> None:
        """A caller sent what no client sends: no HTTP request, or one beyond all bounds."""
        self._say({"event": "abused"})

    def arrived(self, recorded: Recorded, caller: Caller) -> Playing:
        """A whole request has been read.

        Calls without a route are nobody's business: they are answered at once, and not counted.

        Args:
            recorded: upstream, connection, method, target, headers and body.
            caller: its connection.
        """
        recorded["path"] = path_of(recorded["target"])
        part = self._routes.part(recorded)
        gate = self._closed_gate(recorded["upstream"], recorded["path"]) if part.routed else None
        playing = Playing(recorded, caller, part.script, part.variables)
        self._sweep()
        (self._in_flight if part.routed else self._unrouted).append(playing)
        self._numbers += 1
        recorded |= {
            "number": self._numbers,
            "attempt": part.attempt,
            "routed": part.routed,
            "in_flight": len(self._in_flight),
            "gate": gate.name if gate else None,
            "at": time.monotonic(),
        }
        self._say_of(playing, "arrived", **recorded)
        return playing

    def ended(self, playing: Playing, outcome: str) -> None:
        """A call was answered, given up or cut off; the first to say so is right."""
        calls = self._unrouted if playing in self._unrouted else self._in_flight
        if playing in calls:
            calls.remove(playing)
            self._say_of(playing, "ended", outcome=outcome, at=time.monotonic())

    def given_up(self, playing: Playing) -> None:
        """The caller has closed the connection of a call that was not answered yet."""
        self.ended(playing, CLOSED)

    def failed(self, playing: Playing, error: Exception) -> None:
        """A script could not be played: the pack's own fault."""
        call = f"{playing.recorded['upstream']} {playing.recorded['method']} {playing.recorded['target']:.300}"
        self._say({"event": "failed", "problem": f"{call}: {type(error).__name__}: {error}"})
        self.ended(playing, "cut off")

    async def wait_at_gate(self, playing: Playing) -> None:
        """Wait where a gate catches this call."""
        gate = self._gates.get(playing.recorded["gate"] or "")
        if gate:
            await gate.wait()
            self._say_of(playing, "passed", at=time.monotonic())

    async def wait_at(self, name: str) -> None:
        """Wait at a gate that stands in the midst of an answer.

        Raises:
            LookupError: it was never set up; the pack's own fault.
        """
        if name not in self._gates:
            raise LookupError(f"no gate has the name {name!r:.100}")
        await self._gates[name].wait()

    def _closed_gate(self, upstream: str, path: str) -> Gate | None:
        catching = (gate for gate in self._gates.values() if gate.catches_call(upstream, path))
        return next((gate for gate in catching if not gate.is_open), None)

    def _sweep(self) -> None:
        """Calls that were given up before this one came no longer count, even if that was not looked at yet."""
        for playing in [one for one in self._in_flight if one.caller.gone()]:
            self.given_up(playing)

    def _say(self, event: dict[str, Any]) -> None:
        if self._listened_to:
            self._tell(event)

    def _say_of(self, playing: Playing, event: str, **details: Any) -> None:
        number = playing.recorded["number"]
        if number - self._first <= MAX_CALLS:
            self._say({"event": event, **details, "number": number})
