"""Who is compared: one report of each submission, all of one challenge."""

from collections.abc import Iterable
from dataclasses import dataclass

from grader.errors import UsageError
from grader.report.compare.read import Reading
from grader.report.model import Status


@dataclass(frozen=True)
class Submitted:
    """A submission: the report of it that counts, and those that do not."""

    counts: Reading
    others: list[Reading]

    @property
    def names(self) -> list[str]:
        """All names that it was handed in under, that of the report that counts first."""
        return list(dict.fromkeys(one.entry.submission.name for one in (self.counts, *self.others)))

    @property
    def scored(self) -> bool:
        """Whether it has a score."""
        return self.counts.entry.score is not None


def require_one_challenge(readings: Iterable[Reading]) -> None:
    """Scores of different challenges say nothing beside each other.

    Raises:
        UsageError: there are several; versions of one are no different challenges.
    """
    first: dict[str, Reading] = {}
    for reading in readings:
        if reading.entry.challenge:
            first.setdefault(reading.entry.challenge.slug, reading)
    if len(first) > 1:
        which = ", ".join(f"{slug} ({reading.file})" for slug, reading in first.items())
        raise UsageError(
            f"these reports are of different challenges: {which}", hint="compare the reports of one challenge at a time"
        )


def by_submission(readings: Iterable[Reading]) -> list[Submitted]:
    """Reports of the same files are of one submission, under whatever names; one of them counts.

    The newest does, but a run that failed through no fault of the submission does not take the place of a verdict, nor
    a run of some checks (`--only`) that of all.
    """
    groups: dict[tuple[object, ...], list[Reading]] = {}
    for reading in readings:
        groups.setdefault(_identity(reading), []).append(reading)
    ordered = [sorted(group, key=_preference, reverse=True) for group in groups.values()]
    return [Submitted(first, others) for first, *others in ordered]


def _identity(reading: Reading) -> tuple[object, ...]:
    entry = reading.entry
    if entry.submission.hash:
        return (entry.submission.hash,)
    # It did not pass intake, so nothing is known of its files; a copy of one report is still one report.
    return (entry.submission.name, entry.created_at, entry.seed)


def _preference(reading: Reading) -> tuple[object, ...]:
    entry = reading.entry
    return (entry.status is not Status.INFRASTRUCTURE_ERROR, not entry.only, entry.created_at)
