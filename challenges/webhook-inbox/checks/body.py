"""The body of a webhook: what is accepted, and what is refused."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from grader.harness import Api, Tally, check
from grader.harness.contract import Contract
from grader.harness.probes.cases import body_cases
from grader.harness.probes.validation import try_bodies

if TYPE_CHECKING:
    from conftest import Inbox

OPERATION = "POST /webhooks/payments"


async def _tried(api: Api, contract: Contract, inbox: Inbox, kinds: Collection[str]) -> Tally:
    await inbox.serve()
    cases = body_cases(contract, OPERATION, inbox.event, kinds)
    path = OPERATION.split()[1]
    return await try_bodies(api, "POST", path, cases, accepted=(202, 200), headers=inbox.signer.headers)


@check("deliver.missing", category="validation", level="junior", weight=2, requires=("deliver.ok",))
async def members_are_required(api: Api, contract: Contract, inbox: Inbox) -> Tally:
    """An event without one of its members is refused with 422.

    What is missing here is missing in the ledger, where nobody can ask the provider any more.
    """
    return await _tried(api, contract, inbox, {"missing"})
