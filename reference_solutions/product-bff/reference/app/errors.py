"""What can go wrong, and how HTTP says it.

BffError
├── BadTokenError         401: no token, or one that does not hold
├── MissingScopeError     403: it holds, and is not for this
├── BadKeyError           401: an internal caller without the key
├── UnknownProductError   404: the catalog says so
├── UpstreamFailedError   502: an upstream answered badly, or not to the end
└── UpstreamLateError     504: an upstream did not answer in time
"""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from app.request_id import HEADER, request_id


class BffError(Exception):
    status: int
    detail: str
    headers: dict[str, str] | None = None


class BadTokenError(BffError):
    status = 401
    detail = "A valid bearer token is needed."
    headers = {"WWW-Authenticate": "Bearer"}  # noqa: RUF012  (never written to)


class MissingScopeError(BffError):
    status = 403
    detail = "The token does not have the scope that this needs."


class BadKeyError(BffError):
    status = 401
    detail = "The internal key is needed."


class UnknownProductError(BffError):
    status = 404
    detail = "No product has this id."


class UpstreamFailedError(BffError):
    status = 502
    detail = "A service behind this one failed."


class UpstreamLateError(BffError):
    status = 504
    detail = "A service behind this one did not answer in time."


async def _known(_request: Request, error: BffError) -> JSONResponse:
    return JSONResponse({"detail": error.detail}, error.status, error.headers)


async def _unexpected(_request: Request, _error: Exception) -> JSONResponse:
    # Starlette answers unhandled exceptions outside of all middleware, so the id has to be added here.
    headers = {HEADER: request_id.get()}
    return JSONResponse({"detail": "Internal error."}, 500, headers)


def install(app: FastAPI) -> None:
    app.add_exception_handler(BffError, _known)  # type: ignore[arg-type]
    app.add_exception_handler(Exception, _unexpected)
