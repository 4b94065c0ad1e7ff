"""A correct solution of the attacks' pack: what a hostile one has besides must neither gain nor lose it a point."""

import itertools
import os
from typing import Annotated, Any

import httpx
from fastapi import FastAPI, HTTPException, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, Field

app = FastAPI()
numbers = itertools.count(1)
notes: dict[int, str] = {}


class NewNote(BaseModel):
    text: Annotated[str, Field(min_length=1, max_length=280)]


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/notes", status_code=201)
async def create(note: NewNote) -> dict[str, Any]:
    number = next(numbers)
    notes[number] = note.text
    return {"id": number, "text": note.text}


@app.get("/notes/{number}")
async def read(number: int) -> dict[str, Any]:
    if number not in notes:
        raise HTTPException(404, "no such note")
    return {"id": number, "text": notes[number]}


@app.get("/notes/{number}/tags")
async def tags(number: int) -> Any:
    async with httpx.AsyncClient(base_url=os.environ["TAGS_URL"], timeout=None) as client:  # noqa: S113  # as long as it takes
        return (await client.get(f"/tags/{number}")).raise_for_status().json()


@app.websocket("/ws")
async def talk(socket: WebSocket) -> None:
    await socket.accept()
    try:
        while True:
            await socket.send_json({"got": await socket.receive_json()})
    except WebSocketDisconnect:
        return
