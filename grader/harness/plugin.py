"""The pytest plugin: collects what `@check` marks, gives checks their fixtures, runs them one at a time.

Pytest collects, rewrites asserts and resolves fixtures; order, deadlines and verdicts are the harness's own.
Everything a check sets up, of whatever scope, is taken down after it, so that each check repeats alone.
"""

import asyncio
import functools
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.runner import runtestprotocol

from grader.harness.api import Api
from grader.harness.attempt import Attempt
from grader.harness.candidate import Candidate
from grader.harness.contract import Contract
from grader.harness.decorator import CheckInfo, info_of
from grader.harness.fault import HarnessFault, PackFault
from grader.harness.host import Host
from grader.harness.lifecycle import Lifecycle
from grader.harness.mismatch import DeadlinePassed
from grader.harness.upstream.upstreams import Upstreams
from grader.verdicts import POSTGRES, Job

if TYPE_CHECKING:
    from grader.harness.database import Database
    from grader.harness.latency.measuring import Latency
    from grader.harness.upstream.service import UpstreamService

RunAll = Callable[[list[CheckInfo], Callable[[CheckInfo, float], Attempt]], None]
"""Runs the collected checks, each by calling the function with it and the time at which it must have ended."""


AFTER_CHECK = 1.0
"""Seconds that a request may outlast the check, so that the check's own deadline is the one that passes first. In a
fixture, where there is no other, this one holds."""


