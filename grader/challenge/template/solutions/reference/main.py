"""Notes in memory."""

from typing import Annotated
from uuid import uuid4

from fastapi import FastAPI, HTTPException, status
from pydantic import BaseModel, Field


class NewNote(BaseModel):
    text: Annotated[str, Field(min_length=1, max_length=280)]


class Note(NewNote):
    id: str


app = FastAPI(title="New challenge")
kept: dict[str, Note] = {}


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/notes", status_code=status.HTTP_201_CREATED)
async def create_note(new: NewNote) -> Note:
    note = Note(id=uuid4().hex, text=new.text)
    kept[note.id] = note
    return note


@app.get("/notes/{note_id}")
async def read_note(note_id: str) -> Note:
    if note_id not in kept:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "There is no such note.")
    return kept[note_id]
