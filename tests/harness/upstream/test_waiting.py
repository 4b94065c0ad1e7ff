"""How long a rendezvous is waited for, and what a wait that is in vain counts for."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from grader.harness import Mismatch, Reply
from grader.harness.fault import HarnessFault
from grader.harness.mismatch import Missed
from grader.harness.upstream import control, waiting
from grader.harness.upstream.call import Call
from grader.harness.upstream.stage import CLOSED
from grader.harness.upstream.waiting import TOTAL_SHARE, Rendezvous, reach, sending
from grader.verdicts import Exchange, Look

pytestmark = pytest.mark.anyio

REPLY = Reply(504, httpx.Headers(), b"", Exchange(method="GET", url="/"))
AGES = 1000.0
"""Seconds of patience that no test waits for."""


class FakeLedger:
    """What happens at upstreams, as a test says it."""

    def __init__(self) -> None:
        self.news = 0
        self.abused = False
        self.broken: HarnessFault | None = None
        self.at_sync: Callable[[], object] = lambda: None
        self._changed = asyncio.Event()

    def happen(self) -> None:
        self.news += 1
        self._changed.set()

    async def command(self, _do: str) -> None:
        self.at_sync()
        await asyncio.sleep(0)

    async def change(self, known: int) -> None:
        while self.news == known and not self.broken:
            self._changed.clear()
            await self._changed.wait()
        if self.broken:
            raise self.broken


def held(seconds: float, **changes: Any) -> Call:
    """A call that came so long ago, and is held."""
    at = time.monotonic() - seconds
    call = Call("catalog", 1, 1, "GET", "/a", "/a", [], b"", 1, routed=True, in_flight=1, gate="g", at=at)
    for name, value in changes.items():
        setattr(call, name, value)
    return call


def given_up(seconds: float, ago: float = 0.0) -> Call:
    """A call that was held for so long, and then given up, some time ago."""
    return held(seconds + ago, outcome=CLOSED, ended_at=time.monotonic() - ago)


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> FakeLedger:
    """With a control that needs few round trips."""
    for name, value in {"GRACE": 0, "PACE": 0, "FEWEST": 1, "LOOK_EVERY": 1, "STILL": 1}.items():
        monkeypatch.setattr(control, name, value)
    monkeypatch.setattr(waiting, "LONGEST_QUIET", 0.01)
    return FakeLedger()


async def asleep() -> Look | None:
    return Look(asleep=True)


async def awake() -> Look | None:
    return Look(asleep=False, cpu_seconds=1.0)


async def wait(
    ledger: FakeLedger,
    ready: Callable[[], bool] = lambda: False,
    *,
    look: Callable[[], Awaitable[Look | None]] = asleep,
    patience: float = AGES,
    calls: list[Call] | None = None,
    could_come: int = 2,
    **tasks: Any,
) -> None:
    """Wait, but not for ever."""
    given = [] if calls is None else calls
    rendezvous = Rendezvous(ready, "two calls", lambda: f"{len(given)} came", lambda: given, could_come, **tasks)
    fake: Any = ledger
    async with asyncio.timeout(60):
        await reach(rendezvous, fake, patience, look)


async def replied() -> Reply:
    return REPLY


def request(reply: Callable[[], Any] = replied) -> asyncio.Task[Reply]:
    """A request that is under way."""
    return asyncio.create_task(reply())


async def test_what_is_reached_is_not_waited_for(ledger: FakeLedger) -> None:
    """Nobody is asked anything."""

    async def nobody() -> Look | None:
        pytest.fail("it must not look")

    ledger.at_sync = lambda: pytest.fail("it must not ask")
    await wait(ledger, lambda: True, look=nobody)


async def test_it_ends_as_soon_as_it_is_reached(ledger: FakeLedger) -> None:
    """By a call that comes, or by another request that is answered."""
    came: list[int] = []
    waits = asyncio.create_task(wait(ledger, lambda: len(came) == 2, look=awake))
    for number in range(2):
        await asyncio.sleep(0)
        came.append(number)
        ledger.happen()
    await waits
    other = request()
    await wait(ledger, other.done, look=awake, other=other)


async def test_an_answer_before_it_needs_no_clock(ledger: FakeLedger) -> None:
    """However busy the machine is, nothing more will come: a plain mismatch, with the exchange."""
    with pytest.raises(Mismatch) as caught:
        await wait(ledger, look=awake, of=request())
    assert not isinstance(caught.value, Missed)
    assert (caught.value.expected, caught.value.got) == ("two calls", "it was answered with 504 before that: 0 came")
    assert caught.value.exchange == REPLY.exchange


async def test_what_the_answered_request_has_caused_is_looked_up_first(
    ledger: FakeLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """News of its calls may be under way still, and no control has asked for it."""
    monkeypatch.setattr(control, "GRACE", AGES)
    came: list[int] = []
    ledger.at_sync = lambda: came.append(1)
    await wait(ledger, lambda: bool(came), of=request())


async def test_a_request_that_fails_says_so_itself(ledger: FakeLedger) -> None:
    """Its own mismatch is the sharper one."""

    async def refused() -> Reply:
        raise Mismatch("a whole HTTP response", "the connection was refused")

    with pytest.raises(Mismatch, match="refused"):
        await wait(ledger, of=request(refused))


@pytest.mark.parametrize(
    ("share", "look", "served"),
    [
        pytest.param(0.4, awake, None, id="without need"),
        pytest.param(0.6, asleep, True, id="while it slept"),
        pytest.param(0.6, awake, False, id="while it was busy"),
    ],
)
async def test_a_candidate_whose_own_time_limit_has_passed(
    ledger: FakeLedger, share: float, look: Any, served: bool | None
) -> None:
    """It may have been kept from running until then, so the answer that follows counts only if the control says so.

    Who gives up before half of the time has nobody to blame.
    """
    looked = asyncio.Event()

    async def noted() -> Look | None:
        looked.set()
        return await look()

    async def answered() -> Reply:
        await looked.wait()
        await asyncio.sleep(0)
        return REPLY

    with pytest.raises(Mismatch) as caught:
        await wait(ledger, look=noted, patience=100, calls=[given_up(100 * share)], of=request(answered))
    assert (caught.value.served if isinstance(caught.value, Missed) else None) is served
    assert caught.value.exchange == REPLY.exchange


async def test_a_candidate_that_sleeps_is_not_waited_for_longer_than_it_is_quiet(ledger: FakeLedger) -> None:
    """Far less than its patience: it would sleep on."""
    with pytest.raises(Missed) as caught:
        await wait(ledger, calls=[held(0)])
    assert (caught.value.served, caught.value.got) == (True, "1 came")


@pytest.mark.parametrize("of_what", ["the wait", "the oldest call"])
async def test_a_candidate_that_is_awake_is_waited_for(ledger: FakeLedger, of_what: str) -> None:
    """As long as it is bound to have patience itself, and then it is nobody's fault."""
    patience = 0.5
    call = held(0)
    with pytest.raises(Missed) as caught:
        await wait(ledger, look=awake, patience=patience, calls=[call] if of_what == "the oldest call" else [])
    began = call.at if of_what == "the oldest call" else caught.value.since
    assert caught.value.until - began >= patience * TOTAL_SHARE
    assert not caught.value.served


