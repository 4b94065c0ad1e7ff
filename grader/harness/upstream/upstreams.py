"""What checks use: the upstreams of their pack, each with routes, calls and faults."""

import itertools
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from grader.harness.upstream.call import Call
from grader.harness.upstream.control import Looking
from grader.harness.upstream.gate import Gate
from grader.harness.upstream.ledger import Ledger
from grader.harness.upstream.script import Script, sequence
from grader.verdicts import UpstreamCall

PATIENCE: Final = 10.0
"""Seconds that a candidate is bound to wait for an upstream, where the pack does not say otherwise."""
OVERSTAYED_SHARE: Final = 0.95
"""Of it: no wait holds a call for so long (`waiting.TOTAL_SHARE`), and the candidate has waited since before the call
arrived."""


class Upstream:
    """One service that the candidate calls.

    Args:
        name: as `challenge.toml` calls it.
        ledger: what the process tells.
    """

    def __init__(self, name: str, ledger: Ledger) -> None:
        self.name = name
        self._ledger = ledger

    async def on(self, method: str, path: str, *scripts: Script) -> None:
        """Answer calls to a path; what has no route is answered with 404, and not counted. A later route wins.

        Args:
            method: such as "GET".
            path: begins with a slash, and is not percent-encoded; `{name}` stands for one segment.
            scripts: the first attempt gets the first, and so on; the last is repeated. Attempts are counted for each
                target by itself.
        """
        await self._ledger.command("route", upstream=self.name, method=method, path=path, scripts=sequence(scripts))

    def at(self, path: str) -> tuple[str, str]:
        """Calls to this path, for `Upstreams.hold`."""
        return self.name, path

    @asynccontextmanager
    async def down(self) -> AsyncIterator[None]:
        """Connections are refused while the block lasts, and those that were open are reset."""
        try:
            await self._ledger.command("down", name=self.name)
            yield
        finally:
            await self._ledger.command("up", name=self.name)

    def calls(self, path: str = "") -> list[Call]:
        """Calls that came so far, in the order of arrival; see `Upstreams.settled`.

        Args:
            path: only those to it; empty for all that have a route.
        """
        return [call for call in self._ledger.calls if call.upstream == self.name and _meant(call, path)]

    @property
    def accepts(self) -> int:
        """TCP connections accepted since the check began."""
        return self._ledger.accepts[self.name]


class Upstreams(Mapping[str, Upstream]):
    """All upstreams of a pack; the fixture `upstreams`. Each check begins without routes, gates and calls.

    Args:
        names: as `challenge.toml` calls them.
        ledger: what the process tells.
        look: asks the host what the candidate is doing.

    Attributes:
        patience: seconds that the candidate is bound to wait for an upstream, by the contract. No rendezvous is waited
            for longer, and what fails after a call had to wait longer is the machine's fault.
    """

    def __init__(self, names: tuple[str, ...], ledger: Ledger, look: Looking) -> None:
        self.patience = PATIENCE
        self._look = look
        self._ledger = ledger
        self._upstreams = {name: Upstream(name, ledger) for name in names}
        self._numbers = itertools.count(1)

    def __getitem__(self, name: str) -> Upstream:
        return self._upstreams[name]

    def __iter__(self) -> "itertools.chain[str]":
        return itertools.chain(self._upstreams)

    def __len__(self) -> int:
        return len(self._upstreams)

    async def hold(self, *what: Upstream | tuple[str, str]) -> Gate:
        """Calls to these upstreams wait before they are answered, until the gate is opened.

        Args:
            what: upstreams, or paths of them (`catalog.at("/items/a")`); all upstreams if there is none.
        """
        return await self._gate(what or tuple(self.values()), need=0)

    async def expect_concurrent(self, count: int, *what: Upstream | tuple[str, str]) -> Gate:
        """Likewise, but the gate opens by itself as soon as so many calls wait at once."""
        return await self._gate(what or tuple(self.values()), need=count)

    async def gate(self) -> Gate:
        """A gate that catches nothing by itself; its name may stand in a script (`stream`)."""
        return await self._gate((), need=0)

    async def tag(self, header: str) -> None:
        """Count attempts for each value of a request header by itself, for calls that look alike.

        Args:
            header: such as "X-Request-ID".
        """
        await self._ledger.command("tag", header=header.lower())

    async def settled(self) -> list[Call]:
        """All routed calls, once everything that has happened at the upstreams by now is known."""
        await self._ledger.command("sync")
        return self.calls

    @property
    def calls(self) -> list[Call]:
        """Routed calls to any upstream that came so far, in the order of arrival."""
        return [call for call in self._ledger.calls if call.routed]

    @property
    def peak(self) -> int:
        """The most calls that were ever in flight at once, over all upstreams, since the check began."""
        return max((call.in_flight for call in self.calls), default=0)

    @property
    def overstayed(self) -> bool:
        """Whether a gate held a call for longer than the candidate is bound to wait: then what came of it says nothing.

        Gates let go before. If one did not, the machine stood still; or the candidate kept the upstreams busy on
        purpose, and then it has no claim to time.
        """
        now, longest = time.monotonic(), self.patience * OVERSTAYED_SHARE
        return not self._ledger.abused and any(call.held_seconds(now) >= longest for call in self._ledger.calls)

    def facts(self) -> list[UpstreamCall]:
        """The calls of this check for the report."""
        now = time.monotonic()
        calls = self._ledger.calls
        return [call.facts(calls[0], now) for call in calls]

    async def reset(self) -> None:
        """Begin anew: nothing is in flight, routed or remembered."""
        await self._ledger.command("reset")
        self._ledger.clear()

    async def _gate(self, what: tuple[Upstream | tuple[str, str], ...], *, need: int) -> Gate:
        name = f"gate-{next(self._numbers)}"
        catches = [one if isinstance(one, tuple) else (one.name, "") for one in what]
        await self._ledger.command("gate", name=name, catches=catches, need=need)
        return Gate(name, self._ledger, self.patience, self._look)


def _meant(call: Call, path: str) -> bool:
    return call.path == path if path else call.routed
