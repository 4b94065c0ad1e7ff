"""A whole job: a process, orders in, events out."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from grader.verdicts import CandidateExited, Job

Serve = Callable[..., Any]

ONE = """
@check("a.one", category="c", level="junior")
async def one(api):
    '''It answers.'''
    (await api.get("/")).expect(200)
"""


def test_a_job_is_answered_from_hello_to_finished(harness: Any, pack: Any, json_reply: Any, serve: Serve) -> None:
    """Every check is started and finished once, what is required first, and nothing else is on the channel."""
    folder = pack(
        zz="""
        print("at import")

        @check("a.two", category="c", level="mid", requires=("a.one",))
        async def not_called_test(api, rng, environment, contract, made):
            '''It prints.'''
            print("in a check")
            os.write(1, b"raw")
            assert environment["DATABASE"] == "sqlite"
            assert made == "made"
            assert contract

        async def test_that_is_no_check(api):
            raise OSError

        class TestNeither:
            def test_this(self):
                raise OSError
        """,
        zzz=ONE,
        conftest="""
        @pytest.fixture
        async def made(api):
            (await api.post("/", json={})).expect(200)
            yield "made"
            await asyncio.sleep(0)
        """,
    )
    job = Job(port=serve(json_reply({})).port, pack=folder, seed=1, environment={"DATABASE": "sqlite"})
    process = harness(job, PYTEST_ADDOPTS="--maxfail=nonsense", PYTEST_PLUGINS="nonsense")
    status = process.finish()
    assert (status, process.kinds()) == (
        0,
        ["hello", "listening", "check_started", "check_finished", "check_started", "check_finished", "finished"],
    )
    assert [(name, result.verdict) for name, result in process.results().items()] == [
        ("a.one", "passed"),
        ("a.two", "passed"),
    ]
    assert [exchange.method for exchange in process.results()["a.two"].evidence.exchanges] == ["POST"]
    assert "in a check" in process.stderr
    assert "raw" in process.stderr


RANDOM = """
@check("r.one", category="c", level="junior")
async def one(api, rng):
    '''A.'''
    await api.get(f"/{rng.random()}")

@check("r.two", category="c", level="junior")
async def two(api, rng):
    '''B.'''
    await api.get(f"/{rng.random()}")
"""


def test_a_check_repeats_alone_with_its_seed(harness: Any, pack: Any, json_reply: Any, serve: Serve) -> None:
    """Random numbers depend on seed and check, and on nothing that ran before."""
    folder, port = pack(checks=RANDOM), serve(json_reply({})).port

    def urls(seed: int, only: list[str] | None = None) -> dict[str, str]:
        process = harness(Job(port=port, pack=folder, seed=seed, only=only))
        assert process.finish() == 0
        return {name: result.evidence.exchanges[0].url for name, result in process.results().items()}

    both = urls(7)
    assert both["r.one"] != both["r.two"]
    assert urls(7, ["r.two"]) == {"r.two": both["r.two"]}
    assert urls(8)["r.two"] != both["r.two"]


def test_an_application_that_never_listens_is_told_at_the_deadline(harness: Any, pack: Any, free_port: int) -> None:
    """No check is started."""
    process = harness(Job(port=free_port, pack=pack(a=ONE), seed=1, startup_deadline=0.2))
    assert process.finish() == 0
    assert process.kinds() == ["hello", "not_listening", "finished"]
    assert process.events[1].exited is False
    assert process.events[1].seconds >= 0.2


@pytest.mark.parametrize("mode", [pytest.param("grade", id="grade"), pytest.param("inspect", id="inspect")])
def test_an_application_that_exits_at_start_is_told_at_once(mode: Any, harness: Any, pack: Any, free_port: int) -> None:
    """Long before the deadline, and even if it was told before the job was begun."""
    process = harness(Job(mode=mode, port=free_port, pack=pack(a=ONE), seed=1), CandidateExited(status=1))
    assert process.finish() == 0
    assert process.kinds() == ["hello", "not_listening", "finished"]
    assert process.events[1].exited is True


def test_an_application_that_dies_blocks_the_checks_that_follow(
    harness: Any, pack: Any, json_reply: Any, serve: Serve
) -> None:
    """The check that it died in fails with a note, though the news comes after its connection broke."""
    source = """
    @check("a.ok", category="c", level="junior")
    async def ok(api):
        '''Fine.'''
        (await api.get("/ok")).expect(200)

    @check("b.kills", category="c", level="junior")
    async def kills(api):
        '''Fine too.'''
        (await api.get("/kill")).expect(200)

    @check("c.after", category="c", level="junior")
    async def after(api):
        '''And this.'''
        (await api.get("/ok")).expect(200)
    """
    died = threading.Event()

    def behave(connection: Any, request: bytes) -> None:
        if b"/kill" in request:
            server.stop_listening()
            died.set()
        else:
            connection.sendall(json_reply({}))

    server = serve(behave)
    process = harness(Job(port=server.port, pack=pack(a=source), seed=1))
    assert died.wait(30)
    process.order(CandidateExited(status=-9))
    assert process.finish() == 0
    results = process.results()
    assert [str(result.verdict) for result in results.values()] == ["passed", "failed", "blocked"]
    assert results["b.kills"].evidence.note == "the application's process ended (signal 9) during this check"
    assert results["c.after"].evidence.note == "the application's process ended (signal 9) during b.kills"
