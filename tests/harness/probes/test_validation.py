"""The probe on applications of several builds, all correct, and on flawed ones: each flaw costs what it should."""

import json
import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

import pytest
from fastapi import Body, FastAPI, HTTPException, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    EmailStr,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from grader.harness import Api, Mismatch
from grader.harness.contract import Contract
from grader.harness.probes.cases import ALL, body_cases
from grader.harness.probes.parameters import query_cases
from grader.harness.probes.validation import try_bodies, try_queries

pytestmark = pytest.mark.anyio

Serve = Callable[[FastAPI], Api]
NewUser = Callable[[], dict[str, Any]]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Password = Annotated[str, Field(min_length=8, max_length=128)]
Count = Annotated[int, Query(ge=1, le=100)]
Strict = ConfigDict(extra="forbid")


def directory(
    *,
    address: Any = EmailStr,
    text: Any = Name,
    secret: Any = Password,
    extra: Literal["forbid", "ignore"] = "forbid",
    refuse_null: bool = True,
    count: Any = Count,
) -> FastAPI:
    """The ordinary build; each argument makes a flaw possible."""
    app = FastAPI()

    class NewUser(BaseModel):
        model_config = ConfigDict(extra=extra)
        email: address
        name: text
        password: secret

    class UserChange(BaseModel):
        model_config = ConfigDict(extra=extra)
        email: address | None = None
        name: text | None = None
        password: secret | None = None

        @model_validator(mode="before")
        @classmethod
        def no_null(cls, data: Any) -> Any:
            if refuse_null and isinstance(data, dict) and None in data.values():
                raise ValueError("null is no value")
            return data

    @app.post("/users", status_code=201)
    def create(user: NewUser) -> dict[str, str]:
        return {"name": user.name}

    @app.patch("/users/1")
    def change(user: UserChange) -> dict[str, Any]:
        return user.model_dump(exclude_unset=True)

    @app.get("/users")
    def page(limit: count = 20, offset: Annotated[int, Query(ge=0)] = 0) -> dict[str, int]:
        return {"limit": limit, "offset": offset}

    return app


def asynchronous() -> FastAPI:
    """Async endpoints, and null kept out by types: an absent member is a default, never None."""
    app = FastAPI()

    class UserChange(BaseModel):
        model_config = Strict
        email: EmailStr = ""
        name: Name = ""
        password: Password = ""

    class NewUser(UserChange):
        email: EmailStr
        name: Name
        password: Password

    class Page(BaseModel):
        limit: int = Field(20, ge=1, le=100)
        offset: int = Field(0, ge=0)

    @app.post("/users", status_code=201)
    async def create(user: NewUser) -> dict[str, str]:
        return {"name": user.name}

    @app.patch("/users/1")
    async def change(user: UserChange) -> dict[str, Any]:
        return user.model_dump(exclude_unset=True)

    @app.get("/users")
    async def page(page: Annotated[Page, Query()]) -> Page:
        return page

    return app


def own_error_shape() -> FastAPI:
    """FastAPI's validation, but with errors in a shape of its own."""
    app = directory()

    @app.exception_handler(RequestValidationError)
    async def shaped(_request: Request, error: RequestValidationError) -> JSONResponse:
        problems = [{"loc": ".".join(map(str, each["loc"])), "message": each["msg"]} for each in error.errors()]
        malformed = any(each["type"] == "json_invalid" for each in error.errors())
        return JSONResponse({"detail": problems}, status_code=400 if malformed else 422)

    return app


RULES: dict[str, Callable[[str], bool]] = {
    "email": lambda value: re.fullmatch(r"[^@\s]+@[^@\s]+\.[a-z]+", value) is not None,
    "name": lambda value: 1 <= len(value.strip()) <= 100,
    "password": lambda value: 8 <= len(value) <= 128,
}


def number(request: Request, name: str, default: int, low: int, high: float) -> int:
    try:
        value = int(request.query_params.get(name, default))
    except ValueError:
        raise HTTPException(422, f"{name} is no integer") from None
    if not low <= value <= high:
        raise HTTPException(422, f"{name} is out of range")
    return value


