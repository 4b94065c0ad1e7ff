"""The application's process, as checks end it and start it again."""

import asyncio
import time
from contextlib import suppress
from typing import Final

from grader.harness.candidate import POLL_SECONDS, Candidate
from grader.harness.fault import HarnessFault
from grader.harness.host import DONE_SECONDS, Host
from grader.harness.mismatch import DeadlinePassed, Mismatch, Undecided
from grader.verdicts import LOOK_PAUSE, LOOKS, AskedFor, Look, kept_from_running

STOP_SECONDS: Final = 10.0
"""What an orchestrator leaves a process between SIGTERM and SIGKILL, as `docker stop` does by default.
https://docs.docker.com/reference/cli/docker/container/stop/"""


class Lifecycle:
    """Signals to the application, its end, and further starts.

    Each start has the same command, environment and folder: what it wrote into its working directory is there still.

    Args:
        host: does it.
        candidate: hears of ends and starts.
        startup: seconds that a start may take.
    """

    def __init__(self, host: Host, candidate: Candidate, startup: float) -> None:
        self._host = host
        self._candidate = candidate
        self._startup = startup
        self._signalled = False

    @property
    def runs(self) -> bool:
        """Whether no end is known."""
        return self._candidate.status is None

    async def terminate(self) -> None:
        """Send SIGTERM, and do not wait for what it does.

        Raises:
            Mismatch: the process had ended before.
            HarnessFault: the host could not do it.
        """
        await self._signal("terminate")

    async def kill(self) -> None:
        """Send SIGKILL, and wait for the end.

        Raises:
            Mismatch: the process had ended before.
            HarnessFault: the host could not do it.
        """
        await self._signal("kill")
        if not await self._has_ended(DONE_SECONDS):
            raise HarnessFault("the application has survived SIGKILL")

    async def ended(self, seconds: float = STOP_SECONDS) -> int:
        """Wait for the end.

        Args:
            seconds: in which it must come.

        Returns:
            The exit status, negative for a signal: -15 for SIGTERM.

        Raises:
            DeadlinePassed: it does not end in time.
        """
        since = time.monotonic()
        if not await self._has_ended(seconds):
            expected, got = f"the process ends within {seconds:g} s", "it still runs"
            raise DeadlinePassed(expected, got, since=since, until=time.monotonic())
        return self._candidate.status or 0

    async def start(self) -> None:
        """Start it again, and wait until it listens.

        Raises:
            Mismatch: its process ended before it listened.
            DeadlinePassed: it did not listen in time.
            Undecided: it did not, and the machine kept it from running.
            HarnessFault: it has not ended, or the host could not start it.
        """
        if self.runs:
            raise HarnessFault("a check starts the application while it runs")
        if not await self._host.do("start"):
            raise HarnessFault("the host could not start the application again")
        self._signalled = False
        await self._until_listening()

    async def restart(self) -> None:
        """SIGTERM, end, start, as an ordinary deployment has it.

        Raises:
            Mismatch, DeadlinePassed: as `terminate`, `ended` and `start` raise it.
        """
        await self.terminate()
        await self.ended()
        await self.start()

    async def leave_running(self) -> None:
        """See that it runs for the next check, whatever this one has done to it; if it does not start, it has ended."""
        if self._signalled and self.runs and not await self._has_ended(STOP_SECONDS):
            with suppress(Mismatch):
                await self.kill()
        if not self.runs:
            with suppress(Mismatch):
                await self.start()

    async def _signal(self, what: AskedFor) -> None:
        self._signalled = True
        if not await self._host.do(what):
            if not await self._has_ended(STOP_SECONDS):  # its end may be told a moment later
                raise HarnessFault(f"the host could not {what} the application")
            raise Mismatch("the application runs until it is told to end", f"it had ended by itself{self._how()}")

    async def _has_ended(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while self.runs and time.monotonic() < until:
            await asyncio.to_thread(self._candidate.wait_for_exit, POLL_SECONDS)
        return not self.runs

    async def _until_listening(self) -> None:
        since = time.monotonic()
        while not await asyncio.to_thread(self._candidate.accepts):
            if not self.runs:
                raise Mismatch("the application starts again", f"its process ended{self._how()}")
            if time.monotonic() - since >= self._startup:
                raise await self._late(since, time.monotonic())
            await asyncio.sleep(POLL_SECONDS)

    async def _late(self, since: float, until: float) -> Mismatch:
        expected, got = "the application starts again", f"it does not listen {self._startup:g} s after its start"
        looks: list[tuple[float, Look]] = []
        while len(looks) < LOOKS and (look := await self._host.look()):
            looks.append((time.monotonic(), look))
            await asyncio.sleep(LOOK_PAUSE)
        if len(looks) == LOOKS and kept_from_running(looks, since):
            return Undecided(expected, f"{got}, and has hardly had a processor")
        return DeadlinePassed(expected, got, since=since, until=until)

    def _how(self) -> str:
        status = self._candidate.status or 0
        return f" (signal {-status})" if status < 0 else f" (status {status})"
