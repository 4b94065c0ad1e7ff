"""How many pods at once: all limits together are less than the machine has."""

import pytest

from grader.batch.capacity import Machine, pods_at_once, this_machine
from grader.settings import MEBIBYTE, Settings

GIBIBYTE = 1024 * MEBIBYTE


@pytest.mark.parametrize(
    ("cpus", "memory", "limits", "pods"),
    [
        pytest.param(2, 24, {}, 2, id="by cores"),
        pytest.param(16, 24, {}, 4, id="by memory: 21.6 GiB hold seven pods, of which three are beside"),
        pytest.param(16, 64, {"cpus": 2}, 8, id="a pod may have two cores"),
        pytest.param(4, 64, {"cpus": 0.5}, 8, id="or half a one"),
        pytest.param(4, 24, {"memory_bytes": 8 * GIBIBYTE}, 1, id="never none"),
        pytest.param(1, 2, {}, 1, id="on the smallest machine"),
    ],
)
def test_pods_at_once(cpus: int, memory: int, limits: dict[str, object], pods: int) -> None:
    """Of 3 GiB each, by default: the candidate's two, half a one for the harness, half a one for a database."""
    assert pods_at_once(Settings(**limits), Machine(cpus, memory * GIBIBYTE)) == pods


def test_this_machine() -> None:
    """Has at least one of each."""
    assert this_machine().cpus >= 1
    assert this_machine().memory > GIBIBYTE // 4
