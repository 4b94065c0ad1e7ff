"""What the checks of this pack share: random people, and a client that knows the resource.

The client is tolerant on purpose: where a check needs a user, 200 will do for 201, and the id may be a text. So one
slip costs the check that is about it and no other.
"""

import hashlib
import random
import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from grader.harness import Api, Json, Mismatch, Reply
from grader.harness.probes.cases import Case

NAMES = ("Ada", "Barbara", "Edsger", "Frances", "Grace", "Hedy", "Joan", "Karen", "Margaret", "Radia", "Shafi")
DOMAINS = ("example.com", "example.org", "example.net")
SECRET_MEMBERS = frozenset({"password", "passwordhash", "hashedpassword"})
# What password hashes begin with in PHC and modular crypt format.
HASH_MARKS = re.compile(r"\$(2[abxy]|argon2(id|i|d)|scrypt|pbkdf2[a-z0-9-]*|[56])\$|(pbkdf2|scrypt|pbkdf2_sha256)[:$]")
# A database's error names the column beside its value. The mere word `password` is left open by the contract.
SECRET_COLUMNS = re.compile(r"hashed_password|password_hash", re.IGNORECASE)
LONGEST_COUNT = 18
"""Digits of an id that counts up, as a text; of one that is much longer, Python makes no integer."""
# RFC 3339, section 5.6; a blank may stand for the T (second note there).
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
PAGE = 50
LISTING_PAGES = 80
"""Pages that a listing is followed for; storage need not have been empty."""


@dataclass(frozen=True)
class User:
    """Somebody who was registered: what was sent, and what came back."""

    id: int | str
    sent: Mapping[str, Any]
    reply: Reply

    @property
    def path(self) -> str:
        """Where the user is."""
        return path_of(self.id)


def path_of(user_id: int | str) -> str:
    """The user's path."""
    return f"/users/{quote(str(user_id), safe='')}"


@dataclass(frozen=True)
class Page:
    """One answer to a search."""

    items: list[Json]
    total: Json
    reply: Reply

    @property
    def ids(self) -> list[int | str]:
        """The ids of the items, in order."""
        return [id_of(item) for item in self.items]


def id_of(resource: Json) -> int | str:
    """The id of a user as it came; any integer or text will do, whether it is an integer is a check of its own."""
    node = resource["id"]
    return node.string() if isinstance(node.value, str) else node.integer()


def instant(node: Json) -> datetime:
    """The moment that an RFC 3339 time stamp with an offset names; `Mismatch` if it is none."""
    text = node.string()
    wrong = Mismatch(f"`{node.path}` is an RFC 3339 time stamp with an offset", text, exchange=node.exchange)
    if not TIMESTAMP.fullmatch(text):
        raise wrong
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        raise wrong from None


def members(value: Any) -> Iterator[tuple[str, Any]]:
    """Every member name in a JSON value at any depth, with what it holds."""
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield from node.items()
        waiting.extend(node.values() if isinstance(node, dict) else node if isinstance(node, list) else ())


def parsed(reply: Reply) -> Any:
    """The body's value; None where it is no JSON, which is another check's matter."""
    try:
        return reply.json().value
    except Mismatch:
        return None


def digests(password: str) -> list[str]:
    """The password's unsalted digests in hexadecimal."""
    return [hashlib.new(name, password.encode()).hexdigest() for name in ("md5", "sha1", "sha256", "sha512")]


