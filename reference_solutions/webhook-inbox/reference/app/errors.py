"""What can go wrong, and how HTTP says it.

InboxError
├── BadSignatureError   401: no signature, a malformed, a wrong or an old one
├── BadKeyError         401: no admin key, or a wrong one
├── UnknownEventError   404: no event has this id
├── StillPendingError   409: an event that is pending cannot be replayed
├── BodyTooLargeError   413: more bytes than a webhook may have
└── BadCursorError      422: a cursor that was not issued here
"""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse


class InboxError(Exception):
    status: int
    detail: str


class BadSignatureError(InboxError):
    status = 401
    detail = "A valid signature is needed."


class BadKeyError(InboxError):
    status = 401
    detail = "A valid key is needed."


class UnknownEventError(InboxError):
    status = 404
    detail = "No event has this id."


class StillPendingError(InboxError):
    status = 409
    detail = "This event is pending already."


class BodyTooLargeError(InboxError):
    status = 413
    detail = "The body is too large."


class BadCursorError(InboxError):
    status = 422
    detail = "This cursor was not issued here."


async def _known(_request: Request, error: InboxError) -> JSONResponse:
    return JSONResponse({"detail": error.detail}, error.status)


async def _invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
    # Without the offending input: if it is a NaN, JSON has no word for it, and the refusal would become a 500.
    detail = [{"type": each["type"], "loc": each["loc"], "msg": each["msg"]} for each in error.errors()]
    return JSONResponse({"detail": detail}, 422)


def install(app: FastAPI) -> None:
    app.add_exception_handler(InboxError, _known)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, _invalid)  # type: ignore[arg-type]
