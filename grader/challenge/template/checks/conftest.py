"""What the checks share: a client that knows notes, and data that no other run has seen.

It is tolerant where a check needs a note but is not about making one: 200 will do for 201. So one slip costs the check
that is about it, and no other.
"""

import random
import string
from dataclasses import dataclass
from typing import Any

import pytest

from grader.harness import Api, Json, Reply


@dataclass(frozen=True)
class Note:
    """A note that was made: its path, what was sent, and what came back."""

    path: str
    text: str
    reply: Reply


class Notes:
    """The application as a keeper of notes."""

    def __init__(self, api: Api, rng: random.Random) -> None:
        self._api = api
        self._rng = rng

    def text(self, length: int = 40) -> str:
        """Letters that occur nowhere else; a table of prepared answers cannot know them."""
        return "".join(self._rng.choices(string.ascii_letters, k=length))

    def body(self) -> dict[str, Any]:
        """A valid body, a new one at each call."""
        return {"text": self.text()}

    async def make(self) -> Note:
        """A new note; `Mismatch` unless one is made and has an id."""
        text = self.text()
        reply = (await self._api.post("/notes", json={"text": text})).expect(201, 200)
        return Note(f"/notes/{reply.json()['id'].string()}", text, reply)

    async def read(self, note: Note) -> Json:
        """The note as the application shows it."""
        return (await self._api.get(note.path)).expect(200).json()


@pytest.fixture
def notes(api: Api, rng: random.Random) -> Notes:
    """The application as a keeper of notes."""
    return Notes(api, rng)
