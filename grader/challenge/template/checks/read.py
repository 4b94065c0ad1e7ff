"""GET /notes/{id}."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.harness import Api, check

if TYPE_CHECKING:
    from conftest import Notes


@check("notes.read.ok", category="behaviour", level="junior", weight=2, requires=("notes.create.ok",))
async def a_note_is_read_as_written(notes: Notes) -> None:
    """A note is read as it was written, also after another one was.

    A service that answers with the latest note passes the author's own try, and no second one.
    """
    first, second = await notes.make(), await notes.make()
    for note in (first, second):
        (await notes.read(note))["text"].equals(note.text)


@check("notes.read.unknown", category="status_codes", level="junior", requires=("notes.read.ok",))
async def an_unknown_note_answers_404(api: Api, notes: Notes) -> None:
    """A note that does not exist is answered with 404.

    A 500 is tried again and wakes somebody up; a 200 with nothing in it breaks the client later and elsewhere.
    """
    (await api.get(f"/notes/{notes.text(24)}")).refused(404)
