"""Webhooks come in: bytes, then a signature over them, then JSON.

FastAPI's own parsing of bodies comes before all dependencies, so it would judge the JSON first.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from app import signatures
from app.errors import BodyTooLargeError
from app.processing import Dispatcher
from app.schemas import Receipt, Webhook
from app.store import EventStore

MAX_BODY = 65_536

router = APIRouter(prefix="/webhooks")


async def _limited_body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise BodyTooLargeError  # what a stranger sends is not kept to the end before it is refused
    return bytes(body)


async def _signed_body(request: Request, body: Annotated[bytes, Depends(_limited_body)]) -> bytes:
    secret = request.app.state.settings.webhook_secret.get_secret_value().encode()
    signatures.verify(secret, request.headers.get("X-Signature"), body)
    return body


async def _webhook(body: Annotated[bytes, Depends(_signed_body)]) -> Webhook:
    try:
        return Webhook.model_validate_json(body)
    except ValidationError as error:
        raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in error.errors()]) from error


@router.post("/payments", status_code=202)
async def receive(webhook: Annotated[Webhook, Depends(_webhook)], request: Request, response: Response) -> Receipt:
    store: EventStore = request.app.state.store
    dispatcher: Dispatcher = request.app.state.dispatcher
    if not await store.add(webhook):
        response.status_code = 200
        return Receipt(event_id=webhook.event_id, status="duplicate")
    dispatcher.wake(webhook.data.payment_id)
    return Receipt(event_id=webhook.event_id, status="accepted")
