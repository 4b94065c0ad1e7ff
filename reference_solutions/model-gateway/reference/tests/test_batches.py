"""Batches, and what becomes of them."""

import asyncio

import httpx
import pytest
from conftest import Runtime

pytestmark = pytest.mark.anyio


async def predict(client: httpx.AsyncClient, *inputs: float, model: str = "ranker") -> httpx.Response:
    return await client.post(f"/models/{model}/predict", json={"user_id": "ada", "inputs": inputs})


async def test_a_prediction_has_the_output_of_its_inputs(client: httpx.AsyncClient, runtime: Runtime) -> None:
    reply = await predict(client, 1.5, 2)
    assert reply.status_code == 200
    assert reply.json()["output"] == 3.5
    assert runtime.batches == [{"model": "ranker", "version": "v1", "batch": [[1.5, 2]]}]


async def test_what_comes_while_a_call_is_outstanding_goes_together(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    runtime.hold.clear()
    async with asyncio.TaskGroup() as group:
        first = group.create_task(predict(client, 100))
        await runtime.called(1)
        others = [group.create_task(predict(client, number)) for number in range(6)]
        await asyncio.sleep(0.05)
        assert len(runtime.batches) == 1
        runtime.hold.set()
    assert [len(call["batch"]) for call in runtime.batches] == [1, 4, 2]
    assert [task.result().json()["output"] for task in (first, *others)] == [100, 0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(httpx.Response(503), id="status"),
        pytest.param(httpx.Response(200, text="<html>"), id="no JSON"),
        pytest.param(httpx.Response(200, json={"outputs": []}), id="too few"),
        pytest.param(httpx.Response(200, json={"outputs": ["1.5"]}), id="text"),
    ],
)
async def test_a_bad_answer_is_502_and_the_next_is_not(
    client: httpx.AsyncClient, runtime: Runtime, answer: httpx.Response
) -> None:
    good, runtime.answer = runtime.answer, lambda _: answer
    assert (await predict(client, 1)).status_code == 502
    runtime.answer = good
    assert (await predict(client, 1)).status_code == 200


async def test_a_late_answer_is_504_and_holds_nobody_up(client: httpx.AsyncClient, runtime: Runtime) -> None:
    runtime.hold.clear()
    assert (await predict(client, 1)).status_code == 504
    assert runtime.in_flight == 0
    runtime.hold.set()
    assert (await predict(client, 1)).status_code == 200


async def test_too_many_are_shed_and_the_others_are_not(client: httpx.AsyncClient, runtime: Runtime) -> None:
    runtime.hold.clear()
    async with asyncio.TaskGroup() as group:
        waiting = [group.create_task(predict(client, number)) for number in range(12)]
        await runtime.called(1)
        shed = await predict(client, 1)
        runtime.hold.set()
    assert (shed.status_code, shed.headers["Retry-After"]) == (503, "1")
    assert {task.result().status_code for task in waiting} == {200}
    assert (await predict(client, 1)).status_code == 200
