from pathlib import Path
from textwrap import dedent

import httpx
import pytest

from grader.harness import Mismatch, Reply
from grader.harness.contract import Contract
from grader.verdicts import Exchange

SOUND = """
    openapi: 3.1.0
    paths:
      /things/{id}:
        parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
        get:
          parameters: [{$ref: "#/components/parameters/Limit"}]
          responses:
            200:
              headers: {Location: {required: true, schema: {type: string}}, X-Free: {schema: {type: string}}}
              content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}
            404: {content: {application/json: {schema: {type: object, required: [detail]}}}}
            5XX: {description: anything}
        put:
          requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Plain"}}}}
          responses: {204: {description: done}, default: {description: anything}}
    components:
      parameters:
        Limit: {name: limit, in: query, schema: {$ref: "#/components/schemas/Count"}}
      schemas:
        Count: {type: integer, minimum: 1}
        Plain: {type: object, properties: {count: {$ref: "#/components/schemas/Count", maximum: 9}}}
        Thing:
          type: object
          required: [made_at]
          properties:
            made_at: {type: string, format: date-time}
            email: {type: string, format: email}
            parent: {$ref: "#/components/schemas/Thing"}
"""
GET = "GET /things/{id}"
PUT = "PUT /things/{id}"


def contract_of(text: str) -> Contract:
    return Contract.parse(dedent(text))


def reply_of(status: int, body: str, **headers: str) -> Reply:
    return Reply(status, httpx.Headers(headers), body.encode(), Exchange(method="GET", url="/"))


def test_operations_have_their_references_resolved() -> None:
    """An operation knows its body and its parameters, those of its path included, without references."""
    contract = contract_of(SOUND)
    assert contract.operation(PUT).body == {
        "type": "object",
        "properties": {"count": {"type": "integer", "minimum": 1, "maximum": 9}},
    }
    shown = [(each.name, each.location, each.required, each.schema) for each in contract.operation(GET).parameters]
    assert shown == [
        ("id", "path", True, {"type": "integer"}),
        ("limit", "query", False, {"type": "integer", "minimum": 1}),
    ]


def test_an_unknown_operation_is_the_graders_fault() -> None:
    """The error says what was asked for and what there is."""
    with pytest.raises(ValueError, match=r"no operation 'GET /nothing'; it has GET /things/\{id\}"):
        contract_of(SOUND).operation("GET /nothing")


@pytest.mark.parametrize(
    ("key", "reply"),
    [
        pytest.param(GET, reply_of(200, '{"made_at": "2024-01-01T10:00:00Z"}', location="/"), id="sound"),
        pytest.param(GET, reply_of(200, '{"made_at": "2024-01-01 10:00:00+02:00"}', location="/"), id="blank-for-T"),
        pytest.param(
            GET, reply_of(200, '{"made_at": "2024-01-01T10:00:00.5-05:00", "more": 1}', location="/"), id="further"
        ),
        pytest.param(GET, reply_of(404, '{"detail": {"any": "shape"}}'), id="declared-error"),
        pytest.param(GET, reply_of(503, "no JSON"), id="by-class-and-without-schema"),
        pytest.param(PUT, reply_of(418, "no JSON"), id="by-default"),
        pytest.param(PUT, reply_of(204, ""), id="empty"),
    ],
)
def test_a_reply_that_keeps_to_the_contract_passes(key: str, reply: Reply) -> None:
    """Judging it raises nothing."""
    contract_of(SOUND).judge(key, reply)


