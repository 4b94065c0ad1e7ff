"""Built otherwise, as quick: a `def` endpoint in a thread pool."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/items/{number}")
def item(number: int) -> dict[str, int]:
    return {"id": number}
