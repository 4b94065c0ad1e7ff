"""The command that repeats a request."""

import asyncio
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from grader.harness import Api
from grader.harness.curl import curl_line
from grader.harness.request import PUBLIC_ORIGIN, Request, encode

REQUESTS = [
    pytest.param(Request("GET", "/users", params={"q": "a b&c", "tag": ["x", "y"]}), id="query"),
    pytest.param(Request("GET", "/users/../%2e%2e/ü?x=[1]{2}"), id="path-as-it-is"),
    pytest.param(Request("DELETE", "/users/1"), id="method"),
    pytest.param(Request("HEAD", "/users/1"), id="head"),
    pytest.param(Request("POST", "/users", json={"name": 'O\'Hara $HOME `id` \\ % "ü" \n'}), id="json"),
    pytest.param(Request("POST", "/users", json=None), id="json-null"),
    pytest.param(Request("POST", "/users", content=b""), id="empty-body"),
    pytest.param(Request("POST", "/users", content=b"@/etc/passwd"), id="body-that-looks-like-a-file"),
    pytest.param(Request("POST", "/users", content=b"a\r\nb\t\x1b[2J\x7f1"), id="control-characters"),
    pytest.param(Request("POST", "/users", content=b"\xff\xfe'\\1"), id="no-utf8"),
    pytest.param(Request("POST", "/users", content=b"a\x00b%d'\\n\xff"), id="nul"),
    pytest.param(
        Request("PUT", "/x", content=b"a=b", headers={"Content-Type": "text/plain", "X-It's": 'é "q"'}), id="headers"
    ),
    pytest.param(Request("GET", "/x", headers=[("X-Empty", ""), ("X-Twice", "1"), ("X-Twice", "2")]), id="odd-headers"),
]


def essence(raw: bytes) -> tuple[bytes, list[bytes], bytes]:
    """Request line, the headers that matter, body."""
    head, _, body = raw.partition(b"\r\n\r\n")
    line, *headers = head.split(b"\r\n")
    wanted = (b"content-type", b"content-length", b"x-")
    return line, sorted(header.lower().strip() for header in headers if header.lower().startswith(wanted)), body


@pytest.mark.skipif(shutil.which("curl") is None or shutil.which("bash") is None, reason="curl and bash run the line")
@pytest.mark.parametrize("request_", REQUESTS)
def test_the_line_really_repeats_the_request(request_: Request, serve: Callable[[Any], Any]) -> None:
    """What curl sends when the line is pasted is what the harness sent."""
    server = serve(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
    reply = asyncio.run(
        Api(port=server.port).request(
            request_.method,
            request_.path,
            params=request_.params,
            json=request_.json,
            content=request_.content,
            headers=request_.headers,
        )
    )
    line = reply.exchange.curl
    assert PUBLIC_ORIGIN in line
    assert line.isprintable()
    here = line.replace(PUBLIC_ORIGIN, f"http://127.0.0.1:{server.port}")
    subprocess.run(["bash", "-c", here], check=True, capture_output=True, timeout=30)
    sent, repeated = map(essence, server.requests)
    assert repeated == sent


def test_a_body_too_long_to_paste_is_said_to_be_left_out() -> None:
    """The line stays short, and says what it lacks."""
    line = curl_line(encode(Request("POST", "/", content=b"x" * 5000), "127.0.0.1", 8000))
    assert line.endswith("--data-binary @body.bin  # the 5000 bytes of the body are not shown")
