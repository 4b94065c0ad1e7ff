"""How true ratios are: `python -m benchmarks.latency_ratio [RUNS]`.

An application beside itself: its interval should hold 1. One that does twice the work for each request: its interval
should be wholly above 1. Both alone and beside three busy loops, each with its own seed.
"""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.challenge.load import busy_loops
from grader.grade import grade
from grader.latency.facts import LatencyFacts, Ratio
from grader.places import examples_dir
from grader.request import NobodyWatches, Request
from grader.sandbox.local_backend import LocalSandbox
from grader.settings import Settings

LOADS = (0, 3)
WORK = """\
import time

from fastapi import FastAPI

app = FastAPI()


@app.get("/items/{{number}}")
async def item(number: int) -> dict[str, int]:
    until = time.thread_time() + {seconds}
    while time.thread_time() < until:
        pass
    return {{"id": number}}
"""
SECONDS = 0.001


def main() -> None:
    """Print a row for each application and load."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with _pack() as (pack, same, double):
        for load in LOADS:
            with busy_loops(load):
                for name, app in (("itself", same), ("twice the work", double)):
                    facts = [compared(app, pack, seed) for seed in range(runs)]
                    print(_row(f"{name}, {load} busy loops", facts), flush=True)


def compared(app: Path, pack: Path, seed: int) -> LatencyFacts:
    """Measure one application beside the pack's reference, in the local sandbox."""
    request = Request(app, str(pack), seed=seed, sandbox="local", insight=False)
    report = grade(request, LocalSandbox(Settings()), Settings(), NobodyWatches())
    if not report.latencies:
        raise RuntimeError(str(report.problem))
    return report.latencies[0]


def _row(name: str, all_facts: list[LatencyFacts]) -> str:
    p50 = [facts.ratios["p50"] for facts in all_facts if facts.ratios]
    p95 = [facts.ratios["p95"] for facts in all_facts if facts.ratios]
    undecided = sum(bool(facts.note) for facts in all_facts)
    return (
        f"{name:24} p50 {_range(p50)}, holds 1: {_holding(p50)}, above 1: {_above(p50)}"
        f"; p95 {_range(p95)}, holds 1: {_holding(p95)}, above 1: {_above(p95)}"
        f"; of {len(all_facts)} runs, {undecided} undecided, {sum(facts.pairs for facts in all_facts)} pairs"
    )


def _range(ratios: list[Ratio]) -> str:
    found = sorted(one.ratio for one in ratios)
    return f"{found[0]:.2f} to {found[-1]:.2f}" if found else "none"


def _holding(ratios: list[Ratio]) -> int:
    return sum(one.low <= 1 <= one.high for one in ratios)


def _above(ratios: list[Ratio]) -> int:
    return sum(one.low > 1 for one in ratios)


@contextmanager
def _pack() -> Iterator[tuple[Path, Path, Path]]:
    """A pack whose reference has some work to do, the same application, and one that does twice as much."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        shutil.copytree(examples_dir() / "latency" / "pack", home / "pack")
        for folder, factor in (("pack/solutions/reference", 1), ("same", 1), ("double", 2)):
            (home / folder).mkdir(exist_ok=True)
            (home / folder / "main.py").write_text(WORK.format(seconds=SECONDS * factor), encoding="utf-8")
        yield home / "pack", home / "same", home / "double"


if __name__ == "__main__":
    main()
