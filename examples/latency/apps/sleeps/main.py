from fastapi import FastAPI
import asyncio

app = FastAPI()


@app.get("/items/{number}")
async def item(number: int) -> dict[str, int]:
    await asyncio.sleep(0.005)
    return {"id": number}
