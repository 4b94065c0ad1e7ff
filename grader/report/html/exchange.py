"""A request and what came back, with the lines marked that a finding speaks of."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from grader.report.html.ink import Ink
from grader.report.html.layout import laid_out
from grader.report.html.words import seconds
from grader.verdicts import Exchange, Finding

_NAME = re.compile(r"`(?:body\.)?([^`]{1,80})`")
_NOISE = frozenset(
    {"accept", "accept-encoding", "connection", "content-length", "date", "host", "keep-alive", "server", "user-agent"}
)
_SHOWN_HEADERS = 12
_BODY = 2_000
_SAID = 1_000
_MARKUP = 600
_SHOWN_LINES = 60


@dataclass(frozen=True)
class Line:
    """One line of an answer."""

    text: str
    marked: bool = False


@dataclass(frozen=True)
class ExchangeView:
    """One request and its answer."""

    request: list[str]
    answer: list[Line]
    took: str


def exchange_view(exchange: Exchange, finding: Finding | None, ink: Ink) -> ExchangeView:
    """Lay an exchange out as it went over the wire, without headers that say nothing of the matter.

    Args:
        exchange: the exchange.
        finding: what it shows, if it is known; marks lines.
        ink: what the text is taken from.
    """
    ink.spend(_MARKUP)
    said = f"{finding.expected[:_SAID]} {finding.got[:_SAID]}" if finding else ""
    return ExchangeView(
        request=list(_request(exchange, said, ink)),
        answer=list(_answer(exchange, said, ink)),
        took=seconds(exchange.seconds),
    )


def _request(exchange: Exchange, said: str, ink: Ink) -> Iterator[str]:
    yield ink.line(f"{exchange.method} {exchange.url}", 500)
    yield from _headers(exchange.request_headers, said, ink)
    if exchange.request_body:
        yield ""
        yield from _lines(exchange.request_body, ink)


def _answer(exchange: Exchange, said: str, ink: Ink) -> Iterator[Line]:
    if exchange.status is not None:
        yield Line(f"status {exchange.status}", _speaks_of_status(said))
    if exchange.error:
        yield Line(ink.line(exchange.error, 500), marked=exchange.status is None)
    for header in _headers(exchange.response_headers, said, ink):
        yield Line(header, marked=_is_named(header.partition(":")[0], said))
    if exchange.response_body:
        yield Line("")
        keys = tuple(f'"{name}":' for name in _names(said))
        for line in _lines(exchange.response_body, ink):
            yield Line(line, marked=line.lstrip().startswith(keys) if keys else False)


def _headers(headers: list[tuple[str, str]], said: str, ink: Ink) -> Iterator[str]:
    telling = [(name, value) for name, value in headers if name.lower() not in _NOISE or _is_named(name, said)]
    for name, value in telling[:_SHOWN_HEADERS]:
        if ink.dry:
            break
        yield ink.line(f"{name}: {value}", 200)


def _lines(body: str, ink: Ink) -> list[str]:
    lines = laid_out(ink.block(body, _BODY))
    more = len(lines) - _SHOWN_LINES
    return lines if more <= 0 else [*lines[:_SHOWN_LINES], f"… ({more} lines left out)"]


def _speaks_of_status(said: str) -> bool:
    return bool(re.match(r"(any )?status\b", said))


def _is_named(header: str, said: str) -> bool:
    return re.search(rf"\b{re.escape(header[:80])}\b", said, re.IGNORECASE) is not None


def _names(said: str) -> set[str]:
    """Members of the body that are spoken of: of `body.items[0].name`, the last one."""
    found = (re.split(r"[.\[\]]+", name.rstrip("]")) for name in _NAME.findall(said))
    return {parts[-1] for parts in found if parts[-1] and not parts[-1].isdecimal()}
