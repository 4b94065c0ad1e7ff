"""What the harness asks of the host: the application stands still while a burst's last bytes are sent."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from grader.harness.host import Host
from grader.verdicts import Answer, Ask, Event, Look


def asked(events: list[Event]) -> list[str]:
    """What was asked for, in order."""
    return [event.what for event in events if isinstance(event, Ask)]


def run(answer: Callable[[Host, Ask], None], *, seconds: float = 60) -> list[Event]:
    """Enter and leave `stilled` once, with a host that answers so."""
    events: list[Event] = []

    def send(event: Event) -> None:
        events.append(event)
        if isinstance(event, Ask):
            answer(host, event)

    async def work() -> None:
        async with host.stilled():
            assert asked(events) == ["pause"]

    host = Host(send, seconds)
    asyncio.run(work())
    return events


@pytest.mark.parametrize("done", [True, False])
def test_the_work_is_done_between_pause_and_resume(done: bool) -> None:
    """The answer is waited for, whatever it is; it comes from another thread."""

    def answer(host: Host, ask: Ask) -> None:
        threading.Thread(target=host.answered, args=(Answer(number=ask.number, done=done),)).start()

    assert asked(run(answer)) == ["pause", "resume"]


def test_a_host_that_does_not_answer_stops_nothing() -> None:
    """Without an answer the work goes on, and the application too."""
    assert asked(run(lambda *_: None, seconds=0.01)) == ["pause", "resume"]


def test_a_failure_leaves_nobody_paused() -> None:
    """Whatever happens meanwhile, the application goes on."""
    events: list[Event] = []
    host = Host(events.append, 0.01)

    async def work() -> None:
        async with host.stilled():
            raise RuntimeError

    with pytest.raises(RuntimeError):
        asyncio.run(work())
    assert asked(events) == ["pause", "resume"]


def test_an_answer_that_nobody_waits_for_is_ignored() -> None:
    """A late one, or one to `resume`."""
    Host(lambda _: None).answered(Answer(number=99, done=True))


def looked(answer: Callable[[Host, Ask], None], *, seconds: float = 60) -> Look | None:
    """What a look says, with a host that answers so."""
    host = Host(lambda event: answer(host, event), seconds)  # type: ignore[arg-type]
    return asyncio.run(host.look())


@pytest.mark.parametrize("look", [Look(asleep=True), Look(asleep=False, cpu_seconds=1.5), None])
def test_a_look_is_what_the_host_says(look: Look | None) -> None:
    """Asleep, awake, or that it cannot say."""

    def answer(host: Host, ask: Ask) -> None:
        assert ask.what == "look"
        told = Answer(number=ask.number, done=look is not None, look=look)
        threading.Thread(target=host.answered, args=(told,)).start()

    assert looked(answer) == look


def test_a_look_that_is_not_answered_finds_nobody_asleep() -> None:
    """The check goes on; a host that is too busy to say may have a candidate that is too busy, too."""
    assert looked(lambda *_: None, seconds=0.01) == Look(asleep=False)


def test_answers_find_those_who_asked() -> None:
    """Looks that are under way at the same time are told apart, in whatever order they are answered."""
    asked_for: list[Ask] = []

    def answer_both(host: Host) -> None:
        for ask, asleep in zip(reversed(asked_for), (True, False), strict=True):
            host.answered(Answer(number=ask.number, done=True, look=Look(asleep=asleep)))

    def send(event: Event) -> None:
        assert isinstance(event, Ask)
        asked_for.append(event)
        if len(asked_for) == 2:
            threading.Thread(target=answer_both, args=(host,)).start()

    async def both() -> list[Look | None]:
        return await asyncio.gather(host.look(), host.look())

    host = Host(send, 60)
    first, second = asyncio.run(both())
    assert (first, second) == (Look(asleep=False), Look(asleep=True))
    assert host._waiting == {}


def test_an_answer_after_the_check_is_ignored() -> None:
    """Its event loop is closed, and the thread that reads orders must not fall over it."""
    numbers: list[int] = []
    host = Host(lambda event: numbers.append(event.number), 0.01)  # type: ignore[union-attr]
    asyncio.run(host.look())
    host.answered(Answer(number=numbers[0], done=True, look=Look(asleep=True)))
