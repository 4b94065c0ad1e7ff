"""Speaks the harness's protocol with the standard library alone: what GET / answers is told as a `routes` problem."""

import http.client
import json
import os
import socket
import sys
import threading
from typing import Any

job = json.loads(sys.stdin.readline())
exited = threading.Event()


def orders() -> None:
    for line in sys.stdin:
        if json.loads(line)["order"] == "candidate_exited":
            exited.set()


def say(**event: Any) -> None:
    print(json.dumps(event), flush=True)  # noqa: T201  # the protocol is on standard output


def answer() -> str | None:
    while not exited.is_set():
        connection = http.client.HTTPConnection(job["host"], job["port"], timeout=30)
        try:
            connection.request("GET", "/")
            return connection.getresponse().read().decode()
        except OSError:
            exited.wait(0.01)
        finally:
            connection.close()
    return None


threading.Thread(target=orders, daemon=True).start()
say(event="hello")
upstreams = [socket.create_server(("127.0.0.1", port)) for port in job["upstreams"].values()]
if upstreams:
    say(event="upstreams_ready")
body = answer()
if body is None:
    say(event="not_listening", seconds=0, exited=True)
else:
    say(event="listening", seconds=0)
    say(event="routes", routes=[], problem=body)
    if os.path.exists(job["pack"]):  # noqa: PTH110  # quick to start
        say(event="fault", message=",".join(sorted(os.listdir(job["pack"]))))  # noqa: PTH208  # names are wanted
say(event="finished")
