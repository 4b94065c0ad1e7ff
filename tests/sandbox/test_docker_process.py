import struct
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from grader.errors import PodError
from grader.sandbox import docker_process
from grader.sandbox.bootstrap import READY
from grader.sandbox.docker_process import DockerProcess, Removal
from grader.sandbox.docker_stream import demultiplexed


def frame(stream: int, data: bytes) -> bytes:
    return struct.pack(">BxxxL", stream, len(data)) + data


class FakeSocket:
    """What `attach_socket` gives: bytes in pieces of a chosen size."""

    def __init__(self, data: bytes, piece: int) -> None:
        self._pieces = [data[at : at + piece] for at in range(0, len(data), piece)]
        self.closed = False

    def recv(self, _size: int) -> bytes:
        return self._pieces.pop(0) if self._pieces else b""

    def shutdown(self, _how: int) -> None:
        raise OSError("not connected any more")

    def close(self) -> None:
        self.closed = True


def process(data: bytes, piece: int = 1_000) -> DockerProcess:
    container: Any = SimpleNamespace(attach_socket=lambda **_options: FakeSocket(data, piece))
    removal: Any = lambda: None  # noqa: E731  # the shortest stand-in
    engine: Any = None
    return DockerProcess(engine, container, "candidate", removal, deadline=1, tail_stdout=False)


@pytest.mark.parametrize("piece", [1, 3, 8, 9, 64], ids=lambda size: f"by-{size}")
def test_frames_are_told_apart_however_they_are_cut(piece: int) -> None:
    # The engine's frames and the pieces that arrive have nothing to do with each other; empty frames are none.
    frames = [(1, b"out"), (2, b"err" * 30), (1, b""), (1, b"x")]
    data = b"".join(frame(*each) for each in frames)
    streams = {1: b"", 2: b""}
    for stream, part in demultiplexed(FakeSocket(data, piece).recv):
        streams[stream] += part
    assert streams == {1: b"outx", 2: b"err" * 30}


@pytest.mark.parametrize("cut", range(1, len(READY) + 1), ids=lambda size: f"at-{size}")
def test_the_bootstraps_word_is_left_out(cut: int) -> None:
    # It may come in any number of frames, and together with what follows.
    output = READY + b"the app's own\n"
    made = process(frame(1, output[:cut]) + frame(2, b"a warning\n") + frame(1, output[cut:]))
    assert b"".join(made.chunks()) == b"the app's own\n"
    assert made.tail() == b"a warning\n"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(b"", "did not arrive", id="nothing"),
        pytest.param(frame(1, READY[:4]), "did not arrive", id="half-a-word"),
        pytest.param(frame(2, b"sh: tar: not found\n"), "did not arrive", id="no-tar"),
        pytest.param(frame(1, b"hello\n"), "did not start as it should", id="another-word"),
    ],
)
def test_without_the_word_nobody_blames_the_candidate(data: bytes, message: str) -> None:
    # Until the files are there, whatever goes wrong is the machine's fault.
    with pytest.raises(PodError, match=message):
        list(process(data).chunks())


def removals(answers: list[Exception | None]) -> tuple[Removal, Iterator[Exception | None]]:
    left = iter(answers)

    def remove(*_given: Any, **_named: Any) -> None:
        answer = next(left)
        if answer:
            raise answer

    client: Any = SimpleNamespace(api=SimpleNamespace(remove_container=remove))
    return Removal(client, "name"), left


def test_a_busy_engine_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    # "device or resource busy" passes; and a container that is gone is what was wanted.
    from docker.errors import APIError, NotFound  # noqa: PLC0415  # slow to import

    monkeypatch.setattr(docker_process, "_PAUSES", (0.0, 0.0))
    removal, left = removals([APIError("busy"), NotFound("gone"), RuntimeError("not asked again")])
    removal()
    removal()
    assert isinstance(next(left), RuntimeError)


def test_an_engine_that_refuses_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    # The second call is on the way out of the same pod; it does not wait again.
    from docker.errors import APIError  # noqa: PLC0415  # slow to import

    monkeypatch.setattr(docker_process, "_PAUSES", (0.0,))
    removal, left = removals([APIError("busy"), APIError("still busy"), RuntimeError("not asked again")])
    with pytest.raises(PodError, match="still busy"):
        removal()
    removal()
    assert isinstance(next(left), RuntimeError)


@pytest.mark.parametrize("words", ["No such container: name", "removal of container name is already in progress"])
def test_what_another_removed_is_a_lost_pod(words: str) -> None:
    # How it ended was not the candidate's doing: whatever the checks said of it meanwhile, there is no verdict.
    from docker.errors import APIError, NotFound  # noqa: PLC0415  # slow to import

    removal, _ = removals([NotFound(words) if words.startswith("No such") else APIError(words)])
    removal.expected = True
    with pytest.raises(PodError, match="removed from outside"):
        removal()
    removal()


def test_what_was_perhaps_never_made_need_not_be_there() -> None:
    # An interrupted call never told whether it made the container.
    from docker.errors import NotFound  # noqa: PLC0415  # slow to import

    removal, _ = removals([NotFound("No such container: name")])
    removal()


def test_an_engine_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    # Leaving a pod takes seconds, whatever the time limit of an engine's call is.
    from threading import Event  # noqa: PLC0415  # only here

    hang = Event()
    client: Any = SimpleNamespace(api=SimpleNamespace(remove_container=lambda *_given, **_named: hang.wait()))
    monkeypatch.setattr(docker_process, "_REMOVE_SECONDS", 0.05)
    with pytest.raises(PodError, match="did not answer"):
        Removal(client, "name")()
    hang.set()


@pytest.mark.parametrize(("for_people", "counted"), [(True, len(READY) + 5), (False, 0)], ids=["candidate", "harness"])
def test_what_strangers_write_is_taken_at_a_bounded_rate(
    monkeypatch: pytest.MonkeyPatch, for_people: bool, counted: int
) -> None:
    # Both streams count. The harness must never be held up, and has bounds of its own.
    taken: list[int] = []
    monkeypatch.setattr(docker_process, "Throttle", lambda: SimpleNamespace(take=taken.append))
    data = frame(1, READY) + frame(1, b"out") + frame(2, b"er")
    container: Any = SimpleNamespace(attach_socket=lambda **_options: FakeSocket(data, 1_000))
    stand_in: Any = None
    list(DockerProcess(stand_in, container, "x", stand_in, deadline=1, tail_stdout=for_people).chunks())
    assert sum(taken) == counted
