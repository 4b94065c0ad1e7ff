from collections.abc import Callable
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field

from grader.harness import Api, Mismatch
from grader.harness.probes.openapi_document import LONGEST_PATH, MOST_ROUTES, Document, DocumentOperation

pytestmark = pytest.mark.anyio

Serve = Callable[[FastAPI], Api]


class Contact(BaseModel):
    email: str


class NewUser(Contact):
    name: Annotated[str, Field(min_length=1)]
    friend: "NewUser | None" = None


class Robot(BaseModel):
    serial: int


class Problem(BaseModel):
    detail: str


async def test_a_document_of_fastapi_is_read(serve: Serve) -> None:
    """Operations are found whatever their parameters are called; unions, inheritance and cycles are followed."""
    app = FastAPI(servers=[{"url": "/api"}])
    router = APIRouter(prefix="/users")

    @router.post("", status_code=201, responses={409: {"model": Problem}})
    def create(user: NewUser) -> NewUser:
        return user

    @router.get("/{user_id:int}", responses={404: {"model": Problem}})
    def read(user_id: int) -> Contact:
        return Contact(email=str(user_id))

    @router.put("/{uid}/owner")
    def own(uid: int, owner: NewUser | Robot) -> None: ...

    app.include_router(router)
    document = await Document.fetch(serve(app))
    post = document.operation("post", "/users")
    assert post is not None
    assert document.body_members(post) == {"email", "name", "friend"}
    assert document.statuses(post) == {"201", "409", "422"}
    read_user = document.operation("GET", "/users/{id}")
    assert read_user is not None
    assert (read_user.method, read_user.path) == ("GET", "/users/{user_id}")
    assert document.body_members(read_user) == set()
    owner = document.operation("PUT", "/users/{id}/owner")
    assert owner is not None
    assert document.body_members(owner) == {"email", "name", "friend", "serial"}
    assert document.operation("DELETE", "/users/{id}") is None
    assert {(route.method, route.path) for route in document.routes()} == {
        ("POST", "/users"),
        ("GET", "/users/{user_id}"),
        ("PUT", "/users/{uid}/owner"),
    }


async def test_a_body_described_by_hand_is_read(serve: Serve) -> None:
    """An endpoint that reads the request itself can describe its body with `openapi_extra`."""
    app = FastAPI()
    body = {"content": {"application/json; charset=utf-8": {"schema": NewUser.model_json_schema()["$defs"]["NewUser"]}}}

    @app.post("/users", openapi_extra={"requestBody": body})
    async def create(request: Request) -> None: ...

    document = await Document.fetch(serve(app))
    operation = document.operation("POST", "/users")
    assert operation is not None
    assert document.body_members(operation) == {"email", "name", "friend"}


@pytest.mark.parametrize(
    ("body", "got"),
    [
        pytest.param("<html>", "<html>", id="no-json"),
        pytest.param("[]", "array", id="an-array"),
        pytest.param("{}", "an empty object", id="no-paths"),
        pytest.param('{"paths": []}', "array", id="paths-no-object"),
    ],
)
async def test_what_is_no_document_is_a_mismatch(body: str, got: str, serve: Serve) -> None:
    """It is the candidate's fault, with the exchange."""
    app = FastAPI(openapi_url=None)
    app.get("/openapi.json")(lambda: PlainTextResponse(body))
    with pytest.raises(Mismatch) as caught:
        await Document.fetch(serve(app))
    assert got in caught.value.got
    assert caught.value.exchange is not None


async def test_an_absent_document_is_a_mismatch(serve: Serve) -> None:
    """So says the status."""
    with pytest.raises(Mismatch, match="status 404"):
        await Document.fetch(serve(FastAPI(openapi_url=None)))


def operation_with(body: Any, responses: Any = None) -> dict[str, Any]:
    return {"requestBody": body, "responses": responses}


def members_of(schema: Any, **rest: Any) -> set[str]:
    node = operation_with({"content": {"application/json": {"schema": schema}}})
    document = Document({"paths": {"/a": {"post": node}}, **rest})
    operation = document.operation("POST", "/a")
    assert operation is not None
    return document.body_members(operation)


def doubling(levels: int) -> dict[str, Any]:
    """Each level refers twice to the next: 2 ** levels ways lead to the last."""
    here = {f"L{n}": {"allOf": [{"$ref": f"#/s/L{n + 1}"}, {"$ref": f"#/s/L{n + 1}"}]} for n in range(levels)}
    return {**here, f"L{levels}": {"properties": {"deep": {}}}}


