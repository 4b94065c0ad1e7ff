"""Keeps notes where DATABASE_URL says; its table is made by the migration alone."""

import asyncio
import os
import sqlite3
from typing import Annotated, Any

import asyncpg
from fastapi import Body, FastAPI

URL = os.environ["DATABASE_URL"]
app = FastAPI()
held: list[Any] = []


async def run(query: str, *values: str) -> list[Any]:
    """Run one statement; its rows."""
    if not URL.startswith("postgresql"):
        with sqlite3.connect(URL.removeprefix("sqlite:///")) as connection:
            return connection.execute(query.replace("$1", "?"), values).fetchall()
    connection = await asyncpg.connect(URL)
    try:
        return await connection.fetch(query, *values)
    finally:
        await connection.close()


@app.post("/notes")
async def add(text: Annotated[str, Body()]) -> None:
    """Keep a note."""
    await run("INSERT INTO notes (text) VALUES ($1)", text)


@app.get("/notes")
async def notes() -> list[str]:
    """All notes."""
    return [row[0] for row in await run("SELECT text FROM notes ORDER BY id")]


@app.post("/held")
async def hold() -> None:
    """Leave a transaction open."""
    connection = await asyncpg.connect(URL)
    held.append((connection, connection.transaction()))
    await held[-1][1].start()
    await connection.fetch("SELECT 1")


@app.post("/mischief")
async def mischief() -> list[str]:
    """Try what only the server's owner may."""
    outcomes = await asyncio.gather(
        run("SELECT pg_read_file('/etc/passwd')"), run("COPY notes TO PROGRAM 'cat'"), return_exceptions=True
    )
    return [type(outcome).__name__.removesuffix("Error") for outcome in outcomes]
