"""What can go wrong, and how HTTP says it.

GatewayError
├── BadKeyError            401: no API key or admin key, or an unknown one
├── UnknownModelError      404: `MODELS` does not list it
├── BadWeightsError        422: they do not sum to 100, or name a version that is not there
├── TooManyRequestsError   429: the key's bucket is empty
├── RuntimeFailedError     502: the runtime answered badly, or not to the end
├── OverloadedError        503: as many requests as may wait do wait
└── RuntimeLateError       504: the runtime did not answer in time
"""

import math

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse


class GatewayError(Exception):
    status: int
    detail: str

    @property
    def headers(self) -> dict[str, str]:
        return {}


class BadKeyError(GatewayError):
    status = 401
    detail = "A valid key is needed."


class UnknownModelError(GatewayError):
    status = 404
    detail = "No model has this name."


class BadWeightsError(GatewayError):
    status = 422
    detail = "Weights are for versions of this model, and sum to 100."


class TooManyRequestsError(GatewayError):
    status = 429
    detail = "This key has no requests left for now."

    def __init__(self, seconds: float) -> None:
        super().__init__(self.detail)
        self._seconds = seconds

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(max(1, math.ceil(self._seconds)))}


class OverloadedError(GatewayError):
    status = 503
    detail = "Too many requests wait already."

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": "1"}


class RuntimeFailedError(GatewayError):
    status = 502
    detail = "The model runtime failed."


class RuntimeLateError(GatewayError):
    status = 504
    detail = "The model runtime did not answer in time."


async def _known(_request: Request, error: GatewayError) -> JSONResponse:
    return JSONResponse({"detail": error.detail}, error.status, error.headers)


async def _invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
    # Without the offending input: if it is a NaN, JSON has no word for it, and the refusal would become a 500.
    detail = [{"type": each["type"], "loc": each["loc"], "msg": each["msg"]} for each in error.errors()]
    return JSONResponse({"detail": detail}, 422)


def install(app: FastAPI) -> None:
    app.add_exception_handler(GatewayError, _known)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, _invalid)  # type: ignore[arg-type]