@pytest.mark.parametrize(
    ("schema", "rest", "expected"),
    [
        pytest.param({"$ref": "#/s"}, {"s": {"$ref": "#/s", "properties": {"a": 1}}}, {"a"}, id="refers-to-itself"),
        pytest.param({"$ref": "#/s/L0"}, {"s": doubling(60)}, {"deep"}, id="references-that-fan-out"),
        pytest.param(
            {"$ref": "#/s/0"},
            {"s": {str(n): {"$ref": f"#/s/{n + 1}"} for n in range(20_000)} | {"20000": {"properties": {"end": {}}}}},
            {"end"},
            id="a-chain-beyond-the-stack",
        ),
        pytest.param({"$ref": "#/s/a~1b~0%20c"}, {"s": {"a/b~ c": {"properties": {"x": {}}}}}, {"x"}, id="escapes"),
        pytest.param({"$ref": "#/s/1"}, {"s": [0, {"properties": {"x": {}}}]}, {"x"}, id="into-an-array"),
        pytest.param({"$ref": "#/s/" + "9" * 5000}, {"s": [0]}, set[str](), id="an-index-of-5000-digits"),
        pytest.param({"$ref": "#/s/²"}, {"s": [0]}, set[str](), id="a-digit-that-is-no-number"),
        pytest.param({"$ref": "http://example.com/s"}, {}, set[str](), id="remote"),
        pytest.param({"$ref": 7, "anyOf": 7, "oneOf": [7, None], "properties": [7]}, {}, set[str](), id="wrong-types"),
        pytest.param([], {}, set[str](), id="schema-no-object"),
        pytest.param({"$ref": "#"}, {}, set[str](), id="the-document-itself"),
    ],
)
def test_a_hostile_schema_is_read_in_bounded_steps(schema: Any, rest: dict[str, Any], expected: set[str]) -> None:
    """Nothing crashes, and what is not there counts as absent."""
    assert members_of(schema, **rest) == expected


@pytest.mark.parametrize(
    "paths",
    [
        pytest.param({"/a": None, "/b": [], "/c": {"get": 7}}, id="items-of-wrong-types"),
        pytest.param({"/a": {"$ref": "#/paths/~1a"}}, id="item-that-refers-to-itself"),
        pytest.param({"/a": {"parameters": {}, "summary": {}, "GET": {}}}, id="members-that-are-no-methods"),
    ],
)
def test_a_hostile_path_item_has_no_operations(paths: dict[str, Any]) -> None:
    """It is as if it were not there."""
    document = Document({"paths": paths})
    assert document.routes() == []
    assert document.operation("GET", "/a") is None


@pytest.mark.parametrize("node", [{}, operation_with(7, 7), operation_with({"content": {"application/json": 7}}, [])])
def test_a_hostile_operation_says_nothing(node: dict[str, Any]) -> None:
    """No members and no statuses."""
    document = Document({"paths": {"/a": {"post": node}}})
    operation = document.operation("POST", "/a")
    assert operation is not None
    assert (document.body_members(operation), document.statuses(operation)) == (set(), set())


def test_a_path_item_may_stand_elsewhere() -> None:
    """A reference in a path item is followed, and the nearest method counts."""
    document = Document(
        {"paths": {"/a/{x}": {"$ref": "#/items/a"}}, "items": {"a": {"get": {"responses": {"200": 1}}}}}
    )
    operation = document.operation("GET", "/a/{id}")
    assert operation is not None
    assert document.statuses(operation) == {"200"}


def test_a_path_item_that_refers_to_itself_counts_once() -> None:
    """Each of its operations is one route."""
    document = Document({"paths": {"/a": {"$ref": "#/paths/~1a", "get": {}}}})
    assert [(route.method, route.path) for route in document.routes()] == [("GET", "/a")]


def test_operations_of_one_path_may_name_its_parameter_differently() -> None:
    """Two templates of one shape are one path."""
    document = Document({"paths": {"/a/{x}": {"get": {}}, "/a/{y}": {"delete": {}}}})
    for method, path in (("GET", "/a/{x}"), ("DELETE", "/a/{y}")):
        operation = document.operation(method, "/a/{id}")
        assert operation is not None
        assert operation.path == path
    assert document.operation("GET", "/a") is None
    assert document.operation("GET", "/a/{x}/{y}") is None


def test_routes_are_bounded_and_safe_to_print() -> None:
    """A document may hold a million operations with control characters in their paths."""
    long = "/\x1b[31m" + "x" * 10_000
    routes = Document({"paths": {f"{long}{n}": {"get": {}} for n in range(MOST_ROUTES + 1)}}).routes()
    assert len(routes) == MOST_ROUTES
    assert all("\x1b" not in route.path and len(route.path) < 2 * LONGEST_PATH for route in routes)


@pytest.mark.parametrize(
    ("keys", "declared"),
    [
        pytest.param({"404"}, True, id="itself"),
        pytest.param({"4xx"}, True, id="class"),
        pytest.param({"default"}, True, id="default"),
        pytest.param({"200", "5XX", "40"}, False, id="others"),
    ],
)
def test_a_status_is_declared_by_itself_its_class_or_default(keys: set[str], *, declared: bool) -> None:
    """Nothing else declares it."""
    operation = DocumentOperation("GET", "/a", {"responses": {key: {} for key in keys}})
    assert Document({}).declares(operation, 404) is declared
