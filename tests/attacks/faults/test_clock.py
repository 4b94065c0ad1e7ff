"""The machine's clock jumps while something is graded: no verdict, no deadline and no timing hangs on it."""

from pathlib import Path

from tests.attacks.attack import Attack

JUMPS = """
import itertools, os, pathlib, time

_time, _jumps = time.time, itertools.cycle((0, 18_000, -18_000, 86_400))

def jumping():
    pathlib.Path(os.environ["CLOCK_READ"]).touch()
    return _time() + next(_jumps)

time.time = jumping
time.time_ns = lambda: int(jumping() * 1e9)
"""


def test_it_jumps_by_hours(attack: Attack, tmp_path: Path) -> None:
    """Back and forth at each look: a correct solution keeps its points, and the timings stay sane."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(JUMPS)
    read = tmp_path / "read"
    outcome = attack.honest(env={"PYTHONPATH": str(folder), "CLOCK_READ": str(read)})
    report = outcome.graded(score=100)
    assert read.exists()  # by libraries; nothing of ours looks
    assert all(0 <= seconds < 3600 for seconds in report.timings.values()), report.timings
