"""Ends and starts as a check asks for them, with a host that is played."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from grader.harness import lifecycle as module
from grader.harness.candidate import Candidate
from grader.harness.fault import HarnessFault
from grader.harness.host import Host
from grader.harness.lifecycle import Lifecycle
from grader.harness.mismatch import DeadlinePassed, Mismatch, Undecided
from grader.verdicts import Answer, Ask, Event, Look


class Played:
    """A candidate, and a host that does to it what it is asked for, from another thread as ever.

    Attributes:
        asked: in order.
        refuses: what cannot be done.
        ends_with: the status after SIGTERM; None where it is deaf.
        listens: whether it accepts connections once it was started again.
        dies: the status with which it ends instead.
        seen: what the host sees of it.
    """

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.refuses: set[str] = set()
        self.ends_with: int | None = 0
        self.listens = True
        self.dies: int | None = None
        self.seen: Look | None = None
        self.candidate = Candidate("127.0.0.1", 9)
        self.candidate.accepts = lambda: self.listens  # type: ignore[method-assign]
        self.host = Host(self._send)
        self.lifecycle = Lifecycle(self.host, self.candidate, startup=0.05)

    def run(self, work: Callable[[Lifecycle], Coroutine[Any, Any, Any]]) -> Any:
        return asyncio.run(work(self.lifecycle))

    def _send(self, event: Event) -> None:
        assert isinstance(event, Ask)
        self.asked.append(event.what)
        threading.Thread(target=self._answer, args=(event,)).start()

    def _answer(self, ask: Ask) -> None:
        done = ask.what not in self.refuses
        if done:
            self._do(ask.what)
        self.host.answered(Answer(number=ask.number, done=done, look=self.seen))

    def _do(self, what: str) -> None:
        if what == "terminate" and self.ends_with is not None:
            self.candidate.exited(self.ends_with)
        elif what == "kill":
            self.candidate.exited(-9)
        elif what == "start":
            self.candidate.started()
            if self.dies is not None:
                self.candidate.exited(self.dies)


@pytest.fixture
def played() -> Played:
    return Played()


@pytest.mark.parametrize("status", [0, -15, 3])
def test_the_exit_status_is_told(played: Played, status: int) -> None:
    """Whatever it is: the check knows what the contract wants."""
    played.ends_with = status

    async def work(lifecycle: Lifecycle) -> int:
        await lifecycle.terminate()
        return await lifecycle.ended()

    assert played.run(work) == status


def test_who_does_not_end_in_time_fails_by_the_clock(played: Played) -> None:
    """So it counts only where the machine had time to run the harness."""
    played.ends_with = None

    async def work(lifecycle: Lifecycle) -> None:
        await lifecycle.terminate()
        await lifecycle.ended(0.05)

    with pytest.raises(DeadlinePassed, match=r"ends within 0.05 s, got it still runs"):
        played.run(work)


@pytest.mark.parametrize("what", ["terminate", "kill"])
def test_who_had_ended_before_fails(played: Played, what: str) -> None:
    """Nobody told it to; the finding has its status, which may be told a moment later."""
    played.refuses = {what}
    threading.Timer(0.05, played.candidate.exited, (3,)).start()
    with pytest.raises(Mismatch, match=r"it had ended by itself \(status 3\)"):
        played.run(lambda lifecycle: getattr(lifecycle, what)())


@pytest.mark.parametrize("what", ["terminate", "kill"])
def test_a_signal_that_the_host_could_not_send_is_no_fault_of_the_candidate(
    played: Played, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine refused, and the application runs on."""
    monkeypatch.setattr(module, "STOP_SECONDS", 0.05)
    played.refuses = {what}
    with pytest.raises(HarnessFault, match=f"could not {what}"):
        played.run(lambda lifecycle: getattr(lifecycle, what)())


