"""What a worker does with a ticket: whatever goes wrong, it ends with a report, or is given back for another worker."""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from grader.batch.job import Job
from grader.batch.outcome import Outcome
from grader.batch.perform import Cancelled
from grader.batch.remote.claim import Hold, LostTooOften, TakenByOther, take
from grader.batch.remote.refusal import failed, lost_report, refusal
from grader.batch.remote.shelf import JobShelf
from grader.batch.remote.store import Store
from grader.batch.remote.ticket import Ticket
from grader.errors import EngineUnavailable, GraderError, InfrastructureError, StoreUnavailable, unexpected
from grader.intake.intake import safe_name
from grader.report.model import Report
from grader.request import Watch

LEAST_BEAT: Final = 0.05


class GivenBack(Exception):
    """The ticket has to go to another worker.

    Attributes:
        fault: why this one can do no job at all; None where it was only asked to stop.
    """

    def __init__(self, fault: GraderError | None = None) -> None:
        super().__init__(str(fault or "asked to stop"))
        self.fault = fault


class Performing(Protocol):
    """See `grader.batch.perform.Performer`; each grades one job here."""

    def perform(self, job: Job, source: Path, watch: Watch) -> Report:
        """Grade it."""
        ...

    def cancel(self) -> None:
        """Let it end soon, with `Cancelled`."""
        ...


@dataclass
class UnderWay:
    """A job that a worker is at."""

    ticket: Ticket
    performer: Performing
    hold: Hold | None = None
    began: float = field(default_factory=time.monotonic)


class Taker:
    """Does tickets, side by side.

    Args:
        store: where submissions and reports stand.
        make_performer: makes what grades one job.
        worker: what it is called.
        sandbox: the backend that it grades in; a job that names another is refused.
        heartbeat: seconds between two signs of life.
        say: is told what begins and what ends.
    """

    def __init__(
        self,
        store: Store,
        make_performer: Callable[[], Performing],
        *,
        worker: str,
        sandbox: str,
        heartbeat: float,
        say: Callable[[str], None],
    ) -> None:
        self._store = store
        self._make_performer = make_performer
        self._worker = worker
        self._sandbox = sandbox
        self._heartbeat = max(heartbeat, LEAST_BEAT)
        self._say = say
        self._stopping = threading.Event()
        self._under_way: list[UnderWay] = []
        self._changed = threading.Condition()

    def do(self, ticket: Ticket) -> Outcome | None:
        """Have a report of it in the store.

        Returns:
            What became of it; None where another worker is at it, or nobody wants it any more.

        Raises:
            GivenBack: neither, and another worker should have it.
        """
        with self._counted(UnderWay(ticket, self._make_performer())) as this:
            try:
                return self._do(JobShelf(self._store, ticket), this)
            except (EngineUnavailable, StoreUnavailable) as fault:
                raise GivenBack(fault) from fault
            except Cancelled:
                raise GivenBack from None

    def under_way(self) -> list[UnderWay]:
        """What it is at."""
        with self._changed:
            return list(self._under_way)

    def cancel(self) -> None:
        """Give back all that is under way, and all that comes."""
        self._stopping.set()
        for each in self.under_way():
            each.performer.cancel()

    def wait(self) -> None:
        """Until nothing is under way."""
        with self._changed:
            self._changed.wait_for(lambda: not self._under_way)

    def _do(self, shelf: JobShelf, this: UnderWay) -> Outcome | None:
        job = this.ticket.job
        if not shelf.may_begin():
            return None
        try:
            if report := shelf.report():
                return Outcome.of(job, report)
            this.hold = take(shelf, self._worker, self._heartbeat, self._go_on, this.ticket.lost)
        except LostTooOften:
            return self._keep(shelf, job, lost_report(job))
        except TakenByOther:
            return None
        except StoreUnavailable:
            raise
        except InfrastructureError:
            return None  # a report of another version: the client says so
        return self._graded(shelf, this, this.hold)

    def _graded(self, shelf: JobShelf, this: UnderWay, hold: Hold) -> Outcome | None:
        job = this.ticket.job
        self._say(f"{job.name}: begun{f' (workers lost over it: {hold.claim.lost})' if hold.claim.lost else ''}")
        try:
            with hold.beating(this.performer.cancel):
                report = self._report(shelf, this, hold)
        except BaseException as error:
            if hold.superseded:
                self._say(f"{job.name}: left, another worker has it")
                return None
            hold.give_back()
            if hold.called_off and isinstance(error, Cancelled):
                self._say(f"{job.name}: left, its batch was stopped")
                return None
            self._say(f"{job.name}: given back")
            raise
        return None if shelf.called_off() else self._keep(shelf, job, report)

    def _report(self, shelf: JobShelf, this: UnderWay, hold: Hold) -> Report:
        job = this.ticket.job
        try:
            if refused := refusal(job, self._sandbox, self._worker):
                return failed(job, refused)
            with self._fetched(shelf, job) as source:
                return this.performer.perform(job, source, hold)
        except (Cancelled, EngineUnavailable, StoreUnavailable):
            raise
        except GraderError as error:
            return failed(job, error)
        except Exception as error:  # noqa: BLE001  # a defect of ours is in the report like any other
            return failed(job, unexpected(error))

    def _keep(self, shelf: JobShelf, job: Job, report: Report) -> Outcome:
        outcome = Outcome.of(job, report)
        if shelf.keep(report):
            score = outcome.problem if outcome.score is None else f"scores {outcome.score:g}"
            self._say(f"{job.name}: {score}, {outcome.seconds:.0f} s")
        return outcome

    @contextmanager
    def _fetched(self, shelf: JobShelf, job: Job) -> Iterator[Path]:
        """The submission as a file that is called as it was, since its suffix tells something."""
        with tempfile.TemporaryDirectory(prefix="grader-fetched-") as folder:
            target = Path(folder, safe_name(Path(job.source).name))
            digest = self._store.download(shelf.batch.handed_in(job.digest), target)
            if digest != job.digest:
                state = "is not in the store" if digest is None else "is not in the store as it was handed in"
                raise InfrastructureError(f"the submission {state}", hint="`grader batch --resume` hands it in again")
            yield target

    @contextmanager
    def _counted(self, this: UnderWay) -> Iterator[UnderWay]:
        with self._changed:
            self._under_way.append(this)
        try:
            if self._stopping.is_set():
                raise GivenBack
            yield this
        finally:
            with self._changed:
                self._under_way.remove(this)
                self._changed.notify_all()

    def _go_on(self) -> None:
        if self._stopping.is_set():
            raise Cancelled
