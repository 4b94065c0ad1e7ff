"""What the harness asks of the host: the application stands still while a burst's last bytes are sent."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from grader.harness.host import Host
from grader.verdicts import Answer, Ask, Event


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
