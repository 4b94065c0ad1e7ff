"""`GET /metrics`: read as Prometheus would, and compared with what was sent."""

from __future__ import annotations

import time
from asyncio import sleep
from collections import Counter
from math import isfinite
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from grader.harness import Api, DeadlinePassed, Mismatch, Reply, Tally, check
from grader.harness.probes.faults import status
from grader.harness.upstream.script import no_answer

if TYPE_CHECKING:
    from conftest import Gateway
    from prometheus_client.samples import Sample

COUNTER, HISTOGRAM = "gateway_predictions_total", "gateway_prediction_seconds"
COUNTED = "pricing"
"""A model of one version, whose predictions no other check makes."""
SOON = 1.0
"""Seconds after an answer in which it must be counted."""
LEAST_READ = 5
"""How often the metrics are read before anything is missed."""

Counts = Counter[tuple[str, ...]]
"""Model, version and status → predictions; or the status alone."""


class Metrics:
    """What the application counts."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def read(self) -> Reply:
        """`GET /metrics`."""
        return (await self._api.get("/metrics")).expect(200)

    async def samples(self, name: str) -> list[Sample]:
        """All samples of that name; `Mismatch` if Prometheus could not read the text."""
        reply = await self.read()
        try:
            families = list(text_string_to_metric_families(reply.body.decode()))
        except Exception as error:  # the parser raises whatever a stranger's text makes it raise
            raise reply.mismatch("Prometheus' text format", f"it cannot be read: {error}") from error
        return [sample for family in families for sample in family.samples if sample.name == name]

    async def counts(self, *labels: str) -> Counts:
        """Predictions so far, by these labels."""
        counted: Counts = Counter()
        for sample in await self.samples(COUNTER):
            counted[tuple(sample.labels.get(label, "") for label in labels)] += whole(sample)
        return counted

    async def agree(self, before: Counts, sent: Counts, *labels: str) -> None:
        """`Mismatch` unless soon as much more was counted as was sent, of what was sent."""
        since = time.monotonic()
        for reads in range(1000):
            now = await self.counts(*labels)
            counted = Counter({key: now[key] - before[key] for key in sent})
            if counted == sent:
                return
            if reads >= LEAST_READ and time.monotonic() > since + SOON:
                break
            await sleep(0.02)
        got = f"{_shown(counted)}, {SOON:g} s after the last answer"
        raise DeadlinePassed(f"{COUNTER} to count {_shown(sent)}", got, since=since, until=time.monotonic())


def whole(sample: Sample) -> int:
    """Its value; `Mismatch` if it counts nothing, such as NaN."""
    if not isfinite(sample.value):
        raise Mismatch(f"{sample.name} to be a count", f"{sample.value}")
    return int(sample.value)


def _shown(counts: Counts) -> str:
    return ", ".join(f"{'/'.join(key)}: {count}" for key, count in counts.items()) or "nothing"


@pytest.fixture
def metrics(api: Api) -> Metrics:
    """What the application counts."""
    return Metrics(api)


@check("metrics.ok", category="operations", level="mid", requires=("predict.ok",))
async def metrics_can_be_read(gateway: Gateway, metrics: Metrics) -> Tally:
    """`GET /metrics` is Prometheus' text without a key, and has `gateway_predictions_total` with its labels.

    What cannot be scraped is not monitored: a redirect, a page in JSON, a label of another name.
    """
    await gateway.serve()
    (await gateway.predict(gateway.sole)).expect(200)
    samples = await metrics.samples(COUNTER)
    reply = await metrics.read()
    tally = Tally()
    with tally.case("the counter"):
        if not samples:
            raise reply.mismatch(f"{COUNTER} after a prediction", "no such sample")
    for label in ("model", "version", "status"):
        with tally.case(f"label {label}"):
            if not any(sample.labels.get(label) for sample in samples):
                raise reply.mismatch(f"{COUNTER} with a label `{label}`", "no sample has it")
    return tally


@check("metrics.counted", category="operations", level="mid", weight=2, requires=("metrics.ok", "predict.members"))
async def predictions_are_counted(gateway: Gateway, metrics: Metrics) -> None:
    """Predictions that were made are counted by model, version and the status 200, each once.

    An error rate is a quotient: where either part is wrong, the alarm is, too.
    """
    await gateway.serve()
    labels = "model", "version", "status"
    before, sent = await metrics.counts(*labels), Counter[tuple[str, ...]]()
    for model, count in {COUNTED: 7, gateway.split: 6}.items():
        for _ in range(count):
            body = (await gateway.predict(model)).expect(200).json()
            sent[model, body["version"].string(), "200"] += 1
    await metrics.agree(before, sent, *labels)


@check(
    "metrics.failures",
    category="operations",
    level="senior",
    weight=2,
    requires=("metrics.counted", "runtime.status", "timeouts.runtime"),
)
async def failures_are_counted(gateway: Gateway, metrics: Metrics) -> Tally:
    """Predictions that failed are counted by model, version and status: 502 and 504, once for each caller.

    Failures are what the metrics are there for. Counted after an await that raises, they are the ones that are missing.
    """
    labels = "model", "version", "status"
    [version] = gateway.models[COUNTED]
    tally = Tally()
    for code, script, count in ((502, status(500)({"outputs": [1.5]}), 3), (504, no_answer(), 1)):
        await gateway.serve(script)
        before = await metrics.counts(*labels)
        for _ in range(count):
            (await gateway.predict(COUNTED)).expect(code)
        with tally.case(str(code)):
            await metrics.agree(before, Counter({(COUNTED, version, str(code)): count}), *labels)
    return tally


@check(
    "metrics.refusals",
    category="operations",
    level="senior",
    weight=2,
    requires=("metrics.counted", "auth.key", "predict.unknown", "predict.types", "limits.free"),
)
async def refusals_are_counted(api: Api, gateway: Gateway, metrics: Metrics) -> Tally:
    """Predictions that were refused are counted by status: 401, 404, 422 and 429.

    A client that has lost its key, or sends another format since its last release, shows first as a rate of refusals.
    What is refused before the endpoint runs is counted only by what stands around it.
    """
    await gateway.serve()
    body = {"user_id": gateway.user(), "inputs": "a word"}
    cases = {
        401: [lambda: api.post(f"/models/{gateway.sole}/predict", json=gateway.body())] * 3,
        404: [lambda: gateway.predict(gateway.text(12))] * 2,
        422: [lambda: gateway.predict(gateway.sole, body)] * 4,
    }
    tally = Tally()
    for code, requests in cases.items():
        before = await metrics.counts("status")
        for request in requests:
            (await request()).expect(code)
        with tally.case(str(code)):
            await metrics.agree(before, Counter({(str(code),): len(requests)}), "status")
    with tally.case("429"):
        before, key = await metrics.counts("status"), await gateway.rested(gateway.free[-2])
        replies = await gateway.burst(gateway.sole, gateway.bodies(30), key)
        await metrics.agree(before, Counter((str(reply.status),) for reply in replies), "status")
    return tally


@check("metrics.histogram", category="operations", level="mid", requires=("metrics.ok",))
async def durations_are_a_histogram(gateway: Gateway, metrics: Metrics) -> Tally:
    """`gateway_prediction_seconds` is a histogram: with predictions its `_count` and its buckets grow.

    A mean hides what the slowest see, and means of several processes cannot be joined. Buckets can.
    """
    await gateway.serve()
    (await gateway.predict(gateway.sole)).expect(200)
    before = await _count(metrics)
    for _ in range(5):
        (await gateway.predict(gateway.sole)).expect(200)
    tally = Tally()
    with tally.case("its count grows"):
        since = time.monotonic()
        while (grown := await _count(metrics) - before) <= 0:
            if time.monotonic() > since + SOON:
                expected, got = f"{HISTOGRAM}_count to grow with 5 predictions", f"it grows by {grown}"
                raise DeadlinePassed(expected, got, since=since, until=time.monotonic())
            await sleep(0.02)
    with tally.case("buckets"):
        buckets = await metrics.samples(f"{HISTOGRAM}_bucket")
        if not any(sample.labels.get("le") == "+Inf" and sample.value > 0 for sample in buckets):
            raise (await metrics.read()).mismatch(f'{HISTOGRAM}_bucket with le="+Inf"', f"{len(buckets)} buckets")
    with tally.case("sum"):
        if not await metrics.samples(f"{HISTOGRAM}_sum"):
            raise (await metrics.read()).mismatch(f"{HISTOGRAM}_sum", "no such sample")
    return tally


async def _count(metrics: Metrics) -> int:
    return sum(whole(sample) for sample in await metrics.samples(f"{HISTOGRAM}_count"))
