"""Waits for 5 ms each time, as a query without an index might."""

import asyncio

from fastapi import FastAPI

app = FastAPI()


@app.get("/items/{number}")
async def item(number: int) -> dict[str, int]:
    await asyncio.sleep(0.005)
    return {"id": number}
