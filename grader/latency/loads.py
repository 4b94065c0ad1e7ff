"""The latency checks of one grading: each is compared with the reference, which runs in a pod of its own meanwhile.

The reference starts when the application does, so that both prepare what the load needs at the same time.
"""

import fcntl
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from threading import Thread
from typing import Final

from grader.errors import GraderError, HarnessError
from grader.latency.comparison import Comparison, Outcome
from grader.sandbox.pod import Loading, Pod
from grader.verdicts import Ask, CheckFinished, Fault, LoadOrder, NotListening, Verdict

ENDING: Final = 30.0
"""Seconds in which the reference's pod is gone, once the comparison is decided."""

OpenPod = Callable[[str, Loading], AbstractContextManager[Pod]]
"""A pod of the reference for one check; what it asks for about its load goes to the function."""


class Loads:
    """Answers the application's harness while a check is measured.

    Args:
        open_reference: opens its pod.
        factors: of the tiers, ascending.
        lock: a file that whoever measures on this machine holds locked.
        seed: of the resamples.

    Attributes:
        outcomes: check id → how its comparison ended.
        waited: seconds for which others measured.
    """

    def __init__(self, open_reference: OpenPod, factors: Sequence[float], lock: Path, seed: int) -> None:
        self.outcomes: dict[str, Outcome] = {}
        self.waited = 0.0
        self._open_reference = open_reference
        self._factors = factors
        self._lock = lock
        self._seed = seed
        self._measuring = ExitStack()
        self._comparison: Comparison | None = None

    @contextmanager
    def about(self, check: str) -> Iterator[None]:
        """The reference runs, and nothing else is measured on this machine, while the block lasts or until it is told.

        Args:
            check: its id.
        """
        with self._measuring:
            self._begin(check)
            yield

    def answer(self, ask: Ask) -> LoadOrder:
        """What the application's harness does next; waits for its turn.

        Raises:
            GraderError: the reference cannot be measured.
        """
        if self._comparison is None:
            raise HarnessError("a load is measured that nobody has announced")
        if self._comparison.outcome and ask.load is None:  # the check is repeated, since it could not be told
            self._begin(ask.check)
        order = self._comparison.turn("application", ask.load)
        if self._comparison.outcome:
            self.outcomes[ask.check] = self._comparison.outcome
            self._measuring.close()
        return order

    def _begin(self, check: str) -> None:
        self._comparison = Comparison(self._factors, random.Random(f"{self._seed}:{check}"))  # noqa: S311
        self._measuring.enter_context(self._measure(check, self._comparison))

    @contextmanager
    def _measure(self, check: str, comparison: Comparison) -> Iterator[None]:
        """The reference runs, and the lock is held, while the block lasts."""
        asked = time.perf_counter()
        with machine_lock(self._lock):
            self.waited += time.perf_counter() - asked
            thread = Thread(target=self._run_reference, args=(check, comparison), name="grader-reference", daemon=True)
            thread.start()
            try:
                yield
            finally:
                comparison.fail(HarnessError("the pod was left"))
                thread.join(ENDING)

    def _run_reference(self, check: str, comparison: Comparison) -> None:
        def load(ask: Ask) -> LoadOrder:
            return comparison.turn("reference", ask.load)

        try:
            with self._open_reference(check, load) as pod:
                _follow(pod, check)
        except GraderError as error:
            comparison.fail(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the application's side raises it
            comparison.fail(HarnessError(f"the reference could not be measured: {error}"))


def _follow(pod: Pod, check: str) -> None:
    for event in pod.events():
        match event:
            case NotListening():
                raise HarnessError("the reference did not start", detail=pod.candidate_log())
            case Fault(message=message, detail=detail):
                raise HarnessError(f"the reference's harness failed: {message}", detail=detail)
            case CheckFinished(result=result) if result.verdict is not Verdict.PASSED and result.id != check:
                raise HarnessError(f"the reference fails {result.id}", hint="this is a fault of the challenge")


@contextmanager
def machine_lock(file: Path) -> Iterator[None]:
    """One measures at a time on this machine, whatever else is graded beside it.

    Args:
        file: made where it is missing.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
