"""POST /notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.harness import Api, Tally, check
from grader.harness.contract import Contract
from grader.harness.probes.cases import body_cases
from grader.harness.probes.validation import try_bodies

if TYPE_CHECKING:
    from conftest import Notes

KEY = "POST /notes"


@check("notes.create.ok", category="behaviour", level="junior")
async def a_note_is_kept(notes: Notes) -> None:
    """A valid note is accepted and answered with its id.

    Everything else rests on it: what cannot be made cannot be read.
    """
    await notes.make()


@check("notes.create.status", category="status_codes", level="junior", requires=("notes.create.ok",))
async def creation_answers_201(notes: Notes) -> None:
    """A new note is answered with 201 Created.

    201 tells a client, and every proxy and log on the way, that something new exists; 200 does not.
    """
    (await notes.make()).reply.expect(201)


@check("notes.create.bounds", category="validation", level="junior", weight=2, requires=("notes.create.ok",))
async def text_has_bounds(api: Api, contract: Contract, notes: Notes) -> Tally:
    """A text of 1 to 280 characters is accepted, a shorter or longer one is refused with 422.

    A bound that is off by one works until the day somebody writes exactly that much.
    """
    # The contract makes the cases, so that a bound stands in one place; 201 is a check of its own.
    cases = body_cases(contract, KEY, notes.body, {"bound"})
    return await try_bodies(api, "POST", "/notes", cases, accepted=(201, 200))


@check("notes.create.types", category="validation", level="junior", requires=("notes.create.ok",))
async def text_is_a_string(api: Api, contract: Contract, notes: Notes) -> Tally:
    """A note without a text, or whose text is no string, is refused with 422.

    What is let in unlooked at makes a 500 somewhere else, or sits in the database.
    """
    cases = body_cases(contract, KEY, notes.body, {"missing", "null", "type"})
    return await try_bodies(api, "POST", "/notes", cases)
