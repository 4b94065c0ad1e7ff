"""Nothing is measured by the wall clock, which a machine's admin or NTP may set while something is graded."""

import ast
from pathlib import Path

import grader

ROOT = Path(grader.__file__).parent
WALL = {"time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "datetime.today", "date.today"}
TOLD = {
    "harness/probes/tokens.py": "`exp` of a token is a date",
    "report/logbook.py": "when the report was made",
    "report/compare/build.py": "when the comparison was made",
    "similar/build.py": "when submissions were compared",
    "cli/rescore.py": "when a score was worked out anew",
    "challenge/template": "a pack's own files",
}


def readings(path: Path) -> set[str]:
    """The wall clocks that a file reads."""
    found = (ast.unparse(node.func) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    return {".".join(name.split(".")[-2:]) for name in found} & WALL


def test_only_dates_are_read_from_the_wall_clock() -> None:
    # Durations and deadlines come from `time.monotonic` and `time.perf_counter`.
    found = {str(path.relative_to(ROOT)) for path in ROOT.rglob("*.py") if readings(path)}
    assert {name for name in found if not name.startswith(tuple(TOLD))} == set()
    assert "report/logbook.py" in found  # else this looks at nothing
