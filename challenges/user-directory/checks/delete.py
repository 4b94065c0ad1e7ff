"""DELETE /users/{id}, and what must be true afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.harness import Api, Tally, check

if TYPE_CHECKING:
    from conftest import Directory

FOUND = range(200, 300)


@check("users.delete.ok", category="behaviour", level="junior", requires=("users.read.ok",))
async def user_can_be_deleted(api: Api, directory: Directory) -> None:
    """A user can be deleted and is then not shown any more; others still are.

    Everything else about DELETE rests on it.
    """
    user, other = await directory.register(), await directory.register()
    await directory.remove(user)
    reply = await api.get(user.path)
    if reply.status in FOUND:
        raise reply.mismatch("the deleted user is not shown", f"status {reply.status}")
    await directory.read(other)


@check("users.delete.status", category="status_codes", level="junior", requires=("users.delete.ok",))
async def deletion_answers_204(directory: Directory) -> None:
    """A deletion is answered with 204 and an empty body.

    There is nothing left to show; a body after 204 confuses clients that keep the connection.
    """
    reply = (await directory.remove(await directory.register())).expect(204)
    if reply.body:
        raise reply.mismatch("an empty body", f"{len(reply.body)} bytes")


@check("users.delete.unknown", category="status_codes", level="junior", requires=("users.delete.ok",))
async def unknown_user_cannot_be_deleted(api: Api, directory: Directory) -> None:
    """Deleting an id that nobody has is answered with 404.

    Whoever mistypes an id should not be told that somebody was deleted.
    """
    user = await directory.register()
    (await api.delete(directory.missing(user))).expect(404)


@check("users.delete.gone", category="status_codes", level="junior", weight=2, requires=("users.delete.ok",))
async def deleted_user_is_unknown(api: Api, directory: Directory) -> Tally:
    """After a deletion the id is answered with 404 to GET, to PATCH and to a second DELETE.

    A flag that hides a user from one operation and not from another has not deleted anybody.
    """
    tally = Tally()
    for method in ("GET", "PATCH", "DELETE"):
        user = await directory.register()
        await directory.remove(user)
        with tally.case(method):
            body = {"json": directory.body()} if method == "PATCH" else {}
            (await api.request(method, user.path, **body)).expect(404)
    return tally


@check(
    "users.delete.listed",
    category="behaviour",
    level="junior",
    requires=("users.delete.ok", "users.list.search", "users.list.total"),
)
async def deleted_user_is_not_listed(directory: Directory) -> Tally:
    """A deleted user is gone from the list and from `total`.

    A count that is kept beside the users, or a cache of the list, goes on counting the dead.
    """
    token = directory.token()
    kept, removed = await directory.register_many(2, token)
    await directory.page(q=token)
    await directory.remove(removed)
    page = await directory.page(q=token)
    tally = Tally()
    with tally.case("items"):
        if page.ids != [kept.id]:
            raise page.reply.mismatch(f"user {kept.id} alone", f"users {page.ids}")
    with tally.case("total"):
        page.total.equals(1)
    return tally


@check(
    "users.delete.email-free",
    category="behaviour",
    level="junior",
    requires=("users.delete.ok", "users.create.email-taken"),
)
async def address_is_free_again(api: Api, directory: Directory) -> None:
    """The address of a deleted user can be registered again.

    People leave and come back; an address that stays taken for ever needs somebody with access to the database.
    """
    user = await directory.register()
    await directory.remove(user)
    (await api.post("/users", json=directory.body(email=user.sent["email"]))).expect(201, 200)


@check("users.delete.id-not-reused", category="behaviour", level="mid", requires=("users.delete.ok",))
async def ids_are_not_reused(directory: Directory) -> Tally:
    """The id of a deleted user is not given to anybody else, also where it was the newest.

    Bookmarks, logs and other tables still mean the old one. SQLite reuses the newest id unless told `AUTOINCREMENT`.
    """
    gone: set[int | str] = set()
    tally = Tally()
    for count in (1, 2):
        users = [await directory.register() for _ in range(count)]
        for user in reversed(users):
            await directory.remove(user)
            gone.add(user.id)
        with tally.case(f"after the newest {'user was' if count == 1 else 'two users were'} deleted"):
            fresh = await directory.register()
            if fresh.id in gone:
                raise fresh.reply.mismatch(f"an id that none of {sorted(map(str, gone))} had", f"{fresh.id}")
    return tally
