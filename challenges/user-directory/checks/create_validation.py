"""POST /users: what is refused, and the last values that are not."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Any

from grader.harness import Api, Tally, check
from grader.harness.contract import Contract
from grader.harness.probes.cases import body_cases
from grader.harness.probes.validation import names_field, try_bodies

if TYPE_CHECKING:
    from conftest import Directory, Judgement

KEY = "POST /users"
UNPROCESSABLE = 422


async def _try(api: Api, members: dict[str, dict[str, Any]], *, valid: bool, tally: Tally) -> None:
    """Send each body, under the name that people read."""
    for name, body in members.items():
        with tally.case(name):
            reply = await api.post("/users", json=body)
            if valid:
                reply.expect(201, 200)
            else:
                reply.refused(UNPROCESSABLE)


@check("users.create.missing", category="validation", level="junior", requires=("users.create.ok",))
async def members_are_required(api: Api, contract: Contract, directory: Directory, judge: Judgement) -> Tally:
    """A registration without `email`, `name` or `password` is refused with 422.

    A user without an address or a password is found out when somebody tries to log in.
    """
    cases = body_cases(contract, KEY, directory.body, {"missing"})
    return await try_bodies(api, "POST", "/users", judge.unnamed(cases))


@check("users.create.types", category="validation", level="junior", requires=("users.create.ok",))
async def members_have_types(api: Api, contract: Contract, directory: Directory, judge: Judgement) -> Tally:
    """A registration with a member of a wrong type or null, or that is no object, is refused with 422.

    What is let in unlooked at makes a 500 somewhere else, or sits in the database.
    """
    cases = body_cases(contract, KEY, directory.body, {"type", "null"})
    return await try_bodies(api, "POST", "/users", judge.unnamed(cases))


@check("users.create.unknown-members", category="validation", level="junior", weight=2, requires=("users.create.ok",))
async def unknown_members_are_refused(api: Api, directory: Directory) -> Tally:
    """A registration with a member that the contract does not know is refused with 422.

    A misspelt member that is silently dropped looks to the client as if it had worked.
    """
    others = {"nickname": "countess", "id": 1, "is_admin": True, directory.token(): None}
    bodies = {f"with `{name}`": directory.body(**{name: value}) for name, value in others.items()}
    tally = Tally()
    await _try(api, bodies, valid=False, tally=tally)
    return tally


@check("users.create.malformed", category="validation", level="junior", requires=("users.create.ok",))
async def malformed_json_is_refused(api: Api, contract: Contract, directory: Directory) -> Tally:
    """A registration that is no JSON is refused with 400 or 422.

    A truncated upload is the client's trouble and must say so; a 500 wakes the people on call.
    """
    return await try_bodies(api, "POST", "/users", body_cases(contract, KEY, directory.body, {"malformed"}))


@check("users.create.email-format", category="validation", level="junior", weight=2, requires=("users.create.ok",))
async def email_is_an_address(api: Api, directory: Directory) -> Tally:
    """An e-mail address is accepted, and what plainly is none is refused with 422.

    An address that cannot receive mail is an account that nobody can recover.
    """
    one, two = directory.token(5), directory.token(5)
    digits = directory.text(4, string.digits)
    good = {
        "letters": f"{one}{two}@example.com",
        "a dot and digits": f"{one}.{two}{digits}@example.org",
        "a dash in it": f"{one}-{two}@example.net",
    }
    bad = {
        "no @": f"{one}.example.com",
        "nothing before the @": "@example.com",
        "nothing after the @": f"{one}@",
        "a blank before the @": f"{one} {two}@example.com",
        "a blank after the @": f"{one}@exam ple.com",
    }
    tally = Tally()
    await _try(api, {name: directory.body(email=email) for name, email in good.items()}, valid=True, tally=tally)
    await _try(api, {name: directory.body(email=email) for name, email in bad.items()}, valid=False, tally=tally)
    return tally


@check("users.create.name-bounds", category="validation", level="junior", weight=2, requires=("users.create.ok",))
async def name_has_bounds(api: Api, directory: Directory) -> Tally:
    """A name has 1 to 100 characters: 1 and 100 are accepted, 0 and 101 are refused with 422.

    A bound that is off by one works until the day somebody has exactly that name.
    """
    good = {f"{count} characters": directory.body(name=directory.text(count)) for count in (1, 100)}
    bad = {f"{count} characters": directory.body(name=directory.text(count)) for count in (0, 101)}
    tally = Tally()
    await _try(api, good, valid=True, tally=tally)
    await _try(api, bad, valid=False, tally=tally)
    return tally


@check("users.create.name-bounds-stripped", category="validation", level="mid", requires=("users.create.name-bounds",))
async def name_is_measured_stripped(api: Api, directory: Directory) -> Tally:
    """The bounds of a name hold for what is left once surrounding white space is stripped.

    In which order the rules run is a rule too: measured first, a good name of 100 characters is refused for a blank.
    """
    tally = Tally()
    padded = {"100 characters in blanks": directory.body(name=f"   {directory.text(100)}  ")}
    await _try(api, padded, valid=True, tally=tally)
    padded = {"101 characters in blanks": directory.body(name=f" {directory.text(101)} ")}
    await _try(api, padded, valid=False, tally=tally)
    return tally


@check("users.create.password-bounds", category="validation", level="junior", weight=2, requires=("users.create.ok",))
async def password_has_bounds(api: Api, directory: Directory) -> Tally:
    """A password has 8 to 128 characters: 8 and 128 are accepted, 7 and 129 are refused with 422.

    Short ones are guessed; without an upper bound a hash can be kept busy with megabytes.
    """
    good = {f"{count} characters": directory.body(password=directory.password(count)) for count in (8, 128)}
    bad = {f"{count} characters": directory.body(password=directory.password(count)) for count in (7, 129)}
    tally = Tally()
    await _try(api, good, valid=True, tally=tally)
    await _try(api, bad, valid=False, tally=tally)
    return tally


@check("users.create.names-field", category="validation", level="junior", requires=("users.create.missing",))
async def refusal_names_the_field(api: Api, directory: Directory) -> Tally:
    """A 422 of FastAPI's own making names the offending field in `detail[].loc`.

    A form can then show the message beside the right input. An answer of another shape is not judged.
    """
    user = await directory.register()
    tally = Tally()
    for field in ("email", "name", "password"):
        body = {name: value for name, value in directory.body().items() if name != field}
        with tally.case(f"POST without `{field}`"):
            names_field(await api.post("/users", json=body), field)
        with tally.case(f"PATCH with an object for `{field}`"):
            names_field(await api.patch(user.path, json={field: {}}), field)
    with tally.case("POST with a short password"):
        names_field(await api.post("/users", json=directory.body(password="short")), "password")
    return tally
