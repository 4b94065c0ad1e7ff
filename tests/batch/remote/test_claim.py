"""Who is at a job: one at a time, taken over from the lost, never from the living."""

import threading
from collections.abc import Callable
from contextlib import suppress

import pytest

from grader.batch.remote.claim import MOST_LOST, Claim, Hold, LostTooOften, TakenByOther, newest, read_claim, take
from grader.batch.remote.shelf import CANCEL, DRAIN, BatchShelf, JobShelf
from grader.batch.remote.store import Store
from grader.batch.remote.ticket import Sign, Ticket
from tests.batch.remote.conftest import PATIENCE, until

BEAT = 0.05


@pytest.fixture
def shelf(store: Store, ticket: Callable[..., Ticket]) -> JobShelf:
    """Where the claims stand."""
    return JobShelf(store, ticket())


def go_on() -> None:
    """Somebody waits."""


def take_it(shelf: JobShelf, lost: Sign | None = None) -> Hold:
    return take(shelf, "me", BEAT, go_on, lost)


def nothing() -> None:
    """Nobody has to be stopped."""


def test_a_free_job_is_taken_at_once(shelf: JobShelf) -> None:
    assert (take_it(shelf).is_mine(), newest(shelf)[0]) == (True, 1)


def test_a_job_that_somebody_is_at_is_left(shelf: JobShelf) -> None:
    with take_it(shelf).beating(nothing), pytest.raises(TakenByOther):
        take_it(shelf)


def test_the_job_of_a_lost_worker_is_taken_over(shelf: JobShelf) -> None:
    lost = take_it(shelf)
    hold = take_it(shelf)
    assert (hold.is_mine(), lost.is_mine(), hold.claim.lost) == (True, False, 1)


def test_who_was_taken_for_lost_stops(shelf: JobShelf) -> None:
    slow = take_it(shelf)
    take_it(shelf)
    stopped = threading.Event()
    with slow.beating(stopped.set):
        assert stopped.wait(PATIENCE)
    assert (slow.superseded, newest(shelf)[0]) == (True, 2)


def test_what_was_given_back_is_taken_at_once_and_counts_as_no_loss(shelf: JobShelf) -> None:
    def nobody_waits() -> None:
        raise AssertionError("it was observed")

    for _ in range(MOST_LOST + 1):
        take(shelf, "me", BEAT, nobody_waits, None).give_back()
    assert take(shelf, "me", BEAT, nobody_waits, None).claim.lost == 0


def test_a_claim_that_the_client_has_observed_is_not_observed_again(shelf: JobShelf) -> None:
    take_it(shelf)
    hold = take(shelf, "me", 3600, go_on, Sign(number=1, beat=0))
    assert hold.claim.lost == 1


def test_a_claim_that_has_beaten_since_is_not_lost(shelf: JobShelf) -> None:
    with take_it(shelf).beating(nothing):
        until(lambda: newest(shelf)[1].beat > 0, "a beat")  # type: ignore[union-attr]
        with pytest.raises(TakenByOther):
            take_it(shelf, Sign(number=1, beat=0))


def test_a_job_that_has_cost_too_many_workers_is_taken_by_none(shelf: JobShelf) -> None:
    for _ in range(MOST_LOST):
        take_it(shelf)
    with pytest.raises(LostTooOften):
        take_it(shelf)


def test_of_many_that_want_a_lost_ones_job_one_gets_it(shelf: JobShelf) -> None:
    take_it(shelf)
    together = threading.Barrier(6)
    got: list[Hold] = []

    def want() -> None:
        together.wait()
        with suppress(TakenByOther):
            got.append(take_it(shelf, Sign(number=1, beat=0)))

    threads = [threading.Thread(target=want) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([hold for hold in got if hold.is_mine()]) == 1


@pytest.mark.parametrize(("how", "called_off"), [(CANCEL, True), (DRAIN, False)])
def test_what_is_under_way_ends_where_its_call_was_cancelled(
    shelf: JobShelf, store: Store, how: str, called_off: bool
) -> None:
    hold = take_it(shelf)
    stopped = threading.Event()
    BatchShelf(store, "b" * 32).stop("c" * 32, how)
    with hold.beating(stopped.set):
        until(lambda: stopped.is_set() or newest(shelf)[1].beat > 2, "a stop, or beats")  # type: ignore[union-attr]
    assert (stopped.is_set(), hold.called_off) == (called_off, called_off)


def test_a_claim_that_is_none_never_beats() -> None:
    assert (read_claim(None), read_claim(b"{"), read_claim(b'{"worker": 1}')) == (
        None,
        Claim(worker="unknown", token="", beat=-1),
        Claim(worker="unknown", token="", beat=-1),
    )
