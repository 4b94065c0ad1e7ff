"""What the application says of itself, and the shape of its refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.harness import Api, Mismatch, Reply, Tally, check
from grader.harness.probes.openapi_document import Document, DocumentOperation

if TYPE_CHECKING:
    from conftest import Directory

OPERATIONS = (
    ("POST", "/users"),
    ("GET", "/users"),
    ("GET", "/users/{id}"),
    ("PATCH", "/users/{id}"),
    ("DELETE", "/users/{id}"),
)
REFUSALS = (
    ("POST", "/users", 409),
    ("GET", "/users/{id}", 404),
    ("PATCH", "/users/{id}", 404),
    ("PATCH", "/users/{id}", 409),
    ("DELETE", "/users/{id}", 404),
)
CLIENT_ERRORS = range(400, 500)


def _operation(document: Document, method: str, path: str) -> DocumentOperation:
    found = document.operation(method, path)
    if found is None:
        raise Mismatch(f"/openapi.json describes {method} {path}", "no such operation")
    return found


@check("contract.document.operations", category="contract", level="junior", requires=("users.create.ok",))
async def document_lists_the_operations(api: Api) -> Tally:
    """`/openapi.json` describes the five operations.

    Clients are generated from it. What is missing there does not exist for them.
    """
    document = await Document.fetch(api)
    tally = Tally()
    for method, path in OPERATIONS:
        with tally.case(f"{method} {path}"):
            _operation(document, method, path)
    return tally


@check("contract.document.bodies", category="contract", level="junior", requires=("contract.document.operations",))
async def document_describes_the_bodies(api: Api) -> Tally:
    """`/openapi.json` describes the members of the bodies that POST and PATCH take.

    An endpoint that reads its body by hand is documented as taking none.
    """
    document = await Document.fetch(api)
    tally = Tally()
    for method, path in (("POST", "/users"), ("PATCH", "/users/{id}")):
        with tally.case(f"{method} {path}"):
            known = document.body_members(_operation(document, method, path))
            missing = {"email", "name", "password"} - known
            if missing:
                raise Mismatch(f"a body with {', '.join(sorted(missing))}", f"{sorted(known)}")
    return tally


@check("contract.document.refusals", category="contract", level="mid", requires=("contract.document.operations",))
async def document_describes_the_refusals(api: Api) -> Tally:
    """`/openapi.json` describes the 404 and 409 answers where they occur.

    FastAPI documents the 422 by itself and nothing else: what else can go wrong a client must be told.
    """
    document = await Document.fetch(api)
    tally = Tally()
    for method, path, status in REFUSALS:
        with tally.case(f"{status} of {method} {path}"):
            found = _operation(document, method, path)
            if not document.declares(found, status):
                raise Mismatch(f"a {status} answer is described", f"{sorted(document.statuses(found))}")
    return tally


def _explains(reply: Reply) -> None:
    """What is no refusal, or crashed, is another check's matter."""
    if reply.status in CLIENT_ERRORS:
        reply.json()["detail"]


@check("contract.errors.detail", category="contract", level="junior", requires=("users.read.ok",))
async def errors_have_a_detail(api: Api, directory: Directory) -> Tally:
    """The body of a refusal is a JSON object with a `detail` member.

    One shape for all errors lets a client show any of them with the same few lines.
    """
    user = await directory.register()
    tally = Tally()
    with tally.case("unknown id"):
        _explains(await api.get(directory.missing(user)))
    with tally.case("taken address"):
        _explains(await api.post("/users", json=directory.body(email=user.sent["email"])))
    with tally.case("invalid body"):
        _explains(await api.post("/users", json=directory.body(password="short")))
    with tally.case("method that is not offered"):
        _explains(await api.put(user.path, json=directory.body()))
    return tally
