"""Notes in a SQLite file: plain functions, numbers for ids, handlers and messages of its own."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi.requests import Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, constr

FILE = "notes.sqlite3"


class UnknownNoteError(Exception):
    pass


class NewNote(BaseModel):
    text: constr(min_length=1, max_length=280)  # type: ignore[valid-type]


def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(FILE, check_same_thread=False)) as opened:
        yield opened


Database = Annotated[sqlite3.Connection, Depends(connection)]


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    with closing(sqlite3.connect(FILE)) as opened, opened:
        opened.execute("CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL)")
    yield


app = FastAPI(lifespan=lifespan)


@app.exception_handler(UnknownNoteError)
def unknown(_request: Request, _error: UnknownNoteError) -> JSONResponse:
    return JSONResponse({"detail": {"code": "unknown-note"}}, status_code=404)


@app.get("/health")
def health() -> bool:
    return True


@app.post("/notes", status_code=201)
def create(note: NewNote, database: Database) -> dict[str, str]:
    with database:  # committed before it is answered; what a dependency does on leaving may come after that
        row = database.execute("INSERT INTO notes (text) VALUES (?)", (note.text,))
    return {"id": str(row.lastrowid), "text": note.text}


@app.get("/notes/{number}")
def read(number: str, database: Database) -> dict[str, str]:
    row = database.execute("SELECT text FROM notes WHERE CAST(id AS TEXT) = ?", (number,)).fetchone()
    if row is None:
        raise UnknownNoteError
    return {"id": number, "text": row[0]}
