"""The operations. The body is read by hand, so that everything that is wrong with it is a 400."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import ValidationError
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncSession

from receipts.models import Receipt
from receipts.scoring import score
from receipts.tables import ScoredReceipt

router = APIRouter()
SCHEMA = {"requestBody": {"content": {"application/json": {"schema": Receipt.model_json_schema()}}, "required": True}}


async def session_of(request: Request) -> AsyncIterator[AsyncSession]:
    async with request.app.state.sessions() as session:
        yield session


async def receipt_of(request: Request) -> Receipt:
    try:
        return Receipt.model_validate_json(await request.body())
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        raise HTTPException(400, {"title": "The receipt is invalid.", "problems": problems}) from error


Session = Annotated[AsyncSession, Depends(session_of)]
Body = Annotated[Receipt, Depends(receipt_of)]


@router.get("/health")
async def health() -> dict[str, Any]:
    return {}


@router.post("/receipts/process", openapi_extra=SCHEMA)
async def process(receipt: Body, session: Session) -> dict[str, str]:
    row = {"id": receipt.digest, "content": receipt.model_dump_json(), "points": score(receipt)}
    await session.execute(insert(ScoredReceipt).values(row).on_conflict_do_nothing())
    await session.commit()
    return {"id": receipt.digest}


@router.get("/receipts/{receipt_id}/points")
async def points(receipt_id: str, session: Session) -> dict[str, int]:
    found = await session.get(ScoredReceipt, receipt_id)
    if found is None:
        raise HTTPException(404, {"title": "No receipt has this id.", "id": receipt_id})
    return {"points": found.points}