def by_hand() -> FastAPI:
    """No models at all: JSON is read and judged by hand."""
    app = FastAPI()

    async def judged(request: Request, *, whole: bool) -> dict[str, str]:
        try:
            body = json.loads(await request.body())
        except ValueError:
            raise HTTPException(400, "not JSON") from None
        if not isinstance(body, dict) or not (set(body) == set(RULES) if whole else set(body) <= set(RULES)):
            raise HTTPException(422, {"problem": "members"})
        if not all(isinstance(value, str) and RULES[name](value) for name, value in body.items()):
            raise HTTPException(422, ["some member"])
        return body

    @app.post("/users", status_code=201)
    async def create(request: Request) -> Any:
        return await judged(request, whole=True)

    @app.patch("/users/1")
    async def change(request: Request) -> Any:
        return await judged(request, whole=False)

    @app.get("/users")
    def page(request: Request) -> Any:
        return [number(request, "limit", 20, 1, 100), number(request, "offset", 0, 0, float("inf"))]

    return app


def model_by_hand() -> FastAPI:
    """A dict body that a model judges inside the endpoint, its errors handed on without `body` in `loc`."""
    app = directory()
    app.router.routes = [route for route in app.router.routes if getattr(route, "path", "") != "/users/1"]

    class Change(BaseModel):
        model_config = Strict
        email: EmailStr = ""
        name: Name = ""
        password: Password = ""

    @app.patch("/users/1")
    def change(body: Annotated[Any, Body()]) -> Any:
        try:
            return Change.model_validate(body).model_dump(exclude_unset=True)
        except ValidationError as error:
            raise HTTPException(422, json.loads(error.json())) from None

    return app


async def failed(api: Api, contract: Contract, new_user: NewUser) -> dict[str, set[str]]:
    """Names of the cases that failed: POST, PATCH and the query."""
    post = await try_bodies(api, "POST", "/users", body_cases(contract, "POST /users", new_user))
    changes = body_cases(contract, "PATCH /users/{id}", new_user)
    patch = await try_bodies(api, "PATCH", "/users/1", changes, accepted=(200,))
    page = await try_queries(api, "/users", query_cases(contract, "GET /users"))
    assert (post.total, patch.total, page.total) == (39, 34, 10)
    tallies = {"post": post, "patch": patch, "query": page}
    for tally in tallies.values():
        assert all(isinstance(seen, Mismatch) and seen.exchange for _, seen in tally.failures)
    return {part: {name for name, _ in tally.failures} for part, tally in tallies.items()}


@pytest.mark.parametrize(
    "build",
    [
        pytest.param(directory, id="ordinary"),
        pytest.param(asynchronous, id="async-and-query-model"),
        pytest.param(own_error_shape, id="own-error-shape"),
        pytest.param(by_hand, id="by-hand"),
        pytest.param(model_by_hand, id="model-by-hand"),
    ],
)
async def test_a_correct_application_passes_every_case(
    build: Callable[[], FastAPI], serve: Serve, contract: Contract, new_user: NewUser
) -> None:
    """However it is built, nothing fails."""
    assert await failed(serve(build()), contract, new_user) == {"post": set(), "patch": set(), "query": set()}


EMAILS = {f"email: {label}" for label in ("no @", "nothing before @", "nothing after @")}
SPACES = {"email: a space before @", "email: a space after @"}
TYPES = {f"name: {label}" for label in ("an object", "an array", "an empty object")}
NULLS = {f"{field}: null" for field in ("email", "name", "password")}
BLANKS = "name: 100 characters with blanks around"
WIDE = StringConstraints(strip_whitespace=True, max_length=101)
NARROW = StringConstraints(strip_whitespace=True, min_length=2, max_length=99)


def made_text(value: Any) -> Any:
    return value if value is None else str(value)


def both(*names: str) -> dict[str, set[str]]:
    return {"post": set(names), "patch": set(names)}


def query(*names: str) -> dict[str, set[str]]:
    return {"query": set(names)}


@pytest.mark.parametrize(
    ("flaw", "cost"),
    [
        pytest.param({"address": str}, both(*EMAILS, *SPACES), id="any-text-as-address"),
        pytest.param({"address": Annotated[str, Field(pattern=r"^.+@.+$")]}, both(*SPACES), id="lenient-address"),
        pytest.param({"text": Annotated[str, Field(min_length=1, max_length=100)]}, both(BLANKS), id="no-stripping"),
        pytest.param(
            {"text": Annotated[str, WIDE]}, both("name: 0 characters", "name: 101 characters"), id="bounds-too-wide"
        ),
        pytest.param(
            {"text": Annotated[str, NARROW]},
            both("name: 1 character", "name: 100 characters", BLANKS),
            id="bounds-too-narrow",
        ),
        pytest.param({"text": Annotated[Name, BeforeValidator(made_text)]}, both(*TYPES), id="everything-made-text"),
        pytest.param(
            {"secret": Annotated[str, Field(min_length=7, max_length=200)]},
            both("password: 7 characters", "password: 129 characters"),
            id="password-bounds",
        ),
        pytest.param({"extra": "ignore"}, both("an unknown member"), id="unknown-ignored"),
        pytest.param({"refuse_null": False}, {"patch": NULLS}, id="null-means-unchanged"),
        pytest.param({"count": Annotated[int, Query(ge=0, le=99)]}, query("limit=0", "limit=100"), id="limit"),
        pytest.param({"count": int}, query("limit=0", "limit=101"), id="no-limit"),
        pytest.param({"count": str}, query("limit=0", "limit=101", "limit=abc", "limit=1.5"), id="limit-as-text"),
    ],
)
async def test_a_flaw_costs_exactly_its_cases(
    flaw: dict[str, Any], cost: dict[str, set[str]], serve: Serve, contract: Contract, new_user: NewUser
) -> None:
    """No more and no fewer."""
    nothing: dict[str, set[str]] = {"post": set(), "patch": set(), "query": set()}
    assert await failed(serve(directory(**flaw)), contract, new_user) == nothing | cost


