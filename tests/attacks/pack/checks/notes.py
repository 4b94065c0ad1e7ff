from __future__ import annotations

import random

from grader.harness import Api, Tally, Upstreams, check
from grader.harness.probes.openapi_document import Document
from grader.harness.probes.rendezvous import stays_free
from grader.harness.upstream.script import answer


def drawn(rng: random.Random) -> str:
    return f"note {rng.randrange(10**12)}"


async def kept(api: Api, text: str) -> str:
    """A new note's id."""
    note = (await api.post("/notes", json={"text": text})).expect(200, 201).json()
    note["text"].equals(text)
    return str(note["id"].value)


@check("notes.create", category="status_codes", level="junior")
async def note_is_kept(api: Api, rng: random.Random) -> None:
    """A note is answered with 201, its id and its text.

    The id is what it is found by.
    """
    text = drawn(rng)
    note = (await api.post("/notes", json={"text": text})).expect(201).json()
    note["text"].equals(text)
    note["id"].value  # noqa: B018  # it has to be there


@check("notes.create.refused", category="validation", level="junior", requires=("notes.create",))
async def bad_notes_are_refused(api: Api) -> Tally:
    """A note without a text, or with one that is none, is refused with 422.

    What is stored without being looked at comes back.
    """
    cases = {"no text": {}, "empty": {"text": ""}, "too long": {"text": "x" * 281}, "an object": {"text": {}}}
    tally = Tally()
    for name, body in cases.items():
        with tally.case(name):
            (await api.post("/notes", json=body)).refused(422)
    return tally


@check("notes.read", category="status_codes", level="junior", requires=("notes.create",))
async def note_is_found_again(api: Api, rng: random.Random) -> None:
    """A note is read by its id, and none by an id that nobody has got.

    That is what notes are for.
    """
    text = drawn(rng)
    (await api.get(f"/notes/{await kept(api, text)}")).expect(200).json()["text"].equals(text)
    (await api.get(f"/notes/{rng.randrange(10**9, 10**12)}")).refused(404)


@check("notes.document", category="validation", level="mid")
async def the_document_has_the_operation(api: Api) -> None:
    """`/openapi.json` has `POST /notes`.

    Clients are made from it.
    """
    document = await Document.fetch(api)
    if document.operation("POST", "/notes") is None:
        raise (await api.get("/openapi.json")).mismatch("`POST /notes`", "there is no such operation")


@check("notes.tags", category="async", level="mid", requires=("notes.create",))
async def health_while_tags_wait(api: Api, upstreams: Upstreams, rng: random.Random) -> None:
    """While a request waits for tags, `GET /health` is answered.

    One slow neighbour must not stop the service.
    """
    note = await kept(api, drawn(rng))
    tags = [drawn(rng)]
    await upstreams["tags"].on("GET", f"/tags/{note}", answer({"tags": tags}))

    async def read() -> None:
        (await api.get(f"/notes/{note}/tags")).expect(200).json()["tags"].equals(tags)

    await stays_free(upstreams, [read()], [("GET /health", api.get("/health"))])


@check("notes.socket", category="websocket", level="mid")
async def messages_are_answered(api: Api, rng: random.Random) -> None:
    """On the WebSocket each message is answered with what was got.

    That is how a client knows that it is heard.
    """
    async with api.websocket("/ws") as socket:
        for _ in range(3):
            said = {"said": drawn(rng)}
            await socket.send_json(said)
            await socket.next_is({"got": said})
