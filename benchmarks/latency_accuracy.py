"""How true measured latencies are: `python -m benchmarks.latency_accuracy`.

Against servers whose latency is known, the driver's p50, p95 and p99 are wanted within 5 % or 1 ms of the truth. Where
they are installed, `wrk` and `hey` say of the same servers what clients see that wait for each answer.
"""

import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from benchmarks.known_server import EVERY, FAST, FIXED, SLOW, STALL
from grader.harness.latency.block import Block, Prepared
from grader.harness.latency.service import driving
from grader.latency.ratio import quantile

RATE = 150.0
SECONDS = 20.0
SHARES = (0.5, 0.95, 0.99)
TRUTH = {
    "fixed": (FIXED, FIXED, FIXED),
    "bimodal": (FAST, SLOW, SLOW),
    # A tenth of all instants fall into a stall, and wait for what is left of it: evenly between nothing and all.
    "stall": (0.0, STALL * (1 - 0.05 / (STALL / EVERY)), STALL * (1 - 0.01 / (STALL / EVERY))),
}


def main() -> None:
    """Print a row for each server."""
    print(f"{RATE:g} requests a second for {SECONDS:g} s; milliseconds at p50, p95, p99")
    for mode, truth in TRUTH.items():
        with _server(mode) as port:
            latencies, lag = _driven(port)
            found = [quantile(latencies, share) for share in SHARES]
            good = all(abs(a - b) <= max(0.001, 0.05 * b) for a, b in zip(found, truth, strict=True))
            verdict = "within" if good else "OUTSIDE"
            print(f"{mode:8} truth {_row(truth)}  measured {_row(found)}  {verdict}  driver late by {lag * 1000:.2f}")
            for line in _others(port):
                print(f"         {line}")


def _driven(port: int) -> tuple[list[float], float]:
    count = round(RATE * SECONDS)
    block = Block((Prepared("GET", "/"),), (0,) * count, RATE, patience=5.0, most=count)
    with driving("127.0.0.1", port) as driver:
        asyncio.run(driver.drive(replace(block, order=(0,) * round(RATE / 2))))  # warms up, as in a grading
        samples = asyncio.run(driver.drive(block)).samples
    return [sample.latency for sample in samples], quantile([sample.lag for sample in samples], 0.5)


def _row(seconds: Iterator[float] | tuple[float, ...] | list[float]) -> str:
    return " ".join(f"{one * 1000:7.2f}" for one in seconds)


def _others(port: int) -> Iterator[str]:
    """What closed-loop clients say, as many connections as keep about the same rate busy."""
    url = f"http://127.0.0.1:{port}/"
    if shutil.which("wrk"):
        text = _said("wrk", "-t1", "-c2", f"-d{SECONDS:g}s", "--latency", url)
        yield "wrk says " + "  ".join(re.findall(r"(?:50|90|99)%\s+\S+", text))
    if shutil.which("hey"):
        text = _said("hey", "-c", "2", "-q", f"{RATE / 2:g}", "-z", f"{SECONDS:g}s", url)
        found = re.findall(r"(50%|95%|99%) in (\S+ secs)", text)
        yield "hey says " + "  ".join(f"{share} {value}" for share, value in found)


def _said(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout


@contextmanager
def _server(mode: str) -> Iterator[int]:
    command = [sys.executable, str(Path(__file__).with_name("known_server.py")), mode]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    # As in a grading: off the driver's CPU, where there are more.
    os.sched_setaffinity(process.pid, sorted(os.sched_getaffinity(0))[1:] or {0})
    try:
        yield int(process.stdout.readline() if process.stdout else 0)
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    main()
