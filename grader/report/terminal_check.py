"""A check for the terminal: the parts of the summary's lines, and one check in full."""

from collections.abc import Iterator
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from grader.insight.model import Insight
from grader.report.model import CheckReport, QuestionFacts, Report
from grader.report.worth import losses
from grader.text import visible
from grader.verdicts import Exchange, Finding, UpstreamCall, Verdict

MARKS = {
    Verdict.PASSED: ("✔", "green"),
    Verdict.FAILED: ("✘", "red"),
    Verdict.BLOCKED: ("○", "yellow"),
    Verdict.INCONCLUSIVE: ("?", "magenta"),
    Verdict.ERROR: ("!", "red"),
}
SHOWN_CALLS: Final = 6
_BODY: Final = 20_000
_LINES: Final = 500
_LINE: Final = 4_000
_MANY: Final = 50
"""Of each kind, in full as well: what a run writes is far below, but a report may come from anywhere."""


def check_in_full(report: Report, check: CheckReport) -> RenderableType:
    """Everything that a report says of one check.

    Args:
        report: the report that it is in.
        check: the check.
    """
    return Group(*_whole(report, check))


def _whole(report: Report, check: CheckReport) -> Iterator[RenderableType]:
    evidence = check.evidence
    yield title(check)
    yield _facts(check, losses(report)[check.id])
    yield _below(Text(visible(check.why, limit=_LINE)))
    for finding in evidence.findings[:_MANY]:
        yield _below(finding_grid(finding, _LINE))
        if finding.exchange:
            yield _below(_exchange(finding.exchange))
    if evidence.note:
        yield _below(_named("note", evidence.note))
    for number, exchange in enumerate(evidence.exchanges[:_MANY], 1):
        yield _below(Group(Text(f"exchange {number} of {len(evidence.exchanges)}", "dim"), _exchange(exchange)))
    if evidence.calls:
        yield _below(_call_table(evidence.calls))
    for insight in [one for one in report.insights if check.id in one.checks][:_MANY]:
        yield _below(insight_lines(insight))
    if check.question:
        yield _below(_question(check.question))
    yield _below(_commands(check))


def _below(content: RenderableType) -> RenderableType:
    return Padding(content, (1, 0, 0, 4))


def _facts(check: CheckReport, lost: float) -> Text:
    category = visible(check.category, limit=60)
    cost = f" · cost {lost:.1f} points" if lost else ""
    weight = f"weight {check.weight:g}{cost}"
    return Text(f"    {check.verdict} · {category} · {check.level} · {weight} · {check.seconds:.2f} s", "dim")


def _named(name: str, text: str) -> Text:
    return Text.assemble((f"{name}: ", "dim"), visible(text, limit=_LINE))


def _exchange(exchange: Exchange) -> RenderableType:
    """As it went over the wire: `>` before what was sent, `<` before what came back."""
    sent = [f"{exchange.method} {exchange.url}", *_headers(exchange.request_headers), *_lines(exchange.request_body)]
    status = [f"status {exchange.status}"] if exchange.status is not None else []
    came = [*status, *_headers(exchange.response_headers), *_lines(exchange.response_body)]
    lines = Text("\n").join(
        [Text.assemble(("> ", "dim"), visible(line, limit=_LINE)) for line in sent]
        + [Text.assemble(("< ", "dim"), visible(line, limit=_LINE)) for line in came]
    )
    if exchange.error:
        lines.append(f"\n! {visible(exchange.error, limit=_LINE)}", "red")
    return lines.append(f"\n  after {exchange.seconds:.3f} s", "dim")


def _headers(headers: list[tuple[str, str]]) -> list[str]:
    return [f"{name}: {value}" for name, value in headers[: 2 * _MANY]]


def _lines(body: str | None) -> list[str]:
    lines = visible(body or "", limit=_BODY, multiline=True).split("\n")
    more = [f"… ({len(lines) - _LINES:,} lines left out)"] if len(lines) > _LINES else []
    return ["", *lines[:_LINES], *more] if body else []


def _call_table(calls: list[UpstreamCall]) -> RenderableType:
    table = Table("", "upstream", "call", "came at", "held", "outcome", box=None, header_style="dim", pad_edge=False)
    for call in calls[: 2 * _MANY]:
        target = visible(f"{call.method} {call.target}", limit=300)
        outcome, upstream = Text(visible(call.outcome, limit=200)), Text(visible(call.upstream, limit=60))
        table.add_row(str(call.number), upstream, Text(target), f"{call.seconds:.2f} s", f"{call.held:.2f} s", outcome)
    return table


def _question(asked: QuestionFacts) -> RenderableType:
    answers = (("question", asked.question), ("a surface answer", asked.surface), ("a deep answer", asked.deep))
    return Group(*(_named(name, " ".join(text.split())) for name, text in answers))


def _commands(check: CheckReport) -> RenderableType:
    curl = [Text(visible(check.curl, limit=_LINE), "cyan")] if check.curl else []
    return Group(*curl, Text(visible(check.repeat, limit=_LINE), "cyan"))


def title(check: CheckReport) -> Text:
    """One line: mark, id, the share that was earned, and what must be true."""
    mark, colour = MARKS[check.verdict]
    credit = f" {check.credit:.0%}" if 0 < check.credit < 1 else ""
    name, words = visible(check.id, limit=100), visible(check.title, limit=300)
    return Text.assemble((f"{mark} ", colour), (name, "bold"), (credit, colour), f"  {words}")


def upstream_calls(calls: list[UpstreamCall]) -> Text:
    """One line: what the application asked of upstreams, and what came of it."""
    shown = [
        visible(f"{call.upstream} {call.method} {call.target}", limit=100) + visible(f" ({call.outcome})", limit=60)
        for call in calls[:SHOWN_CALLS]
    ]
    # Their numbers count also those that the evidence has no room for.
    more = calls[-1].number - len(shown)
    return Text(f"upstream calls: {', '.join(shown)}{f', … {more} more' if more > 0 else ''}", "dim")


def insight_lines(insight: Insight) -> Text:
    """Whose word it is comes first: the application's process told it."""
    words = Text.assemble(("↳ the application's own trace: ", "dim"), visible(insight.text, limit=300))
    return words.append(f"\n  {visible(insight.source, limit=200)}", "dim")


def finding_grid(finding: Finding, limit: int = 300) -> RenderableType:
    """Case, expected and got beneath each other, each cut; markup in it is not read."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    if finding.case:
        grid.add_row(Text("case", "dim"), Text(visible(finding.case, limit=200), "bold"))
    grid.add_row(Text("expected", "dim"), Text(visible(finding.expected, limit=limit)))
    grid.add_row(Text("got", "dim"), Text(visible(finding.got, limit=limit)))
    return grid
