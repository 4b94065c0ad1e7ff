"""`def` endpoints and threads: right, and legitimate, as long as there are threads."""

import os
from concurrent.futures import ThreadPoolExecutor

import httpx
from fastapi import FastAPI

app = FastAPI()
client = httpx.Client(timeout=30, limits=httpx.Limits(max_connections=200))
pool = ThreadPoolExecutor(100)


@app.get("/health")
def health():
    return {"status": "ok"}


def ask(url: str):
    return client.get(url).json()


@app.get("/pages/{name}")
def page(name: str):
    item = pool.submit(ask, f"{os.environ['CATALOG_URL']}/items/{name}")
    price = pool.submit(ask, f"{os.environ['PRICING_URL']}/prices/{name}")
    return {"title": item.result()["title"], "amount": price.result()["amount"]}
