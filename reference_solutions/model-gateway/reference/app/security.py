"""Who asks: keys of clients, and the key of those who run the models."""

import secrets
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader

from app.errors import BadKeyError

_api_key = APIKeyHeader(name="X-API-Key", auto_error=False)
_admin_key = APIKeyHeader(name="X-Admin-Key", auto_error=False)


async def require_key(request: Request, key: Annotated[str | None, Depends(_api_key)]) -> str:
    """Return the caller's key."""
    if key is None or key not in request.app.state.settings.api_keys:
        raise BadKeyError
    return key


async def require_admin(request: Request, key: Annotated[str | None, Depends(_admin_key)]) -> None:
    expected = request.app.state.settings.admin_key.get_secret_value()
    # In constant time, so that the answer's delay does not tell how much of a guess was right.
    if not secrets.compare_digest((key or "").encode(), expected.encode()):
        raise BadKeyError


Key = Annotated[str, Depends(require_key)]
