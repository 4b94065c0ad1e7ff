"""What one grading takes, by stage: `python -m benchmarks.service_times [--challenge SLUG] [--resume]`.

Each shipped challenge's reference, a mutant that an async check catches, and an application that answers 404 are graded
in Docker, one after another, as a worker would grade them: in a process that lives on, with warm images. Then the
reference without its latency checks (`--no-latency`). Also: dependencies that the image lacks, installed and
found again, and `grader compare` over many reports. It takes ten to twenty minutes.

What `benchmarks.scale` reads is written after each grading, so that an interrupted run leaves what it has;
`--resume` goes on.
"""

import argparse
import os
import resource
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.compare_speed import timed, write_cohort
from benchmarks.engine_watch import EngineWatch
from benchmarks.measured import EMPTY, FILE, GOOD, POOR, Compared, Grading, Installation, ServiceTimes, Where, read
from grader import __version__
from grader.challenge.mutants import grow, read_mutants
from grader.challenge.pack import LATENCY, Pack, available, load_shipped
from grader.grade import grade
from grader.intake.submission import Dependencies
from grader.places import references_dir
from grader.report.load import load_report
from grader.report.machine import cpu_count, cpu_model
from grader.report.write import write_report
from grader.request import NobodyWatches, Request
from grader.sandbox.docker_backend import DockerSandbox
from grader.sandbox.engine import connect
from grader.settings import MEBIBYTE, Settings

SEED = 1
COHORTS = (250, 1000)
BIG = (("pandas", "scikit-learn"), ("cowsay",))
"""What a candidate may declare that the runner image lacks: something large, and something small."""
NOTHING_THERE = "from fastapi import FastAPI\n\napp = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)\n"


class Marks(NobodyWatches):
    """Looks at the CPU time where a latency check begins and ends."""

    def __init__(self, watch: EngineWatch, measured: set[str]) -> None:
        self.seconds = 0.0
        self._watch = watch
        self._measured = measured

    def check_started(self, check: str) -> None:
        """See `grader.request.Watch`."""
        if check in self._measured:
            self.seconds -= self._watch.cpu_seconds()

    def check_finished(self, result: object) -> None:
        """See `grader.request.Watch`."""
        if getattr(result, "id", "") in self._measured:
            self.seconds += self._watch.cpu_seconds()


