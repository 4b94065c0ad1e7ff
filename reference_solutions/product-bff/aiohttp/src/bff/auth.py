from hmac import compare_digest
from typing import Annotated

from fastapi import Header, HTTPException, Request
from jose import JOSEError, jwt

SCOPE = "products:read"


def granted(token: str, secret: str) -> set[str] | None:
    """The scopes of a token; None if it does not hold."""
    try:
        claims = jwt.decode(token, secret, algorithms="HS256", options={"require_exp": True})
    except (JOSEError, RecursionError):
        return None
    return set(str(claims.get("scope", "")).split(" "))


def reader(request: Request, authorization: Annotated[str, Header()] = "") -> None:
    scheme, _, token = authorization.partition(" ")
    scopes = granted(token.strip(), request.app.state.settings.secret) if scheme.lower() == "bearer" else None
    if scopes is None:
        raise HTTPException(401, "log in first", {"WWW-Authenticate": 'Bearer realm="products"'})
    if SCOPE not in scopes:
        raise HTTPException(403, f"{SCOPE} is needed", {"WWW-Authenticate": 'Bearer error="insufficient_scope"'})


def insider(request: Request, x_internal_key: Annotated[str, Header()] = "") -> None:
    if not compare_digest(x_internal_key.encode(), request.app.state.settings.key.encode()):
        raise HTTPException(401, "not for you")
