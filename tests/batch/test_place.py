"""Turns of pods: the next one has started before its turn, and measurements take none."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from grader.batch.place import TurnSandbox
from grader.batch.slots import Slots
from grader.intake.submission import EntryPoint, Tree
from grader.sandbox.pod import PodSpec, Runtime
from grader.settings import Settings
from grader.verdicts import Job as Order
from tests.batch.played import Stage


@pytest.fixture
def spec(project: Callable[[str], Path]) -> Callable[[str], PodSpec]:
    """A pod of a project."""

    def make(name: str) -> PodSpec:
        tree = Tree(project(name), ("main.py",), "", 0)
        return PodSpec("run", Runtime("3", {}), tree, EntryPoint("main", "app"), {}, None, Order(pack="", seed=1))

    return make


def test_the_next_pod_starts_while_another_has_its_turn(
    spec: Callable[[str], PodSpec], stage: Stage, settings: Settings
) -> None:
    """And its checks begin once the other one's are over, even before the other one's pod is gone."""
    slots = Slots(settings.cache_dir, 1)
    waits, second = threading.Event(), threading.Event()
    first = TurnSandbox(stage.sandbox(), slots, lambda: None)
    other = TurnSandbox(stage.sandbox(), slots, waits.set)
    stage.turned = lambda name: second.set() if name == "b" else None

    def run() -> None:
        with other.pod(spec("b")):
            pass

    with ThreadPoolExecutor(1) as pool:
        with first.pod(spec("a")):
            running = pool.submit(run)
            assert waits.wait(60)
            assert (stage.started, stage.checking) == (["a", "b"], ["a"])
        assert second.wait(60)
        running.result(60)


def test_a_pod_that_fails_gives_its_turn_back(spec: Callable[[str], PodSpec], stage: Stage, settings: Settings) -> None:
    """Whatever it fails by, also before anybody has the pod."""
    slots = Slots(settings.cache_dir, 1)

    def boom(_: str) -> None:
        raise RuntimeError

    stage.turned = boom
    with pytest.raises(RuntimeError), TurnSandbox(stage.sandbox(), slots, lambda: None).pod(spec("a")):
        pass
    stage.turned = lambda _: None
    with TurnSandbox(stage.sandbox(), slots, lambda: pytest.fail("the slot is lost")).pod(spec("b")):
        pass


def test_a_measurement_takes_no_turn(spec: Callable[[str], PodSpec], stage: Stage, settings: Settings) -> None:
    """Its two pods wait for each other, and would wait for ever where there is one slot."""
    slots = Slots(settings.cache_dir, 1)
    measured = TurnSandbox(stage.sandbox(), slots, lambda: pytest.fail("it waits for a turn"))

    def load(_: object) -> None:
        """Nobody asks."""

    with (
        slots.taken(lambda: None),
        measured.pod(replace(spec("a"), loading=load)),  # type: ignore[arg-type]
        measured.pod(replace(spec("reference"), loading=load)),  # type: ignore[arg-type]
    ):
        assert stage.checking == ["a", "reference"]
