"""The candidate's process through all its starts, with processes that a test steers."""

import threading
from collections.abc import Callable, Iterator

import pytest

from grader.errors import PodError
from grader.sandbox.application import Application
from grader.verdicts import Answer, Ask, AskedFor, CandidateExited, CandidateStarted, Look, Order


class Steered:
    """A process that ends when it is told to."""

    def __init__(self, log: bytes = b"") -> None:
        self.log = log
        self.status = 0
        self.moves: list[str] = []
        self._ended = threading.Event()

    def end(self, status: int) -> None:
        self.status = status
        self._ended.set()

    def wait(self) -> int:
        assert self._ended.wait(10)
        return self.status

    def _move(self, name: str) -> None:
        if self._ended.is_set():
            raise PodError("it has ended")
        self.moves.append(name)

    def pause(self) -> None:
        self._move("pause")

    def resume(self) -> None:
        self._move("resume")

    def terminate(self) -> None:
        self._move("terminate")

    def kill(self) -> None:
        self._move("kill")
        self.end(-9)

    def look(self) -> Look:
        return Look(asleep=True)

    def tail(self) -> bytes:
        return self.log

    def close(self) -> None:
        self.moves.append("close")
        self._ended.set()

    def write(self, data: bytes) -> None:
        raise NotImplementedError

    def chunks(self) -> None:
        raise NotImplementedError


class Stage:
    """An application whose starts are these processes, and what the harness was told."""

    def __init__(self, *processes: Steered, restarts: bool = True) -> None:
        self.left = list(processes)
        self.told: list[Order] = []
        self.failures: list[Exception] = []
        launch: Callable[[], Steered] = lambda: self.left.pop(0)  # noqa: E731
        self.application = Application(
            launch,  # type: ignore[arg-type]
            restarts=restarts,
            loading=None,
            tell=self.told.append,
            failed=self.failures.append,
        )
        self.application.start()
        self.application.watch()

    def leave(self) -> None:
        self.application.close()
        self.application.join()

    def ask(self, what: AskedFor) -> bool:
        answer = self.application.answer(Ask(number=1, what=what))
        return answer.done


Play = Callable[..., Stage]


@pytest.fixture
def play() -> Iterator[Play]:
    """Put applications on stages, which are left when the test ends."""
    stages: list[Stage] = []

    def play(*processes: Steered, restarts: bool = True) -> Stage:
        stages.append(Stage(*processes, restarts=restarts))
        return stages[-1]

    yield play
    for stage in stages:
        stage.leave()


def test_what_is_asked_for_is_done(play: Play) -> None:
    """Each word has its own effect on the process that runs."""
    process = Steered()
    stage = play(process)
    words: tuple[AskedFor, ...] = ("pause", "resume", "terminate", "kill")
    assert [stage.ask(word) for word in words] == [True] * 4
    assert process.moves == list(words)


def test_a_look_is_part_of_the_answer(play: Play) -> None:
    """And of no other."""
    application = play(Steered()).application
    assert application.answer(Ask(number=7, what="look")) == Answer(number=7, done=True, look=Look(asleep=True))


def test_another_start_is_told_after_the_end_of_the_one_before(play: Play) -> None:
    """So the harness never takes the end of the first for that of the second."""
    first, second = Steered(), Steered()
    stage = play(first, second)
    assert stage.ask("kill")
    assert stage.ask("start")
    assert stage.told == [CandidateExited(status=-9), CandidateStarted()]
    assert stage.application.status is None
    second.end(3)
    stage.application.join()
    assert stage.told[2:] == [CandidateExited(status=3)]
    assert stage.application.status == 3


def test_what_is_left_of_the_one_before_is_ended(play: Play) -> None:
    """A child that outlived it would hold the port."""
    first = Steered()
    stage = play(first, Steered())
    first.end(0)
    stage.application.join()
    assert stage.ask("start")
    assert first.moves == ["close"]


@pytest.mark.parametrize(("restarts", "ended"), [(True, False), (False, True)], ids=["it-runs", "not-agreed"])
def test_it_is_not_started_twice_nor_where_its_files_would_be_gone(
    play: Play, restarts: bool, ended: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That cannot be done, and is no fault of the pod."""
    monkeypatch.setattr("grader.sandbox.application._JOIN", 0.01 if not ended else 10)
    process = Steered()
    stage = play(process, Steered(), restarts=restarts)
    if ended:
        process.end(0)
    assert not stage.ask("start")
    assert len(stage.left) == 1
    process.end(0)


def test_nothing_starts_once_it_is_closed(play: Play) -> None:
    """The pod is left in one thread while the harness asks in another."""
    process = Steered()
    stage = play(process, Steered())
    stage.application.close()
    stage.application.join()
    assert not stage.ask("start")
    assert len(stage.left) == 1


def test_the_log_is_that_of_all_starts(play: Play) -> None:
    """In their order."""
    first = Steered(b"first\n")
    stage = play(first, Steered(b"second\n"))
    first.end(0)
    assert stage.ask("start")
    assert stage.application.log() == b"first\nsecond\n"


def test_before_the_first_start_nothing_can_be_done() -> None:
    """There is no log either."""
    application = Application(Steered, restarts=True, loading=None, tell=print, failed=print)  # type: ignore[arg-type]
    assert application.answer(Ask(number=2, what="kill")) == Answer(number=2, done=False)
    assert (application.log(), application.has_started) == (b"", False)
