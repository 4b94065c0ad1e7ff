"""Which refusals name the member that is wrong, and which need not."""

import json
from typing import Any

import httpx
import pytest

from grader.harness import Mismatch, Reply
from grader.harness.probes.validation import names_field
from grader.verdicts import Exchange


def reply_of(detail: Any, status: int = 422) -> Reply:
    body = json.dumps({"detail": detail}).encode()
    return Reply(status, httpx.Headers(), body, Exchange(method="POST", url="/users"))


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(reply_of([{"loc": ["body", "email"], "type": "missing"}]), id="fastapi"),
        pytest.param(reply_of([{"loc": ["body", "User", "email", "str"], "type": "string_type"}]), id="anywhere"),
        pytest.param(
            reply_of([{"loc": ["body", "x"], "type": "missing"}, {"loc": ["email"], "type": "missing"}]), id="one-of"
        ),
        pytest.param(reply_of([{"loc": ["body"], "type": "value_error"}]), id="own-validator"),
        pytest.param(reply_of([{"loc": ["body", "User"], "type": "assertion_error"}]), id="own-validator-of-a-union"),
        pytest.param(reply_of([{"loc": [], "type": "no_nulls"}]), id="own-error-type"),
        pytest.param(reply_of([{"loc": ["body"], "msg": "bad"}]), id="no-type"),
        pytest.param(reply_of([{"loc": "body.email", "type": "missing"}]), id="loc-is-text"),
        pytest.param(reply_of([{"msg": "bad"}, {"loc": ["body"], "type": "missing"}]), id="not-all-have-loc"),
        pytest.param(reply_of(["bad"]), id="texts"),
        pytest.param(reply_of("bad"), id="text"),
        pytest.param(reply_of([]), id="nothing"),
        pytest.param(reply_of([{"loc": ["body"], "type": "missing"}], status=400), id="not-a-422"),
    ],
)
def test_a_refusal_that_names_the_member_or_need_not_passes(reply: Reply) -> None:
    """Only errors that Pydantic made by itself must name it."""
    names_field(reply, "email")


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param([{"loc": ["body"], "type": "missing"}], id="whole-body"),
        pytest.param([{"loc": [], "type": "extra_forbidden"}], id="nowhere"),
        pytest.param([{"loc": ["body", "name"], "type": "string_type"}], id="another-member"),
        pytest.param([{"loc": [{"email": 1}, ["email"], None], "type": "missing"}], id="hostile"),
    ],
)
def test_a_refusal_that_names_something_else_is_a_mismatch(entries: list[Any]) -> None:
    """The mismatch says which member was expected."""
    with pytest.raises(Mismatch) as caught:
        names_field(reply_of(entries), "email")
    assert "'email'" in caught.value.expected
