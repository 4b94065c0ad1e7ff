"""What must not get out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.harness import Api, Tally, check

if TYPE_CHECKING:
    from conftest import Directory, Judgement

# A 422 of FastAPI's own echoes its input; the contract leaves that open.
JUDGED = {*range(200, 300), 404, 409}


@check("security.password.answers", category="security", level="junior", weight=3, requires=("users.create.ok",))
async def answers_hold_no_password(api: Api, directory: Directory, judge: Judgement) -> Tally:
    """No successful answer holds the password or anything derived from it.

    A hash that got out can be attacked for years, on other people's machines.
    """
    token, new = directory.token(), directory.password()
    user = await directory.register(name=directory.name(token), email=directory.email(token))
    old = user.sent["password"]
    change = {"name": directory.name(token), "email": directory.email(token), "password": new}
    tally = Tally()
    with tally.case("POST"):
        judge.no_secret(user.reply, old)
    for name, reply in {
        "GET": await api.get(user.path),
        "GET of the list": await api.get("/users", params={"q": token}),
        "PATCH": await api.patch(user.path, json=change),
        "GET after PATCH": await api.get(user.path),
        "DELETE": await api.delete(user.path),
    }.items():
        with tally.case(name):
            if reply.status in JUDGED:
                judge.no_secret(reply, old, new)
    return tally


@check("security.password.refusals", category="security", level="junior", requires=("users.create.ok",))
async def refusals_hold_no_password(api: Api, directory: Directory, judge: Judgement) -> Tally:
    """No 404 or 409 holds the password or anything derived from it.

    Error messages end up in logs, tickets and screenshots, where nobody looks for secrets.
    """
    user, other = await directory.register(), await directory.register()
    taken = directory.body(email=other.sent["email"])
    tally = Tally()
    for name, reply in {
        "409 of POST": await api.post("/users", json=taken),
        "409 of PATCH": await api.patch(user.path, json=taken),
        "404 of PATCH": await api.patch(directory.missing(user), json=directory.body(password=taken["password"])),
    }.items():
        with tally.case(name):
            if reply.status in JUDGED:
                judge.no_secret(reply, taken["password"], user.sent["password"], other.sent["password"])
    return tally
