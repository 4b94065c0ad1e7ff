"""When a wait that was in vain is the candidate's fault, and when the machine may have been in the way."""

import asyncio
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from grader.harness.fault import HarnessFault
from grader.harness.upstream import control as module
from grader.harness.upstream.control import FEWEST, LOOK_EVERY, STALE, STILL, Control, controlled, nobody_looks
from grader.verdicts import Look

pytestmark = pytest.mark.anyio

ASLEEP = Look(asleep=True)


def awake(cpu_seconds: float | None = None) -> Look:
    """It runs, or wants to."""
    return Look(asleep=False, cpu_seconds=cpu_seconds)


class FakeLedger:
    """A process that serves so many round trips, and then no more."""

    def __init__(self, serves: int = 10_000) -> None:
        self.abused = False
        self.idle = asyncio.Event()
        self._serves = serves

    async def command(self, _do: str) -> None:
        if self._serves == 0:
            self.idle.set()
            await asyncio.get_running_loop().create_future()
        self._serves -= 1
        await asyncio.sleep(0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What time it is; nobody sleeps."""
    now = [100.0]
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(module, "GRACE", 0)
    monkeypatch.setattr(module, "PACE", 0)
    return now


async def after(
    looks: Sequence[Look | None],
    *,
    serves: int | None = None,
    then: Callable[[Control, FakeLedger], None] | None = None,
    progress: Callable[[], int] = lambda: 0,
) -> bool:
    """Whether a wait counts after these looks, or after so many round trips."""
    left = list(looks)
    ledger = FakeLedger(LOOK_EVERY * len(looks) if serves is None else serves)

    async def look() -> Look | None:
        return left.pop(0)

    fake: Any = ledger
    async with asyncio.timeout(60), controlled(fake, look, progress) as control:
        await ledger.idle.wait()
        if then:
            then(control, ledger)
        return control.counts()


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    ("looks", "counts"),
    [
        pytest.param([ASLEEP] * STILL, True, id="asleep"),
        pytest.param([awake(0.1), *[ASLEEP] * STILL], True, id="asleep in the end"),
        pytest.param([*[ASLEEP] * STILL, awake(0.1)], False, id="awake in the end"),
        pytest.param([ASLEEP, ASLEEP, awake(0.1), ASLEEP, ASLEEP], False, id="awake now and then"),
        pytest.param([awake(0.1), awake(0.6), awake(1.2)], True, id="had its share"),
        pytest.param([awake(0.1), awake(0.6), awake(1.0)], False, id="had a little less"),
        pytest.param([awake(5.1), awake(5.6), awake(6.0)], False, id="had it before"),
        pytest.param([awake()] * 5, False, id="awake, and nobody knows for how long"),
        pytest.param([None] * 3, True, id="nobody can say"),
        pytest.param([awake(0.1), None, None], False, id="somebody could say, and then not in time"),
        pytest.param([ASLEEP] * (STILL - 1) + [None], False, id="not seen often enough"),
        pytest.param([None, ASLEEP, ASLEEP], False, id="nobody could say at first"),
    ],
)
async def test_asleep_or_fed(looks: list[Look | None], counts: bool) -> None:
    """Whoever waits for a CPU is given time; whoever sleeps, or has had a second of it, is not."""
    assert await after(looks) is counts


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(("serves", "counts"), [(FEWEST - 1, False), (FEWEST, True)])
async def test_the_process_must_have_been_served(serves: int, counts: bool) -> None:
    """Else harness or upstreams may have been in the way."""
    assert await after([None] * 9, serves=serves) is counts


async def test_a_look_that_takes_long_holds_nothing_up(clock: list[float]) -> None:
    """Round trips go on meanwhile; and before it is known whether anybody can say, nothing counts."""
    assert clock
    ledger: Any = FakeLedger(10 * LOOK_EVERY)
    looks: list[asyncio.Future[Look | None]] = []

    async def slow() -> Look | None:
        looks.append(asyncio.get_running_loop().create_future())
        return await looks[-1]

    async with asyncio.timeout(60), controlled(ledger, slow, lambda: 0) as control:
        await ledger.idle.wait()
        assert (len(looks), control.counts()) == (1, False)
        looks[0].set_result(None)
        await asyncio.sleep(0)
        assert control.counts()


async def test_what_was_served_long_ago_says_nothing_of_now(clock: list[float]) -> None:
    """The machine may have stood still since."""

    def later(seconds: float) -> Callable[[Control, FakeLedger], None]:
        return lambda *_: clock.__setitem__(0, clock[0] + seconds)

    assert await after([ASLEEP] * STILL, then=later(STALE / 2))
    assert not await after([ASLEEP] * STILL, then=later(STALE * 2))


@pytest.mark.usefixtures("clock")
async def test_progress_begins_the_count_anew() -> None:
    """A call that brings it nearer shows that the candidate was on its way; what it does next may take a CPU again."""
    came: list[int] = []
    assert await after([ASLEEP] * STILL, progress=lambda: len(came))
    assert not await after([ASLEEP] * STILL, progress=lambda: len(came), then=lambda *_: came.append(1))


@pytest.mark.usefixtures("clock")
async def test_who_floods_the_upstreams_has_no_claim_to_time() -> None:
    """It keeps the machine busy itself."""

    def flooded(_: Control, ledger: FakeLedger) -> None:
        ledger.abused = True

    assert not await after([awake()], serves=0)
    assert await after([awake()], serves=0, then=flooded)


@pytest.mark.usefixtures("clock")
async def test_a_process_that_dies_meanwhile_is_a_fault() -> None:
    """Whatever else the wait has come to."""
    ledger: Any = FakeLedger()

    async def gone(_do: str) -> None:
        raise HarnessFault("gone")

    ledger.command = gone

    async def check() -> None:
        async with controlled(ledger, nobody_looks, lambda: 0):
            for _ in range(5):
                await asyncio.sleep(0)

    with pytest.raises(HarnessFault, match="gone"):
        await check()


@pytest.mark.usefixtures("clock")
async def test_a_check_that_ends_meanwhile_ends() -> None:
    """Its end is not lost while the control is brought to one."""
    ledger: Any = FakeLedger()
    looking, ending, go_on = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def unwilling() -> Look | None:
        looking.set()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            ending.set()
            await go_on.wait()
        return None

    async def check() -> None:
        async with controlled(ledger, unwilling, lambda: 0):
            await looking.wait()
        pytest.fail("it must have ended")

    async with asyncio.timeout(60):
        task = asyncio.create_task(check())
        await ending.wait()
        task.cancel()
        await asyncio.sleep(0)
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_host_that_cannot_say_says_none() -> None:
    """As on systems without /proc."""
    assert await nobody_looks() is None
