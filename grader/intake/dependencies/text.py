"""Requirement files as people have them: any of the usual encodings, with continued lines and comments."""

import codecs
import re
from collections.abc import Iterator

_BOMS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
_COMMENT = re.compile(r"(?:^|[ \t])#.*$")
_BREAK = re.compile(r"\r\n|\r|\n")


def decode(data: bytes) -> str:
    """Decode a text file of unknown encoding.

    PowerShell's `pip freeze > requirements.txt` writes UTF-16, old editors write Latin-1 into comments.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    if b"\0" in data[:200]:  # ASCII text in UTF-16 has a zero in every other byte
        return data.decode("utf-16-be" if data[:1] == b"\0" else "utf-16-le", errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that say something, joined where a backslash continues them, without comments, as pip reads them.

    Yields:
        The number of the first of the joined lines, from 1, and the text.
    """
    first, parts = 0, list[str]()
    for number, line in enumerate(_BREAK.split(text), 1):
        bare = _COMMENT.sub("", line)
        if not parts:
            first = number
        # A comment, even in the midst of continued lines, ends them: https://pip.pypa.io/en/stable/reference/requirements-file-format/
        continued = bare == line and line.endswith("\\")
        parts.append(line[:-1] if continued else bare)
        if not continued:
            if joined := " ".join(parts).strip():
                yield first, joined
            parts = []
    if joined := " ".join(parts).strip():
        yield first, joined
