"""What checks of a pack do, and the verdicts that come of it."""

from collections.abc import Callable
from typing import Any

from grader.verdicts import Job

Serve = Callable[..., Any]

FIXTURES = """
@pytest.fixture
async def user(api):
    return (await api.post("/users", json={})).expect(201)

@pytest.fixture
async def tidy(api):
    yield
    (await api.delete("/x")).expect(204)
"""


VERDICTS = """
import json as library

@check("v.mismatch", category="c", level="junior")
async def mismatch(api):
    '''It is created.

    This is why.
    '''
    (await api.get("/x")).expect(201)

@check("v.assert", category="c", level="junior")
async def asserts(api):
    '''Two is three.'''
    reply = await api.get("/y")
    assert reply.status == 404, "the status is wrong"

@check("v.tally", category="c", level="junior")
async def tally(api):
    '''Many hold.'''
    tally = Tally()
    for number in range(4):
        with tally.case(f"number {number}"):
            (await api.get(f"/{number}")).expect(200 if number else 404)
    return tally

@check("v.fixture", category="c", level="junior")
async def fixture(user):
    '''A user can be made.'''

@check("v.requires", category="c", level="junior", requires=("v.fixture",))
async def requires(user):
    '''A user can be made again.'''

@check("v.cleanup", category="c", level="junior")
async def cleanup(tidy):
    '''A refused clean-up is no matter.'''

@check("v.group", category="c", level="junior")
async def group(api):
    '''Tasks blame the candidate too.'''
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(raises())
        tasks.create_task(raises())

async def raises():
    raise Mismatch("this", "that")

@check("v.burst", category="c", level="junior")
async def burst(api):
    '''They are all answered.'''
    assert [reply.status for reply in await api.burst([Request("GET", "/")] * 3)] == [200] * 3

@check("v.key", category="c", level="junior")
async def key(api):
    '''It indexes raw data.'''
    library.loads((await api.get("/")).body)["nope"]

@check("v.timeout", category="c", level="junior")
async def timeout(api):
    '''Its own timeout is its own fault.'''
    raise TimeoutError

@check("v.skip", category="c", level="junior")
async def skips(api):
    '''It skips.'''
    pytest.skip("no")

@check("v.library", category="c", level="junior")
async def library_asserts(api):
    '''An assert elsewhere is no verdict.'''
    exec(compile("assert 1 == 2", "/elsewhere.py", "exec"))

@check("v.returns", category="c", level="junior")
async def returns(api):
    '''It returns nonsense.'''
    return True

@check("v.last", category="c", level="junior")
async def last(api):
    '''It runs after all that.'''
"""


def test_every_ending_has_its_verdict(harness: Any, pack: Any, json_reply: Any, serve: Serve) -> None:
    """The candidate's faults fail with evidence, the pack's are errors, and none disturbs the next check."""
    folder = pack(checks=VERDICTS, conftest=FIXTURES)
    process = harness(Job(port=serve(json_reply({})).port, pack=folder, seed=1))
    assert process.finish() == 0
    results = process.results()
    assert {name.removeprefix("v."): str(result.verdict) for name, result in results.items()} == {
        "mismatch": "failed",
        "assert": "failed",
        "tally": "failed",
        "fixture": "failed",
        "requires": "blocked",
        "cleanup": "passed",
        "group": "failed",
        "burst": "passed",
        "key": "error",
        "timeout": "error",
        "skip": "error",
        "library": "error",
        "returns": "error",
        "last": "passed",
    }
    assert results["v.tally"].credit == 0.75
    assert results["v.tally"].evidence.findings[0].case == "number 0"
    asserted = results["v.assert"].evidence.findings[0]
    assert asserted.expected == "Two is three."
    assert asserted.got == "the status is wrong assert 200 == 404"
    assert asserted.exchange
    assert asserted.exchange.url == "http://127.0.0.1:8000/y"
    assert results["v.requires"].evidence.note == "it needs v.fixture, which is failed"
    assert len(results["v.group"].evidence.findings) == 2
    assert "KeyError: 'nope'" in results["v.key"].evidence.note


HANGING = """
@check("d.check", category="c", level="junior")
async def hangs(api):
    '''It ends.'''
    await api.get("/quick")
    await asyncio.Event().wait()

@check("d.request", category="c", level="junior")
async def request(api):
    '''It is answered.'''
    await api.get("/hangs")

@check("d.fixture", category="c", level="junior")
async def fixture(user):
    '''A user can be made.'''
"""


def test_nothing_outlasts_the_deadline_of_a_check(harness: Any, pack: Any, json_reply: Any, serve: Serve) -> None:
    """The function, a request in it, and a fixture end; what they waited for is shown."""

    def behave(connection: Any, request: bytes) -> None:
        if b"/quick" in request:
            connection.sendall(json_reply({}))
        while connection.recv(1):
            pass

    folder = pack(a=HANGING, conftest=FIXTURES)
    process = harness(Job(port=serve(behave).port, pack=folder, seed=1, check_deadline=1))
    assert process.finish() == 0
    results = process.results()
    # On a machine that is too busy for anything they are inconclusive, which is right as well.
    assert {str(result.verdict) for result in results.values()} <= {"failed", "inconclusive"}
    got = {name: result.evidence.findings[0].got for name, result in results.items()}
    assert got["d.check"] == got["d.request"] == "no result within 1 s"
    assert "no whole response within" in got["d.fixture"]
    shown = {name: result.evidence.findings[0].exchange for name, result in results.items()}
    assert {name: exchange.url.rpartition("/")[2] for name, exchange in shown.items() if exchange} == {
        "d.check": "quick",
        "d.request": "hangs",
        "d.fixture": "users",
    }


HUGE = """
@check("h.tally", category="c", level="junior")
async def tally(api):
    '''Many hold.'''
    tally = Tally()
    for number in range(60):
        with tally.case(f"number {number}"):
            (await api.post("/", content=bytes(range(256)) * 16)).expect(404)
    return tally

@check("h.memory", category="c", level="junior")
async def memory(api):
    '''The harness stays small, on systems that tell.'''
    if os.path.exists("/proc/self/status"):
        with open("/proc/self/status") as status:
            peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
        assert peak < 150 * 1024
"""


def test_a_result_is_bounded_whatever_the_candidate_sends(harness: Any, pack: Any, serve: Serve) -> None:
    """Hidden characters swell when they are shown; the event stays under 256 KiB, and memory under 150 MB."""
    body = "\U000e0001".encode() * 100_000
    headers = b"".join(b"x-%d: %b\r\n" % (n, b"\xc2\x80" * 200) for n in range(90))
    answer = b"HTTP/1.1 200 OK\r\n%bcontent-length: %d\r\n\r\n%b" % (headers, len(body), body)
    process = harness(Job(port=serve(answer).port, pack=pack(a=HUGE), seed=1))
    assert process.finish() == 0
    result = process.results()["h.tally"]
    assert len(result.model_dump_json().encode()) <= 256 * 1024
    assert result.credit == 0.0
    assert len(result.evidence.findings) == 25
    assert result.evidence.findings[0].exchange
    assert "35 more cases failed" in result.evidence.note
    assert process.results()["h.memory"].verdict == "passed"