async def test_no_call_is_held_for_longer(ledger: FakeLedger) -> None:
    """Whatever is waited for: the oldest call has been held for as long as the candidate may be made to wait."""
    with pytest.raises(Missed) as caught:
        await wait(ledger, look=awake, calls=[held(AGES * TOTAL_SHARE), held(0)])
    assert not caught.value.served


async def test_who_gives_up_and_tries_again_is_not_waited_for_anew(ledger: FakeLedger) -> None:
    """The time counts from the first call that was held."""
    calls = [held(AGES * TOTAL_SHARE - 0.2)]

    async def again() -> Look | None:
        if len(calls) == 1:
            calls[0].outcome, calls[0].ended_at = CLOSED, time.monotonic()
            calls.append(held(0))
            ledger.happen()
        return await awake()

    with pytest.raises(Missed):
        await wait(ledger, look=again, calls=calls)
    assert len(calls) == 2


async def test_calls_of_an_earlier_wait_do_not_shorten_it(ledger: FakeLedger) -> None:
    """What was let through or given up before is over."""
    came: list[int] = []
    old = [given_up(AGES, ago=5), held(2 * AGES, passed_at=time.monotonic())]
    waits = asyncio.create_task(wait(ledger, lambda: bool(came), look=awake, calls=old))
    await asyncio.sleep(0)
    came.append(1)
    ledger.happen()
    await waits


async def test_idle_talk_puts_nothing_off(ledger: FakeLedger) -> None:
    """A candidate that asks upstreams for something else all the while sleeps in between, and that is seen."""

    async def talking() -> Look | None:
        ledger.happen()
        return await asleep()

    with pytest.raises(Missed) as caught:
        await wait(ledger, look=talking, patience=0.3, calls=[held(0)])
    assert caught.value.served


async def test_nor_does_one_call_over_and_over(ledger: FakeLedger) -> None:
    """What comes beyond the calls that are due brings nothing nearer, though it comes to the same gate."""
    calls = [held(0)]

    async def calling() -> Look | None:
        calls.append(held(0))
        ledger.happen()
        return await asleep()

    with pytest.raises(Missed) as caught:
        await wait(ledger, look=calling, patience=0.3, calls=calls)
    assert len(calls) > 2
    assert caught.value.served


async def test_what_comes_in_the_last_moment_counts(ledger: FakeLedger) -> None:
    """Whoever says that it was missed looks once more."""
    asked: list[int] = []

    def ready() -> bool:
        asked.append(1)
        return len(asked) > 2

    await wait(ledger, ready, patience=0)


async def test_a_process_that_is_gone_is_a_fault(ledger: FakeLedger) -> None:
    """And no mismatch."""
    ledger.broken = HarnessFault("gone")
    with pytest.raises(HarnessFault, match="gone"):
        await wait(ledger)


async def test_what_is_sent_is_given_up_on_leaving() -> None:
    """Whatever is not answered is cancelled, and what failed unseen is no noise."""
    started = asyncio.Event()

    async def hangs() -> Reply:
        started.set()
        await asyncio.get_running_loop().create_future()
        raise AssertionError

    async def fails() -> Reply:
        raise Mismatch("this", "that")

    async with sending(replied(), hangs(), fails()) as requests:
        assert await requests[0] is REPLY
        await started.wait()
    assert [task.done() for task in requests] == [True, True, True]
    assert requests[1].cancelled()
