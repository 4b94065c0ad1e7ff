"""A report for the terminal. What came from a candidate is data: control characters are shown, markup is not read."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from grader.challenge.score import Part
from grader.insight.model import Insight, MigrationStep
from grader.latency.facts import LatencyFacts
from grader.report.model import CheckReport, Report
from grader.text import clip, visible
from grader.verdicts import Finding, UpstreamCall, Verdict

MARKS = {
    Verdict.PASSED: ("✔", "green"),
    Verdict.FAILED: ("✘", "red"),
    Verdict.BLOCKED: ("○", "yellow"),
    Verdict.INCONCLUSIVE: ("?", "magenta"),
    Verdict.ERROR: ("!", "red"),
}
SHOWN_FINDINGS = 3
SHOWN_CALLS = 6
SHOWN_INSIGHTS = 3
BAR = 20


def summary(report: Report) -> RenderableType:
    """The whole report, failures first, as it is printed at the end of `grader run`."""
    parts: list[RenderableType] = [_heading(report)]
    if report.problem:
        parts.append(_problem(report))
    if report.score:
        parts += [_categories(report), *_checks(report), *map(_latency, report.latencies)]
    if report.migrations:
        parts.append(_migrations(report.migrations))
    return Group(*parts)


def headline(report: Report) -> Text:
    """One line: what became of the submission."""
    name = visible(report.submission.name)
    if report.score:
        level = f", level {report.score.level}" if report.score.level else ", no level reached"
        part = " (only some checks were run)" if report.only else ""
        return Text.assemble((name, "bold"), " scores ", (f"{report.score.total:g} of 100", "bold"), level, part)
    reason = visible(report.problem.message) if report.problem else ""
    return Text.assemble((name, "bold"), " ", (str(report.status).replace("_", " "), "bold red"), f": {reason}")


def _heading(report: Report) -> RenderableType:
    lines = Text("\n").append_text(headline(report))
    if report.challenge:
        lines.append(f"\n{report.challenge.slug} {report.challenge.version} · seed {report.seed}", "dim")
        lines.append(f" · {report.timings.get('total', 0):.1f} s · isolation: {report.environment.isolation}", "dim")
    for warning in report.submission.warnings:
        lines.append(f"\nnote: {visible(warning)}", "yellow")
    return lines


def _problem(report: Report) -> RenderableType:
    problem = report.problem
    text = Text()
    if problem and problem.hint:
        text.append(f"→ {visible(problem.hint)}\n")
    if problem and problem.detail:
        tail = problem.detail.strip().splitlines()[-12:]
        text.append("\n".join(visible(clip(line, 300)) for line in tail), "dim")
    return Padding(text, (0, 0, 0, 2))


def _categories(report: Report) -> RenderableType:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for column, side in (("", "left"), ("score", "right"), ("", "left"), ("passed", "right"), ("weight", "right")):
        table.add_column(column, justify="right" if side == "right" else "left")
    if report.score:
        for name, part in report.score.categories.items():
            _part_row(table, name, part)
        table.add_section()
        for level, part in report.score.levels.items():
            _part_row(table, level.value, part, style="dim")
    return Padding(table, (1, 0, 1, 0))


def _part_row(table: Table, name: str, part: Part, style: str = "") -> None:
    shown = "–" if part.score is None else f"{part.score:g}"
    full = round((part.score or 0) / 100 * BAR)
    bar = Text("━" * full, "green").append("━" * (BAR - full), "bright_black")
    table.add_row(Text(name, style), shown, bar, f"{part.passed}/{part.checks}", f"{part.weight:g}")


def _checks(report: Report) -> Iterator[RenderableType]:
    by_verdict: dict[Verdict, list[CheckReport]] = {}
    for check in report.checks:
        by_verdict.setdefault(check.verdict, []).append(check)
    for check in by_verdict.get(Verdict.FAILED, []):
        yield _failure(check, [insight for insight in report.insights if check.id in insight.checks])
    for check in by_verdict.get(Verdict.INCONCLUSIVE, []):
        yield _title(check).append(f"  {visible(clip(check.evidence.note, 200))}", "dim")
    yield from _blocked(by_verdict.get(Verdict.BLOCKED, []))
    passed = len(by_verdict.get(Verdict.PASSED, []))
    yield Text(f"✔ {passed} of {len(report.checks)} checks passed", "green" if passed else "dim")


def _blocked(checks: list[CheckReport]) -> Iterator[RenderableType]:
    """The blocked checks by what is in their way; what itself is blocked is no news."""
    reasons: dict[str, list[str]] = {}
    for check in checks:
        reasons.setdefault(visible(clip(check.evidence.note, 200)) or "blocked", []).append(check.id)
    for reason, names in reasons.items():
        yield Text.assemble(("○ ", "yellow"), f"{reason}: ", (", ".join(names), "dim"))


def _title(check: CheckReport) -> Text:
    mark, colour = MARKS[check.verdict]
    credit = f" {check.credit:.0%}" if 0 < check.credit < 1 else ""
    return Text.assemble((f"{mark} ", colour), (check.id, "bold"), (credit, colour), f"  {check.title}")


def _failure(check: CheckReport, insights: list[Insight]) -> RenderableType:
    """The title, then under it each finding, what explains it, and the command line, indented however they wrap."""
    below: list[RenderableType] = [_finding(finding) for finding in check.evidence.findings[:SHOWN_FINDINGS]]
    more = len(check.evidence.findings) - SHOWN_FINDINGS
    if more > 0:
        below.append(Text(f"and {more} more in the report", "dim"))
    if check.evidence.calls:
        below.append(_calls(check.evidence.calls))
    if check.evidence.note:
        below.append(Text(visible(clip(check.evidence.note, 300)), "dim"))
    below += [_insight(insight) for insight in insights[:SHOWN_INSIGHTS]]
    if check.curl:
        below.append(Text(visible(clip(check.curl, 400)), "cyan"))
    return Padding(Group(_title(check), Padding(Group(*below), (0, 0, 0, 4))), (0, 0, 1, 0))


def _latency(facts: LatencyFacts) -> Text:
    """One line: how the application compares with the reference, whatever the verdict."""
    ratios = ", ".join(
        f"{name} {one.ratio:.2f} times the reference's ({one.low:.2f} to {one.high:.2f})"
        for name, one in facts.ratios.items()
    )
    return Text.assemble((f"{facts.check}: ", "dim"), ratios or facts.note, (f"; {facts.pairs} pairs of blocks", "dim"))


def _migrations(steps: list[MigrationStep]) -> Text:
    """One line with all steps, and the last words of the first that failed."""
    words = Text.assemble(("migrations, which decide nothing: ", "dim"))
    for number, step in enumerate(steps):
        mark = ("✔ ", "green") if step.ok else ("✘ ", "red")
        words.append(", " if number else "").append(*mark).append(step.command, "dim")
    failed = next((step for step in steps if not step.ok), None)
    last = failed.output.strip().splitlines()[-1:] if failed else []
    return words.append("".join(f"\n  {visible(clip(line, 300))}" for line in last), "dim")


def _calls(calls: list[UpstreamCall]) -> Text:
    """One line: what the application asked of upstreams, and what came of it."""
    shown = [
        visible(f"{call.upstream} {call.method} {clip(call.target, 80)} ({call.outcome})")
        for call in calls[:SHOWN_CALLS]
    ]
    # Their numbers count also those that the evidence has no room for.
    more = calls[-1].number - len(shown)
    return Text(f"upstream calls: {', '.join(shown)}{f', … {more} more' if more > 0 else ''}", "dim")


def _insight(insight: Insight) -> Text:
    """Whose word it is comes first: the application's process told it."""
    words = Text.assemble(("↳ the application's own trace: ", "dim"), visible(clip(insight.text, 300)))
    return words.append(f"\n  {visible(clip(insight.source, 200))}", "dim")


def _finding(finding: Finding) -> RenderableType:
    grid = Table.grid(padding=(0, 1, 0, 0))
    if finding.case:
        grid.add_row(Text("case", "dim"), Text(visible(clip(finding.case, 200)), "bold"))
    grid.add_row(Text("expected", "dim"), visible_text(finding.expected))
    grid.add_row(Text("got", "dim"), visible_text(finding.got))
    return grid


def visible_text(text: str) -> Text:
    """Text of a candidate, cut and with its control characters shown; markup in it is not read."""
    return Text(visible(clip(text, 300)))
