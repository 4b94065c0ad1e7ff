"""Whether a batch's own process grows with the cohort: `python -m benchmarks.batch_memory [SUBMISSIONS]`.

Pods are played, each with all checks of a challenge failed and evidence as large as failed checks have it, so that
reports have their full size. The ratio is the memory in use after all submissions over that after a fifth of them
(wanted: at most 1.1).
"""

import gc
import sys
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.batch.entries import Entry
from grader.batch.job import JobMaker, Terms
from grader.batch.local import LocalRunner
from grader.batch.perform import Performer
from grader.batch.slots import Slots
from grader.cli.batch_table import BatchTable
from grader.cli.console import err
from grader.intake.submission import Dependencies
from grader.places import references_dir
from grader.sandbox.pod import PodSpec, Progress, Runtime, SandboxFacts
from grader.settings import Settings
from grader.verdicts import (
    CheckFinished,
    CheckResult,
    Event,
    Evidence,
    Finding,
    Finished,
    Hello,
    Listening,
    Verdict,
)

WANTED = 1.1
SLUG = "user-directory"


class Pod:
    """Fails every check."""

    def __init__(self, spec: PodSpec) -> None:
        self._checks = spec.job.only or ()

    def events(self) -> Iterator[Event]:
        """See `grader.sandbox.pod.Pod.events`."""
        yield from (Hello(), Listening(seconds=0))
        finding = Finding(expected="something else", got="x" * 4_000)
        for check in self._checks:
            evidence = Evidence(findings=[finding] * 3)
            yield CheckFinished(result=CheckResult(id=check, verdict=Verdict.FAILED, credit=0, evidence=evidence))
        yield Finished()

    def candidate_log(self) -> str:
        """See `grader.sandbox.pod.Pod.candidate_log`."""
        return "a line of the log\n" * 3_000

    def candidate_status(self) -> int | None:
        """See `grader.sandbox.pod.Pod.candidate_status`."""
        return None

    def stop_early(self) -> None:
        """Nobody does."""


class Sandbox:
    """Plays pods."""

    def prepare(self, dependencies: Dependencies, progress: Progress) -> Runtime:  # noqa: ARG002
        """Nothing is needed."""
        return Runtime("3.13.5", {})

    def provide(self, services: Collection[str], progress: Progress) -> None:
        """Nothing is needed."""

    @contextmanager
    def pod(self, spec: PodSpec) -> Iterator[Pod]:
        """See `grader.sandbox.pod.Sandbox.pod`."""
        if spec.turn:
            spec.turn()
        yield Pod(spec)

    def run_tool(self, spec: PodSpec, script: str, job: str, seconds: float) -> bytes:  # noqa: ARG002
        """It says nothing."""
        return b""

    def facts(self) -> SandboxFacts:
        """See `grader.sandbox.pod.Sandbox.facts`."""
        return SandboxFacts("docker", "container")


def main() -> None:
    """Print the memory after each fifth, then the ratio."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    with tempfile.TemporaryDirectory() as name:
        settings = Settings(cache_dir=Path(name, "cache"))
        maker = JobMaker(Terms(seed=1, challenge=SLUG, latency=False), settings)
        source = references_dir() / SLUG / "reference"
        jobs = [maker.job(Entry(f"candidate-{number:03}", source)) for number in range(count)]
        performer = Performer(Sandbox, settings, Slots(settings.cache_dir, 2))
        runner = LocalRunner(performer, Path(name, "out"), 2, BatchTable(err, 0, 0, quiet=True))
        used = []
        for done, _ in enumerate(runner.run(jobs), 1):
            if done % (count // 5) == 0:
                used.append(in_use())
                print(f"after {done} submissions: {used[-1]:.0f} MiB")
        size = sum(file.stat().st_size for file in Path(name, "out").rglob("report.json")) / count
    print(
        f"a report has {size / 1e6:.1f} MB; memory at the end over that after a fifth: {used[-1] / used[0]:.2f} "
        f"(wanted: at most {WANTED:g})"
    )


def in_use() -> float:
    """MiB of this process that are in memory, after what can be collected is."""
    gc.collect()
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("/proc/self/status has no VmRSS")


if __name__ == "__main__":
    main()
