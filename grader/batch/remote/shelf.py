"""What stands where in the store.

    batches/<batch>/over              once all of its reports were fetched; nothing else is left then
    batches/<batch>/stop/<run>        `drain` or `cancel`, once a call of `grader batch` was stopped
    batches/<batch>/handed-in/<digest>
    batches/<batch>/jobs/<place>/claim-<number>.json
    batches/<batch>/jobs/<place>/report.json      once it is done

None of these names holds anything that a job says of itself but its digests.
"""

from typing import Final

from pydantic import ValidationError

from grader.batch.remote.claim import Claim, read_claim
from grader.batch.remote.store import Store
from grader.batch.remote.ticket import Ticket
from grader.errors import InfrastructureError
from grader.report.model import Report
from grader.report.write import json_text

DRAIN: Final = "drain"
"""Begin nothing more of this call."""
CANCEL: Final = "cancel"
"""And end what is under way."""
REPORT: Final = "report.json"


class BatchShelf:
    """Of a whole batch.

    Args:
        store: where it stands.
        batch: its id.
    """

    def __init__(self, store: Store, batch: str) -> None:
        self.store = store
        self.path = f"batches/{batch}"

    def handed_in(self, digest: str) -> str:
        """The path of a submission."""
        return f"{self.path}/handed-in/{digest}"

    def stop(self, run: str, how: str) -> None:
        """Tell the workers that a call is stopped."""
        self.store.write(f"{self.path}/stop/{run}", how.encode())

    def stopped(self, run: str) -> str:
        """Whether a call is stopped: "", DRAIN or CANCEL. All of them are, once the batch is over."""
        if how := self.store.read(f"{self.path}/stop/{run}"):
            return how.decode(errors="replace")
        return CANCEL if self.store.exists(f"{self.path}/over") else ""

    def reopen(self) -> None:
        """Take back `clear`."""
        self.store.remove(f"{self.path}/over")

    def clear(self) -> None:
        """Remove submissions and reports; a ticket of the batch that still comes is dropped."""
        self.store.write(f"{self.path}/over", b"over")
        for part in ("handed-in", "jobs", "stop"):
            self.store.remove(f"{self.path}/{part}")


class JobShelf:
    """Of one job; implements `grader.batch.remote.claim.Claims`.

    Args:
        store: where it stands.
        ticket: tells the job.
    """

    def __init__(self, store: Store, ticket: Ticket) -> None:
        self.batch = BatchShelf(store, ticket.batch)
        self.path = f"{self.batch.path}/jobs/{ticket.place}"
        self._store = store
        self._run = ticket.run

    def claim(self, number: int) -> Claim | None:
        """See `grader.batch.remote.claim.Claims.claim`."""
        return read_claim(self._store.read(self._claim(number)))

    def create_claim(self, number: int, claim: Claim) -> bool:
        """See `grader.batch.remote.claim.Claims.create_claim`."""
        return self._store.create(self._claim(number), claim.model_dump_json().encode())

    def update_claim(self, number: int, claim: Claim) -> None:
        """See `grader.batch.remote.claim.Claims.update_claim`."""
        self._store.write(self._claim(number), claim.model_dump_json().encode())

    def called_off(self) -> bool:
        """See `grader.batch.remote.claim.Claims.called_off`."""
        return self.batch.stopped(self._run) == CANCEL

    def may_begin(self) -> bool:
        """Whether the call that sent it still wants anything begun."""
        return not self.batch.stopped(self._run)

    def report(self) -> Report | None:
        """The report, once there is one.

        Raises:
            InfrastructureError: what stands there is none that this version of the grader can read.
        """
        content = self._store.read(f"{self.path}/{REPORT}")
        try:
            return None if content is None else Report.model_validate_json(content)
        except ValidationError as error:
            raise InfrastructureError(
                f"the report in the store cannot be read: {error.errors()[0]['msg']}",
                hint="let `grader batch` and all workers be of one version; then --resume",
            ) from error

    def keep(self, report: Report) -> bool:
        """Put the report, unless there is one: a job gets one, whoever did it twice. Whether it was put."""
        content = json_text(report.model_dump(mode="json")).encode(errors="backslashreplace")
        return self._store.create(f"{self.path}/{REPORT}", content)

    def forget(self) -> None:
        """Remove report and claims, so that it can be done again."""
        self._store.remove(self.path)

    def _claim(self, number: int) -> str:
        return f"{self.path}/claim-{number}.json"
