"""From when on the harness tries to reach the candidate, and the start-up deadline counts."""

import pytest

from grader.harness.candidate import Candidate, Waiting
from grader.verdicts import Event, Job, Listening


@pytest.mark.parametrize(
    ("upstreams", "order"),
    [
        pytest.param({}, ["tries"], id="at once, where it starts beside the harness"),
        pytest.param({"catalog": 9001}, ["waits", "tries"], id="once it was started, where that comes after upstreams"),
    ],
)
def test_the_deadline_counts_from_the_candidates_start(upstreams: dict[str, int], order: list[str]) -> None:
    """How long the host takes to start it is not the candidate's time."""
    seen: list[str] = []
    events: list[Event] = []

    class Watched(Candidate):
        def wait_for_start(self, seconds: float) -> bool:
            seen.append("waits")
            return super().wait_for_start(seconds)

        def accepts(self) -> bool:
            seen.append("tries")
            return True

    candidate = Watched("127.0.0.1", 9)
    waiting = Waiting(candidate, Job(pack="", seed=1, upstreams=upstreams), events.append)
    candidate.started()
    waiting.start()
    assert waiting.listening()
    assert (seen, [type(event) for event in events]) == (order, [Listening])


def test_a_start_that_nobody_tells_of_is_not_waited_for_for_ever() -> None:
    """A host that is gone leaves a harness that ends by itself."""
    candidate = Candidate("127.0.0.1", 9)
    assert not candidate.wait_for_start(0.01)
    candidate.started()
    assert candidate.wait_for_start(0)
