"""Applications that say a text wherever an application can say something, and what must be true of what is shown."""

from grader.report.load import load_report
from tests.attacks.attack import Outcome
from tests.report.forms import hidden, orders, steering

SPEAKS = """
import logging as _logging
import sys as _sys

TEXT = {text!r}
_sys.stdout.reconfigure(errors="replace")
print(TEXT, flush=True)
_sys.stderr.buffer.write((TEXT + "\\n").encode("utf-8", "surrogatepass"))
_sys.stderr.flush()
_logging.getLogger("uvicorn.error").warning("%s", TEXT.encode("utf-8", "replace").decode())


@app.middleware("http")
async def _header(request, call_next):
    response = await call_next(request)
    said = "".join(char if char.isprintable() or "\\x80" <= char <= "\\x9f" else " " for char in TEXT)
    response.headers["x-said"] = said.encode("latin-1", "replace").decode("latin-1")[:300]
    return response
"""
"""To come after an honest application: it loses nothing by what it says in logs and headers."""

FAILS = """
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

app = FastAPI(title=TEXT, description=TEXT, openapi_tags=[{{"name": TEXT, "description": TEXT}}])


@app.post("/notes", status_code=201)
async def create(request: Request):
    given = await request.json()
    if not isinstance(given.get("text"), str) or not given["text"]:
        return JSONResponse({{"detail": TEXT}}, 400)
    if len(given["text"]) > 280:
        raise RuntimeError(TEXT)
    return {{"id": TEXT, "text": TEXT, TEXT: TEXT}}


@app.get("/health")
async def health():
    return Response(TEXT.encode("utf-8", "replace"), 503, media_type="text/html")


@app.get("/notes/" + "".join(char for char in TEXT if char not in "{{}}")[:200])
async def odd():
    return TEXT
"""
"""Earns little, and says the text in bodies, exceptions and routes."""

CRASHES = """
from fastapi import FastAPI

app = FastAPI()
print({text!r}, flush=True)
raise RuntimeError({text!r})
"""
"""Ends at once, with the text as its reason."""


def speaks(text: str) -> str:
    """What follows an honest application and says this text."""
    return SPEAKS.format(text=text)


def fails(text: str) -> str:
    """An application that answers with this text."""
    return f"TEXT = {text!r}\n{FAILS.format()}\n{speaks(text)}"


def crashes(text: str) -> str:
    """An application that ends with this text."""
    return CRASHES.format(text=text)


def steers_nobody(outcome: Outcome, mark: str = "Zebra") -> None:
    """See that what was printed and written is plain text, in every form, and that it can still be read.

    Args:
        outcome: of the run.
        mark: what is to be read in the report.
    """
    for name, shown in {
        "printed": outcome.text,
        "report.json": (outcome.folder / "report.json").read_text(encoding="utf-8"),
        "report.html": (outcome.folder / "report.html").read_text(encoding="utf-8"),
    }.items():
        assert orders(shown) == [], name
        assert hidden(shown) == set(), name
        assert name == "printed" or mark in shown, name
    assert steering(load_report(outcome.folder)) == []
