"""Concurrent, but with a new client, and so with new connections, for each request."""

import asyncio
import os

import httpx
from fastapi import FastAPI

app = FastAPI()


@app.get("/health")
async def health():
    return {"status": "ok"}


@app.get("/pages/{name}")
async def page(name: str):
    async with httpx.AsyncClient(timeout=30) as client:
        item, price = await asyncio.gather(
            client.get(f"{os.environ['CATALOG_URL']}/items/{name}"),
            client.get(f"{os.environ['PRICING_URL']}/prices/{name}"),
        )
    return {"title": item.json()["title"], "amount": price.json()["amount"]}
