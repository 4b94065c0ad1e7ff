"""What `grader compare` takes for a large cohort: `python -m benchmarks.compare_speed [REPORT]`.

Five hundred reports are made of a real one of a megabyte, by drawing other verdicts for its checks; the time is that of
the whole command, imports included (wanted: under 5 s), as seen on the clock and as processor time. Without REPORT, the
sample submission is graded for it in the local sandbox, which takes a minute or two.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import Any

from grader.challenge.catalogue import CheckInfo
from grader.challenge.score import score
from grader.verdicts import CheckResult, Verdict

REPORTS = 500
LOST = (Verdict.FAILED, Verdict.FAILED, Verdict.FAILED, Verdict.BLOCKED, Verdict.INCONCLUSIVE)
ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "examples" / "sample-submission"
GRADER = [sys.executable, "-m", "grader"]


def main() -> None:
    """Print each figure on a line."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        real = Path(sys.argv[1]) if sys.argv[1:] else graded(folder / "real")
        names = [f"candidate-{number:03}" for number in range(REPORTS)]
        write_cohort(json.loads(real.read_text(encoding="utf-8")), folder / "cohort", names)
        size = sum(file.stat().st_size for file in folder.glob("cohort/*/report.json"))
        print(f"{REPORTS} reports, {size / 1e6:.0f} MB")
        for suffix in ("html", "csv", "json"):
            clock, processor = timed(folder / "cohort", folder / f"compare.{suffix}")
            weight = (folder / f"compare.{suffix}").stat().st_size / 1000
            print(f"compare.{suffix}: {weight:,.0f} kB, {clock:.1f} s, {processor:.1f} s of processor time")


def graded(folder: Path) -> Path:
    """A real report."""
    words = ["run", str(SAMPLE), "--sandbox", "local", "--seed", "1", "--quiet", "--out", str(folder)]
    subprocess.run([*GRADER, *words], check=True, cwd=ROOT)
    return folder / "report.json"


def write_cohort(
    real: dict[str, Any], folder: Path, names: Sequence[str], lost: Sequence[Verdict] = LOST, seed: int = 5
) -> None:
    """Reports of as many submissions, each with verdicts of its own and a score that follows from them.

    Args:
        real: a report with a score.
        folder: where each gets a folder of its own.
        names: of the submissions.
        lost: what becomes of a check that is not passed.
        seed: what is drawn follows from it.
    """
    draw = random.Random(seed)  # noqa: S311  # repeats
    hardness = [draw.uniform(0.05, 2) for _ in real["checks"]]
    for index, name in enumerate(names):
        skill = draw.betavariate(4, 2)
        chances = [skill**hard for hard in hardness]
        verdicts = [Verdict.PASSED if draw.random() < chance else draw.choice(lost) for chance in chances]
        (folder / name).mkdir(parents=True)
        text = json.dumps(with_verdicts(real, name, index, verdicts), indent=2, ensure_ascii=False)
        (folder / name / "report.json").write_text(text, encoding="utf-8")
        (folder / name / "report.html").touch()


def with_verdicts(real: dict[str, Any], name: str, index: int, verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """The real report with other verdicts."""
    checks = [
        check | {"verdict": verdict.value, "credit": float(verdict is Verdict.PASSED)}
        for check, verdict in zip(real["checks"], verdicts, strict=True)
    ]
    submission = real["submission"] | {"name": name, "hash": f"{index:064x}"}
    return real | {"checks": checks, "submission": submission, "score": scored(real, checks)}


def scored(real: dict[str, Any], checks: list[dict[str, Any]]) -> dict[str, Any]:
    """The score that these checks make."""
    named = ("id", "category", "level", "weight", "title", "why")
    infos = [CheckInfo(file="", line=0, **{name: check[name] for name in named}) for check in checks]
    results = {
        check["id"]: CheckResult(id=check["id"], verdict=check["verdict"], credit=check["credit"]) for check in checks
    }
    weights = {name: part["weight"] for name, part in real["score"]["categories"].items()}
    return score(infos, results, weights).model_dump(mode="json")


def timed(cohort: Path, target: Path) -> tuple[float, float]:
    """Seconds on the clock, and of processor time, of one comparison."""
    began, before = time.perf_counter(), getrusage(RUSAGE_CHILDREN)
    command = [*GRADER, "compare", str(cohort), "-o", str(target)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    used = getrusage(RUSAGE_CHILDREN)
    return time.perf_counter() - began, used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
