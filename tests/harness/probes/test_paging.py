import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import httpx
import pytest

from grader.harness import Mismatch, Reply
from grader.harness.probes.paging import Page, exactly_once, in_sequence, walk
from grader.verdicts import Exchange

Make = Callable[[list[str], int], Callable[[str | None], Awaitable[Page]]]


def reply(body: bytes = b"{}", status: int = 200) -> Reply:
    return Reply(status, httpx.Headers(), body, Exchange(method="GET", url="http://localhost/"))


def page(*keys: str, following: str | None = None) -> Page:
    return Page(keys, following, reply())


def by_place(items: list[str], limit: int) -> Callable[[str | None], Awaitable[Page]]:
    """Newest first, from below the item that the cursor names: as it ought to be."""

    async def read(cursor: str | None) -> Page:
        start = 0 if cursor is None else items.index(cursor) + 1
        keys = items[start : start + limit]
        return page(*keys, following=keys[-1] if start + limit < len(items) else None)

    return read


def by_offset(items: list[str], limit: int) -> Callable[[str | None], Awaitable[Page]]:
    """Newest first, after so many items: everything moves when something arrives."""

    async def read(cursor: str | None) -> Page:
        start = int(cursor or 0)
        keys = items[start : start + limit]
        return page(*keys, following=str(start + limit) if start + limit < len(items) else None)

    return read


def walked(make: Make, *, arriving: int = 0, **options: Any) -> tuple[list[Page], list[str]]:
    """The pages of a walk, and what was there when it began."""
    items = [f"item-{number}" for number in range(10)]
    there = list(items)

    async def arrive() -> None:
        for _ in range(arriving):
            items.insert(0, f"item-{len(items)}")

    return asyncio.run(walk(make(items, 3), most=50, between=arrive, **options)), there


@pytest.mark.parametrize("arriving", [0, 1, 5])
def test_a_walk_by_place_is_exact(arriving: int) -> None:
    """Whatever arrives between the pages, and in the order of the list."""
    pages, there = walked(by_place, arriving=arriving)
    exactly_once(pages, there, "items")
    in_sequence(pages, there, "newest first")
    assert pages[-1].following is None


def test_a_walk_by_offset_is_exact_while_nothing_arrives() -> None:
    """So the walk without arrivals is no check of this."""
    pages, there = walked(by_offset)
    exactly_once(pages, there, "items")


def test_a_walk_by_offset_repeats_while_something_arrives() -> None:
    """The mismatch names what was met twice."""
    pages, there = walked(by_offset, arriving=1)
    with pytest.raises(Mismatch, match="repeated: item-2"):
        exactly_once(pages, there, "items")


def test_what_was_left_out_is_named() -> None:
    """With how many there were."""
    with pytest.raises(Mismatch, match="1 left out: c"):
        exactly_once([page("a"), page("b")], ["a", "b", "c"], "items")


def test_a_walk_may_end_before_the_last_page() -> None:
    """One page after the last of those that matter: were one of them repeated there, it would show."""
    pages, there = walked(by_place, until=["item-0", "item-3"])
    assert [each.keys for each in pages] == [tuple(there[0:3]), tuple(there[3:6]), tuple(there[6:9])]


@pytest.mark.parametrize(
    ("cursors", "until", "expected"),
    [
        pytest.param(["same"] * 9, None, "a new cursor", id="a circle"),
        pytest.param(list("abcdefghi"), None, "a last page", id="no end"),
        pytest.param(list("abcdefghi"), ["z"], "everything that was there", id="never met"),
    ],
)
def test_a_walk_that_leads_nowhere_is_ended(cursors: list[str], until: Sequence[str] | None, expected: str) -> None:
    """A server can hand out cursors for ever."""
    left = iter(cursors)

    async def read(_cursor: str | None) -> Page:
        return page("x", following=next(left))

    with pytest.raises(Mismatch, match=expected):
        asyncio.run(walk(read, most=5, until=until))


def test_another_order_is_found() -> None:
    """What else was met does not matter."""
    pages = [page("z", "b"), page("a")]
    in_sequence(pages, ["b", "a"], "newest first")
    with pytest.raises(Mismatch, match="newest first: a, b"):
        in_sequence(pages, ["a", "b"], "newest first")


def test_a_page_is_read_from_an_answer() -> None:
    """With or without a further cursor."""
    assert Page.of(reply(b'{"items": [{"id": "a"}], "next_cursor": "x"}'), "id").following == "x"
    last = Page.of(reply(b'{"items": [], "next_cursor": null}'), "id")
    assert (last.keys, last.following) == ((), None)


@pytest.mark.parametrize(
    "body", [b"[]", b"{}", b'{"items": [7], "next_cursor": null}', b'{"items": [], "next_cursor": 7}']
)
def test_what_is_no_page_is_the_candidates_fault(body: bytes) -> None:
    """Never a crash of the check."""
    with pytest.raises(Mismatch):
        Page.of(reply(body), "id")
