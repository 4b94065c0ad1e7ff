"""PATCH /users/{id}. What was changed is judged by reading the user again; the answer itself has checks of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.harness import Api, Tally, check
from grader.harness.contract import Contract
from grader.harness.probes.cases import body_cases
from grader.harness.probes.validation import try_bodies

if TYPE_CHECKING:
    from conftest import Directory, Judgement

KEY = "PATCH /users/{id}"
UNPROCESSABLE = 422


@check("users.patch.ok", category="behaviour", level="junior", requires=("users.read.ok",))
async def user_can_be_changed(directory: Directory) -> None:
    """A change of all members is accepted, and reading the user shows it.

    Everything else about PATCH rests on it.
    """
    user, other = await directory.register(), await directory.register()
    change = directory.body()
    await directory.change(user, change)
    (await directory.read(user))["name"].equals(change["name"])
    (await directory.read(other))["name"].equals(other.sent["name"])


@check("users.patch.status", category="status_codes", level="junior", requires=("users.patch.ok",))
async def change_answers_200(directory: Directory) -> None:
    """A change is answered with 200.

    204 would be right for an answer without a body; this one shows the user.
    """
    user = await directory.register()
    (await directory.change(user, directory.body())).expect(200)


@check("users.patch.resource", category="contract", level="junior", requires=("users.patch.ok",))
async def change_answers_the_resource(directory: Directory) -> None:
    """A change is answered with the user as changed: the same `id`, the new `email` and `name`, and `created_at`.

    A client that has to ask again may be shown what somebody else changed in the meantime.
    """
    user = await directory.register()
    change = directory.body()
    shown = (await directory.change(user, change)).json()
    shown["id"].equals(user.id)
    shown["email"].equals(change["email"])
    shown["name"].equals(change["name"])
    shown["created_at"].string()


@check(
    "users.patch.created-at",
    category="contract",
    level="junior",
    weight=0.5,
    requires=("users.patch.resource", "users.read.created-at"),
)
async def change_keeps_the_time(directory: Directory, judge: Judgement) -> None:
    """`created_at` in the answer to a change has its offset and is still the moment of the registration.

    A user who was renamed was not created again.
    """
    user = await directory.register()
    before = judge.instant((await directory.read(user))["created_at"])
    node = (await directory.change(user, directory.body())).json()["created_at"]
    judge.same_moment(node, before)


@check("users.patch.partial", category="behaviour", level="junior", weight=3, requires=("users.patch.ok",))
async def only_what_is_sent_changes(directory: Directory, judge: Judgement) -> Tally:
    """A change of one member leaves the others as they were.

    PATCH says what is to change; without `exclude_unset` what was not sent overwrites what was there.
    """
    user = await directory.register()
    tally = Tally()
    for name, value in directory.body().items():
        with tally.case(f"only `{name}`"):
            before = await directory.read(user)
            await directory.change(user, {name: value})
            after = await directory.read(user)
            judge.unchanged(after, before, but=name)
            if name != "password":
                after[name].equals(value)
    return tally


@check("users.patch.empty", category="behaviour", level="junior", requires=("users.patch.ok",))
async def empty_change_changes_nothing(directory: Directory, judge: Judgement) -> None:
    """A change `{}` is accepted and changes nothing.

    A form that was sent without an edit is no error.
    """
    user = await directory.register()
    before = await directory.read(user)
    await directory.change(user, {})
    judge.unchanged(await directory.read(user), before)


@check("users.patch.null", category="validation", level="junior", weight=2, requires=("users.patch.ok",))
async def null_is_refused(api: Api, contract: Contract, directory: Directory, judge: Judgement) -> Tally:
    """An explicit `null` for `email`, `name` or `password` is refused with 422.

    `str | None = None` makes "not sent" and "sent as null" look alike, and null reaches the database.
    """
    user = await directory.register()
    cases = body_cases(contract, KEY, directory.body, {"null"})
    return await try_bodies(api, "PATCH", user.path, judge.unnamed(cases), accepted=(200,))


@check("users.patch.types", category="validation", level="junior", requires=("users.patch.ok",))
async def changes_have_types(api: Api, contract: Contract, directory: Directory, judge: Judgement) -> Tally:
    """A change with a member of a wrong type, or that is no object, is refused with 422.

    A rule that holds when a user is made and not when one is changed holds nowhere.
    """
    user = await directory.register()
    cases = body_cases(contract, KEY, directory.body, {"type"})
    return await try_bodies(api, "PATCH", user.path, judge.unnamed(cases), accepted=(200,))


@check("users.patch.malformed", category="validation", level="junior", weight=0.5, requires=("users.patch.ok",))
async def malformed_change_is_refused(api: Api, contract: Contract, directory: Directory) -> Tally:
    """A change that is no JSON is refused with 400 or 422.

    A truncated upload is the client's trouble and must say so; a 500 wakes the people on call.
    """
    user = await directory.register()
    cases = body_cases(contract, KEY, directory.body, {"malformed"})
    return await try_bodies(api, "PATCH", user.path, cases, accepted=(200,))


@check("users.patch.unknown-members", category="validation", level="junior", requires=("users.patch.ok",))
async def unknown_changes_are_refused(api: Api, directory: Directory, judge: Judgement) -> Tally:
    """A change with a member that the contract does not know is refused with 422 and changes nothing.

    Whoever misspells `name` should hear about it, not wonder why nothing happened.
    """
    user = await directory.register()
    before = await directory.read(user)
    tally = Tally()
    for name, value in {"nickname": "countess", "id": 1, "created_at": "2001-01-01T00:00:00Z"}.items():
        with tally.case(f"with `{name}`"):
            body = {"name": directory.name(), name: value}
            (await api.patch(user.path, json=body)).refused(UNPROCESSABLE)
            judge.unchanged(await directory.read(user), before)
    return tally


@check("users.patch.bounds", category="validation", level="junior", weight=2, requires=("users.patch.ok",))
async def changes_have_bounds(api: Api, directory: Directory) -> Tally:
    """The rules for `email`, `name` and `password` hold for a change as they do for a registration.

    A rule that holds when a user is made and not when one is changed holds nowhere.
    """
    user = await directory.register()
    name, password = directory.text, directory.password
    good = [{"name": name(1)}, {"name": name(100)}, {"password": password(8)}, {"password": password(128)}]
    bad = [{"name": ""}, {"name": name(101)}, {"password": password(7)}, {"password": password(129)}]
    bad += [{"email": email} for email in (name(8), "@example.com", f"{name(8)}@", f"{name(4)} {name(4)}@example.com")]
    tally = Tally()
    for change, valid in [*((each, True) for each in good), *((each, False) for each in bad)]:
        ((field, value),) = change.items()
        with tally.case(f"{field}: {value if field == 'email' else f'{len(value)} characters'}"):
            reply = await api.patch(user.path, json=directory.body(**change))
            if valid:
                reply.expect(200, 201, 202, 204)
            else:
                reply.refused(UNPROCESSABLE)
    return tally


@check("users.patch.normalised", category="behaviour", level="junior", weight=2, requires=("users.patch.ok",))
async def changes_are_normalised(directory: Directory) -> Tally:
    """A changed address is stored in lower case, and a changed name stripped.

    What is normalised on one way in only is not normalised: look-ups then find some users and not others.
    """
    email, name = directory.email(), directory.name()
    user = await directory.register()
    tally = Tally()
    with tally.case("address in mixed case"):
        await directory.change(user, directory.body(email=directory.mixed_case(email)))
        (await directory.read(user))["email"].equals(email)
    with tally.case("name in blanks"):
        await directory.change(user, directory.body(name=f" \t{name}  "))
        (await directory.read(user))["name"].equals(name)
    return tally


@check("users.patch.email-own", category="status_codes", level="junior", requires=("users.patch.ok",))
async def own_address_is_no_conflict(api: Api, directory: Directory) -> Tally:
    """Setting a user's address to the one it already has is accepted.

    A form sends all its fields; nobody is in conflict with themselves.
    """
    user = await directory.register()
    email = user.sent["email"]
    tally = Tally()
    for name, value in {"as it is": email, "in mixed case": directory.mixed_case(email)}.items():
        with tally.case(name):
            (await api.patch(user.path, json=directory.body(email=value))).expect(200, 201, 202, 204)
    return tally


@check("users.patch.email-taken", category="status_codes", level="junior", weight=2, requires=("users.patch.ok",))
async def taken_address_is_refused(api: Api, directory: Directory) -> None:
    """A change to an address that another user has is refused with 409.

    A check on registration alone leaves the back door open: register, then change.
    """
    user, other = await directory.register(), await directory.register()
    (await api.patch(user.path, json=directory.body(email=other.sent["email"]))).expect(409)


@check("users.patch.email-taken-any-case", category="behaviour", level="junior", requires=("users.patch.email-taken",))
async def taken_address_is_refused_in_any_case(api: Api, directory: Directory) -> None:
    """A change to an address that another user has in other letters is refused with 409.

    `Ada@Example.com` and `ada@example.com` are one mailbox, and so one account.
    """
    user, other = await directory.register(), await directory.register()
    email = directory.mixed_case(other.sent["email"])
    (await api.patch(user.path, json=directory.body(email=email))).expect(409)


@check("users.patch.conflict-changes-nothing", category="behaviour", level="mid", requires=("users.patch.email-taken",))
async def refused_change_changes_nothing(api: Api, directory: Directory, judge: Judgement) -> None:
    """A change that is refused for its address changes nothing else either.

    Half a change is worse than none: the client was told that it failed.
    """
    user, other = await directory.register(), await directory.register()
    before = await directory.read(user)
    (await api.patch(user.path, json=directory.body(email=other.sent["email"]))).expect(409)
    judge.unchanged(await directory.read(user), before)


@check(
    "users.patch.email-moves",
    category="behaviour",
    level="mid",
    requires=("users.patch.email-taken", "users.create.email-taken"),
)
async def address_moves(api: Api, directory: Directory) -> Tally:
    """After a change of address the new one is taken, and the old one can be registered.

    An index kept by hand beside the users must follow every change, or it refuses and admits the wrong people.
    """
    user, email = await directory.register(), directory.email()
    await directory.change(user, directory.body(email=email))
    tally = Tally()
    with tally.case("the new address is taken"):
        (await api.post("/users", json=directory.body(email=email))).expect(409)
    with tally.case("the old address is free"):
        (await api.post("/users", json=directory.body(email=user.sent["email"]))).expect(201, 200)
    return tally


@check("users.patch.unknown", category="status_codes", level="junior", weight=2, requires=("users.patch.ok",))
async def unknown_user_cannot_be_changed(api: Api, directory: Directory) -> None:
    """Changing an id that nobody has is answered with 404.

    200 would say that something was changed; creating the user would make PATCH a second way to register.
    """
    user = await directory.register()
    (await api.patch(directory.missing(user), json=directory.body())).expect(404)
