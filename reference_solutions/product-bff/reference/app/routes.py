"""The operations over HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request, status

from app.products import Products
from app.schemas import PriceChange, Problem, Product, ProductList
from app.security import require_internal_key, require_products_read

MAX_IDS = 20
INVALID = 422

router = APIRouter()

Responses = dict[int | str, dict[str, Any]]
REFUSALS: Responses = {code: {"model": Problem} for code in (401, 403, 502, 504)}
UNKNOWN: Responses = {404: {"model": Problem}}
BAD_KEY: Responses = {401: {"model": Problem}}


async def _products(request: Request) -> Products:
    products: Products = request.app.state.products
    return products


async def _wanted(ids: Annotated[str, Query(description="Ids between commas, 20 at most.")]) -> list[str]:
    wanted = [product_id for product_id in ids.split(",") if product_id]
    if len(wanted) > MAX_IDS:
        raise HTTPException(INVALID, f"At most {MAX_IDS} ids can be asked for at once.")
    return wanted


@router.get("/health", tags=["service"])
async def health() -> dict[str, str]:
    return {"status": "ok"}


@router.get(
    "/products/{product_id}",
    tags=["products"],
    dependencies=[Depends(require_products_read)],
    responses=REFUSALS | UNKNOWN,
)
async def read_product(product_id: str, products: Annotated[Products, Depends(_products)]) -> Product:
    return await products.one(product_id)


@router.get("/products", tags=["products"], dependencies=[Depends(require_products_read)], responses=REFUSALS)
async def list_products(
    wanted: Annotated[list[str], Depends(_wanted)], products: Annotated[Products, Depends(_products)]
) -> ProductList:
    return ProductList(items=await products.many(wanted))


@router.post(
    "/internal/price-changed",
    tags=["internal"],
    status_code=status.HTTP_202_ACCEPTED,
    dependencies=[Depends(require_internal_key)],
    responses=BAD_KEY,
)
async def price_changed(change: PriceChange, request: Request) -> dict[str, str]:
    request.app.state.hub.publish(change)
    return {"status": "accepted"}
