"""What tests in this folder share: the tracer as a process of its own, beside an application of a few lines."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from grader.insight.tracer.notes import MARKER

DEADLINE = 120
"""Seconds after which a test gives up waiting for the tracer."""


@dataclass(frozen=True)
class Traced:
    """What one run of the tracer came to."""

    root: Path
    places: list[dict[str, Any]]
    output: bytes

    def of(self, request: int) -> list[dict[str, Any]]:
        """The places that one request led to, each with its line of `source`."""
        return [
            place | {"source": (self.root / place["file"]).read_text().splitlines()[place["line"] - 1]}
            for place in self.places
            if request in place["requests"]
        ]


@pytest.fixture(scope="session")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Traced]:
    """Run the tracer over files with some requests, a path being a GET; named arguments replace parts of the job."""

    def trace(files: Mapping[str, str], requests: Sequence[str | Mapping[str, Any]] = (), **changes: Any) -> Traced:
        root = tmp_path_factory.mktemp("traced") / "work"
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        entry = {"target": "main:app", "factory": False, "directory": ".", "paths": ["."]}
        listed = [_get(one) if isinstance(one, str) else one for one in requests]
        job = {"entry": entry, "upstreams": {}, "seconds": 60, "requests": listed, **changes}
        done = subprocess.run(
            [sys.executable, "-P", "-m", "grader.insight.tracer", json.dumps(job)],
            cwd=root / job["entry"]["directory"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=DEADLINE,
        )
        answer = done.stdout.rpartition(MARKER.encode())[2]
        return Traced(root, json.loads(answer) if answer else [], done.stdout)

    return trace


def _get(target: str) -> dict[str, Any]:
    return {"method": "GET", "url": f"http://127.0.0.1:8000{target}", "headers": [], "body": None}
