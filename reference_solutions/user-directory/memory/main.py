"""User directory in one file: plain `def` endpoints, a dict, and one lock around everything that touches it."""

import hashlib
import itertools
import os
import re
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

app = FastAPI(title="User directory (in memory)")


# --- input ---------------------------------------------------------------------------------------------------------

ADDRESS = re.compile(r"[a-z0-9._%+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+", re.ASCII)


def to_address(value: str) -> str:
    value = value.strip().lower()
    if not ADDRESS.fullmatch(value):
        raise ValueError("not an e-mail address")
    return value


def strip(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


Email = Annotated[str, AfterValidator(to_address)]
Name = Annotated[str, BeforeValidator(strip), Field(min_length=1, max_length=100)]
Password = Annotated[str, Field(min_length=8, max_length=128)]


class Registration(BaseModel, extra="forbid"):
    email: Email
    name: Name
    password: Password


class Update(BaseModel, extra="forbid"):
    # Not Optional: what is absent keeps the default, which nobody reads; `null` is no string and is refused.
    email: Email = ""
    name: Name = ""
    password: Password = ""


# --- storage -------------------------------------------------------------------------------------------------------


def hashed(password: str) -> bytes:
    salt = os.urandom(16)
    return salt + hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 20_000)


@dataclass
class User:
    id: int
    email: str
    name: str
    secret: bytes
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def shown(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "email": self.email,
            "name": self.name,
            "created_at": self.created_at.isoformat(timespec="seconds"),
            "links": {"self": f"/users/{self.id}"},
        }


class UnknownUserError(Exception):
    pass


class EmailTakenError(Exception):
    pass


class Directory:
    """Users by id, and ids by address. Every method takes the lock for as long as it looks or writes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids = itertools.count(1001, 3)
        self._users: dict[int, User] = {}
        self._owners: dict[str, int] = {}

    def add(self, email: str, name: str, secret: bytes) -> dict[str, Any]:
        with self._lock:
            if email in self._owners:
                raise EmailTakenError
            user = User(next(self._ids), email, name, secret)
            self._users[user.id] = user
            self._owners[email] = user.id
            return user.shown()

    def get(self, user_id: int) -> dict[str, Any]:
        with self._lock:
            return self._at(user_id).shown()

    def find(self, q: str, limit: int, offset: int) -> dict[str, Any]:
        q = q.lower()
        with self._lock:
            matches = [user for user in self._users.values() if q in user.name.lower() or q in user.email]
            return {"total": len(matches), "items": [user.shown() for user in matches[offset : offset + limit]]}

    def change(self, user_id: int, changes: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            user = self._at(user_id)
            email = changes.get("email", user.email)
            if self._owners.get(email, user_id) != user_id:
                raise EmailTakenError
            del self._owners[user.email]
            self._owners[email] = user_id
            for name, value in changes.items():
                setattr(user, name, value)
            return user.shown()

    def remove(self, user_id: int) -> None:
        with self._lock:
            user = self._at(user_id)
            del self._users[user_id]
            del self._owners[user.email]

    def _at(self, user_id: int) -> User:
        if user_id not in self._users:
            raise UnknownUserError
        return self._users[user_id]


directory = Directory()


# --- operations ----------------------------------------------------------------------------------------------------


@app.exception_handler(RequestValidationError)
def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
    problems = [{"field": ".".join(map(str, one["loc"])), "message": one["msg"]} for one in error.errors()]
    return JSONResponse({"detail": "The request is not valid.", "problems": problems}, 422)


@app.exception_handler(UnknownUserError)
def missing(_request: Request, _error: UnknownUserError) -> JSONResponse:
    return JSONResponse({"detail": {"code": "unknown_user"}}, 404)


@app.exception_handler(EmailTakenError)
def taken(_request: Request, _error: EmailTakenError) -> JSONResponse:
    return JSONResponse({"detail": {"code": "email_taken"}}, 409)


UNKNOWN: dict[int | str, dict[str, Any]] = {404: {"description": "no such user"}}
TAKEN: dict[int | str, dict[str, Any]] = {409: {"description": "the address is taken"}}


@app.get("/health")
def health() -> list[str]:
    return ["alive"]


@app.post("/users", status_code=201, responses=TAKEN)
def register(body: Registration, request: Request, response: Response) -> dict[str, Any]:
    user = directory.add(body.email, body.name, hashed(body.password))
    response.headers["location"] = str(request.url_for("read", user_id=user["id"]))
    return user


@app.get("/users")
def search(
    q: str = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> dict[str, Any]:
    return directory.find(q, limit, offset)


@app.get("/users/{user_id}", responses=UNKNOWN)
def read(user_id: int) -> dict[str, Any]:
    return directory.get(user_id)


@app.patch("/users/{user_id}", responses=UNKNOWN | TAKEN)
def update(user_id: int, body: Update) -> dict[str, Any]:
    changes = body.model_dump(exclude_unset=True)
    if "password" in changes:
        changes["secret"] = hashed(changes.pop("password"))
    return directory.change(user_id, changes)


@app.delete("/users/{user_id}", status_code=204, responses=UNKNOWN)
def remove(user_id: int) -> Response:
    directory.remove(user_id)
    return Response(status_code=204)


@app.put("/users/{user_id}", include_in_schema=False)
def replace(user_id: int) -> None:
    raise HTTPException(405, f"User {user_id} is changed with PATCH.", {"Allow": "GET, PATCH, DELETE"})
