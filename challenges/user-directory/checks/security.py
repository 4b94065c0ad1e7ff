"""What must not get out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.harness import Api, check

if TYPE_CHECKING:
    from conftest import Directory, Judgement

# A 422 of FastAPI's own echoes its input; the contract leaves that open.
JUDGED = {*range(200, 300), 404, 409}


@check("security.password.answers", category="security", level="junior", weight=3, requires=("users.create.ok",))
async def answers_hold_no_password(api: Api, directory: Directory, judge: Judgement) -> None:
    """No successful answer holds the password or anything derived from it.

    A hash that got out can be attacked for years, on other people's machines.
    """
    token, new = directory.token(), directory.password()
    user = await directory.register(name=directory.name(token), email=directory.email(token))
    old = user.sent["password"]
    change = {"name": directory.name(token), "email": directory.email(token), "password": new}
    replies = [
        user.reply,
        await api.get(user.path),
        await api.get("/users", params={"q": token}),
        await api.patch(user.path, json=change),
        await api.get(user.path),
        await api.delete(user.path),
    ]
    # One leak is a leak: no share of the credit for the answers that hold none.
    for reply in replies:
        if reply.status in JUDGED:
            judge.no_secret(reply, old, new)


@check("security.password.refusals", category="security", level="junior", requires=("users.create.ok",))
async def refusals_hold_no_password(api: Api, directory: Directory, judge: Judgement) -> None:
    """No 404 or 409 holds the password or anything derived from it.

    Error messages end up in logs, tickets and screenshots, where nobody looks for secrets.
    """
    user, other = await directory.register(), await directory.register()
    taken = directory.body(email=other.sent["email"])
    replies = [
        await api.post("/users", json=taken),
        await api.patch(user.path, json=taken),
        await api.patch(directory.missing(user), json=directory.body(password=taken["password"])),
    ]
    for reply in replies:
        if reply.status in JUDGED:
            judge.no_secret(reply, taken["password"], user.sent["password"], other.sent["password"])
