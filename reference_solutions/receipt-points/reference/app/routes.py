"""The operations."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request, status

from app.rules import points
from app.schemas import Points, Problem, Processed, Receipt
from app.store import ReceiptStore

router = APIRouter(prefix="/receipts", tags=["receipts"])

_INVALID: dict[int | str, dict[str, Any]] = {400: {"model": Problem, "description": "The receipt is not valid."}}
_UNKNOWN: dict[int | str, dict[str, Any]] = {404: {"model": Problem, "description": "No receipt has this id."}}


def _store(request: Request) -> ReceiptStore:
    store: ReceiptStore = request.app.state.store
    return store


Store = Annotated[ReceiptStore, Depends(_store)]


@router.post("/process", responses=_INVALID)
async def process(receipt: Receipt, store: Store) -> Processed:
    return Processed(id=store.add(points(receipt)))


@router.get("/{receipt_id}/points", responses=_UNKNOWN)
async def read_points(receipt_id: str, store: Store) -> Points:
    found = store.get(receipt_id)
    if found is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "No receipt has this id.")
    return Points(points=found)
