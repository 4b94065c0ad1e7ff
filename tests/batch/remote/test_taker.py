"""What a worker does with a ticket: one report, or another worker's turn."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.batch.job import Job
from grader.batch.remote.claim import newest, take
from grader.batch.remote.shelf import CANCEL, DRAIN, BatchShelf, JobShelf
from grader.batch.remote.store import Store
from grader.batch.remote.taker import GivenBack, Taker
from grader.batch.remote.ticket import Ticket
from grader.errors import EngineUnavailable
from grader.report.model import Status
from tests.batch.remote.conftest import until
from tests.batch.remote.playing import Player

Make = Callable[..., Ticket]


class Bench:
    """A worker and its store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.performed: list[str] = []
        self.said: list[str] = []
        self.taker = Taker(
            store, lambda: Player(self.performed), worker="me", sandbox="docker", heartbeat=0.05, say=self.said.append
        )

    def hand_in(self, ticket: Ticket) -> JobShelf:
        shelf = JobShelf(self.store, ticket)
        self.store.upload(shelf.batch.handed_in(ticket.job.digest), [Path(ticket.job.source).read_bytes()])
        return shelf


@pytest.fixture
def bench(store: Store) -> Bench:
    return Bench(store)


def test_a_job_is_done_once_however_often_it_comes(bench: Bench, ticket: Make) -> None:
    shelf = bench.hand_in(ticket())
    first, second = bench.taker.do(ticket()), bench.taker.do(ticket())
    assert (first, bench.performed) == (second, ["jane"])
    assert shelf.report().status is Status.GRADED  # type: ignore[union-attr]


def test_the_report_names_the_file_as_it_was_handed_in(bench: Bench, ticket: Make) -> None:
    """Not the copy on the worker's machine: the command that repeats it is for whoever reads the report."""
    shelf = bench.hand_in(ticket())
    bench.taker.do(ticket())
    assert f"grader run {ticket().job.source} --seed 7" in shelf.report().repeat  # type: ignore[union-attr]


def test_a_job_that_another_is_at_is_left(bench: Bench, ticket: Make) -> None:
    shelf = bench.hand_in(ticket())
    with take(shelf, "other", 0.02, lambda: None).beating(lambda: None):
        assert bench.taker.do(ticket()) is None
    assert (bench.performed, shelf.report()) == ([], None)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"terms": {"sandbox": "local"}}, "the job asks for --sandbox local, and the worker me has --sandbox docker"),
        ({"challenge": "/etc", "challenge_hash": "0" * 64}, "unknown challenge '/etc'"),
        ({"challenge": "receipt-points", "challenge_hash": "0" * 64}, "and the batch was made with 000000000000…"),
    ],
    ids=["sandbox", "path", "version"],
)
def test_what_a_worker_will_not_do_is_refused_by_its_report(
    bench: Bench, ticket: Make, changes: dict[str, dict[str, object]], says: str
) -> None:
    """No job decides where strangers' code is run, nor which folder of the worker's is a pack."""
    data = ticket().job.model_dump()
    data |= {name: data[name] | value if isinstance(value, dict) else value for name, value in changes.items()}
    asked = ticket().model_copy(update={"job": Job.model_validate(data)})
    shelf = bench.hand_in(asked)
    bench.taker.do(asked)
    report = shelf.report()
    assert report is not None
    assert (report.status, bench.performed) == (Status.INFRASTRUCTURE_ERROR, [])
    assert says in report.problem.message  # type: ignore[union-attr]


@pytest.mark.parametrize("stored", [None, b"another"], ids=["missing", "changed"])
def test_a_submission_that_is_not_as_it_was_handed_in_is_not_graded(
    bench: Bench, ticket: Make, stored: bytes | None
) -> None:
    shelf = bench.hand_in(ticket())
    path = shelf.batch.handed_in(ticket().job.digest)
    bench.store.remove(path) if stored is None else bench.store.write(path, stored)
    outcome = bench.taker.do(ticket())
    assert outcome is not None
    assert (outcome.status, bench.performed) == (Status.INFRASTRUCTURE_ERROR, [])
    assert "the submission is not in the store" in outcome.problem


def test_what_nobody_foresaw_is_a_report(bench: Bench, ticket: Make) -> None:
    bench.hand_in(ticket(words="broken"))
    outcome = bench.taker.do(ticket(words="broken"))
    assert outcome is not None
    assert outcome.problem.startswith("UnexpectedError: the grader failed")


def test_a_worker_without_an_engine_gives_back(bench: Bench, ticket: Make) -> None:
    """And tells why, so that it can end: all that it took would end so."""
    shelf = bench.hand_in(ticket(words="engine"))
    with pytest.raises(GivenBack) as caught:
        bench.taker.do(ticket(words="engine"))
    assert isinstance(caught.value.fault, EngineUnavailable)
    assert newest(shelf)[1].given_back  # type: ignore[union-attr]


def test_a_worker_that_is_stopped_gives_back(bench: Bench, ticket: Make, tmp_path: Path) -> None:
    asked = ticket(words=f"wait {tmp_path / 'never'}")
    shelf = bench.hand_in(asked)
    came: list[GivenBack] = []

    def do() -> None:
        try:
            bench.taker.do(asked)
        except GivenBack as back:
            came.append(back)

    thread = threading.Thread(target=do)
    thread.start()
    until(lambda: newest(shelf)[1], "a claim")
    bench.taker.cancel()
    thread.join()
    with pytest.raises(GivenBack):
        bench.taker.do(ticket("later"))
    assert ([back.fault for back in came], newest(shelf)[1].given_back) == ([None], True)  # type: ignore[union-attr]


def test_a_job_whose_call_was_stopped_is_not_begun(bench: Bench, ticket: Make) -> None:
    shelf = bench.hand_in(ticket())
    BatchShelf(bench.store, "b" * 32).stop("c" * 32, DRAIN)
    assert (bench.taker.do(ticket()), shelf.report(), newest(shelf)[0]) == (None, None, 0)
    assert bench.taker.do(ticket(run="d" * 32)) is not None  # another call goes on with the batch


def test_a_job_of_a_batch_that_is_over_is_dropped(bench: Bench, ticket: Make) -> None:
    shelf = bench.hand_in(ticket())
    shelf.batch.clear()
    assert (bench.taker.do(ticket()), bench.store.files("batches")) == (None, {f"batches/{'b' * 32}/over"})


def test_a_job_whose_call_was_cancelled_ends_without_a_report(bench: Bench, ticket: Make, tmp_path: Path) -> None:
    asked = ticket(words=f"wait {tmp_path / 'never'}")
    shelf = bench.hand_in(asked)
    come: list[object] = []
    thread = threading.Thread(target=lambda: come.append(bench.taker.do(asked)))
    thread.start()
    until(lambda: newest(shelf)[1], "a claim")
    shelf.batch.stop("c" * 32, CANCEL)
    thread.join()
    assert (come, shelf.report(), newest(shelf)[1].given_back) == ([None], None, True)  # type: ignore[union-attr]


def test_a_job_that_loses_every_worker_gets_a_report_that_says_so(bench: Bench, ticket: Make) -> None:
    shelf = bench.hand_in(ticket())
    for _ in range(3):
        take(shelf, "gone", 0.02, lambda: None)
    outcome = bench.taker.do(ticket())
    assert outcome is not None
    assert (outcome.problem, bench.performed) == ("InfrastructureError: the job lost its worker 3 times", [])
