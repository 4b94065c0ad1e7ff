"""A report in Markdown, fit for the summary of a GitHub job: what decided first, then how to see it again."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from grader.challenge.score import Part, Score
from grader.latency.facts import LatencyFacts
from grader.report.html.words import MARKS, counted, percent, points
from grader.report.markup import block, code, prose
from grader.report.model import CheckReport, Report
from grader.report.remarks import remarks
from grader.report.worth import losses
from grader.text import without_commands
from grader.verdicts import Exchange, Finding, Level, Verdict

_ROOM: Final = 500_000
"""Bytes. GitHub drops a summary of more than 1 MiB, and others may write to the same one.
https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#adding-a-job-summary"""
_SHOWN_FINDINGS: Final = 3
_SHOWN_NAMES: Final = 20
_SHOWN_LINES: Final = 10
_DETAIL: Final = 4_000
_BODY: Final = 1_000


def render(report: Report) -> str:
    """Make the Markdown.

    Args:
        report: any report, however the run ended. Nothing in it is trusted.
    """
    return without_commands("\n\n".join(_fitting(_sections(report)))) + "\n"


def _fitting(sections: Iterable[str]) -> Iterator[str]:
    """The sections that there is room for, and how many there is none for."""
    left, left_out = _ROOM, 0
    for section in sections:
        size = len(section.encode()) + 2
        if size <= left:
            left -= size
            yield section
        else:
            left_out += 1
    if left_out:
        yield f"{counted(left_out, 'part')} of this summary left out for want of room; `report.json` has it all."


def _sections(report: Report) -> Iterator[str]:
    yield f"## {_headline(report)}"
    if report.challenge:
        yield _under(report)
    yield from _notes(report)
    if report.problem:
        yield from _problem(report)
    if report.score:
        yield _table(report.score)
        yield from _checks(report)
        yield from _latencies(report)
    yield from _migrations(report)
    yield f"### Repeat it\n\n{_command(report.repeat)}"


def _headline(report: Report) -> str:
    name = code(report.submission.name, 120)
    if report.score is None:
        return f"{name} {str(report.status).replace('_', ' ')}"
    level = f"level {report.score.level}" if report.score.level else "no level reached"
    part = " (only some checks were run)" if report.only else ""
    return f"{name} scores {report.score.total:g} of 100, {level}{part}"


def _under(report: Report) -> str:
    challenge = report.challenge
    named = f"{code(challenge.slug, 60)} {code(challenge.version, 40)}" if challenge else ""
    took = f"{report.timings.get('total', 0):.1f} s"
    return f"Challenge {named} · seed {report.seed} · {took} · isolation: {code(report.environment.isolation, 40)}"


def _notes(report: Report) -> Iterator[str]:
    notes = [f"- note: {code(warning)}" for warning in remarks(report)[:_SHOWN_LINES]]
    if notes:
        yield "\n".join([*notes, *_more(len(remarks(report)) - _SHOWN_LINES)])


def _problem(report: Report) -> Iterator[str]:
    problem = report.problem
    if problem is None:
        return
    yield f"**What happened:** {code(problem.message, 600)}"
    if problem.hint:
        yield f"**What to do:** {code(problem.hint, 600)}"
    for name, text in (("Detail", problem.detail), ("What the application wrote", report.log)):
        if text.strip():
            yield _folded(name, block(text.rstrip()[-_DETAIL:], _DETAIL))


def _table(score: Score) -> str:
    rows = ["| | score | passed | weight |", "|---|---:|---:|---:|"]
    return "\n".join([*rows, *_rows(score.categories), *_rows(score.levels)])


def _rows(parts: Mapping[str, Part] | Mapping[Level, Part]) -> Iterator[str]:
    for name, part in list(parts.items())[:_SHOWN_NAMES]:
        shown = "–" if part.score is None else f"{part.score:g}"
        yield f"| {_cell(name)} | {shown} | {part.passed} of {part.checks} | {part.weight:g} |"


def _cell(text: str) -> str:
    # A bar ends a cell, in code as well.
    return code(text, 60).replace("|", "\\x7c")


