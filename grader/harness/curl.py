"""A command line that repeats a request, for a POSIX shell and curl."""

import shlex

from grader.harness.request import Outgoing

MAX_BODY_BYTES = 4 * 1024
"""A longer body is no longer something that people paste."""
_GLOB_CHARACTERS = frozenset("[]{}")


def curl_line(outgoing: Outgoing) -> str:
    """Write the command.

    Args:
        outgoing: the request.

    Returns:
        One line. A body that holds a NUL byte is piped in by `printf`, since no argument can hold one; one that is
        too long to paste is referred to as the file `body.bin`.
    """
    words = ["curl", "--silent", "--include", "--path-as-is"]
    if _GLOB_CHARACTERS & set(outgoing.target):
        words.append("--globoff")
    words += _method(outgoing)
    words.append(outgoing.url)
    for name, value in outgoing.own_headers:
        words += ["--header", f"{name}: {value}" if value else f"{name};"]
    if outgoing.body is None:
        return shlex.join(words)
    if not any(name.lower() == "content-type" for name, _ in outgoing.own_headers):
        # For a body without a type curl would claim that it is a form; this takes it back.
        words += ["--header", "Content-Type:"]
    return _with_body(shlex.join(words), outgoing.body)


def _method(outgoing: Outgoing) -> list[str]:
    if outgoing.method == "HEAD":
        return ["--head"]
    return [] if outgoing.method == "GET" and outgoing.body is None else ["--request", outgoing.method]


def _with_body(line: str, body: bytes) -> str:
    if len(body) > MAX_BODY_BYTES:
        return f"{line} --data-binary @body.bin  # the {len(body)} bytes of the body are not shown"
    if b"\0" in body:
        # `%` as `%%`, since some shells undo the escapes before they look for conversions.
        octal = _octal(body).replace("\\045", "%%")
        return f"printf '{octal}' | {line} --data-binary @-"
    return f"{line} --data-raw {_quoted(body)}"


def _quoted(body: bytes) -> str:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return _ansi_c(body)
    return shlex.quote(text) if text.isprintable() else _ansi_c(body)


def _ansi_c(body: bytes) -> str:
    """A `$'…'` word of bash, zsh and POSIX.1-2024; three octal digits, so that a digit may follow."""
    return f"$'{_octal(body)}'"


def _octal(body: bytes) -> str:
    plain = frozenset(range(0x20, 0x7F)) - frozenset(b"\\'%")
    return "".join(chr(byte) if byte in plain else f"\\{byte:03o}" for byte in body)
