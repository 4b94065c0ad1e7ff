"""A batch through a store: what is lost on the way is sent again, what is there is taken, nothing is graded twice."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from grader.batch.folder import JobFolder
from grader.batch.job import Job
from grader.batch.outcome import Outcome
from grader.batch.remote.claim import newest, take
from grader.batch.remote.client import RemoteRunner
from grader.batch.remote.queue import WorkerFacts
from grader.batch.remote.record import begin_run
from grader.batch.remote.shelf import JobShelf
from grader.batch.remote.store import Store
from grader.batch.remote.taker import GivenBack, Taker
from grader.batch.remote.ticket import Ticket
from grader.errors import BrokerUnavailable, UsageError
from grader.report.model import Status
from grader.request import NobodyWatches
from grader.settings import Settings
from tests.batch.remote.conftest import Listener, until
from tests.batch.remote.playing import Player


class Broker:
    """A queue that may lose what it is given, and a worker behind it.

    Attributes:
        faults: what becomes of the next tickets: `lose` one, `deliver` it twice, or be `down`.
        sent: every ticket that came.
    """

    def __init__(self, store: Store) -> None:
        self.faults: deque[str] = deque()
        self.sent: list[str] = []
        self.performed: list[str] = []
        self.taker = Taker(
            store, lambda: Player(self.performed), worker="me", sandbox="docker", heartbeat=0.05, say=lambda _: None
        )
        self.threads: list[threading.Thread] = []

    def send(self, ticket: Ticket) -> None:
        fault = self.faults.popleft() if self.faults else "none"
        if fault == "down":
            raise BrokerUnavailable("the broker does not answer")
        self.sent.append(ticket.job.name)
        for _ in range({"lose": 0, "twice": 2}.get(fault, 1)):
            self.threads.append(threading.Thread(target=self._do, args=(ticket,)))
            self.threads[-1].start()

    def waiting(self) -> int:
        return 0

    def workers(self, seconds: float) -> list[WorkerFacts]:  # noqa: ARG002
        return []

    def _do(self, ticket: Ticket) -> None:
        with suppress(GivenBack):
            self.taker.do(ticket)

    def end(self) -> None:
        self.taker.cancel()
        for thread in self.threads:
            thread.join()


@pytest.fixture
def broker(folder_store: Store) -> Iterator[Broker]:
    one = Broker(folder_store)
    yield one
    one.end()


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


@pytest.fixture
def runner(
    folder_store: Store, broker: Broker, out: Path, settings: Settings, listener: Listener
) -> Callable[..., RemoteRunner]:
    """A call of `grader batch`; each further one goes on with the same batch."""

    def make(**changes: object) -> RemoteRunner:
        changed = settings.model_copy(update=changes)
        return RemoteRunner(folder_store, broker, begin_run(out), out, changed, listener)

    return make


Runners = Callable[..., RemoteRunner]
Make = Callable[..., Job]


def statuses(outcomes: Iterator[Outcome]) -> dict[str, Status]:
    """Name → what became of it; each once."""
    found = list(outcomes)
    assert len({outcome.name for outcome in found}) == len(found)
    return {outcome.name: outcome.status for outcome in found}


def test_every_job_has_its_report_in_the_batchs_folder(runner: Runners, broker: Broker, job: Make, out: Path) -> None:
    jobs = [job(name) for name in ("a", "b", "c")]
    assert statuses(runner().run(jobs)) == dict.fromkeys(("a", "b", "c"), Status.GRADED)
    assert (sorted(broker.performed), broker.sent) == (["a", "b", "c"], ["a", "b", "c"])
    assert all(JobFolder(out, each).finished() for each in jobs)


def test_nothing_of_candidates_stays_in_the_store(runner: Runners, folder_store: Store, job: Make) -> None:
    list(runner().run([job()]))
    assert [path.rpartition("/")[2] for path in folder_store.files("batches")] == ["over"]


@pytest.mark.parametrize("fault", ["lose", "twice"])
def test_what_a_broker_does_to_a_ticket_does_not_matter(
    runner: Runners, broker: Broker, job: Make, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.batch.remote.awaited._AT_LEAST", 0.3)
    broker.faults.extend([fault, fault])
    assert statuses(runner().run([job("a"), job("b")])) == {"a": Status.GRADED, "b": Status.GRADED}
    assert sorted(broker.performed) == ["a", "b"]


def test_a_broker_that_is_down_for_a_while_is_waited_for(
    runner: Runners, broker: Broker, job: Make, listener: Listener
) -> None:
    broker.faults.extend(["none", "down", "down"])
    assert statuses(runner(engine_patience=60).run([job("a"), job("b")])) == {"a": Status.GRADED, "b": Status.GRADED}
    assert listener.said == ["the broker does not answer; waiting for it"]


def test_a_broker_that_stays_away_ends_the_call(runner: Runners, broker: Broker, job: Make) -> None:
    broker.faults.extend(["down"] * 100)
    with pytest.raises(BrokerUnavailable):
        list(runner().run([job()]))


def test_the_job_of_a_lost_worker_is_sent_again(
    runner: Runners, broker: Broker, job: Make, folder_store: Store, listener: Listener,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """The client notices by itself: the broker has nothing to do with it."""
    monkeypatch.setattr("grader.batch.remote.awaited._AT_LEAST", 0.3)
    broker.faults.append("lose")
    send = broker.send

    def claimed_and_lost(ticket: Ticket) -> None:
        send(ticket)
        if len(broker.sent) == 1:
            take(JobShelf(folder_store, ticket), "gone", 0.05, lambda: None)

    monkeypatch.setattr(broker, "send", claimed_and_lost)
    assert statuses(runner().run([job()])) == {"jane": Status.GRADED}
    assert (broker.sent, listener.said) == (["jane", "jane"], ["jane: its worker is lost; sent again"])


def test_a_job_that_loses_every_worker_ends(
    runner: Runners, broker: Broker, job: Make, folder_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where no worker is left that could say so."""
    monkeypatch.setattr("grader.batch.remote.awaited._AT_LEAST", 0.1)
    broker.faults.extend(["lose"] * 10)
    send = broker.send

    def claimed_and_lost(ticket: Ticket) -> None:
        send(ticket)
        take(JobShelf(folder_store, ticket), "gone", 0.01, lambda: None, ticket.lost)

    monkeypatch.setattr(broker, "send", claimed_and_lost)
    outcomes = list(runner().run([job()]))
    assert [outcome.problem for outcome in outcomes] == ["InfrastructureError: the job lost its worker 3 times"]
    assert broker.sent == ["jane"] * 3