class GradingPlugin:
    """One run of pytest.

    Args:
        job: what to grade.
        run_all: called once everything is collected.
        candidate: its process.
        host: does what checks ask for.
        upstreams: the services that the candidate calls; None where the job has none.

    Attributes:
        fault: what went wrong in the harness or the pack; None if nothing did.
        completed: whether all checks have run.
    """

    def __init__(
        self, job: Job, run_all: RunAll, candidate: Candidate, host: Host, upstreams: "UpstreamService | None"
    ) -> None:
        self.fault: BaseException | None = None
        self.completed = False
        self._job = job
        self._run_all = run_all
        self._candidate = candidate
        self._host = host
        self._upstreams = upstreams
        self._broken: list[PackFault] = []
        self._items: dict[str, pytest.Function] = {}
        self._current: Attempt | None = None
        self._ends_at = 0.0
        self._times: Counter[str] = Counter()

    # --- collection

    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makeitem(self, obj: object) -> list[pytest.Item] | None:
        """Collect what is marked, whatever its name, and nothing else."""
        if info_of(obj) is None:
            return []
        pytest.mark.usefixtures("anyio_backend")(obj)
        return None

    def pytest_exception_interact(
        self, call: pytest.CallInfo[Any], report: pytest.CollectReport | pytest.TestReport
    ) -> None:
        """Remember what could not be imported."""
        if isinstance(report, pytest.CollectReport) and call.excinfo:
            error = call.excinfo.value.__cause__ or call.excinfo.value
            reason = f"{report.nodeid} cannot be imported: {type(error).__name__}: {error}"
            self._broken.append(PackFault(reason, str(report.longrepr)))

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Remember what pytest itself fell over."""
        self.fault = excinfo.value

    # --- the run

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Take the place of pytest's own loop."""
        if self._broken:
            raise self._broken[0]
        found = [item for item in session.items if isinstance(item, pytest.Function)]
        infos = [info for item in found if (info := info_of(item.function))]
        self._items = {info.id: item for info, item in zip(infos, found, strict=True)}
        self._run_all(infos, self._attempt)
        self.completed = True
        return True

    def _attempt(self, check: CheckInfo, ends_at: float) -> Attempt:
        item = self._items[check.id]
        attempt = self._current = Attempt(check, Path(self._job.pack))
        self._times[check.id] += 1
        self._ends_at = ends_at
        function = item.function
        item.obj = _bounded(function, attempt, ends_at)
        try:
            runtestprotocol(item, log=False, nextitem=None)
        finally:
            item.obj = function
        return attempt

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Keep what was raised, rather than its picture in a report."""
        if self._current and call.excinfo:
            if call.when == "teardown":
                self._current.untidy = call.excinfo.value
            else:
                self._current.raised = call.excinfo.value
        return (yield)

    # --- fixtures

    @pytest.fixture(scope="session")
    def anyio_backend(self) -> str:
        """Checks and async fixtures run on asyncio."""
        return "asyncio"

    @pytest.fixture
    def api(self) -> Api:
        """The client of this check."""
        recording = self._now().recording
        ends_at = self._ends_at + AFTER_CHECK
        return Api(self._job.host, self._job.port, recording=recording, ends_at=ends_at, stilled=self._host.stilled)

    @pytest.fixture
    def rng(self) -> random.Random:
        """Random numbers that are the same for the same seed and check, whatever ran before."""
        check = self._now().check.id
        return rng_of(self._job.seed, check, attempt=self._times[check])

    @pytest.fixture
    def contract(self) -> Contract:
        """The pack's `openapi.yaml`."""
        return self._contract

    @pytest.fixture
    def environment(self) -> Mapping[str, str]:
        """The environment variables that the candidate was given."""
        return MappingProxyType(self._job.environment)

    @pytest.fixture
    async def upstreams(self) -> AsyncIterator[Upstreams]:
        """The services that the candidate calls, without routes, gates and calls; what came goes into the evidence."""
        if self._upstreams is None:
            raise HarnessFault("a check wants upstreams, and challenge.toml names none")
        attempt = self._now()
        async with self._upstreams.opened(self._host.look) as upstreams:
            yield upstreams
            await upstreams.settled()
            attempt.calls = upstreams.facts()
            attempt.overstayed = upstreams.overstayed

    @pytest.fixture
    async def lifecycle(self) -> AsyncIterator[Lifecycle]:
        """The application's process, to be ended and started; the check leaves it running, whatever it did."""
        if not self._job.restarts:
            raise HarnessFault("a check wants to end the application, and challenge.toml does not say restarts = true")
        lifecycle = Lifecycle(self._host, self._candidate, self._job.startup_deadline)
        yield lifecycle
        await lifecycle.leave_running()

    @pytest.fixture
    def database(self) -> "Database | None":
        """A look into the run's own database; None where the options chosen start none."""
        from grader.harness.database import Database  # noqa: PLC0415 - few packs need it

        url = self._job.services.get(POSTGRES)
        return Database(url) if url else None

    @pytest.fixture
    def latency(self) -> "Iterator[Latency]":
        """Compares the application with the reference under load."""
        from grader.harness.latency.measuring import Latency  # noqa: PLC0415 - few packs need it
        from grader.harness.latency.service import driving  # noqa: PLC0415

        attempt, job = self._now(), self._job
        rng = rng_of(job.seed, f"{attempt.check.id}:load", attempt=self._times[attempt.check.id])
        next_load = functools.partial(self._host.next_load, attempt.check.id)
        with driving(job.host, job.port) as driver:
            yield Latency(job.host, job.port, driver.drive, next_load, rng, attempt.recording, attempt.excuse)

    @functools.cached_property
    def _contract(self) -> Contract:
        return Contract.load(Path(self._job.pack) / "openapi.yaml")

    def _now(self) -> Attempt:
        if self._current is None:
            raise HarnessFault("a fixture was asked for while no check runs")
        return self._current


def rng_of(seed: int, check: str, *, attempt: int) -> random.Random:
    """The random numbers of a check.

    A repeated check draws other ones: what its first attempt made is still there, and would be in its way.

    Args:
        seed: the run's.
        check: its id.
        attempt: counted from 1.
    """
    repeated = f":{attempt - 1}" if attempt > 1 else ""
    return random.Random(f"{seed}:{check}{repeated}")  # noqa: S311 - it must repeat


def _bounded(function: Callable[..., Any], attempt: Attempt, ends_at: float) -> Callable[..., Any]:
    """The check's function with its deadline; what it returns is kept in the attempt."""

    @functools.wraps(function)
    async def bounded(**fixtures: Any) -> None:
        since = time.monotonic()
        seconds = max(0.0, ends_at - since)
        try:
            async with asyncio.timeout(seconds) as deadline:
                attempt.deadline = deadline
                attempt.value = await function(**fixtures)
        except TimeoutError:
            if not deadline.expired():
                raise
            got = f"no result within {round(seconds, 1):g} s"
            last = attempt.recording.last
            raise DeadlinePassed(attempt.check.title, got, since=since, until=time.monotonic(), exchange=last) from None

    return bounded
