"""What the upstreams' process has told so far, and the news of it."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from typing import Any

from grader.harness.fault import HarnessFault
from grader.harness.line import Line
from grader.harness.upstream.call import Call
from grader.harness.upstream.stage import MAX_CALLS


class Ledger:
    """The line to the process, as one check sees it: commands are done when they return, calls are written down.

    Args:
        line: open in this event loop.

    Attributes:
        calls: in the order of their arrival.
        accepts: upstream → connections accepted.
    """

    def __init__(self, line: Line) -> None:
        self.calls: list[Call] = []
        self.accepts: Counter[str] = Counter()
        self._line = line
        self._by_number: dict[int, Call] = {}
        self._answers: dict[int, asyncio.Future[str]] = {}
        self._commands = 0
        self._changed = asyncio.Event()
        self._news = 0
        self._nonsense = False
        self._lost = ""
        self._failed = ""
        self._task = asyncio.get_running_loop().create_task(self._follow())

    async def command(self, do: str, **details: Any) -> None:
        """Have something done. What the process had to tell before is written down when this returns.

        Raises:
            HarnessFault: it could not be done, the process is gone, or a script could not be played; the grader's own
                fault.
        """
        if self._lost:
            raise HarnessFault(self._lost)
        self._commands += 1
        number = self._commands
        self._answers[number] = asyncio.get_running_loop().create_future()
        self._line.send({"do": do, "id": number, **details})
        problem = await self._answers[number]
        if problem:
            raise HarnessFault(f"the upstreams could not obey: {problem}")
        self._require_sound()

    @property
    def news(self) -> int:
        """How many things have happened at the upstreams so far."""
        return self._news

    @property
    def abused(self) -> bool:
        """Whether the candidate keeps the process busy in a way that no client does: then it has no claim to time."""
        return self._nonsense or max(len(self.calls), self.accepts.total()) >= MAX_CALLS

    async def change(self, known: int) -> None:
        """Wait until more has happened than is known.

        Args:
            known: what `news` said.

        Raises:
            HarnessFault: the process is gone, or a script could not be played.
        """
        while self._news == known and not self._lost:
            self._changed.clear()
            await self._changed.wait()
        self._require_sound()

    def clear(self) -> None:
        """A new check begins."""
        self.calls.clear()
        self.accepts.clear()
        self._by_number.clear()
        self._nonsense, self._failed = False, ""

    async def close(self) -> None:
        """Listen no more in this event loop. Only after a command has returned, or its answer is lost."""
        self._task.cancel()
        await asyncio.wait([self._task])
        await self._line.close()

    async def _follow(self) -> None:
        try:
            while message := await self._line.receive():
                self._take(message)
                if message["event"] != "done":
                    self._news += 1
                    self._changed.set()
            self._lost = "the upstreams' process is gone"
        except Exception as error:  # noqa: BLE001 - whoever waits must hear of it, or waits for ever
            self._lost = f"what the upstreams' process tells cannot be read: {error!r}"
        self._changed.set()
        for waiting in self._open_answers():
            waiting.set_result(self._lost)

    def _take(self, message: dict[str, Any]) -> None:
        match message["event"]:
            case "arrived":
                self.calls.append(Call.of(message))
                self._by_number[message["number"]] = self.calls[-1]
            case "passed" if passed := self._by_number.get(message["number"]):
                passed.passed_at = message["at"]
            case "ended" if ended := self._by_number.get(message["number"]):
                ended.outcome, ended.ended_at = message["outcome"], message["at"]
            case "accepted":
                self.accepts[message["upstream"]] += 1
            case "abused":
                self._nonsense = True
            case "failed":
                self._failed = self._failed or message["problem"]
            case "done":
                waiting = self._answers.pop(message["id"], None)
                if waiting and not waiting.done():
                    waiting.set_result(message["problem"])

    def _require_sound(self) -> None:
        if self._lost:
            raise HarnessFault(self._lost)
        if self._failed:
            raise HarnessFault(f"an upstream's script could not be played: {self._failed}")

    def _open_answers(self) -> Iterator[asyncio.Future[str]]:
        return (waiting for waiting in self._answers.values() if not waiting.done())
