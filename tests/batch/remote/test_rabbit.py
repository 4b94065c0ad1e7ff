"""The same over AMQP: workers as processes, behind a real RabbitMQ."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.batch.job import Job
from tests.batch.remote.conftest import Call, OwnRabbit, PlayedWorker, skip_without, until


@pytest.fixture(scope="module")
def rabbit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnRabbit]:
    """A RabbitMQ that runs; it takes seconds to start."""
    skip_without("epmd", "/usr/lib/rabbitmq/bin/rabbitmq-server")
    own = OwnRabbit(tmp_path_factory.mktemp("rabbit"))
    try:
        own.start()
        yield own
    finally:
        own.stop()


def test_a_batch_whose_worker_is_killed_ends_whole(
    rabbit: OwnRabbit,
    worker: Callable[..., PlayedWorker],
    call: Callable[[str], Call],
    job: Callable[..., Job],
    tmp_path: Path,
) -> None:
    """RabbitMQ gives the ticket to another at once; the client may have sent it again as well: it is done once."""
    first = worker(rabbit.url)
    one = call(rabbit.url)
    one.begin([job("held", f"wait {tmp_path / 'go'}"), job("b"), job("c")])
    first.wait_for("held: begun")
    until(lambda: one.queue.waiting() == 2, "the others wait")
    (facts,) = one.queue.workers(5)
    assert [each.name for each in facts.jobs] == ["held"]
    first.kill()
    (tmp_path / "go").touch()
    second = worker(rabbit.url)
    assert one.end() == sorted(one.performed()) == ["b", "c", "held"]
    assert second.says("held: begun (workers lost over it: 1)")
    second.ask_to_leave()
    assert second.process.wait(60) == 0
