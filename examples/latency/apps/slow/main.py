from fastapi import FastAPI
import time

app = FastAPI()


@app.get("/items/{number}")
async def item(number: int) -> dict[str, int]:
    end=time.perf_counter()+0.02
    while time.perf_counter()<end: pass
    return {"id": number}
