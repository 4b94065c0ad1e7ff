"""Who may read: those who have the admin key."""

import secrets
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader

from app.errors import BadKeyError

_api_key = APIKeyHeader(name="X-API-Key", auto_error=False)


async def require_admin(request: Request, key: Annotated[str | None, Depends(_api_key)]) -> None:
    expected = request.app.state.settings.admin_api_key.get_secret_value()
    # In constant time, so that the answer's delay does not tell how much of a guess was right.
    if not secrets.compare_digest((key or "").encode(), expected.encode()):
        raise BadKeyError
