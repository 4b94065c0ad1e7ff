"""The vocabulary that harness and host share."""

import pytest

from grader.verdicts import Look, kept_from_running


def awake(*cpu_seconds: float | None) -> list[tuple[float, Look]]:
    """Looks half a second apart, a minute after the start, which was at 100."""
    return [(160 + 0.5 * number, Look(asleep=False, cpu_seconds=used)) for number, used in enumerate(cpu_seconds)]


@pytest.mark.parametrize(
    ("looks", "kept"),
    [
        pytest.param(awake(2.0, 2.1, 2.2), True, id="it hardly gets to run"),
        pytest.param(awake(0.0, 0.0, 0.0), True, id="it never does"),
        pytest.param(awake(2.0, 2.5, 3.0), False, id="it slept until now, and runs freely"),
        pytest.param(awake(15.3, 15.3, 15.3), False, id="it had its share before"),
        pytest.param(awake(2.0, 2.0, None), False, id="nobody knows what it had"),
        pytest.param([*awake(2.0, 2.0), (161.0, Look(asleep=True))], False, id="it falls asleep"),
    ],
)
def test_who_is_kept_from_running(looks: list[tuple[float, Look]], *, kept: bool) -> None:
    """Who wants to run at every look, and gets less than a quarter of a CPU, both since the start and just now."""
    assert kept_from_running(looks, since=100) is kept
