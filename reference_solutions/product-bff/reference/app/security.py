"""Who may do what: bearer tokens for products and sockets, a shared key for internal callers."""

import secrets
from typing import Annotated

import jwt
from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from app.config import Settings
from app.errors import BadKeyError, BadTokenError, MissingScopeError

PRODUCTS_READ = "products:read"

# `auto_error=False`: what is missing is None, and answered by us like what is wrong.
_bearer = HTTPBearer(auto_error=False)
_internal_key = APIKeyHeader(name="X-Internal-Key", auto_error=False)


def check_token(token: str, settings: Settings) -> None:
    """Raise unless the token holds and is for reading products."""
    secret = settings.auth_secret.get_secret_value()
    try:
        # The algorithm is ours to choose: a token that names another one, or none, is not looked at.
        claims = jwt.decode(token, secret, algorithms=["HS256"], options={"require": ["exp"]})
    except jwt.InvalidTokenError as error:
        raise BadTokenError from error
    if PRODUCTS_READ not in _scopes(claims.get("scope")):
        raise MissingScopeError


def _scopes(claim: object) -> list[str]:
    return claim.split() if isinstance(claim, str) else []


async def require_products_read(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> None:
    if credentials is None:
        raise BadTokenError
    check_token(credentials.credentials, request.app.state.settings)


async def require_internal_key(request: Request, key: Annotated[str | None, Depends(_internal_key)]) -> None:
    expected = request.app.state.settings.internal_key.get_secret_value()
    # In constant time, so that the answer's delay does not tell how much of a guess was right.
    if not secrets.compare_digest((key or "").encode(), expected.encode()):
        raise BadKeyError
