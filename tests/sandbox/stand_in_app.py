"""An ASGI application without a framework; GET / answers what `answer()` returns, which each test defines."""

import json
import os  # noqa: F401  # likewise
import sys  # noqa: F401  # for `answer`


async def app(scope, receive, send):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201  # as short as it can be
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    body = json.dumps(answer()).encode()  # noqa: F821  # see above
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})
