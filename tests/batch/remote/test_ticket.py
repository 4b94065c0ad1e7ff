"""What comes from a broker is data: read strictly, and never a path."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from grader.batch.job import Job
from grader.batch.remote.shelf import JobShelf
from grader.batch.remote.store import Store
from grader.batch.remote.ticket import WIRE, Ticket, read_ticket, require_sendable
from grader.errors import UsageError

Make = Callable[..., Ticket]


def test_a_ticket_survives_the_way(ticket: Make) -> None:
    assert read_ticket(ticket().model_dump(mode="json")) == ticket()


def test_another_version_is_refused_with_both_versions() -> None:
    """Also where everything else of it has changed."""
    with pytest.raises(UsageError, match=rf"of wire format 9, and this worker \(grader .*\) knows {re.escape(WIRE)}"):
        read_ticket({"version": 9, "what": "else"})


@pytest.mark.parametrize(
    "changes",
    [
        {"batch": "../../../etc"},
        {"batch": "b" * 31 + "/"},
        {"batch": "b" * 32 + "\n"},
        {"run": "/etc/passwd"},
        {"job": {"digest": "../" * 10}},
        {"job": {"digest": "d" * 64 + "\n"}},
        {"job": {"name": "../up"}},
        {"job": {"name": "/etc/passwd"}},
        {"job": {"name": ""}},
        {"job": {"name": "a\0b"}},
        {"job": {"name": "x" * 101}},
        {"job": {"more": 1}},
        {"more": 1},
        {"lost": {"number": "x", "beat": 1}},
    ],
    ids=str,
)
def test_a_hostile_one_is_refused(ticket: Make, changes: dict[str, Any]) -> None:
    data = ticket().model_dump(mode="json")
    for name, value in changes.items():
        data[name] = data[name] | value if name == "job" else value
    with pytest.raises(UsageError, match="the broker delivered what is no job"):
        read_ticket(data)


@pytest.mark.parametrize("data", [None, 1, "x", [], {}, {"version": WIRE}])
def test_what_is_no_ticket_at_all(data: Any) -> None:
    with pytest.raises(UsageError):
        read_ticket(data)


def test_its_place_in_the_store_holds_nothing_that_a_job_says(ticket: Make, store: Store) -> None:
    shelf = JobShelf(store, ticket("näme [x] #%2e%2e"))
    assert re.fullmatch(r"batches/b{32}/jobs/[0-9a-f]{40}", shelf.path)


def test_its_place_is_of_submission_challenge_seed_and_name(ticket: Make) -> None:
    """The same for the same job, whichever call sends it; another one as soon as a verdict could differ."""
    one = ticket()
    assert one.model_copy(update={"run": "d" * 32}).place == one.place
    for change in ({"digest": "0" * 64}, {"challenge_hash": "1"}, {"name": "john"}):
        assert one.model_copy(update={"job": one.job.model_copy(update=change)}).place != one.place


def test_a_pack_in_a_folder_is_refused_by_the_client(job: Callable[..., Job]) -> None:
    with pytest.raises(UsageError, match="the challenge /srv/mine is a folder, and workers have packs by their slug"):
        require_sendable(job().model_copy(update={"challenge": "/srv/mine"}))
