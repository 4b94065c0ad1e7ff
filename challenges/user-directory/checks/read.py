"""GET /users/{id}, and what holds for every id in a path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.harness import Api, Request, Tally, check
from grader.harness.probes.status import never_5xx

if TYPE_CHECKING:
    from conftest import Directory, Judgement

HUGE = (2**63, 2**64, 10**30, 10**100, -(2**63) - 1)


@check("users.read.ok", category="behaviour", level="junior", requires=("users.create.ok",))
async def user_can_be_read(directory: Directory) -> None:
    """A registered user can be read under the id that the registration gave.

    Both users of two are asked for, so that an answer which does not look at the id is found out.
    """
    for user in [await directory.register(), await directory.register()]:
        (await directory.read(user))["id"].equals(user.id)


@check("users.read.resource", category="contract", level="junior", weight=2, requires=("users.read.ok",))
async def every_answer_shows_the_resource(directory: Directory, judge: Judgement) -> None:
    """`GET /users/{id}` answers the user as registered: integer `id`, `email`, `name` and `created_at`.

    A resource that looks different depending on where it was read makes every client write two readers.
    """
    user = await directory.register()
    judge.resource(await directory.read(user), user)


@check(
    "users.read.created-at", category="contract", level="junior", requires=("users.read.ok", "users.create.created-at")
)
async def stored_time_keeps_its_offset(directory: Directory, judge: Judgement) -> None:
    """`created_at` still has its offset, and names the same moment, when the user is read back.

    SQLite keeps no time zones: a time that went in with an offset comes back without one.
    """
    user = await directory.register()
    sent = judge.instant(user.reply.json()["created_at"])
    node = (await directory.read(user))["created_at"]
    judge.same_moment(node, sent)


@check("users.read.unknown", category="status_codes", level="junior", weight=2, requires=("users.read.ok",))
async def unknown_user_is_not_found(api: Api, directory: Directory) -> None:
    """Reading an id that nobody has is answered with 404.

    A client must be able to tell "there is none" from "something broke" and from an empty answer.
    """
    user = await directory.register()
    (await api.get(directory.missing(user))).expect(404)


@check("users.id.wrong-form", category="validation", level="junior", weight=2, requires=("users.read.ok",))
async def word_is_no_id(api: Api, directory: Directory) -> Tally:
    """An id that is no integer is refused with 422, not taken for an unknown one.

    The request is wrong in itself and no retry can mend it; 404 would say that the user might exist some day.
    """
    tally = Tally()
    for method in ("GET", "PATCH", "DELETE"):
        with tally.case(f"{method} /users/abc"):
            body = {"json": directory.body()} if method == "PATCH" else {}
            (await api.request(method, "/users/abc", **body)).expect(422)
    return tally


@check("users.id.any-size", category="validation", level="mid", requires=("users.read.ok",))
async def id_of_any_size_is_survived(api: Api, directory: Directory) -> Tally:
    """An id beyond 64 bits never makes a 5xx.

    Python's integers have no end, but a database's do: what the framework lets through, the driver may raise on.
    """
    requests = []
    for number in HUGE:
        name, path = f"an id of {len(str(abs(number)))} digits", f"/users/{number}"
        requests.append((f"GET, {name}", Request("GET", path)))
        requests.append((f"PATCH, {name}", Request("PATCH", path, json=directory.body())))
        requests.append((f"DELETE, {name}", Request("DELETE", path)))
    return await never_5xx(api, requests)


@check("users.put.not-offered", category="status_codes", level="junior", requires=("users.read.ok",))
async def put_is_not_offered(api: Api, directory: Directory) -> None:
    """`PUT /users/{id}` is answered with 405 Method Not Allowed.

    The path exists and the method does not: 405 says so, and a client learns that it should use PATCH.
    """
    user = await directory.register()
    (await api.put(user.path, json=directory.body())).expect(405)
