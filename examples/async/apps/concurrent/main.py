"""One client for the whole application, and both calls at once."""

import asyncio
import os
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with httpx.AsyncClient(timeout=30, limits=httpx.Limits(max_connections=200)) as app.state.client:
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/health")
async def health():
    return {"status": "ok"}


async def ask(url: str):
    return (await app.state.client.get(url)).json()


@app.get("/pages/{name}")
async def page(name: str):
    item, price = await asyncio.gather(
        ask(f"{os.environ['CATALOG_URL']}/items/{name}"),
        ask(f"{os.environ['PRICING_URL']}/prices/{name}"),
    )
    return {"title": item["title"], "amount": price["amount"]}
