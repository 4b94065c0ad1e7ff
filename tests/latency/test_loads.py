"""A grading's loads: the reference runs while one is compared, the machine is locked, and faults are the grader's."""

import fcntl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from grader.errors import HarnessError, PodError
from grader.latency.comparison import FEWEST
from grader.latency.loads import Loads, machine_lock
from grader.sandbox.pod import Loading
from grader.verdicts import (
    Ask,
    CheckFinished,
    CheckResult,
    Event,
    Fault,
    Finished,
    LoadOrder,
    LoadSeen,
    NotListening,
    Verdict,
)

SEEN = LoadSeen(latencies=[0.01] * 20, lags=[0.0] * 20, scheduled=20)
CHECK = "items.latency"


def asking(seen: LoadSeen | None) -> Ask:
    return Ask(number=1, what="load", check=CHECK, load=seen)


@dataclass
class Pods:
    """Pods of the reference that are played: each takes blocks as it is told to, then says its events."""

    events: Sequence[Event] = (Finished(),)
    trouble: Exception | None = None
    opened: list[str] = field(default_factory=list)
    left: int = 0
    blocks: int = 0
    has_opened: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def open(self, check: str, loading: Loading) -> Iterator["Pods"]:
        self.opened.append(check)
        self.has_opened.set()
        self._loading = loading
        if self.trouble:
            raise self.trouble
        yield self
        self.left += 1

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    def candidate_log(self) -> str:
        return "its log"

    def go(self) -> Iterator[Event]:
        if isinstance(self.events[0], Finished):
            order = self._loading(asking(None))
            while order.seconds:
                self.blocks += 1
                order = self._loading(asking(SEEN))
        yield from self.events


class Pod:
    """Adapts `Pods` to what a session offers."""

    def __init__(self, pods: Pods) -> None:
        self.events = pods.go
        self.candidate_log = pods.candidate_log


Make = Callable[[Pods], Loads]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def loads(pods: Pods) -> Loads:
        @contextmanager
        def opened(check: str, loading: Loading) -> Iterator[Pod]:
            with pods.open(check, loading):
                yield Pod(pods)

        return Loads(opened, (2.0, 4.0), tmp_path / "cache" / "latency.lock", 1)  # type: ignore[arg-type]

    return loads


def run(loads: Loads) -> LoadOrder:
    """The application's side, to the end."""
    with loads.about(CHECK):
        return asked(loads)


def asked(loads: Loads) -> LoadOrder:
    """The same in a block that is open."""
    order = loads.answer(asking(None))
    while order.seconds:
        order = loads.answer(asking(SEEN))
    return order


def test_a_load_is_compared_with_the_reference_of_its_check(make: Make) -> None:
    """In a pod of its own, which is left when it is decided; the outcome is kept for the report."""
    pods = Pods()
    loads = make(pods)
    assert [tier.reached for tier in run(loads).tiers] == [True, True]
    assert (pods.opened, pods.left, pods.blocks) == ([CHECK], 1, FEWEST + 1)
    assert loads.outcomes[CHECK].ratios[0.5].ratio == pytest.approx(1.0)


def test_each_load_has_a_comparison_of_its_own(make: Make) -> None:
    """The next check, and one that is repeated."""
    pods = Pods()
    loads = make(pods)
    run(loads)
    with loads.about(CHECK):
        asked(loads)
        asked(loads)
    assert (pods.opened, pods.left) == ([CHECK] * 3, 3)


def test_the_reference_starts_with_the_application(make: Make) -> None:
    """So that it prepares its load at the same time, and not when the application has done so."""
    pods = Pods()
    with make(pods).about(CHECK):
        assert pods.has_opened.wait(20)


@pytest.mark.parametrize(
    ("events", "message"),
    [
        ([NotListening(seconds=1, exited=True)], "did not start"),
        ([Fault(message="no pytest")], "harness failed: no pytest"),
        ([CheckFinished(result=CheckResult(id="a.ok", verdict=Verdict.FAILED, credit=0))], "reference fails a.ok"),
    ],
    ids=["not-listening", "fault", "fails-what-is-required"],
)
def test_a_reference_that_cannot_be_measured_is_no_verdict(make: Make, events: list[Event], message: str) -> None:
    """On nobody but the challenge."""
    with pytest.raises(HarnessError, match=message):
        run(make(Pods(events)))


@pytest.mark.parametrize("trouble", [PodError("no memory"), RuntimeError("no memory")])
def test_a_reference_that_cannot_be_started_is_no_verdict(make: Make, trouble: Exception) -> None:
    """Whatever was in its way."""
    with pytest.raises((PodError, HarnessError), match="no memory"):
        run(make(Pods(trouble=trouble)))


def test_a_pod_that_is_left_amid_a_load_ends_the_reference_as_well(make: Make) -> None:
    """Ctrl-C while it measures leaves nothing."""
    pods = Pods()
    loads = make(pods)
    with suppress(KeyboardInterrupt), loads.about(CHECK):
        loads.answer(asking(None))
        raise KeyboardInterrupt
    assert not [thread for thread in threading.enumerate() if thread.name == "grader-reference"]
    with machine_lock(loads._lock):
        assert pods.opened == [CHECK]


def test_a_load_is_announced(make: Make) -> None:
    """Else the harness is confused."""
    with pytest.raises(HarnessError, match="nobody has announced"):
        make(Pods()).answer(asking(None))


def test_one_measures_at_a_time(make: Make) -> None:
    """Whoever else wants to measure on this machine waits until it is decided."""
    loads = make(Pods())
    with loads.about(CHECK), loads._lock.open() as other:
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        asked(loads)
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
