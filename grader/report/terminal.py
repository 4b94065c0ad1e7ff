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
from grader.report.remarks import remarks
from grader.report.terminal_check import finding_grid, insight_lines, title, upstream_calls
from grader.text import visible
from grader.verdicts import Verdict

SHOWN_FINDINGS = 3
SHOWN_INSIGHTS = 3
SHOWN_WARNINGS = 20
SHOWN_DETAIL = 12
SHOWN_IDS = 20
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
    name = visible(report.submission.name, limit=120)
    if report.score:
        level = f", level {report.score.level}" if report.score.level else ", no level reached"
        part = " (public checks only)" if report.public else " (only some checks were run)" if report.only else ""
        return Text.assemble((name, "bold"), " scores ", (f"{report.score.total:g} of 100", "bold"), level, part)
    reason = visible(report.problem.message, limit=600) if report.problem else ""
    return Text.assemble((name, "bold"), " ", (str(report.status).replace("_", " "), "bold red"), f": {reason}")


def _heading(report: Report) -> RenderableType:
    lines = Text("\n").append_text(headline(report))
    if report.challenge:
        challenge = visible(f"{report.challenge.slug} {report.challenge.version}", limit=100)
        isolation = visible(report.environment.isolation, limit=40)
        lines.append(f"\n{challenge} · seed {report.seed}", "dim")
        lines.append(f" · {report.timings.get('total', 0):.1f} s · isolation: {isolation}", "dim")
    for warning in remarks(report)[:SHOWN_WARNINGS]:
        lines.append(f"\nnote: {visible(warning, limit=300)}", "yellow")
    if (more := len(remarks(report)) - SHOWN_WARNINGS) > 0:
        lines.append(f"\nand {more} more notes in the report", "dim")
    return lines


def _problem(report: Report) -> RenderableType:
    problem = report.problem
    text = Text()
    if problem and problem.hint:
        text.append(f"→ {visible(problem.hint, limit=600)}\n")
    if problem and problem.detail:
        tail = problem.detail.strip().splitlines()[-SHOWN_DETAIL:]
        text.append("\n".join(visible(line, limit=300) for line in tail), "dim")
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
    full = round(min(max((part.score or 0) / 100, 0), 1) * BAR)
    bar = Text("━" * full, "green").append("━" * (BAR - full), "bright_black")
    table.add_row(Text(visible(name, limit=60), style), shown, bar, f"{part.passed}/{part.checks}", f"{part.weight:g}")


def _checks(report: Report) -> Iterator[RenderableType]:
    by_verdict: dict[Verdict, list[CheckReport]] = {}
    for check in report.checks:
        by_verdict.setdefault(check.verdict, []).append(check)
    for check in by_verdict.get(Verdict.FAILED, []):
        yield _failure(check, [insight for insight in report.insights if check.id in insight.checks])
    for check in by_verdict.get(Verdict.INCONCLUSIVE, []):
        yield title(check).append(f"  {visible(check.evidence.note, limit=200)}", "dim")
    yield from _blocked(by_verdict.get(Verdict.BLOCKED, []))
    passed = len(by_verdict.get(Verdict.PASSED, []))
    yield Text(f"✔ {passed} of {len(report.checks)} checks passed", "green" if passed else "dim")


def _blocked(checks: list[CheckReport]) -> Iterator[RenderableType]:
    """The blocked checks by what is in their way; what itself is blocked is no news."""
    reasons: dict[str, list[str]] = {}
    for check in checks:
        reasons.setdefault(visible(check.evidence.note, limit=200) or "blocked", []).append(check.id)
    for reason, names in reasons.items():
        ids = ", ".join(visible(name, limit=100) for name in names[:SHOWN_IDS])
        more = f" and {len(names) - SHOWN_IDS} more" if len(names) > SHOWN_IDS else ""
        yield Text.assemble(("○ ", "yellow"), f"{reason}: ", (f"{ids}{more}", "dim"))


def _failure(check: CheckReport, insights: list[Insight]) -> RenderableType:
    """The title, then under it each finding, what explains it, and the command line, indented however they wrap."""
    below: list[RenderableType] = [finding_grid(finding) for finding in check.evidence.findings[:SHOWN_FINDINGS]]
    more = len(check.evidence.findings) - SHOWN_FINDINGS
    if more > 0:
        below.append(Text(f"and {more} more in the report", "dim"))
    if check.evidence.calls:
        below.append(upstream_calls(check.evidence.calls))
    if check.evidence.note:
        below.append(Text(visible(check.evidence.note, limit=300), "dim"))
    below += [insight_lines(insight) for insight in insights[:SHOWN_INSIGHTS]]
    if check.curl:
        below.append(Text(visible(check.curl, limit=400), "cyan"))
    return Padding(Group(title(check), Padding(Group(*below), (0, 0, 0, 4))), (0, 0, 1, 0))


def _latency(facts: LatencyFacts) -> Text:
    """One line: how the application compares with the reference, whatever the verdict."""
    ratios = ", ".join(
        f"{visible(name, limit=20)} {one.ratio:.2f} times the reference's ({one.low:.2f} to {one.high:.2f})"
        for name, one in facts.ratios.items()
    )
    name, note = visible(facts.check, limit=100), visible(facts.note, limit=300)
    return Text.assemble((f"{name}: ", "dim"), ratios or note, (f"; {facts.pairs} pairs of blocks", "dim"))


def _migrations(steps: list[MigrationStep]) -> Text:
    """One line with all steps, and the last words of the first that failed."""
    words = Text.assemble(("migrations, which decide nothing: ", "dim"))
    for number, step in enumerate(steps):
        mark = ("✔ ", "green") if step.ok else ("✘ ", "red")
        words.append(", " if number else "").append(*mark).append(visible(step.command, limit=100), "dim")
    failed = next((step for step in steps if not step.ok), None)
    last = failed.output.strip().splitlines()[-1:] if failed else []
    return words.append("".join(f"\n  {visible(line, limit=300)}" for line in last), "dim")
