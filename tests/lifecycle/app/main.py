"""Counts its starts in its working directory, and can be told to misbehave."""

import logging
import os
import signal
from pathlib import Path

import httpx
from fastapi import FastAPI

if Path("broken").exists():
    raise RuntimeError("it does not start again")

STARTS = Path("starts")
STARTS.write_text(STARTS.read_text() + "." if STARTS.exists() else ".")
logging.getLogger("uvicorn.error").info("start %d", len(STARTS.read_text()))
app = FastAPI()


@app.get("/starts")
def starts() -> int:
    """How often it was started."""
    return len(STARTS.read_text())


@app.get("/slow")
async def slow() -> str:
    """Answer once the upstream has."""
    async with httpx.AsyncClient(timeout=30) as client:
        return (await client.get(f"{os.environ['STORE_URL']}/slow")).text


@app.post("/hasty")
async def hasty(status: int) -> None:
    """End at once when SIGTERM comes, with this status."""
    signal.signal(signal.SIGTERM, lambda *_: os._exit(status))


@app.post("/deaf")
async def deaf() -> None:
    """Ignore SIGTERM from now on."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


@app.post("/gone")
async def gone() -> None:
    """End."""
    os._exit(3)


@app.post("/broken")
def broken() -> None:
    """Do not start again."""
    Path("broken").touch()
