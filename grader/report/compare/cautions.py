"""What differs between runs besides the submissions, and what that means for whoever compares their scores."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from grader.report.compare.cohort import Submitted
from grader.report.compare.entry import Entry
from grader.report.compare.model import Caution, Group
from grader.report.model import Status
from grader.verdicts import Verdict

Named = tuple[str, Submitted]
Kind = Literal["challenge-version", "challenge-hash", "grader-version", "isolation", "images", "options", "only"]


@dataclass(frozen=True)
class _Aspect:
    """Something that is to be equal."""

    kind: Kind
    message: str
    value: Callable[[Entry], str | None]
    """In words; None where there is nothing to compare."""


_ASPECTS = (
    _Aspect(
        "challenge-version",
        "The versions of the challenge differ, so not all were asked the same. Grade all with one version.",
        lambda entry: entry.challenge.version if entry.challenge else None,
    ),
    _Aspect(
        "challenge-hash",
        "The challenge's files differ within one version: it was changed between the runs. Grade all with the same.",
        lambda entry: f"{entry.challenge.version}, SHA-256 {entry.challenge.hash[:12]}" if entry.challenge else None,
    ),
    _Aspect(
        "grader-version",
        "The runs were made by different versions of the grader.",
        lambda entry: entry.grader_version,
    ),
    _Aspect(
        "isolation",
        "Some ran in a container and others as ordinary processes: limits and packages differ.",
        lambda entry: entry.environment.isolation,
    ),
    _Aspect(
        "images",
        "The images differ, so packages or Python may have other versions.",
        lambda entry: _pairs(entry.environment.images, " ") or None,
    ),
    _Aspect(
        "options",
        "The challenge's options differ, so not all had the same task.",
        lambda entry: _pairs(entry.options, "=") or "no option was set",
    ),
    _Aspect(
        "only",
        "Some have a score of some checks only, which is not a score of the submission; they have no rank.",
        lambda entry: ", ".join(sorted(entry.only)) or "all checks",
    ),
)
_SAME_PART = "Only some checks were run, the same for all: these are scores of a part, not of the submissions."
_UNDECIDED = (
    "Some checks could not be decided, since the machine was in the way. They are left out of these scores, which rest "
    "on fewer checks than the others'. Grade these again."
)
_SEVERAL = (
    "The same files, to the byte, have several reports. The newest counts; but one that failed through no fault of the "
    "submission, or is of some checks only, counts where there is no other."
)


def cautions(cohort: Sequence[Named], *, blind: bool) -> list[Caution]:
    """What to know before rows are held against each other; empty where nothing differs.

    Args:
        cohort: everybody, with and without a score, by name.
        blind: leave out what identifies.
    """
    scored = [(name, one) for name, one in cohort if one.scored]
    return [*_differences(scored), *_undecided(scored), *_several(cohort, blind=blind)]


def _differences(scored: Sequence[Named]) -> Iterator[Caution]:
    for aspect in _ASPECTS:
        groups: dict[str, list[str]] = {}
        for name, one in scored:
            value = aspect.value(one.counts.entry)
            if value is not None:
                groups.setdefault(value, []).append(name)
        if aspect.kind == "challenge-hash" and not _one_version_twice(groups):
            continue
        if len(groups) > 1:
            yield Caution(kind=aspect.kind, message=aspect.message, groups=_groups(groups))
        elif aspect.kind == "only" and groups and "all checks" not in groups:
            yield Caution(kind="only", message=_SAME_PART, groups=_groups(groups))


def _one_version_twice(groups: dict[str, list[str]]) -> bool:
    """Whether one version has several hashes; that different versions have is no news."""
    return len({value.rpartition(", ")[0] for value in groups}) < len(groups)


def _undecided(scored: Sequence[Named]) -> Iterator[Caution]:
    groups: dict[str, list[str]] = {}
    for name, one in scored:
        for check in one.counts.entry.checks:
            if check.verdict is Verdict.INCONCLUSIVE:
                groups.setdefault(check.id, []).append(name)
    if groups:
        yield Caution(kind="inconclusive", message=_UNDECIDED, groups=_groups(groups))


def _several(cohort: Sequence[Named], *, blind: bool) -> Iterator[Caution]:
    groups: dict[str, list[str]] = {}
    for name, one in cohort:
        if one.others:
            groups.setdefault(_how(one) if blind else _which(one), []).append(name)
    if groups:
        yield Caution(kind="several-reports", message=_SEVERAL, groups=_groups(groups))


def _how(submitted: Submitted) -> str:
    return "several reports" if len(submitted.names) == 1 else "several reports, under different names"


def _which(submitted: Submitted) -> str:
    counts = submitted.counts
    others = ", ".join(f"{one.file} ({_told(one.entry)})" for one in submitted.others)
    return f"{counts.file} ({_told(counts.entry)}) counts, not {others}"


def _told(entry: Entry) -> str:
    said = f"{entry.submission.name}, {entry.created_at:%Y-%m-%d %H:%M}"
    if entry.status is Status.INFRASTRUCTURE_ERROR:
        return f"{said}, no verdict"
    return f"{said}, some checks only" if entry.only else said


def _groups(groups: dict[str, list[str]]) -> list[Group]:
    """The largest first: what most have is the rule, and the others are the exceptions."""
    ordered = sorted(groups.items(), key=lambda pair: -len(pair[1]))
    return [Group(value=value, candidates=sorted(names)) for value, names in ordered]


def _pairs(pairs: dict[str, str], joint: str) -> str:
    return ", ".join(f"{name}{joint}{value}" for name, value in sorted(pairs.items()))
