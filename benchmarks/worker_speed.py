"""What a second worker on the same machine saves: `python -m benchmarks.worker_speed [SLUG] [SUBMISSIONS]`.

The cohort of `benchmarks.batch_speed` is sent through a Redis and a folder to one worker with one pod at a time, then
to two of them. The ratio is the throughput of two over twice that of one (wanted: at least 0.85, where cores are free
for the second). Needs redis-server.
"""

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.batch_speed import SEED, WANTED, all_graded, processor_time, write_cohort

READY = "ready: "
PATIENCE = 120.0
"""Seconds within which a broker or a worker is ready."""


def main() -> None:
    """Print both times, then the ratio."""
    slug = sys.argv[1] if len(sys.argv) > 1 else "product-bff"
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 8
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        write_cohort(slug, count, home / "cohort")
        (one, with_one), (two, with_two) = (graded(slug, home, workers) for workers in (1, 2))
    print(f"{count} submissions of {slug}: {one:.0f} s with one worker, {two:.0f} s with two, one pod at a time each")
    print(f"all cores were busy for {with_one:.0%} of the time, and for {with_two:.0%}")
    print(f"throughput over twice that of one: {one / two / 2:.2f} (wanted: at least {WANTED:g})")


def graded(slug: str, home: Path, workers: int) -> tuple[float, float]:
    """Seconds that the batch takes once the workers are ready, and the share of the processor time that was used.

    Raises:
        RuntimeError: some have no verdict, or something does not begin.
    """
    own = home / f"with-{workers}"
    own.mkdir()
    with ExitStack() as stack:
        broker = stack.enter_context(_broker(own))
        common = ["--broker", broker, "--store", str(own / "store")]
        for number in range(workers):
            stack.enter_context(_worker(own / f"worker-{number}.log", common))
        began, before = time.perf_counter(), processor_time()
        words = ["batch", str(home / "cohort"), *common, "--challenge", slug, "--no-latency", "--seed", SEED]
        done = subprocess.run(
            [sys.executable, "-m", "grader", *words, "--out", str(own / "out"), "--quiet"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        seconds = time.perf_counter() - began
        used, idle = (now - then for now, then in zip(processor_time(), before, strict=True))
    all_graded(done, own / "out")
    return seconds, used / (used + idle)


@contextmanager
def _broker(home: Path) -> Iterator[str]:
    program = shutil.which("redis-server")
    if not program:
        raise RuntimeError("no redis-server; `make brokers` installs it where that is possible")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(home), "--save", ""]
    with _running(words, home / "broker.log", "Ready to accept connections"):
        yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def _worker(log: Path, common: list[str]) -> Iterator[None]:
    with _running([sys.executable, "-m", "grader", "worker", *common, "--jobs", "1"], log, READY):
        yield


@contextmanager
def _running(words: list[str], log: Path, ready: str) -> Iterator[None]:
    """A process, from when its log says that it is ready until the block ends."""
    with log.open("wb") as lines, subprocess.Popen(words, stdout=lines, stderr=lines) as process:
        try:
            until = time.monotonic() + PATIENCE
            while ready not in log.read_text(errors="replace"):
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"{words[0]} is not ready: {log.read_text(errors='replace')}")
                time.sleep(0.1)
            yield
        finally:
            process.terminate()


if __name__ == "__main__":
    main()
