"""The service starts here: `uvicorn main:app --host 127.0.0.1 --port 8000`."""

from fastapi import FastAPI

app = FastAPI(title="Webhook inbox")


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}
