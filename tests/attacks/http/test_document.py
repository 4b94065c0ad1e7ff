"""OpenAPI documents that no reader should trust: each loses the check of its own operation, and no other one."""

import pytest

from tests.attacks.attack import Attack, Outcome
from tests.attacks.operations import hand_in, hostile, see

NO_OPERATION = "no such operation"
NO_MEMBER = "no such member"
EXPLOITS = {
    "no-object": hostile("of([])", "an array"),
    "no-paths": hostile("of({})", "empty object"),
    "paths-of-another-type": hostile('of({"paths": ["/notes"]})', "an array"),
    "operation-of-another-type": hostile('of({"paths": {"/notes": {"post": "yes"}}})', NO_OPERATION),
    "body-of-another-type": hostile('notes({"requestBody": 7})', NO_MEMBER),
    "statuses-of-another-type": hostile(
        'notes({"requestBody": {"content": BODY}, "responses": [201]})', "no such status"
    ),
    "path-that-is-itself": hostile('of({"paths": {"/notes": {"$ref": "#/paths/~1notes"}}})', NO_OPERATION),
    "paths-in-a-ring": hostile(
        'of({"paths": {f"/{n}": {"$ref": f"#/paths/~1{(n + 1) % 9000}"} for n in range(9000)}})', NO_OPERATION
    ),
    "schema-in-a-ring": hostile('notes({"requestBody": ITSELF}, x=ITSELF)', NO_MEMBER),
    "schema-that-fans-out": hostile('notes({"requestBody": {"$ref": "#/0"}}, **FAN)', NO_MEMBER),
    "schema-in-a-chain": hostile('notes({"requestBody": {"$ref": "#/0"}}, **CHAIN)', NO_MEMBER),
    "reference-to-a-port": hostile('of({"paths": {"/notes": {"$ref": "http://127.0.0.1:9001/"}}})', NO_OPERATION),
    "reference-to-a-file": hostile('of({"paths": {"/notes": {"$ref": "file:///etc/passwd"}}})', NO_OPERATION),
    "reference-of-a-mebibyte": hostile('of({"paths": {"/notes": {"$ref": "#" + "/paths" * 150_000}}})', NO_OPERATION),
    "reference-to-a-huge-index": hostile('notes({"requestBody": {"$ref": "#/x/" + "9" * 9999}}, x=[7])', NO_MEMBER),
    "costly-pattern": hostile(
        'notes({"requestBody": {"content": {"json": {"schema": {"pattern": "(a+)+$"}}}}})', NO_MEMBER
    ),
    "braces-in-a-path": hostile('of({"paths": {"/notes" + "{" * 900_000: {"post": {}}}})', "commas and brackets"),
    "path-of-three-megabytes": hostile('of({"paths": {"/" + "x" * 3_000_000: {}}})', "bytes of body"),
    "paths-ninety-thousand": hostile('of({"paths": {f"/{n}": {} for n in range(90_000)}})', "commas and brackets"),
    "deep": hostile('whole(b\'{"paths":\' * 9_000 + b"{}" + b"}" * 9_000)', "nested"),
}
MORE = """
import json

BODY = {"application/json": {"schema": {"properties": {"text": {}}}}}
ITSELF = {"$ref": "#/x", "allOf": [{"$ref": "#/x"}] * 999}
FAN = {str(n): {"allOf": [{"$ref": f"#/{n + 1}"}] * 20} for n in range(900)}
CHAIN = {str(n): {"$ref": f"#/{n + 1}"} for n in range(20_000)}

def of(document):
    return whole(json.dumps(document).encode())

def notes(operation, **more):
    return of({"paths": {"/notes": {"post": operation}}, **more})
"""


@pytest.fixture(scope="module")
def outcome(attack_once: Attack) -> Outcome:
    return hand_in(attack_once, EXPLOITS, kind="document", more=MORE)


@pytest.mark.usefixtures("in_table")
@pytest.mark.parametrize("name", EXPLOITS)
def test_no_document(name: str, outcome: Outcome) -> None:
    """Nothing is fetched, followed for ever or believed; a document that lacks what it should have says so."""
    see(outcome, name, EXPLOITS[name], kind="document")
