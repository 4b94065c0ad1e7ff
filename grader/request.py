"""What the caller of a run asks for, and who looks on."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from grader.challenge.catalogue import CheckInfo
from grader.verdicts import CheckResult


def random_seed() -> int:
    """A fresh seed; the report records it."""
    return secrets.randbelow(2**32)


@dataclass(frozen=True, slots=True)
class Request:
    """What to grade, and how.

    Attributes:
        source: the archive or folder.
        challenge: slug or folder of a pack; None takes the one that the submission names.
        seed: all random inputs follow from it.
        app: `module:attribute`, where the entry point shall not be looked for.
        only: check ids; empty for all.
        alone: whether those are run without what they require, as for a build that is known to pass that.
        options: the pack's options by name.
        public: whether the public checks alone are run.
        latency: whether latency is measured, which takes about as long as all else.
        sandbox: the backend's name, for the report.
        insight: whether failed checks shall be explained, which takes some seconds more.
        name: what to call the submission; "" for the name of its file.
        origin: what to call the source, where it was handed in on another machine; "" for its path.
    """

    source: Path
    challenge: str | None = None
    seed: int = field(default_factory=random_seed)
    app: str | None = None
    only: tuple[str, ...] = ()
    alone: bool = False
    public: bool = False
    latency: bool = True
    options: Mapping[str, str] = field(default_factory=dict)
    sandbox: str = "docker"
    insight: bool = True
    name: str = ""
    origin: str = ""


class Watch(Protocol):
    """Somebody who looks on while it runs."""

    def step(self, text: str) -> None:
        """A step that may be slow begins."""

    def planned(self, checks: tuple[CheckInfo, ...]) -> None:
        """These checks are about to run."""

    def check_started(self, check: str) -> None:
        """A check begins."""

    def check_finished(self, result: CheckResult) -> None:
        """A check ended."""


class NobodyWatches:
    """A `Watch` for runs that nobody looks at."""

    def step(self, text: str) -> None:
        """Ignore it."""

    def planned(self, checks: tuple[CheckInfo, ...]) -> None:
        """Ignore it."""

    def check_started(self, check: str) -> None:
        """Ignore it."""

    def check_finished(self, result: CheckResult) -> None:
        """Ignore it."""