def test_a_further_call_takes_what_is_there_and_sends_what_is_not(
    runner: Runners, broker: Broker, job: Make, tmp_path: Path, folder_store: Store
) -> None:
    """As after a client that was killed: it takes the reports that came meanwhile, and waits for what is under way."""
    done, held, new = job("done"), job("held", f"wait {tmp_path / 'go'}"), job("new")
    killed = runner()
    killed._prepare([done, held])
    for _ in killed._send_for(60):
        pass
    until(lambda: broker.performed == ["done"], "a report")
    until(lambda: any(newest(each.shelf)[1] for each in killed._awaited if each.job is held), "a claim")
    until(lambda: any(file.endswith("report.json") for file in folder_store.files("batches")), "its report")
    outcomes = runner().run([done, held, new])
    assert next(outcomes).name in {"done", "new"}
    (tmp_path / "go").touch()
    list(outcomes)
    assert (sorted(broker.performed), broker.sent) == (["done", "held", "new"], ["done", "held", "new"])


def test_an_infrastructure_fault_is_done_again_by_a_further_call(
    runner: Runners, broker: Broker, job: Make, folder_store: Store
) -> None:
    broken = job("a", "broken")
    assert statuses(runner().run([broken])) == {"a": Status.INFRASTRUCTURE_ERROR}
    assert statuses(runner().run([broken])) == {"a": Status.INFRASTRUCTURE_ERROR}
    assert broker.sent == ["a", "a"]
    assert folder_store.files("batches")  # it is not over


def test_drained_it_waits_for_what_is_under_way_and_begins_nothing(
    runner: Runners, broker: Broker, job: Make, tmp_path: Path
) -> None:
    held, later = job("held", f"wait {tmp_path / 'go'}"), job("later")
    broker.faults.extend(["none", "lose"])
    one = runner()
    begun = threading.Event()
    found: dict[str, Status] = {}

    def run() -> None:
        begun.set()
        found.update(statuses(one.run([held, later])))

    thread = threading.Thread(target=run)
    thread.start()
    until(lambda: broker.taker.under_way() and broker.taker.under_way()[0].hold, "a claim")
    until(lambda: len(broker.sent) == 2, "both tickets")
    one.drain()
    until(lambda: len(one._awaited) == 1, "the other is let go")
    (tmp_path / "go").touch()
    thread.join()
    assert (found, broker.performed) == ({"held": Status.GRADED}, ["held"])


def test_cancelled_it_ends_at_once_and_so_do_the_workers(
    runner: Runners, broker: Broker, job: Make, tmp_path: Path
) -> None:
    one = runner()
    found: list[Outcome] = []
    thread = threading.Thread(target=lambda: found.extend(one.run([job("held", f"wait {tmp_path / 'never'}")])))
    thread.start()
    until(lambda: broker.taker.under_way() and broker.taker.under_way()[0].hold, "a claim")
    one.cancel()
    thread.join()
    until(lambda: not broker.taker.under_way(), "the worker's end")
    assert (found, broker.performed) == ([], [])


def test_a_report_of_something_else_is_none_of_this_job(
    runner: Runners, broker: Broker, job: Make, folder_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = broker.send

    def another_seed(ticket: Ticket) -> None:
        other = ticket.job.model_copy(update={"terms": ticket.job.terms.model_copy(update={"seed": 8})})
        report = Player([]).perform(other, Path(other.source), NobodyWatches())
        JobShelf(folder_store, ticket).keep(report)
        send(ticket)

    monkeypatch.setattr(broker, "send", another_seed)
    (outcome,) = runner().run([job()])
    assert outcome.status is Status.INFRASTRUCTURE_ERROR
    assert "the report that came back is not of this job: it is of jane and seed 8" in outcome.problem


def test_where_no_worker_is_it_says_so(
    runner: Runners, broker: Broker, job: Make, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("grader.batch.remote.client._ASK", 0.0)
    broker.faults.extend(["lose"] * 100)
    one = runner()
    thread = threading.Thread(target=lambda: list(one.run([job()])))
    thread.start()
    until(lambda: listener.said, "a word")
    one.cancel()
    thread.join()
    assert listener.said == ["no worker answers; start one: grader worker"]


def test_a_record_that_is_none_is_one_line(out: Path) -> None:
    (out / "remote.json").write_text('{"batch": "../.."}')
    with pytest.raises(UsageError, match=r"remote\.json cannot be read"):
        begin_run(out)