def main() -> None:
    """Measure, print a row for each grading, and write the file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.service_times", description=__doc__)
    parser.add_argument("--challenge", action="append", choices=available(), help="this one alone; may be repeated")
    parser.add_argument("--resume", action="store_true", help="measure only what FILE does not have yet")
    parser.add_argument("--out", type=Path, default=FILE, metavar="FILE", help="where the figures go")
    asked = parser.parse_args()
    times = read(asked.out) if asked.resume else ServiceTimes.model_construct(where=here(), gradings=())
    with tempfile.TemporaryDirectory() as name:
        packs = [load_shipped(slug) for slug in asked.challenge or available()]
        for part, figure in figures(packs, Path(name), times):
            print(row(figure) if isinstance(figure, Grading) else figure, flush=True)
            times = times.model_copy(update={part: (*getattr(times, part), figure)})
            write(times, asked.out)


def figures(
    packs: list[Pack], folder: Path, had: ServiceTimes
) -> Iterator[tuple[str, Grading | Installation | Compared]]:
    """What is to be measured and was not yet, what matters most first; each with its part of `ServiceTimes`."""
    sandbox = DockerSandbox(Settings())
    installed = {one.requirements for one in had.installations}
    seen = {(one.challenge, one.kind, one.measured) for one in had.gradings}
    for requirements in BIG:
        if requirements not in installed:
            yield "installations", installation(requirements)
    grade(_request(packs[0], submission(packs[0], EMPTY, folder), measured=False), sandbox, Settings(), NobodyWatches())
    for kind, measured in ((GOOD, True), (POOR, True), (EMPTY, True), (GOOD, False)):
        for pack in packs:
            if (pack.rubric.slug, kind, measured) not in seen:
                yield "gradings", graded(pack, kind, sandbox, folder, measured=measured)
    for count in COHORTS:
        if count not in {one.reports for one in had.comparisons}:
            yield "comparisons", compared(count, a_report(packs[0], sandbox, folder), folder)


def here() -> Where:
    """This machine, now."""
    client = connect(Settings())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MEBIBYTE
    return Where(
        date=datetime.now(UTC).strftime("%Y-%m-%d"),
        cpu=cpu_model(),
        cpus=cpu_count(),
        memory_mib=memory,
        engine=f"Docker {client.version()['Version']}",
        grader=__version__,
    )


def graded(pack: Pack, kind: str, sandbox: DockerSandbox, folder: Path, *, measured: bool) -> Grading:
    """Grade one submission and write its report."""
    source = submission(pack, kind, folder)
    load = os.getloadavg()[0]
    out = folder / "reports" / f"{pack.rubric.slug}-{kind}-{measured}"
    with EngineWatch()() as watch:
        marks = Marks(watch, {check.id for check in pack.checks if check.category == LATENCY})
        before = watch.cpu_seconds()
        report = grade(_request(pack, source, measured=measured), sandbox, Settings(), marks)
        began = time.perf_counter()
        written = write_report(report, out)
        writing = time.perf_counter() - began
        used = watch.cpu_seconds() - before
    if report.problem:
        raise SystemExit(f"{pack.rubric.slug}, {kind}: {report.problem.message}")
    return Grading(
        challenge=pack.rubric.slug,
        kind=kind,
        measured=measured,
        load=round(load, 1),
        score=report.score and report.score.total,
        stages={
            **report.timings,
            "report": round(writing, 4),
            "other": unnamed(report.timings),
        },
        cpu={"latency": round(marks.seconds, 2), "rest": round(used - marks.seconds, 2)},
        peak_mib=round(watch.peak_mib, 1),
        engine_calls=watch.calls,
        engine_seconds=round(watch.seconds, 3),
        archive_bytes=source.stat().st_size,
        report_bytes=written.stat().st_size,
        page_bytes=written.with_suffix(".html").stat().st_size,
    )


def a_report(pack: Pack, sandbox: DockerSandbox, folder: Path) -> Path:
    """The folder of one of this call; where all was measured before, one is made."""
    if not any((folder / "reports").glob("*-True")):
        graded(pack, GOOD, sandbox, folder, measured=True)
    return next((folder / "reports").glob("*-True"))


def unnamed(timings: Mapping[str, float]) -> float:
    """Of the total, what is in none of its parts; `ready` and `checks` are parts of `pod`."""
    parts = sum(seconds for name, seconds in timings.items() if name not in {"total", "ready", "checks", "waiting"})
    return round(max(0.0, timings["total"] - parts), 4)


def submission(pack: Pack, kind: str, folder: Path) -> Path:
    """An archive of this kind, as a candidate would send it."""
    tree = folder / "trees" / f"{pack.rubric.slug}-{kind}"
    if not tree.is_dir():
        reference = references_dir() / pack.rubric.slug / "reference"
        if kind == EMPTY:
            tree.mkdir(parents=True)
            (tree / "main.py").write_text(NOTHING_THERE, encoding="utf-8")
        elif kind == POOR:
            tree.parent.mkdir(parents=True, exist_ok=True)
            grow(next(one for one in read_mutants(pack) if is_async(pack, one.caught_by)), reference, tree)
        else:
            shutil.copytree(reference, tree, ignore=shutil.ignore_patterns("__pycache__"))
    return Path(shutil.make_archive(str(tree), "zip", tree))


def is_async(pack: Pack, checks: tuple[str, ...]) -> bool:
    """Whether one of these is about concurrency: such checks wait longest for what does not come."""
    return any(check.id in checks and check.category == "async" for check in pack.checks)


def _request(pack: Pack, source: Path, *, measured: bool) -> Request:
    return Request(source, pack.rubric.slug, seed=SEED, latency=measured)


def installation(requirements: tuple[str, ...]) -> Installation:
    """Install what the image lacks with an empty cache, and find it again; the volume is removed."""
    client = connect(Settings())
    with tempfile.TemporaryDirectory() as cache:
        sandbox = DockerSandbox(Settings(cache_dir=Path(cache)), client)
        sandbox.prepare(Dependencies(), lambda _: None)
        asked = Dependencies(requirements=requirements, sources=("requirements.txt",))
        seconds, volume = _prepared(sandbox, asked)
        again, _ = _prepared(sandbox, asked)
        size = next(one["UsageData"]["Size"] for one in client.df()["Volumes"] if one["Name"] == volume)
        client.volumes.get(volume).remove(force=True)
    return Installation(requirements=requirements, seconds=seconds, cached_seconds=again, installed_bytes=size)


def _prepared(sandbox: DockerSandbox, asked: Dependencies) -> tuple[float, str]:
    began = time.perf_counter()
    runtime = sandbox.prepare(asked, lambda _: None)
    return round(time.perf_counter() - began, 3), runtime.handle


def compared(count: int, graded: Path, folder: Path) -> Compared:
    """Compare as many reports, made of one that was graded. Small cohorts first, or the peak is a larger one's."""
    real = load_report(graded / "report.json").model_dump(mode="json")
    home = folder / f"cohort-{count}"
    write_cohort(real, home, [f"candidate-{number:05}" for number in range(count)])
    size = sum(file.stat().st_size for file in home.glob("*/report.json"))
    seconds, _ = timed(home, folder / "compare.html")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    shutil.rmtree(home)
    return Compared(reports=count, bytes=size, seconds=round(seconds, 2), peak_mib=round(peak))


def write(times: ServiceTimes, file: Path) -> None:
    """Write the figures so far, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    partial.write_text(times.model_dump_json(indent=1) + "\n", encoding="utf-8")
    partial.replace(file)


def row(one: Grading) -> str:
    """For the terminal."""
    stages = "  ".join(f"{name} {seconds:.2f}" for name, seconds in one.stages.items())
    label = f"{one.challenge:15} {one.kind:5} {'all checks' if one.measured else 'no latency'}"
    used = f"CPU {one.cpu['rest']:.1f} + {one.cpu['latency']:.1f} s, {one.peak_mib:.0f} MiB"
    return f"{label}  {stages}  {used}, {one.engine_calls} calls in {one.engine_seconds:.1f} s, score {one.score}"


if __name__ == "__main__":
    main()
