"""What the checks of this pack share: predictions, the runtime that computes them, and a client.

The client is tolerant on purpose: where a check only needs a prediction, its output will do. So one slip costs the
check that is about it and no other.
"""

import random
import string
import time
from asyncio import Task, gather, sleep
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from itertools import cycle
from json import loads
from typing import Any

import pytest

from grader.harness import Api, Call, Gate, Json, Missed, Reply, Request, Upstreams, sending
from grader.harness.probes.calling import Sent
from grader.harness.upstream.script import Script, answer, computed

HEALTH = "/v1/health"
INFER = "/v1/infer"
OCCASIONS = 8
"""Answers to `GET /health`: with each, an application that is free had time to go on with the rest."""
ID_LETTERS = string.ascii_letters + string.digits + "-"

SOLE = ("ranker", "scorer", "locale")
"""Models with one version, which has all users. Whoever changes the weights of a model, or counts what it has answered,
has a model that no other check uses."""
SPLIT = "churn"
"""A model with two versions, half of the users each."""

AT_ONCE = 30
"""Predictions of a check that asks for many: well below `MAX_QUEUE`."""
PRO_FOR_ALL = 6
"""Keys for checks that are not about limits: together they may ask more often than any of those do."""
SECONDS_TO_FULL = 2.0
"""From empty, for either tier: a burst of 10 at 5 a second, or of 200 at 100."""

Body = dict[str, Any]

_last_used: dict[str, float] = {}
"""Key → when a check last used it, in this run: one that is repeated must find its bucket full again."""


# --- the runtime ------------------------------------------------------------------------------------------------------


def output_of(inputs: list[Any], factor: float) -> float:
    """What the runtime answers for some inputs. All sums are exact, and the order of the inputs counts."""
    return factor * sum(place * float(value) for place, value in enumerate(inputs, 1))


def inferred(asked: Any, factor: float, poison: float) -> Any:
    """The runtime's answer: 400 to what makes no sense, and 500 where an input is poison. It runs elsewhere."""
    batch = batch_in(asked.body)
    if not batch:
        return 400, {"detail": "no batch of numbers"}
    if any(poison in inputs for inputs in batch):
        return 500, {"detail": "poisoned"}
    return {"outputs": [output_of(inputs, factor) for inputs in batch]}


def batch_in(body: bytes) -> list[list[Any]]:
    """The batch of a call; empty if it holds none."""
    try:
        asked = loads(body)
    except (ValueError, RecursionError):
        return []
    batch = asked.get("batch") if isinstance(asked, dict) else None
    return batch if isinstance(batch, list) and all(map(_are_numbers, batch)) else []


def _are_numbers(inputs: Any) -> bool:
    return isinstance(inputs, list) and all(type(value) in (int, float) for value in inputs)


def in_force(weights: Mapping[str, Any]) -> dict[str, Any]:
    """Weights without those that are 0, which a listing may leave out."""
    plain = {name: weight.value if isinstance(weight, Json) else weight for name, weight in weights.items()}
    return {name: weight for name, weight in plain.items() if weight != 0}


# --- the application --------------------------------------------------------------------------------------------------