@pytest.mark.parametrize(
    ("key", "reply", "got"),
    [
        pytest.param(GET, reply_of(201, "{}"), "201", id="status-not-declared"),
        pytest.param(GET, reply_of(200, '{"made_at": "2024-01-01T10:00:00Z"}'), "none", id="no-location"),
        pytest.param(GET, reply_of(200, "[]", location="/"), 'the body: [] is not of type "object"', id="wrong-type"),
        pytest.param(GET, reply_of(200, "{}", location="/"), '"made_at" is a required property', id="missing"),
        pytest.param(GET, reply_of(200, '{"made_at": "2024-01-01T10:00:00"}', location="/"), "made_at", id="no-offset"),
        pytest.param(GET, reply_of(200, '{"made_at": "2024-01-01"}', location="/"), "date-time", id="a-mere-date"),
        pytest.param(GET, reply_of(200, '{"made_at": 1704103200}', location="/"), "made_at", id="seconds"),
        pytest.param(
            GET,
            reply_of(200, '{"made_at": "2024-01-01T10:00:00Z", "email": "a b@example.com"}', location="/"),
            "email",
            id="no-address",
        ),
        pytest.param(
            GET,
            reply_of(200, '{"made_at": "2024-01-01T10:00:00Z", "parent": {}}', location="/"),
            'parent: "made_at" is a required',
            id="inside-a-cycle",
        ),
        pytest.param(GET, reply_of(200, "<html>", location="/"), "<html>", id="no-json"),
        pytest.param(PUT, reply_of(204, "{}"), "2 bytes", id="204-with-a-body"),
    ],
)
def test_a_reply_that_breaks_the_contract_is_a_mismatch(key: str, reply: Reply, got: str) -> None:
    """The mismatch says what was seen, and carries the exchange."""
    with pytest.raises(Mismatch) as caught:
        contract_of(SOUND).judge(key, reply)
    assert got in caught.value.got
    assert caught.value.exchange is reply.exchange


def test_what_a_mismatch_says_is_bounded() -> None:
    """A huge value from the candidate does not make a huge message."""
    reply = reply_of(200, '{"made_at": "' + "x" * 100_000 + '"}', location="/")
    with pytest.raises(Mismatch) as caught:
        contract_of(SOUND).judge(GET, reply)
    assert len(caught.value.got) < 1_000


@pytest.mark.parametrize(
    ("text", "place"),
    [
        pytest.param("paths: [", "not YAML", id="no-yaml"),
        pytest.param("paths: {/a: {get: {responses: {200: {example: 2024-01-01}}}}}", "not JSON in YAML", id="a-date"),
        pytest.param("just text", "openapi.yaml: must be a mapping, is str", id="no-mapping"),
        pytest.param("openapi: 3.1.0", "paths: must be a mapping", id="no-paths"),
        pytest.param("paths: {a: {}}", "paths: a: a path begins with", id="no-slash"),
        pytest.param("paths: {/a: {get: {}}}", "GET /a: responses", id="no-responses"),
        pytest.param("paths: {/a: {get: {parameters: [{name: x}], responses: {}}}}", "GET /a: parameters", id="place"),
        pytest.param(
            "paths: {/a: {get: {responses: {200: {$ref: '#/components/nothing'}}}}}",
            "GET /a: responses: 200: nothing stands at '#/components/nothing'",
            id="reference-to-nowhere",
        ),
        pytest.param(
            "paths: {/a: {get: {responses: {200: {$ref: 'other.yaml#/a'}}}}}",
            "GET /a: responses: 200: the reference 'other.yaml#/a' is not local",
            id="reference-to-another-file",
        ),
        pytest.param(
            "paths: {/a: {get: {responses: {200: {content: {application/json: {schema: {type: strin}}}}}}}}",
            "GET /a: responses: 200: broken schema",
            id="broken-response-schema",
        ),
        pytest.param(
            "paths: {/a: {get: {responses: {200: {content: {application/json: {schema: {format: emial}}}}}}}}",
            "GET /a: responses: 200: broken schema",
            id="unknown-format",
        ),
        pytest.param(
            "paths: {/a: {put: {requestBody: {content: {application/json: {schema: {minLength: x}}}}, responses: {}}}}",
            "PUT /a: requestBody: broken schema",
            id="broken-body-schema",
        ),
        pytest.param(
            "{paths: {/a: {put: {requestBody: {content: {application/json: {schema: {$ref: '#/x'}}}},"
            " responses: {}}}}, x: {properties: {x: {$ref: '#/x'}}}}",
            "PUT /a: requestBody: the reference '#/x' contains itself",
            id="cyclic-body",
        ),
    ],
)
def test_a_broken_file_is_refused_with_its_place(text: str, place: str) -> None:
    """It is the grader's fault, so it is a ValueError that says where."""
    with pytest.raises(ValueError, match=r"^openapi\.yaml: ") as caught:
        Contract.parse(text)
    assert place in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_is_read_from_disk(tmp_path: Path) -> None:
    """`load` reads the file, and names it where it cannot."""
    path = tmp_path / "openapi.yaml"
    with pytest.raises(ValueError, match="cannot be read"):
        Contract.load(path)
    path.write_text(dedent(SOUND), encoding="utf-8")
    assert set(Contract.load(path).operations) == {GET, PUT}
