"""Status codes: what answers with what, and what never fails."""

from collections.abc import Iterable
from typing import Final

from grader.harness.api import Api
from grader.harness.contract import Contract
from grader.harness.reply import Reply
from grader.harness.request import Request
from grader.harness.tally import Tally

FIRST_ERROR: Final = 400
FIRST_SERVER_ERROR: Final = 500


async def send(api: Api, request: Request) -> Reply:
    """Sends one request that is written down as a `Request`.

    Raises:
        Mismatch: no whole answer came.
    """
    return await api.request(
        request.method,
        request.path,
        params=request.params,
        json=request.json,
        content=request.content,
        headers=request.headers,
    )


def refused(reply: Reply, *statuses: int, contract: Contract, key: str) -> Reply:
    """A refusal: one of these statuses, an object with `detail`, and as the contract declares it.

    Args:
        reply: what the candidate answered.
        statuses: those that will do.
        contract: the pack's.
        key: the operation, such as `POST /users`.

    Raises:
        Mismatch: it is something else.
    """
    reply.refused(*statuses)
    contract.judge(key, reply)
    return reply


async def expect_each(
    api: Api, table: Iterable[tuple[str, Request, int | tuple[int, ...]]], tally: Tally | None = None
) -> Tally:
    """Sends each request of a table, one after another; an expected error must also have a `detail`.

    Args:
        api: the candidate.
        table: rows of a name, the request, and the status or statuses that will do.
        tally: where to count; a new one by default.

    Returns:
        The tally, with one case a row.
    """
    tally = Tally() if tally is None else tally
    for name, request, expected in table:
        statuses = (expected,) if isinstance(expected, int) else expected
        with tally.case(name):
            reply = (await send(api, request)).expect(*statuses)
            if reply.status >= FIRST_ERROR:
                reply.refused(*statuses)
    return tally


async def never_5xx(api: Api, requests: Iterable[tuple[str, Request]], tally: Tally | None = None) -> Tally:
    """Sends each request, one after another: whatever is answered, it is no 5xx.

    Args:
        api: the candidate.
        requests: pairs of a name and the request, as `huge_integers` makes them.
        tally: where to count; a new one by default.

    Returns:
        The tally, with one case a request.
    """
    tally = Tally() if tally is None else tally
    for name, request in requests:
        with tally.case(name):
            reply = await send(api, request)
            if reply.status >= FIRST_SERVER_ERROR:
                raise reply.mismatch("any status below 500", f"status {reply.status}")
    return tally