def _checks(report: Report) -> Iterator[str]:
    lost = losses(report)
    by_verdict = {verdict: [one for one in report.checks if one.verdict is verdict] for verdict in Verdict}
    failed = sorted(by_verdict[Verdict.FAILED], key=lambda check: -lost[check.id])
    if failed:
        yield "### What does not work"
    for check in failed:
        yield _failure(check, lost[check.id])
    for verdict, name in ((Verdict.BLOCKED, "blocked"), (Verdict.INCONCLUSIVE, "inconclusive")):
        if found := by_verdict[verdict]:
            yield _folded(f"{counted(len(found), 'check')} {name}", "\n".join(_reasons(found)))
    yield f"{MARKS[Verdict.PASSED]} {len(by_verdict[Verdict.PASSED])} of {counted(len(report.checks), 'check')} passed"


def _reasons(checks: list[CheckReport]) -> Iterator[str]:
    """What is in the way, and of which checks."""
    reasons: dict[str, list[str]] = {}
    for check in checks:
        reasons.setdefault(check.evidence.note, []).append(check.id)
    for reason, names in list(reasons.items())[:_SHOWN_NAMES]:
        shown = ", ".join(code(name, 100) for name in names[:_SHOWN_NAMES])
        more = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
        yield f"- {shown}{more}: {prose(reason)}"
    yield from _more(len(reasons) - _SHOWN_NAMES)


def _failure(check: CheckReport, lost: float) -> str:
    share = f" · {percent(check.credit)} of the cases hold" if check.credit else ""
    cost = f" · cost {points(lost)}" if lost else ""
    facts = f"{code(check.id, 100)} · {code(check.category, 60)} · {check.level}{cost}{share}"
    findings = check.evidence.findings
    lines = [line for finding in findings[:_SHOWN_FINDINGS] for line in _finding(finding)]
    shown = next((finding.exchange for finding in findings if finding.exchange), None)
    return "\n\n".join(
        [
            f"#### {MARKS[check.verdict]} {prose(check.title)}",
            facts,
            *(["\n".join([*lines, *_more(len(findings) - _SHOWN_FINDINGS)])] if lines else []),
            *([f"Note: {prose(check.evidence.note)}"] if check.evidence.note else []),
            *([_folded("The exchange", block(_exchange(shown), 3_000))] if shown else []),
            *([_command(check.curl)] if check.curl else []),
        ]
    )


def _finding(finding: Finding) -> Iterator[str]:
    if finding.case:
        yield f"- case {code(finding.case)}"
    yield f"{'  ' * bool(finding.case)}- expected: {prose(finding.expected)}"
    yield f"{'  ' * bool(finding.case)}- got: {code(finding.got)}"


def _exchange(exchange: Exchange) -> str:
    headers = [f"{name}: {value}"[:300] for name, value in exchange.response_headers[:_SHOWN_LINES]]
    status = "" if exchange.status is None else f"status {exchange.status}"
    sent = [f"{exchange.method} {exchange.url}"[:500], (exchange.request_body or "")[:_BODY]]
    came = [status, (exchange.error or "")[:500], *headers, (exchange.response_body or "")[:_BODY]]
    return "\n".join([*filter(None, sent), "", *filter(None, came)])


def _latencies(report: Report) -> Iterator[str]:
    lines = [f"- {code(facts.check, 100)}: {_ratios(facts)}" for facts in report.latencies[:_SHOWN_LINES]]
    if lines:
        yield "\n".join(["### Latency", "", *lines, *_more(len(report.latencies) - _SHOWN_LINES)])


def _ratios(facts: LatencyFacts) -> str:
    ratios = ", ".join(
        f"{code(name, 20)} {one.ratio:.2f} times the reference's ({one.low:.2f} to {one.high:.2f})"
        for name, one in list(facts.ratios.items())[:_SHOWN_LINES]
    )
    return f"{ratios or prose(facts.note)}; {counted(facts.pairs, 'pair')} of blocks"


def _migrations(report: Report) -> Iterator[str]:
    steps = report.migrations[:_SHOWN_LINES]
    if steps:
        marked = (f"{MARKS[Verdict.PASSED if step.ok else Verdict.FAILED]} {code(step.command, 100)}" for step in steps)
        yield f"Migrations, which decide nothing: {', '.join(marked)}"


def _folded(name: str, content: str) -> str:
    return f"<details><summary>{name}</summary>\n\n{content}\n\n</details>"


def _command(line: str) -> str:
    return block(line, _DETAIL, "sh")


def _more(number: int) -> list[str]:
    return [f"- and {number} more in `report.json`"] if number > 0 else []
