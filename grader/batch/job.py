"""One submission to be graded, as it is told to whoever grades it: here, or on another machine."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from grader.batch.entries import Entry
from grader.batch.packing import source_digest
from grader.challenge.pack import load_pack
from grader.request import Request
from grader.settings import Settings


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Terms(_Frozen):
    """What holds for all submissions of a batch."""

    seed: int
    challenge: str | None = None
    """Slug or folder of the pack, where neither a manifest nor the submission names one."""
    options: Mapping[str, str] = {}
    public: bool = False
    latency: bool = True
    """Whether the checks of the category `latency` are run."""
    sandbox: str = "docker"


class Job(_Frozen):
    """A submission, and what it is graded by."""

    name: str
    """Unique in its batch; the name of its folder."""
    source: str
    """Where it is on the machine that made the job."""
    digest: str
    """SHA-256 of what was handed in."""
    challenge: str | None
    challenge_hash: str | None
    """SHA-256 of the pack; None where the submission itself names it, which is read when it is graded."""
    terms: Terms

    @property
    def key(self) -> str:
        """SHA-256 (hex) of all that decides a verdict: what is graded twice under one key gets the same report."""
        decisive = self.model_copy(update={"name": "", "source": "", "challenge": None})
        return hashlib.sha256(json.dumps(decisive.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()

    def request(self, source: Path) -> Request:
        """What the pipeline is asked.

        Args:
            source: where the submission is on this machine.
        """
        terms = self.terms
        return Request(
            source=source,
            challenge=self.challenge,
            seed=terms.seed,
            options=terms.options,
            public=terms.public,
            latency=terms.latency,
            sandbox=terms.sandbox,
            name=self.name,
            origin=self.source,
        )


class JobMaker:
    """Makes the jobs of a batch.

    Args:
        terms: hold for all of them.
        settings: caps on what is read of folders.
    """

    def __init__(self, terms: Terms, settings: Settings) -> None:
        self._terms = terms
        self._settings = settings
        self._digests: dict[str, str] = {}

    def job(self, entry: Entry) -> Job:
        """The job of one submission.

        Raises:
            UsageError: there is no such challenge or option, or the submission cannot be read.
        """
        challenge = entry.challenge or self._terms.challenge
        return Job(
            name=entry.name,
            source=str(entry.source),
            digest=source_digest(entry.source, self._settings),
            challenge=challenge,
            challenge_hash=self._digest(challenge) if challenge else None,
            terms=self._terms,
        )

    def _digest(self, challenge: str) -> str:
        if challenge not in self._digests:
            pack = load_pack(challenge)
            pack.environment(self._terms.options)
            pack.select(None, public=self._terms.public, latency=self._terms.latency)
            self._digests[challenge] = pack.digest
        return self._digests[challenge]
