"""`python -m grader.harness --again`: job after job in one process, none of which knows of another."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.verdicts import CandidateExited, CheckFinished, Event, Job

Serve = Callable[..., Any]
AGAIN = ("--again",)

COUNTING = """
TIMES = []

@check("a.one", category="c", level="junior")
async def one(api, rng, made):
    '''It is asked once.'''
    TIMES.append(made)
    (await api.get(f"/{made}/{rng.random()}/{len(TIMES)}")).expect(200)
"""
MADE = """
@pytest.fixture(scope="session")
def made():
    return "WORD"
"""


@pytest.fixture
def packs(tmp_path: Path, pack: Any) -> Callable[[str], str]:
    """Packs whose files have the same names and say another word."""

    def make(word: str) -> str:
        folder = pack(a=COUNTING, conftest=MADE.replace("WORD", word))
        return str(Path(folder).rename(tmp_path / word))

    return make


def asked(events: list[Event]) -> list[str]:
    """The paths that the job's checks asked for."""
    results = [event.result for event in events if isinstance(event, CheckFinished)]
    return [exchange.url.split("/", 3)[3] for result in results for exchange in result.evidence.exchanges]


def test_a_later_job_is_graded_as_by_a_fresh_process(harness: Any, packs: Any, json_reply: Any, serve: Serve) -> None:
    """Modules, fixtures and random numbers are its own; it ends when the host closes the stream."""
    port = serve(json_reply({})).port
    jobs = [Job(port=port, pack=packs(word), seed=seed) for word, seed in (("one", 1), ("two", 2))]
    jobs.append(jobs[0])
    fresh = []
    for job in jobs:
        alone = harness(job)
        assert alone.finish() == 0
        fresh.append(asked(alone.events))
    process = harness(words=AGAIN)
    kept = []
    for job in jobs:
        process.order(job)
        kept.append(asked(process.until_finished()))
    process.no_more_orders()
    assert process.finish() == 0
    assert kept == fresh
    assert [urls[0].split("/")[0] for urls in kept] == ["one", "two", "one"]
    assert all(urls[0].endswith("/1") for urls in kept)


def test_the_end_of_a_candidate_counts_for_its_own_job(harness: Any, packs: Any, json_reply: Any, serve: Serve) -> None:
    """Told after the job, it does not block the checks of the next."""
    job = Job(port=serve(json_reply({})).port, pack=packs("one"), seed=1)
    process = harness(job, words=AGAIN)
    first = process.until_finished()
    process.order(CandidateExited(status=-9))
    process.order(job)
    second = process.until_finished()
    assert [event.event for event in second] == [event.event for event in first[1:]]
    assert second[-2].result.verdict == "passed"


def test_inspections_and_gradings_may_take_turns(harness: Any, packs: Any, json_reply: Any, serve: Serve) -> None:
    """Also an application that is not there ends its own job only."""
    server = serve(json_reply({"paths": {}}))
    grading = Job(port=server.port, pack=packs("one"), seed=1)
    inspection = grading.model_copy(update={"mode": "inspect"})
    process = harness(inspection, words=AGAIN)
    assert [event.event for event in process.until_finished()] == ["hello", "listening", "routes", "finished"]
    process.order(grading)
    assert process.until_finished()[-2].result.verdict == "passed"
    server.stop_listening()
    process.order(inspection.model_copy(update={"startup_deadline": 0.1}))
    assert [event.event for event in process.until_finished()] == ["not_listening", "finished"]


def test_a_job_while_another_runs_breaks_the_protocol(harness: Any, packs: Any, free_port: int) -> None:
    """The host waits for `finished`."""
    job = Job(port=free_port, pack=packs("one"), seed=1)
    process = harness(job, job, words=AGAIN)
    assert process.finish() == 1
    assert (process.events[-1].event, process.events[-1].message) == ("fault", "a second job was ordered")


def test_without_the_word_one_job_is_all(harness: Any, packs: Any, json_reply: Any, serve: Serve) -> None:
    """A harness beside a stranger's code does not outlive its verdict."""
    process = harness(Job(port=serve(json_reply({})).port, pack=packs("one"), seed=1))
    process.until_finished()
    assert process.next() is None
