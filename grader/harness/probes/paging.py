"""Pages that are linked by cursors: a walk along them, and what it must have met.

Cause, not clock: what arrives meanwhile arrives between two pages, since the walk itself sends it. And storage need not
be empty: a walk looks for what the check has put there, and goes on for as long as that takes.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from grader.harness.reply import Reply

SHOWN: Final = 5
"""Names that a mismatch lists."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    Attributes:
        keys: what its items are called, in their order.
        following: the cursor of the next page; None on the last one.
        reply: the answer that it was.
    """

    keys: tuple[str, ...]
    following: str | None
    reply: Reply

    @classmethod
    def of(cls, reply: Reply, key: str, *, items: str = "items", following: str = "next_cursor") -> Self:
        """From an answer with a list and a cursor.

        Args:
            reply: the answer.
            key: the member of an item that names it, a text.
            items: the member that holds the list.
            following: the member that holds the next cursor, or null.

        Raises:
            Mismatch: it has no such shape.
        """
        body = reply.expect(200).json()
        cursor = body[following]
        keys = tuple(item[key].string() for item in body[items].array())
        return cls(keys, None if cursor.value is None else cursor.string(), reply)


Read = Callable[[str | None], Awaitable[Page]]
"""Reads the page of a cursor; of None, the first one."""


async def walk(
    read: Read,
    *,
    most: int,
    until: Collection[str] | None = None,
    between: Callable[[], Awaitable[Any]] | None = None,
) -> list[Page]:
    """Follow the cursors.

    Args:
        read: reads one page.
        most: pages; a walk that is longer never ends.
        until: it ends one page after all of these were met, as what is older does not matter; None for the last page.
        between: happens after each page but the last: what arrives meanwhile.

    Returns:
        The pages, in their order.

    Raises:
        Mismatch: a page cannot be read, a cursor leads to where the walk has been, or there is no end.
    """
    pages = [await read(None)]
    cursors: set[str] = set()
    while (cursor := pages[-1].following) is not None and not _enough(pages[:-1], until):
        if cursor in cursors:
            raise pages[-1].reply.mismatch("a new cursor on each page", f"{cursor!r} for the second time")
        if len(pages) >= most:
            wanted = "everything that was there" if until is not None else "a last page, with no further cursor,"
            raise pages[-1].reply.mismatch(f"{wanted} within {most} pages", _summary(pages, until or ()))
        cursors.add(cursor)
        if between:
            await between()
        pages.append(await read(cursor))
    return pages


def exactly_once(pages: Sequence[Page], expected: Collection[str], what: str) -> None:
    """A walk has met each of these exactly once.

    Args:
        pages: of the walk.
        expected: what was there at the first page.
        what: what they are, in the plural.

    Raises:
        Mismatch: one was left out, or met more than once; shows the page on which it repeats.
    """
    counts = Counter(key for page in pages for key in page.keys)
    missed = [key for key in expected if not counts[key]]
    repeated = [key for key in expected if counts[key] > 1]
    if not missed and not repeated:
        return
    shown = next((page for page in reversed(pages) if set(page.keys) & set(repeated)), pages[-1])
    found = {"left out": missed, "repeated": repeated}
    got = "; ".join(f"{len(keys)} {how}: {_few(keys)}" for how, keys in found.items() if keys)
    raise shown.reply.mismatch(f"each of {len(expected)} {what} exactly once, over {len(pages)} pages", got)


def in_sequence(pages: Sequence[Page], expected: Sequence[str], what: str) -> None:
    """A walk has met these in this order; what else it has met does not matter.

    Raises:
        Mismatch: in another order, or not each of them once.
    """
    wanted = set(expected)
    met = [key for page in pages for key in page.keys if key in wanted]
    if met != list(expected):
        raise pages[0].reply.mismatch(f"{what}: {_few(expected)}", _few(met))


def _enough(pages: Sequence[Page], until: Collection[str] | None) -> bool:
    return until is not None and set(until) <= {key for page in pages for key in page.keys}


def _summary(pages: Sequence[Page], until: Collection[str]) -> str:
    met = {key for page in pages for key in page.keys}
    missed = [key for key in until if key not in met]
    return f"{len(met)} items, without {_few(missed)}" if missed else f"{len(met)} items, and a further cursor"


def _few(keys: Sequence[str]) -> str:
    shown = ", ".join(keys[:SHOWN]) or "none"
    return f"{shown} … ({len(keys)})" if len(keys) > SHOWN else shown
