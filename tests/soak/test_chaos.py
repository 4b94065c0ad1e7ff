"""A cohort of good, poor, rejected and hostile submissions, graded by workers while everything that can die dies once.

Every submission ends with one report, and each says what `grader run` says.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.batch.remote.conftest import OwnRedis, skip_without, until
from tests.soak.chaos import Field, Machine, essence, field, graded_alone
from tests.soak.cohort import make_cohort

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = pytest.mark.docker


@pytest.mark.parametrize("each", [pytest.param(2, id="eight"), pytest.param(10, id="forty", marks=pytest.mark.soak)])
def test_a_batch_survives_what_happens_to_it(each: int, engine: "DockerClient", tmp_path: Path) -> None:  # noqa: ARG001
    """The engine stops while checks run, a worker is killed by SIGKILL, and the broker is restarted."""
    skip_without("redis-server")
    cohort = make_cohort(tmp_path / "cohort", each)
    redis = OwnRedis(tmp_path / "redis")
    redis.start()
    try:
        with field(tmp_path, redis) as floor:
            first, second = floor.worker("first"), floor.worker("second")
            floor.send(cohort)
            _chaos(floor, first, second, after=each // 2 - 1)
            assert floor.ended() == 0, floor.log("batch")
            ended = floor.log("batch")
    finally:
        redis.kill()
    assert f"{len(cohort)} of {len(cohort)} submissions have a report" in ended
    assert len(floor.reports()) == len(cohort)
    assert all(ended.count(f"  {report.parent.name} ") == 1 for report in floor.reports())  # one line each
    assert dict(map(essence, floor.reports())) == graded_alone(cohort, tmp_path / "alone")


def _chaos(floor: Field, first: Machine, second: Machine, after: int) -> None:
    until(lambda: len(floor.reports()) >= after, "the batch is under way", 600)
    until(second.freezes_at_something, "the second worker is at something", 240)
    second.kill()
    until(lambda: any(claim.ended for claim in first.claims()), "checks run on the first machine", 240)
    first.stop_engine()
    until(lambda: any("waiting" in claim.doing for claim in first.claims()), "the first worker waits", 240)
    floor.redis.kill()
    floor.redis.start()
    first.start_engine()
    floor.worker("third")