class Directory:
    """The application as a directory of users, and makers of data that no other check has."""

    def __init__(self, api: Api, rng: random.Random) -> None:
        self._api = api
        self._rng = rng

    # --- data

    def token(self, length: int = 12) -> str:
        """Lower-case letters that occur nowhere else, to search for."""
        return self.text(length, string.ascii_lowercase)

    def text(self, length: int, alphabet: str = string.ascii_letters) -> str:
        """That many characters."""
        return "".join(self._rng.choices(alphabet, k=length))

    def name(self, token: str = "") -> str:
        """A name, with a token in it."""
        return f"{self._rng.choice(NAMES)} {self.token(6).capitalize()}{token and ' '}{token}"

    def email(self, token: str = "") -> str:
        """An address in lower case, with a token in its local part."""
        return f"{self.token(10)}{token and '.'}{token}@{self._rng.choice(DOMAINS)}"

    def password(self, length: int = 20) -> str:
        """A password of that length."""
        return self.text(length, string.ascii_letters + string.digits)

    def body(self, **members: Any) -> dict[str, Any]:
        """A valid registration, or a change of everything."""
        return {"email": self.email(), "name": self.name(), "password": self.password(), **members}

    def mixed_case(self, email: str) -> str:
        """The same address in other letters: every second one of the local part is a capital, and the domain is."""
        local, _, domain = email.partition("@")
        return "".join(each.upper() if n % 2 else each for n, each in enumerate(local)) + "@" + domain.upper()

    def missing(self, user: User) -> str:
        """The path of a user who does not exist, given one who does."""
        if isinstance(user.id, int):
            return path_of(user.id + self._rng.randrange(100_000, 1_000_000))
        if user.id.isdecimal() and len(user.id) <= LONGEST_COUNT:
            return path_of(str(int(user.id) + self._rng.randrange(100_000, 1_000_000)))
        return path_of(f"{self.text(8, '0123456789abcdef')}-0000-4000-8000-{self.text(12, '0123456789abcdef')}")

    # --- operations

    async def register(self, **members: Any) -> User:
        """A new user; `Mismatch` unless one is made and has an id."""
        sent = self.body(**members)
        reply = (await self._api.post("/users", json=sent)).expect(201, 200)
        return User(id_of(reply.json()), sent, reply)

    async def register_many(self, count: int, token: str) -> list[User]:
        """Users whose names and addresses hold the token; their names run against the order of their ids."""
        ranks = reversed(string.ascii_uppercase[:count])
        return [await self.register(name=f"{rank}{self.name(token)}", email=self.email(token)) for rank in ranks]

    async def read(self, user: User) -> Json:
        """The user as `GET /users/{id}` shows it."""
        return (await self._api.get(user.path)).expect(200).json()

    async def change(self, user: User, members: Mapping[str, Any]) -> Reply:
        """Change a user; `Mismatch` unless it is accepted."""
        return (await self._api.patch(user.path, json=members)).expect(200, 201, 202, 204)

    async def remove(self, user: User) -> Reply:
        """Delete a user; `Mismatch` unless it is accepted."""
        return (await self._api.delete(user.path)).expect(204, 200, 202)

    async def page(self, **params: Any) -> Page:
        """One answer of `GET /users`."""
        reply = (await self._api.get("/users", params=params)).expect(200)
        body = reply.json()
        return Page(body["items"].array(), body["total"], reply)

    async def listed(self, q: str) -> set[int | str]:
        """Ids on all pages that a search gives, also where the search finds more than it should."""
        found: set[int | str] = set()
        for number in range(LISTING_PAGES):
            ids = (await self.page(q=q, limit=PAGE, offset=PAGE * number)).ids
            if found.issuperset(ids):
                break
            found.update(ids)
        return found


class Judgement:
    """What several checks say of an answer."""

    id_of = staticmethod(id_of)
    instant = staticmethod(instant)
    path_of = staticmethod(path_of)

    @staticmethod
    def same_moment(node: Json, moment: datetime) -> None:
        """The time stamp names that moment; a database, or one of several answers, may show whole seconds."""
        if abs(instant(node) - moment) > timedelta(seconds=1):
            node.equals(moment.isoformat())

    @staticmethod
    def unnamed(cases: list[Case]) -> list[Case]:
        """The cases without the field that a refusal should name: naming it is a check of its own."""
        return [replace(case, field=None) for case in cases]

    @staticmethod
    def resource(node: Json, user: User) -> None:
        """The user as it was registered, with an integer for an id."""
        node["id"].integer()
        node["id"].equals(user.id)
        node["email"].equals(user.sent["email"])
        node["name"].equals(user.sent["name"])
        node["created_at"].string()

    @staticmethod
    def unchanged(after: Json, before: Json, but: str = "") -> None:
        """Two readings of one user show the same, but for one member; a time stamp may be written in another way."""
        for name in {"id", "email", "name"} - {but}:
            after[name].equals(before[name].value)
        now, then = after["created_at"], before["created_at"]
        if now.value != then.value and instant(now) != instant(then):
            now.equals(then.value)

    @staticmethod
    def no_secret(reply: Reply, *passwords: str) -> None:
        """Neither a password nor anything derived from it is in the body."""
        text = reply.body.decode("utf-8", "replace")
        for password in passwords:
            if password in text or any(digest in text.lower() for digest in digests(password)):
                raise reply.mismatch("neither the password nor its digest in the body", text)
        for name, value in members(parsed(reply)):
            if name.lower().replace("_", "").replace("-", "") in SECRET_MEMBERS:
                raise reply.mismatch("no member that holds the password or what is derived from it", f"`{name}`")
            if isinstance(value, str) and (HASH_MARKS.search(value) or SECRET_COLUMNS.search(value)):
                raise reply.mismatch("no password hash in the body", f"`{name}`: {value}")


@pytest.fixture
def directory(api: Api, rng: random.Random) -> Directory:
    """The application as a directory of users."""
    return Directory(api, rng)


@pytest.fixture
def judge() -> Judgement:
    """What several checks say of an answer."""
    return Judgement()
