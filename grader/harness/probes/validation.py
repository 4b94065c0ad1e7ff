"""Tries cases on an operation: sound input is accepted, other input is refused, and the refusal names the member."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, get_args

from pydantic_core.core_schema import ErrorType

from grader.harness.api import Api
from grader.harness.probes.cases import Case
from grader.harness.probes.parameters import QueryCase
from grader.harness.reply import Reply
from grader.harness.tally import Tally

UNPROCESSABLE: Final = 422
OWN_TYPES: Final = frozenset({"value_error", "assertion_error"})
"""What Pydantic calls an error that the application's own code raised."""

_PYDANTIC_TYPES: Final = frozenset(get_args(ErrorType)) - OWN_TYPES

Headers = Mapping[str, str] | Callable[[bytes], Mapping[str, str]]


async def try_bodies(  # noqa: PLR0913 - a call reads as a sentence of the contract
    api: Api,
    method: str,
    path: str,
    cases: Iterable[Case],
    *,
    accepted: tuple[int, ...] = (201,),
    refused: tuple[int, ...] = (UNPROCESSABLE,),
    malformed: tuple[int, ...] = (400, UNPROCESSABLE),
    headers: Headers | None = None,
    tally: Tally | None = None,
) -> Tally:
    """Sends each case, one after another.

    Args:
        api: the candidate.
        method: such as `POST`.
        path: filled in.
        cases: from `body_cases`.
        accepted: statuses that a valid body may get.
        refused: statuses that an invalid body may get; it also has a `detail`, and a 422 names the member.
        malformed: statuses that malformed JSON may get, with a `detail`.
        headers: further ones, or a function that makes them from the body's bytes (a signature).
        tally: where to count; a new one by default.

    Returns:
        The tally, with one case for each of `cases`.
    """
    tally = Tally() if tally is None else tally
    for case in cases:
        with tally.case(case.name):
            content = case.content()
            more = headers(content) if callable(headers) else headers or {}
            sent = {"Content-Type": "application/json", **more}
            reply = await api.request(method, path, content=content, headers=sent)
            _judge(reply, case, accepted, malformed if case.kind == "malformed" else refused)
    return tally


async def try_queries(  # noqa: PLR0913 - likewise
    api: Api,
    path: str,
    cases: Iterable[QueryCase],
    *,
    accepted: tuple[int, ...] = (200,),
    refused: tuple[int, ...] = (UNPROCESSABLE,),
    headers: Mapping[str, str] | None = None,
    tally: Tally | None = None,
) -> Tally:
    """Sends each case as the query of a GET, one after another; arguments and result as in `try_bodies`."""
    tally = Tally() if tally is None else tally
    for case in cases:
        with tally.case(case.name):
            reply = await api.get(path, params=dict(case.params), headers=headers)
            _judge(reply, case, accepted, refused)
    return tally


def _judge(reply: Reply, case: Case | QueryCase, accepted: tuple[int, ...], refused: tuple[int, ...]) -> None:
    if case.valid:
        reply.expect(*accepted)
        return
    reply.refused(*refused)
    if case.field is not None:
        names_field(reply, case.field)


def names_field(reply: Reply, field: str) -> None:
    """A 422 that FastAPI made names the offending member in `detail[].loc`.

    Judged only where `detail` is a list of objects that all have `loc`. A refusal of the candidate's own making need
    not name it: an entry counts as that where its `type` is absent, or is none that Pydantic gives by itself.

    Args:
        reply: a refusal.
        field: the member or parameter.

    Raises:
        Mismatch: Pydantic's own errors, and none of them names the member.
    """
    if reply.status != UNPROCESSABLE:
        return
    detail = reply.json()["detail"].value
    entries = detail if isinstance(detail, list) else []
    if not entries or not all(isinstance(entry, dict) and isinstance(entry.get("loc"), list) for entry in entries):
        return
    if not any(field in entry["loc"] or _is_own(entry) for entry in entries):
        places = [entry["loc"] for entry in entries[:3]]
        raise reply.mismatch(f"`detail` to name {field!r} in a `loc`", f"{places}")


def _is_own(entry: dict[str, Any]) -> bool:
    kind = entry.get("type")
    return not isinstance(kind, str) or kind not in _PYDANTIC_TYPES