async def test_an_error_without_detail_fails_every_refusal(serve: Serve, contract: Contract, new_user: NewUser) -> None:
    """Only the valid cases are left."""
    app = directory()

    @app.exception_handler(RequestValidationError)
    async def shaped(_request: Request, _error: RequestValidationError) -> JSONResponse:
        return JSONResponse({"error": "invalid"}, status_code=422)

    cases = body_cases(contract, "POST /users", new_user)
    tally = await try_bodies(serve(app), "POST", "/users", cases)
    assert {name for name, _ in tally.failures} == {case.name for case in cases if not case.valid}


async def test_a_refusal_that_hides_the_member_fails(serve: Serve, contract: Contract, new_user: NewUser) -> None:
    """An error handler that cuts `loc` down to `body` costs every case that is about a member, and no other."""
    app = directory()

    @app.exception_handler(RequestValidationError)
    async def shaped(_request: Request, error: RequestValidationError) -> JSONResponse:
        return JSONResponse({"detail": [{**each, "loc": ["body"]} for each in error.errors()]}, status_code=422)

    cases = body_cases(contract, "POST /users", new_user, ALL - {"format"})
    tally = await try_bodies(serve(app), "POST", "/users", cases)
    assert {name for name, _ in tally.failures} == {case.name for case in cases if case.field and not case.valid}


async def test_a_wrong_status_fails_all_but_malformed_json(serve: Serve, contract: Contract, new_user: NewUser) -> None:
    """400 for everything: malformed JSON may be refused so, an invalid body may not, unless the contract says so."""
    app = directory()

    @app.exception_handler(RequestValidationError)
    async def shaped(_request: Request, _error: RequestValidationError) -> JSONResponse:
        return JSONResponse({"detail": "invalid"}, status_code=400)

    cases = body_cases(contract, "POST /users", new_user)
    api = serve(app)
    tally = await try_bodies(api, "POST", "/users", cases)
    wrong = {case.name for case in cases if not case.valid and case.kind != "malformed"}
    assert {name for name, _ in tally.failures} == wrong
    strict = await try_bodies(api, "POST", "/users", cases, refused=(400,), malformed=(400,))
    assert strict.credit == 1


async def test_a_server_error_is_no_refusal(serve: Serve, contract: Contract, new_user: NewUser) -> None:
    """Code that trips over null fails the null cases, and the probe goes on."""
    app = FastAPI()

    @app.post("/users", status_code=201)
    def create(body: dict[str, Any]) -> None:
        if any(len(value) == 0 for value in body.values()):
            raise HTTPException(422, "empty")

    cases = body_cases(contract, "POST /users", new_user, {"null"})
    tally = await try_bodies(serve(app), "POST", "/users", cases)
    assert [(name, seen.got.split(" with")[0]) for name, seen in tally.failures if isinstance(seen, Mismatch)] == [
        (name, "status 500 Internal Server Error") for name in ("email: null", "name: null", "password: null")
    ]


async def test_headers_may_depend_on_the_body(serve: Serve, contract: Contract, new_user: NewUser) -> None:
    """A signature is made from the very bytes that are sent."""
    app = FastAPI()

    @app.post("/users", status_code=201)
    async def create(request: Request) -> None:
        if request.headers["x-length"] != str(len(await request.body())):
            raise HTTPException(401)
        raise HTTPException(422, "signed")

    cases = body_cases(contract, "POST /users", new_user, {"missing", "malformed"})
    tally = await try_bodies(
        serve(app), "POST", "/users", cases, headers=lambda content: {"X-Length": str(len(content))}
    )
    assert (tally.credit, tally.total) == (1, len(cases))
