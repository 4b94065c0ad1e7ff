"""A job with upstreams: their ports are bound before the host starts the candidate, and given up in the end."""

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from grader.sandbox.ports import reserved_port
from grader.verdicts import CandidateStarted, Job

Serve = Callable[..., Any]

CALLS = """
@check("u.calls", category="c", level="junior")
async def calls(api, upstreams, environment):
    '''It asks the catalogue.'''
    assert environment["CATALOG_URL"]
    (await api.get("/")).expect(200)
    await upstreams.settled()
    raise Mismatch("one call", "another")
"""


def accepts(port: int) -> bool:
    """Whether somebody listens there."""
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


@pytest.fixture
def port() -> Iterator[int]:
    """A port for the catalogue that no outgoing connection of this machine gets."""
    with reserved_port() as port:
        yield port


@pytest.fixture
def job(pack: Any, json_reply: Any, serve: Serve, port: int) -> Job:
    """One check against an application that calls the catalogue once for each request."""

    def behave(connection: Any, request: bytes) -> None:
        if request:
            with socket.create_connection(("127.0.0.1", port)) as call:
                call.sendall(b"GET /items/a?x=1 HTTP/1.1\r\nhost: catalog\r\nconnection: close\r\n\r\n")
                while call.recv(4096):
                    pass
            connection.sendall(json_reply({}))

    url = f"http://127.0.0.1:{port}"
    return Job(
        port=serve(behave).port,
        pack=pack(a=CALLS),
        seed=1,
        environment={"CATALOG_URL": url},
        upstreams={"catalog": port},
    )


def test_the_ports_are_bound_before_the_candidate_may_start(harness: Any, job: Job) -> None:
    """The host hears of it first; the candidate is looked for once the host says that it was started."""
    process = harness(job)
    assert [process.next().event, process.next().event] == ["hello", "upstreams_ready"]
    assert accepts(job.upstreams["catalog"])
    process.order(CandidateStarted())
    assert process.finish() == 0
    assert process.kinds()[2:] == ["listening", "check_started", "check_finished", "finished"]
    assert not accepts(job.upstreams["catalog"])


def test_an_inspection_has_upstreams_as_well(harness: Any, job: Job) -> None:
    """An application that calls one while it starts does so here too."""
    process = harness(job.model_copy(update={"mode": "inspect"}), CandidateStarted())
    assert process.finish() == 0
    assert process.kinds() == ["hello", "upstreams_ready", "listening", "routes", "finished"]


def test_what_the_candidate_asked_of_upstreams_is_evidence(harness: Any, job: Job) -> None:
    """Which call, how often, what came of it and when."""
    process = harness(job)
    process.order(CandidateStarted())
    assert process.finish() == 0
    (call,) = process.results()["u.calls"].evidence.calls
    assert (call.upstream, call.number, call.method, call.target) == ("catalog", 1, "GET", "/items/a?x=1")
    assert (call.attempt, call.outcome, call.seconds) == (1, "answered 404", 0)


def test_each_job_has_its_own_upstreams(harness: Any, job: Job) -> None:
    """A kept harness binds the ports of a job, and none for a job without upstreams."""
    process = harness(words=("--again",))
    plain = job.model_copy(update={"upstreams": {}})
    for one in (job, plain, job):
        process.order(one)
        if one.upstreams:
            process.order(CandidateStarted())
        kinds = [event.event for event in process.until_finished()]
        assert ("upstreams_ready" in kinds) == bool(one.upstreams)
        assert not accepts(job.upstreams["catalog"])
    process.no_more_orders()
    assert process.finish() == 0


def test_a_port_that_is_taken_is_a_fault(harness: Any, job: Job) -> None:
    """The grader's own, told before any candidate is started."""
    with socket.create_server(("127.0.0.1", job.upstreams["catalog"])):
        process = harness(job)
        assert process.finish() == 1
    assert process.kinds() == ["hello", "fault"]
    assert not process.events[-1].pack
