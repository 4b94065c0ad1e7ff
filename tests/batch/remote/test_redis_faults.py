"""Workers as processes, behind a real Redis: killed, restarted, asked to leave; every job ends with one report."""

from collections.abc import Callable
from pathlib import Path

import pytest

from grader.batch.job import Job
from grader.batch.remote.ticket import Ticket
from tests.batch.remote.conftest import Call, OwnRedis, PlayedWorker, until

Work = Callable[..., PlayedWorker]
Make = Callable[..., Job]
Calls = Callable[[str], Call]


def test_a_worker_that_is_killed_loses_nothing(
    redis: OwnRedis, worker: Work, call: Calls, job: Make, tmp_path: Path
) -> None:
    """SIGKILL in the middle of a job: it is done by another, and all are done once."""
    first = worker(redis.url)
    one = call(redis.url)
    one.begin([job("held", f"wait {tmp_path / 'go'}"), job("b"), job("c")])
    first.wait_for("held: begun")
    first.kill()
    (tmp_path / "go").touch()
    second = worker(redis.url)
    assert one.end() == sorted(one.performed()) == ["b", "c", "held"]
    assert second.says("held: begun (workers lost over it: 1)")
    assert one.listener.said == ["held: its worker is lost; sent again"]


@pytest.mark.parametrize("memory", ["kept", "lost"])
def test_a_broker_that_is_restarted_loses_nothing(
    redis: OwnRedis, worker: Work, call: Calls, job: Make, tmp_path: Path,
    memory: str,
) -> None:  # fmt: skip
    """Also one that has forgotten what it was told. What is under way goes on meanwhile."""
    busy = worker(redis.url)
    one = call(redis.url)
    one.begin([job("held", f"wait {tmp_path / 'go'}"), job("b"), job("c")])
    busy.wait_for("held: begun")
    until(lambda: not one.runner._unsent, "all sent")
    redis.kill()
    if memory == "lost":
        redis.forget()
    (tmp_path / "go").touch()
    until(lambda: "held" in one.performed(), "its end")
    redis.start()
    assert one.end() == sorted(one.performed()) == ["b", "c", "held"]


def test_a_ticket_that_comes_twice_is_done_once(
    redis: OwnRedis, worker: Work, call: Calls, job: Make, tmp_path: Path
) -> None:
    """As a broker gives it again to another worker, while the first is at it."""
    workers = [worker(redis.url) for _ in range(2)]
    one = call(redis.url)
    held = job("held", f"wait {tmp_path / 'go'}")
    one.begin([held])
    until(lambda: any(each.says("held: begun") for each in workers), "it is begun")
    record = one.runner._record
    one.queue.send(Ticket(batch=record.batch, run=record.runs[-1], job=held))
    one.queue.send(Ticket(batch=record.batch, run=record.runs[-1], job=held))
    until(lambda: one.queue.waiting() == 0, "the others have them")
    (tmp_path / "go").touch()
    assert one.end() == one.performed() == ["held"]


def test_asked_to_leave_it_ends_what_is_under_way_and_takes_nothing_more(
    redis: OwnRedis, worker: Work, call: Calls, job: Make, tmp_path: Path
) -> None:
    leaver = worker(redis.url)
    one = call(redis.url)
    one.begin([job("held", f"wait {tmp_path / 'go'}"), job("later")])
    leaver.wait_for("held: begun")
    leaver.ask_to_leave()
    leaver.wait_for("leaving once")
    (tmp_path / "go").touch()
    assert leaver.process.wait(60) == 0
    assert one.performed() == ["held"]
    worker(redis.url)
    assert one.end() == one.performed() == ["held", "later"]


def test_asked_twice_it_gives_back_what_is_under_way(
    redis: OwnRedis, worker: Work, call: Calls, job: Make, tmp_path: Path
) -> None:
    """And another has it at once, not after a worker's silence: nothing was lost."""
    leaver = worker(redis.url)
    one = call(redis.url)
    one.begin([job("held", f"wait {tmp_path / 'go'}")])
    leaver.wait_for("held: begun")
    leaver.ask_to_leave()
    leaver.wait_for("leaving once")
    leaver.ask_to_leave()
    assert leaver.process.wait(60) == 0
    (tmp_path / "go").touch()
    heir = worker(redis.url)
    assert one.end() == one.performed() == ["held"]
    assert not heir.says("workers lost")
    assert not any("is lost" in line for line in one.listener.said)


def test_a_worker_without_an_engine_leaves_its_jobs_to_others(
    redis: OwnRedis, worker: Work, call: Calls, job: Make
) -> None:
    one = call(redis.url)
    broken = worker(redis.url)
    one.begin([job("a", "engine")])
    assert broken.process.wait(60) == 4
    assert broken.says("leaving: no Docker engine answers")
    until(lambda: one.queue.waiting() == 1, "it is in the queue again")
