"""The runtime, and one worker with a queue for each version of a model."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import aiohttp

from gateway.settings import Settings


class Trouble(Exception):
    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(eq=False, slots=True)
class Job:
    inputs: list[float]
    done: asyncio.Future[float] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def finish(self, outcome: float | Trouble) -> None:
        if self.done.done():
            return
        if isinstance(outcome, Trouble):
            self.done.set_exception(outcome)
        else:
            self.done.set_result(outcome)


class Worker:
    def __init__(self, runtime: "Runtime", model: str, version: str) -> None:
        self._runtime = runtime
        self._names = {"model": model, "version": version}
        self._jobs: asyncio.Queue[Job] = asyncio.Queue()

    def submit(self, inputs: list[float]) -> asyncio.Future[float]:
        job = Job(inputs)
        self._jobs.put_nowait(job)
        return job.done

    async def run(self) -> None:
        while True:
            batch = await self._collect()
            outcomes = await self._runtime.infer(self._names | {"batch": [job.inputs for job in batch]})
            for job, outcome in zip(batch, outcomes, strict=True):
                job.finish(outcome)

    async def _collect(self) -> list[Job]:
        settings = self._runtime.settings
        batch = [await self._jobs.get()]
        with suppress(TimeoutError):
            async with asyncio.timeout(settings.window):
                while len(batch) < settings.batch:
                    batch.append(await self._jobs.get())
        # The window may be over before anything was looked at.
        while len(batch) < settings.batch and not self._jobs.empty():
            batch.append(self._jobs.get_nowait())
        return batch


class Runtime:
    def __init__(self, settings: Settings, session: aiohttp.ClientSession) -> None:
        self.settings = settings
        self._session = session
        self.workers = {
            (model, version): Worker(self, model, version)
            for model, versions in settings.models.items()
            for version in versions
        }

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings) -> AsyncIterator["Runtime"]:
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=settings.seconds)
        )
        async with session:
            runtime = cls(settings, session)
            tasks = [asyncio.create_task(worker.run()) for worker in runtime.workers.values()]
            try:
                yield runtime
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def healthy(self) -> bool:
        try:
            timeout = aiohttp.ClientTimeout(total=1)
            async with self._session.get(f"{self.settings.runtime}/v1/health", timeout=timeout) as response:
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def infer(self, body: dict[str, object]) -> list[float] | list[Trouble]:
        """One outcome for each inputs; never raises what the runtime is to blame for."""
        batch = body["batch"]
        assert isinstance(batch, list)
        try:
            async with self._session.post(f"{self.settings.runtime}/v1/infer", json=body) as response:
                content = await response.read()
                outputs = _outputs(content, len(batch)) if response.status == 200 else None
        except TimeoutError:
            return [Trouble(504) for _ in batch]
        except aiohttp.ClientError:
            outputs = None
        return [Trouble(502) for _ in batch] if outputs is None else outputs


def _outputs(content: bytes, count: int) -> list[float] | None:
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        return None
    outputs = answer.get("outputs") if isinstance(answer, dict) else None
    if not isinstance(outputs, list) or len(outputs) != count:
        return None
    return outputs if all(type(each) in {int, float} for each in outputs) else None
