"""What can go wrong in the domain, and how HTTP says it."""

from fastapi import FastAPI, Request, status
from fastapi.responses import JSONResponse


class UserNotFoundError(Exception):
    """There is no user with this id."""


class EmailTakenError(Exception):
    """Another user has this address."""


async def _not_found(_request: Request, _error: Exception) -> JSONResponse:
    return JSONResponse({"detail": "No user has this id."}, status.HTTP_404_NOT_FOUND)


async def _email_taken(_request: Request, _error: Exception) -> JSONResponse:
    return JSONResponse({"detail": "This e-mail address is already registered."}, status.HTTP_409_CONFLICT)


def install(app: FastAPI) -> None:
    app.add_exception_handler(UserNotFoundError, _not_found)
    app.add_exception_handler(EmailTakenError, _email_taken)
