"""The service itself: alive, and one shape for all its errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.harness import Api, Tally, check

if TYPE_CHECKING:
    from conftest import Inbox

FIRST_ERROR = 400


@check("service.health", category="status_codes", level="junior", weight=0.5)
async def health_answers(api: Api) -> None:
    """`GET /health` answers 200 with JSON, without a key and without a signature.

    Whoever runs the service asks it whether it is alive, and restarts it when there is no answer.
    """
    (await api.get("/health")).expect(200).json()


@check("errors.detail", category="status_codes", level="junior", requires=("deliver.type",))
async def errors_have_a_detail(inbox: Inbox) -> Tally:
    """The body of an error is a JSON object with a `detail` member.

    One shape for all errors lets a client show any of them with the same few lines.
    """
    event = inbox.event()
    replies = {
        "no signature": await inbox.send(b"{}", {}),
        "an invalid event": await inbox.deliver({**event, "type": "unheard.of"}),
        "no JSON": await inbox.send(b"unexpected"),
        "a body that is too large": await inbox.send(b" " * 65_537),
        "a wrong key": await inbox.read(event, key=inbox.text(len(inbox.key))),
        "an unknown event": await inbox.read(event),
        "an invalid list": await inbox.listed(limit=0),
        "an unknown cursor": await inbox.listed(cursor=inbox.text(24)),
        "a replay of an unknown event": await inbox.replay(event),
    }
    tally = Tally()
    for name, reply in replies.items():
        with tally.case(name):
            # What is no error is another check's matter.
            if reply.status >= FIRST_ERROR:
                reply.json()["detail"]
    return tally