def test_a_restart_is_sigterm_end_and_start(played: Played) -> None:
    """In this order; then it runs."""
    played.run(lambda lifecycle: lifecycle.restart())
    assert (played.asked, played.lifecycle.runs) == (["terminate", "start"], True)


def test_who_ends_before_it_listens_fails(played: Played) -> None:
    """With the status or the signal in words."""
    played.listens, played.dies = False, -11

    async def work(lifecycle: Lifecycle) -> None:
        await lifecycle.kill()
        await lifecycle.start()

    with pytest.raises(Mismatch, match=r"starts again, got its process ended \(signal 11\)"):
        played.run(work)


def test_who_never_listens_again_fails_by_the_clock(played: Played) -> None:
    """After the time that the first start has, too."""
    played.listens = False

    async def work(lifecycle: Lifecycle) -> None:
        await lifecycle.kill()
        await lifecycle.start()

    with pytest.raises(DeadlinePassed, match="does not listen"):
        played.run(work)


def test_who_is_kept_from_listening_again_is_not_judged(played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    """It wants to run, and has hardly had a processor since its start."""
    monkeypatch.setattr(module, "LOOK_PAUSE", 0.0)
    played.listens = False
    played.seen = Look(asleep=False, cpu_seconds=0.001)

    async def work(lifecycle: Lifecycle) -> None:
        await lifecycle.kill()
        await lifecycle.start()

    with pytest.raises(Undecided, match="hardly had a processor"):
        played.run(work)
    assert played.asked == ["kill", "start", "look", "look", "look"]


def test_a_host_that_cannot_start_it_is_no_fault_of_the_candidate(played: Played) -> None:
    """Nor is a check that starts it while it runs."""
    with pytest.raises(HarnessFault, match="while it runs"):
        played.run(lambda lifecycle: lifecycle.start())
    played.refuses = {"start"}
    played.candidate.exited(0)
    with pytest.raises(HarnessFault, match="could not start"):
        played.run(lambda lifecycle: lifecycle.start())


def test_a_host_that_does_not_answer_is_no_fault_of_the_candidate(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine hangs."""
    monkeypatch.setattr("grader.harness.host.DONE_SECONDS", 0.05)
    played.host.answered = lambda _: None  # type: ignore[method-assign]
    with pytest.raises(HarnessFault, match="did not terminate the application"):
        played.run(lambda lifecycle: lifecycle.terminate())


def test_who_survives_sigkill_is_the_machines_fault(played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    """No program can; the kernel has it in its hands."""
    monkeypatch.setattr(module, "DONE_SECONDS", 0.05)
    monkeypatch.setattr(played, "_do", lambda _: None)
    with pytest.raises(HarnessFault, match="survived SIGKILL"):
        played.run(lambda lifecycle: lifecycle.kill())


@pytest.mark.parametrize(
    ("ends_with", "asked"),
    [(0, ["terminate", "start"]), (None, ["terminate", "kill", "start"])],
    ids=["it-ends", "it-is-deaf"],
)
def test_the_next_check_finds_it_running(
    played: Played, ends_with: int | None, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever this one has done to it."""
    monkeypatch.setattr(module, "STOP_SECONDS", 0.05)
    played.ends_with = ends_with

    async def work(lifecycle: Lifecycle) -> None:
        await lifecycle.terminate()
        await lifecycle.leave_running()

    played.run(work)
    assert (played.asked, played.lifecycle.runs) == (asked, True)


def test_what_was_not_touched_is_left_alone(played: Played) -> None:
    """A check that only asks whether it runs costs no start."""
    played.run(lambda lifecycle: lifecycle.leave_running())
    assert played.asked == []


def test_who_does_not_start_for_the_next_check_has_ended(played: Played) -> None:
    """That is found by the sequence, which blocks the rest."""
    played.listens, played.dies = False, 1

    async def work(lifecycle: Lifecycle) -> None:
        await lifecycle.kill()
        await lifecycle.leave_running()

    played.run(work)
    assert not played.lifecycle.runs
