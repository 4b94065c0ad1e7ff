"""A blocking client in `async def`: while it waits, nothing else in the process runs."""

import os

import requests
from fastapi import FastAPI

app = FastAPI()
session = requests.Session()


@app.get("/health")
async def health():
    return {"status": "ok"}


@app.get("/pages/{name}")
async def page(name: str):
    item = session.get(f"{os.environ['CATALOG_URL']}/items/{name}", timeout=30).json()
    price = session.get(f"{os.environ['PRICING_URL']}/prices/{name}", timeout=30).json()
    return {"title": item["title"], "amount": price["amount"]}
