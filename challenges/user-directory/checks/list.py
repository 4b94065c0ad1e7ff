"""GET /users: searching, paging and counting.

Storage need not be empty, so every check searches for a token that only its own users have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.harness import Api, Request, Tally, check
from grader.harness.contract import Contract
from grader.harness.probes.parameters import query_cases
from grader.harness.probes.status import never_5xx
from grader.harness.probes.validation import try_queries

if TYPE_CHECKING:
    from conftest import Directory, Judgement, Page, User

HUGE = (2**63, 2**64, 10**30, 10**100)
DEFAULT_LIMIT = 20


def _expect_users(page: Page, users: list[User], what: str) -> None:
    """The page holds exactly these users, in any order."""
    expected, got = sorted(str(user.id) for user in users), sorted(map(str, page.ids))
    if expected != got:
        raise page.reply.mismatch(f"{what}: {expected or 'no users'}", f"{got or 'no users'}")


@check("users.list.ok", category="behaviour", level="junior", requires=("users.create.ok",))
async def users_can_be_listed(directory: Directory) -> None:
    """`GET /users` answers an object with a list `items` and an integer `total`, and there is somebody in it.

    A bare list could never be given a total, or anything else, without breaking every client.
    """
    await directory.register()
    page = await directory.page()
    page.total.integer()
    if not page.ids:
        raise page.reply.mismatch("at least one user", "no items")


@check("users.list.resource", category="contract", level="junior", requires=("users.list.search",))
async def items_are_resources(directory: Directory, judge: Judgement) -> None:
    """An item of the list is the user as registered: integer `id`, `email`, `name` and `created_at`.

    A resource that looks different depending on where it was read makes every client write two readers.
    """
    token = directory.token()
    user = await directory.register(name=directory.name(token), email=directory.email(token))
    page = await directory.page(q=token)
    _expect_users(page, [user], "the one who matches")
    judge.resource(page.items[0], user)


@check(
    "users.list.created-at",
    category="contract",
    level="junior",
    weight=0.5,
    requires=("users.list.search", "users.read.created-at"),
)
async def listed_time_keeps_its_offset(directory: Directory, judge: Judgement) -> None:
    """`created_at` of an item in the list is an RFC 3339 time stamp with an offset.

    One time stamp without an offset among good ones is the kind of fault that shows at the next change of the clocks.
    """
    token = directory.token()
    user = await directory.register(name=directory.name(token), email=directory.email(token))
    page = await directory.page(q=token)
    _expect_users(page, [user], "the one who matches")
    judge.instant(page.items[0]["created_at"])


@check("users.list.search", category="behaviour", level="junior", weight=2, requires=("users.list.ok",))
async def search_narrows(directory: Directory) -> None:
    """`q` leaves those who match and nobody else, from the first of them on.

    A search that also shows others, or loses one, is worse than none: people act on what they see.
    """
    token = directory.token()
    users = await directory.register_many(2, token)
    await directory.register()
    _expect_users(await directory.page(q=token), users, "those who match")


@check("users.list.search-fields", category="behaviour", level="junior", requires=("users.list.search",))
async def search_looks_inside_name_and_email(directory: Directory) -> Tally:
    """`q` is looked for anywhere in the name and anywhere in the e-mail address.

    Whoever searches remembers a piece, and need not know which field it stands in or where.
    """
    token, other = directory.token(), directory.token()
    named = await directory.register(name=f"X{token}y {directory.name()}")
    addressed = await directory.register(email=f"x{other}@example.org")
    tally = Tally()
    with tally.case("in the middle of a name"):
        _expect_users(await directory.page(q=token[2:]), [named], "who has it in the name")
    with tally.case("in the middle of an address"):
        _expect_users(await directory.page(q=other[2:]), [addressed], "who has it in the address")
    with tally.case("across the @ of an address"):
        _expect_users(await directory.page(q=f"{other[2:]}@examp"), [addressed], "who has it in the address")
    return tally


@check("users.list.search-case", category="behaviour", level="junior", requires=("users.list.search",))
async def search_ignores_case(directory: Directory) -> Tally:
    """`q` is looked for without regard to case.

    Nobody remembers how a name was capitalised when it was typed in.
    """
    token, other = directory.token(), directory.token()
    named = await directory.register(name=f"{directory.name()} {token.capitalize()}")
    addressed = await directory.register(email=directory.email(other))
    tally = Tally()
    with tally.case("lower-case q, capital in the name"):
        _expect_users(await directory.page(q=token), [named], "who has it in the name")
    with tally.case("upper-case q, small letters in the name"):
        _expect_users(await directory.page(q=token.upper()), [named], "who has it in the name")
    with tally.case("upper-case q, address"):
        _expect_users(await directory.page(q=other.upper()), [addressed], "who has it in the address")
    return tally


@check("users.list.search-literal", category="behaviour", level="mid", weight=2, requires=("users.list.search",))
async def search_takes_q_literally(directory: Directory) -> Tally:
    r"""`q` is taken literally: `%`, `_`, `\` and every other character mean themselves.

    In LIKE the first two are wildcards: a search for `100%` finds everything that begins with 100, and a client can
    make the database scan for patterns of its own choosing.
    """
    token = directory.token()
    marks = ("%", "_", "\\", ".", "*")
    users = {mark: await directory.register(name=f"{token}a{mark}b") for mark in marks}
    await directory.register(name=f"{token}axb")
    tally = Tally()
    for mark, user in users.items():
        with tally.case(f"q with {mark}"):
            _expect_users(await directory.page(q=f"{token}a{mark}b"), [user], f"who has a {mark} there")
    with tally.case("q with ("):
        _expect_users(await directory.page(q=f"{token}a("), [], "nobody")
    return tally


@check("users.list.order", category="behaviour", level="junior", requires=("users.list.search",))
async def items_are_in_order(directory: Directory) -> None:
    """Items are in ascending `id`, also after one of them was changed.

    Without an order of its own a database may answer in any, and a page then repeats some users and skips others.
    """
    token = directory.token()
    users = await directory.register_many(4, token)
    await directory.change(users[0], directory.body(name=directory.name(token), email=directory.email(token)))
    page = await directory.page(q=token)
    ascending = sorted(page.ids, key=lambda each: (isinstance(each, str), each))
    if page.ids != ascending:
        raise page.reply.mismatch(f"ids in the order {ascending}", f"{page.ids}")


@check("users.list.default-limit", category="behaviour", level="junior", requires=("users.list.search",))
async def page_has_twenty_by_default(directory: Directory) -> None:
    """Without `limit` a page holds 20 users.

    An unbounded list works in every test and takes the service down when the table has grown.
    """
    token = directory.token()
    await directory.register_many(DEFAULT_LIMIT + 1, token)
    page = await directory.page(q=token)
    if len(page.items) != DEFAULT_LIMIT:
        raise page.reply.mismatch(f"{DEFAULT_LIMIT} items of {DEFAULT_LIMIT + 1}", f"{len(page.items)} items")


@check("users.list.pages", category="behaviour", level="junior", weight=2, requires=("users.list.search",))
async def pages_join_without_gaps(directory: Directory) -> Tally:
    """Pages that follow each other show every user once: `limit` says how many, `offset` how many to skip.

    Off by one, somebody is on two pages or on none, and only whoever pages to the end notices.
    """
    token = directory.token()
    users = await directory.register_many(5, token)
    pages = [await directory.page(q=token, limit=2, offset=offset) for offset in (0, 2, 4)]
    tally = Tally()
    for page, size in zip(pages, (2, 2, 1), strict=True):
        with tally.case(f"{size} users on the page {page.reply.exchange.url.partition('?')[2]}"):
            if len(page.items) != size:
                raise page.reply.mismatch(f"{size} items", f"{len(page.items)} items")
    with tally.case("all pages together"):
        expected, got = sorted(str(user.id) for user in users), sorted(str(each) for page in pages for each in page.ids)
        if expected != got:
            raise pages[-1].reply.mismatch(f"the pages together show users {expected}", f"{got}")
    return tally


@check("users.list.total", category="behaviour", level="junior", weight=2, requires=("users.list.search",))
async def total_counts_all_matches(directory: Directory) -> Tally:
    """`total` counts all users who match `q`, not the page and not the whole directory.

    A client works out from it how many pages there are; the length of the page it knows already.
    """
    token = directory.token()
    await directory.register_many(3, token)
    await directory.register()
    tally = Tally()
    with tally.case("everything on one page"):
        (await directory.page(q=token)).total.equals(3)
    with tally.case("limit=1"):
        (await directory.page(q=token, limit=1)).total.equals(3)
    with tally.case("limit=2, offset=2"):
        (await directory.page(q=token, limit=2, offset=2)).total.equals(3)
    with tally.case("nobody matches"):
        (await directory.page(q=directory.token())).total.equals(0)
    return tally


@check("users.list.past-end", category="behaviour", level="junior", requires=("users.list.total",))
async def page_past_the_end_is_empty(directory: Directory) -> Tally:
    """An offset past the last match gives no items, and the same `total`.

    A client that pages until nothing comes must see an end, not an error or the last page again.
    """
    token = directory.token()
    await directory.register_many(2, token)
    tally = Tally()
    for offset in (2, 1000):
        with tally.case(f"offset={offset}"):
            page = await directory.page(q=token, offset=offset)
            _expect_users(page, [], "nobody")
            page.total.equals(2)
    return tally


@check("users.list.bounds", category="validation", level="junior", weight=2, requires=("users.list.ok",))
async def limit_and_offset_have_bounds(api: Api, contract: Contract) -> Tally:
    """`limit` is 1 to 100 and `offset` 0 or more; anything else, and what is no integer, is refused with 422.

    One request for a million users costs as much as a million requests for one.
    """
    return await try_queries(api, "/users", query_cases(contract, "GET /users", ["limit", "offset"]))


@check("users.list.offset-any-size", category="validation", level="mid", requires=("users.list.ok",))
async def offset_of_any_size_is_survived(api: Api) -> Tally:
    """An offset beyond 64 bits never makes a 5xx.

    Python's integers have no end, but a database's do: what the framework lets through, the driver may raise on.
    """
    return await never_5xx(
        api,
        [(f"an offset of {len(str(each))} digits", Request("GET", "/users", params={"offset": each})) for each in HUGE],
    )
