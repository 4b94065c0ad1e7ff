"""What ran where, and what the application said: facts for whoever wants to see for themselves."""

from collections.abc import Iterable, Iterator

from grader.report.html.ink import plain
from grader.report.html.words import counted, seconds
from grader.report.model import Report

Row = tuple[str, str]
_SHOWN_PAIRS = 20
_SHOWN_NAMES = 40


def submission_rows(report: Report) -> list[Row]:
    """What was handed in, as name and value."""
    return list(_submission(report))


def environment_rows(report: Report) -> list[Row]:
    """Where it ran, as name and value."""
    return list(_environment(report))


def _submission(report: Report) -> Iterator[Row]:
    facts = report.submission
    yield "name", plain(facts.name, 200)
    if facts.files is not None:
        yield "size", f"{counted(facts.files, 'file')}, {facts.bytes or 0:,} bytes"
    if facts.hash:
        yield "SHA-256", plain(facts.hash, 80)
    if facts.entry_point:
        entry = facts.entry_point
        yield "application", plain(f"{entry.target}{' (a factory)' if entry.factory else ''}, from {entry.source}")
    if facts.dependencies:
        yield "dependencies", _names(facts.dependencies.requirements) or "none declared"
        yield "installed besides", _names(facts.dependencies.installed) or "nothing; the runner image has them"


def _environment(report: Report) -> Iterator[Row]:
    facts, challenge = report.environment, report.challenge
    if challenge:
        yield "challenge", plain(f"{challenge.title} ({challenge.slug} {challenge.version})")
        yield "challenge's SHA-256", plain(challenge.hash, 80)
    yield "seed", str(report.seed)
    yield from ((f"option {plain(name, 60)}", plain(value, 200)) for name, value in _few(report.options))
    yield "grader", plain(report.grader_version, 40)
    yield "sandbox", plain(f"{facts.sandbox}, isolation: {facts.isolation}")
    yield from (
        (name, plain(value)) for name, value in (("engine", facts.engine), ("Python", facts.python or "")) if value
    )
    yield from ((f"{plain(name, 60)} image", plain(value, 100)) for name, value in _few(facts.images))
    yield from ((f"limit: {plain(name, 60)}", plain(value, 200)) for name, value in _few(facts.limits))
    yield "machine", plain(f"{facts.cpu}, {counted(facts.cpus, 'CPU')}, {facts.platform}")
    yield (
        "time taken",
        ", ".join(f"{plain(name, 40)} {seconds(took)}" for name, took in list(report.timings.items())[:20]),
    )


def _few(pairs: dict[str, str]) -> Iterable[Row]:
    return list(pairs.items())[:_SHOWN_PAIRS]


def _names(names: list[str]) -> str:
    more = len(names) - _SHOWN_NAMES
    return ", ".join(plain(name, 80) for name in names[:_SHOWN_NAMES]) + (f" and {more} more" if more > 0 else "")
