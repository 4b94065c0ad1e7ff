"""POST /users: what a good registration gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.harness import Api, Tally, check

if TYPE_CHECKING:
    from conftest import Directory, Judgement


@check("users.create.ok", category="behaviour", level="junior")
async def registration_works(directory: Directory) -> None:
    """A valid registration is accepted and answered with the new user's id.

    Everything else rests on it: who cannot be registered cannot be read, found, changed or deleted.
    """
    await directory.register()


@check("users.create.status", category="status_codes", level="junior", requires=("users.create.ok",))
async def registration_answers_201(directory: Directory) -> None:
    """A registration is answered with 201 Created.

    201 tells a client, and every proxy and log on the way, that something new exists; 200 does not.
    """
    (await directory.register()).reply.expect(201)


@check("users.create.resource", category="contract", level="junior", weight=2, requires=("users.create.ok",))
async def registration_answers_the_resource(directory: Directory, judge: Judgement) -> None:
    """The answer to a registration is the user: integer `id`, `email`, `name` and `created_at`.

    A client should not have to ask again for what the service has just made.
    """
    user = await directory.register()
    judge.resource(user.reply.json(), user)


@check("users.create.location", category="status_codes", level="junior", requires=("users.create.ok",))
async def registration_says_where(directory: Directory) -> None:
    """A registration is answered with a `Location` that ends in `/users/{id}`.

    A client that follows the header needs no knowledge of how the service builds its paths.
    """
    user = await directory.register()
    location = user.reply.headers.get("location", "")
    if not location.endswith(user.path):
        raise user.reply.mismatch(f"a Location header that ends in {user.path}", location or "no such header")


@check("users.create.created-at", category="contract", level="junior", requires=("users.create.ok",))
async def registration_shows_when(directory: Directory, judge: Judgement) -> None:
    """`created_at` in the answer to a registration is an RFC 3339 time stamp with an offset.

    A time without an offset means another moment to each reader; `datetime.utcnow()` makes such times.
    """
    judge.instant((await directory.register()).reply.json()["created_at"])


@check("users.create.email-lower", category="behaviour", level="junior", requires=("users.read.ok",))
async def email_is_lowered(directory: Directory) -> Tally:
    """An e-mail address is stored and returned in lower case, whatever case it is sent in.

    Mail providers ignore case, and people type it as they like: one form in storage makes look-ups simple.
    """
    email = directory.email()
    user = await directory.register(email=directory.mixed_case(email))
    tally = Tally()
    with tally.case("in the answer to POST"):
        user.reply.json()["email"].equals(email)
    with tally.case("in the answer to GET"):
        (await directory.read(user))["email"].equals(email)
    return tally


@check("users.create.name-stripped", category="behaviour", level="junior", requires=("users.read.ok",))
async def name_is_stripped(directory: Directory) -> Tally:
    """White space around a name is stripped before it is stored and returned.

    Pasted names carry blanks; they break sorting, searching and comparing without anybody seeing why.
    """
    name = directory.name()
    user = await directory.register(name=f"  \t{name} ")
    tally = Tally()
    with tally.case("in the answer to POST"):
        user.reply.json()["name"].equals(name)
    with tally.case("in the answer to GET"):
        (await directory.read(user))["name"].equals(name)
    return tally


@check("users.create.email-taken", category="status_codes", level="junior", weight=2, requires=("users.create.ok",))
async def second_registration_is_refused(api: Api, directory: Directory) -> None:
    """A second registration of the same address is refused with 409.

    Two accounts on one address make password reset ambiguous.
    """
    user = await directory.register()
    (await api.post("/users", json=directory.body(email=user.sent["email"]))).expect(409)


@check(
    "users.create.email-taken-any-case", category="behaviour", level="junior", requires=("users.create.email-taken",)
)
async def case_does_not_make_another_address(api: Api, directory: Directory) -> Tally:
    """An address that differs from a registered one only in case is refused with 409.

    `Ada@Example.com` and `ada@example.com` are one mailbox, and so one account.
    """
    plain, mixed = await directory.register(), directory.mixed_case(directory.email())
    await directory.register(email=mixed)
    tally = Tally()
    with tally.case("registered in lower case, sent in mixed case"):
        other = directory.mixed_case(plain.sent["email"])
        (await api.post("/users", json=directory.body(email=other))).expect(409)
    with tally.case("registered in mixed case, sent in lower case"):
        (await api.post("/users", json=directory.body(email=mixed.lower()))).expect(409)
    return tally
