import random
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest

from grader.harness.probes.tokens import Tokens

SECRET = "a secret of thirty-two bytes or more"


@pytest.fixture
def tokens() -> Tokens:
    return Tokens(SECRET, random.Random(1), "products:read")


def taken(token: str) -> dict[str, Any]:
    """The claims of a token, as a careful application reads them."""
    claims: dict[str, Any] = jwt.decode(token, SECRET, algorithms=["HS256"], options={"require": ["exp"]})
    return claims


def test_a_good_token_is_taken(tokens: Tokens) -> None:
    """It is signed with the right secret, holds for a while, and has two claims."""
    claims = taken(tokens.good())
    assert claims == {"exp": claims["exp"], "scope": "products:read"}
    assert claims["exp"] > time.time() + 60


def test_a_token_has_the_scope_that_is_asked_for(tokens: Tokens) -> None:
    """Whatever the words; with None, the claim is not there."""
    assert taken(tokens.good("orders:write products:read"))["scope"] == "orders:write products:read"
    assert "scope" not in taken(tokens.good(None))


@pytest.mark.parametrize(
    ("make", "error"),
    [
        pytest.param(Tokens.foreign, jwt.InvalidSignatureError, id="foreign"),
        pytest.param(Tokens.tampered, jwt.InvalidSignatureError, id="tampered"),
        pytest.param(Tokens.unsigned, jwt.InvalidSignatureError, id="unsigned"),
        pytest.param(lambda all_: all_.unsigned("none"), jwt.InvalidAlgorithmError, id="none"),
        pytest.param(lambda all_: all_.of(all_.claims(), alg="None"), jwt.InvalidAlgorithmError, id="None"),
        pytest.param(lambda all_: all_.of(all_.claims(), alg="HS512"), jwt.InvalidAlgorithmError, id="HS512"),
        pytest.param(lambda all_: all_.expired(150), jwt.ExpiredSignatureError, id="expired"),
        pytest.param(Tokens.endless, jwt.MissingRequiredClaimError, id="endless"),
        pytest.param(lambda all_: all_.of(["products:read"]), jwt.DecodeError, id="a list"),
    ],
)
def test_a_bad_token_is_refused(tokens: Tokens, make: Callable[[Tokens], str], error: type[Exception]) -> None:
    """Each for the reason that it is called by."""
    with pytest.raises(error):
        taken(make(tokens))


@pytest.mark.filterwarnings("ignore:The HMAC key is")
@pytest.mark.parametrize("alg", ["HS384", "HS512"])
def test_a_token_of_another_algorithm_is_soundly_signed(tokens: Tokens, alg: str) -> None:
    """It is refused for its algorithm and for nothing else."""
    token = tokens.of(tokens.claims(), alg=alg)
    assert jwt.decode(token, SECRET, algorithms=[alg])["scope"] == "products:read"


@pytest.mark.parametrize("make", [Tokens.tampered, Tokens.foreign, Tokens.unsigned])
def test_a_bad_token_claims_what_would_be_let_in(tokens: Tokens, make: Callable[[Tokens], str]) -> None:
    """Taken unverified, it opens the door: else its refusal would prove nothing."""
    assert jwt.decode(make(tokens), options={"verify_signature": False})["scope"] == "products:read"