class Gateway:
    """The application as its clients and its operators see it, and the runtime behind it.

    Attributes:
        limit: seconds that a call to the runtime may take.
        batch: the most that may go in one call.
        queue: how many requests may wait or be outstanding.
        models: model → version → weight, as the application was given them.
        sole, other, third: models that have one version each.
        split: a model with two versions.
        free: keys of the tier `free`; each check that needs one has its own.
        pro: likewise of `pro`; the first `PRO_FOR_ALL` serve all checks.
        runtime: the upstream.
    """

    def __init__(self, api: Api, upstreams: Upstreams, rng: random.Random, environment: Mapping[str, str]) -> None:
        self.limit = float(environment["RUNTIME_TIMEOUT"])
        self.batch = int(environment["MAX_BATCH"])
        self.queue = int(environment["MAX_QUEUE"])
        self.models: dict[str, dict[str, int]] = loads(environment["MODELS"])
        self.sole, self.other, self.third = SOLE
        self.split = SPLIT
        tiers = {key: each["tier"] for key, each in loads(environment["API_KEYS"]).items()}
        self.free = [key for key, tier in tiers.items() if tier == "free"]
        self.pro = [key for key, tier in tiers.items() if tier == "pro"]
        self.runtime = upstreams["runtime"]
        self._admin = environment["ADMIN_KEY"]
        self._api = api
        self._upstreams = upstreams
        self._rng = rng
        self._factor = rng.randrange(3, 200) + 0.5
        self._poison = rng.randrange(10**6, 10**7) + 0.125
        self._keys = cycle(self.pro[:PRO_FOR_ALL])
        upstreams.patience = self.limit

    # --- what is asked

    def text(self, length: int, alphabet: str = ID_LETTERS) -> str:
        """That many characters."""
        return "".join(self._rng.choices(alphabet, k=length))

    def user(self) -> str:
        """A user whom no other check has."""
        return self.text(16)

    def inputs(self, *, poisoned: bool = False) -> list[float]:
        """A few numbers, all of them multiples of an eighth."""
        numbers = [self._rng.randrange(-8000, 8000) / 8 for _ in range(self._rng.randrange(2, 6))]
        return [*numbers, self._poison] if poisoned else numbers

    def body(self, user: str = "", *, poisoned: bool = False) -> Body:
        """A valid request for a prediction; with poison in it, the runtime fails."""
        return {"user_id": user or self.user(), "inputs": self.inputs(poisoned=poisoned)}

    def bodies(self, count: int) -> list[Body]:
        """So many of them."""
        return [self.body() for _ in range(count)]

    # --- the runtime

    def good(self) -> Script:
        """The runtime's answer when all is well."""
        return computed(inferred, self._factor, self._poison)

    async def serve(self, *scripts: Script) -> None:
        """Have the runtime be healthy, and answer calls: well, unless scripts say otherwise."""
        await self.runtime.on("GET", HEALTH, answer({"status": "ok"}))
        await self.runtime.on("POST", INFER, *(scripts or (self.good(),)))

    async def held(self) -> Gate:
        """Calls to the runtime wait, until the gate is opened."""
        return await self._upstreams.hold(self.runtime.at(INFER))

    async def calls(self) -> list[Call]:
        """The calls that came to the runtime so far."""
        await self._upstreams.settled()
        return self.runtime.calls(INFER)

    async def sizes(self) -> list[int]:
        """How many inputs each of them had."""
        return [len(batch_in(call.body)) for call in await self.calls()]

    def outputs(self, body: Body) -> Body:
        """What the runtime answers for the inputs of one body."""
        return {"outputs": [output_of(body["inputs"], self._factor)]}

    def answered(self, reply: Reply, body: Body) -> None:
        """`Mismatch` unless this is the runtime's output for the body's inputs."""
        reply.expect(200).json()["output"].equals(self.outputs(body)["outputs"][0])

    # --- operations, whatever comes

    def key(self) -> str:
        """A key that has tokens."""
        return next(self._keys)

    def wanted(self, model: str, body: Any, key: str = "") -> Request:
        """A request for a prediction, for bursts."""
        return Request("POST", f"/models/{model}/predict", json=body, headers={"X-API-Key": key or self.key()})

    async def predict(self, model: str, body: Any = None, key: str = "") -> Reply:
        """`POST /models/{name}/predict`."""
        asked = self.wanted(model, self.body() if body is None else body, key)
        return await self._api.post(asked.path, json=asked.json, headers=asked.headers)

    async def burst(self, model: str, bodies: Iterable[Body], key: str) -> list[Reply]:
        """Predictions with one key, all at once."""
        try:
            return await self._api.burst([self.wanted(model, body, key) for body in bodies])
        finally:
            _last_used[key] = time.monotonic()

    async def rested(self, key: str) -> str:
        """This key, with a full bucket: only where the check is repeated is there anything to wait for."""
        left = _last_used.get(key, -SECONDS_TO_FULL) + SECONDS_TO_FULL - time.monotonic()
        await sleep(max(0.0, left))
        _last_used[key] = time.monotonic()
        return key

    async def versions(self, model: str, users: Iterable[str], keys: Iterator[str] | None = None) -> list[str]:
        """The version that each of these users gets."""
        waiting, found = list(users), []
        while waiting:
            some, waiting = waiting[:AT_ONCE], waiting[AT_ONCE:]
            replies = await gather(*(self.predict(model, self.body(user), next(keys or self._keys)) for user in some))
            found += [reply.expect(200).json()["version"].string() for reply in replies]
        return found

    async def route(self, model: str, weights: Any, key: str | None = None) -> Reply:
        """`PUT /admin/models/{name}/routing`; with the admin key unless another one is given."""
        headers = {"X-Admin-Key": self._admin if key is None else key}
        return await self._api.put(f"/admin/models/{model}/routing", json={"weights": weights}, headers=headers)

    async def fingerprint(self, model: str, body: Body) -> Reply:
        """`POST /models/{name}/fingerprint`."""
        return await self._api.post(f"/models/{model}/fingerprint", json=body, headers={"X-API-Key": self.key()})

    async def listed(self) -> dict[str, dict[str, Any]]:
        """`GET /models`: model → version → weight, without those of weight 0."""
        reply = await self._api.get("/models", headers={"X-API-Key": self.key()})
        items = reply.expect(200).json()["items"].array()
        return {item["name"].string(): in_force(item["versions"].object()) for item in items}

    async def health(self) -> Reply:
        """`GET /health`. It needs no runtime; the application has an occasion to go on with everything else."""
        return await self._api.get("/health")

    # --- waiting

    async def linger(self, times: int = OCCASIONS) -> None:
        """Give the application so many occasions to go on."""
        for _ in range(times):
            await self.health()

    async def linger_at(self, gate: Gate, times: int = OCCASIONS) -> None:
        """The same while calls are held; an application that they hold up has no such occasion, which is not judged."""
        with suppress(Missed):
            for _ in range(times):
                await gate.meanwhile(self.health(), "an occasion to go on")

    @asynccontextmanager
    async def gathering(self, gate: Gate, requests: Iterable[Sent], times: int) -> AsyncIterator[list[Task[Reply]]]:
        """Requests that are sent one after another, with occasions to go on after each, and more at the end."""
        async with AsyncExitStack() as stack:
            under_way = []
            for request in requests:
                under_way += await stack.enter_async_context(sending(request))
                await self.linger_at(gate, 2)
            await self.linger_at(gate, times)
            yield under_way

    @staticmethod
    async def finish(requests: Iterable[Task[Reply]]) -> None:
        """Wait for answers that are no longer judged, so that the next check finds nothing under way."""
        await gather(*requests, return_exceptions=True)


@pytest.fixture
def gateway(api: Api, upstreams: Upstreams, rng: random.Random, environment: Mapping[str, str]) -> Gateway:
    """The application as its clients and operators see it, and the runtime behind it."""
    return Gateway(api, upstreams, rng, environment)
