"""What the application is asked once more: the requests of failed checks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from grader.verdicts import CheckResult, Evidence, Exchange

MAX_QUESTIONS = 20

_Key = tuple[str, str, str | None, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class Question:
    """One request, and the ids of the checks that sent it."""

    exchange: Exchange
    checks: list[str] = field(default_factory=list)


def questions(failed: Sequence[CheckResult]) -> list[Question]:
    """The requests that show why checks failed, each once.

    Args:
        failed: results with evidence.

    Returns:
        At most `MAX_QUESTIONS`; of each check the same share, in the order in which it sent them.
    """
    found: dict[_Key, Question] = {}
    for result in failed[:MAX_QUESTIONS]:
        for key, exchange in _chosen(result.evidence, MAX_QUESTIONS // len(failed[:MAX_QUESTIONS])):
            found.setdefault(key, Question(exchange)).checks.append(result.id)
    return list(found.values())


def _chosen(evidence: Evidence, share: int) -> Iterator[tuple[_Key, Exchange]]:
    """Those that findings show, then the latest others, until the share is used up."""
    shown = {_key(finding.exchange): finding.exchange for finding in evidence.findings if finding.exchange}
    sent = {_key(exchange): exchange for exchange in evidence.exchanges}
    wanted = set(list(dict.fromkeys([*shown, *reversed(sent)]))[:share])
    # The evidence holds the last exchanges only: a finding's that is not among them was sent before.
    early = {key: exchange for key, exchange in shown.items() if key not in sent}
    return ((key, exchange) for key, exchange in (early | sent).items() if key in wanted)


def _key(exchange: Exchange) -> _Key:
    return exchange.method, exchange.url, exchange.request_body, tuple(exchange.request_headers)
