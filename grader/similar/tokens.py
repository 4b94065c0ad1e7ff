"""Python source as a row of symbols in which names, values, comments and layout no longer show.

One regular expression, which takes every text: what does not parse still has tokens. Each of its branches keeps what it
has scanned, so its time grows with the text and not with its square. The standard library's `tokenize` does neither: it
stops at the first error, and a line of some thousand spaces costs it seconds (docs/similar.md has the figures).
"""

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

_TOKEN: Final = re.compile(
    r"""
      (?P<space>[^\S\n]+ | \\\n)
    | (?P<comment>\#[^\n]*)
    | (?P<newline>\n)
    | (?P<string>[rbuftRBUFT]{0,3}
        (?: \"{3} [^"\\]*  (?:(?:\\.|"(?!""))[^"\\]*)* (?:\"{3} | \\?\Z)
          | '{3}  [^'\\]*  (?:(?:\\.|'(?!''))[^'\\]*)* (?:'{3} | \\?\Z)
          | "     [^"\\\n]*(?:\\.[^"\\\n]*)* "?
          | '     [^'\\\n]*(?:\\.[^'\\\n]*)* '? ))
    | (?P<number>\.?\d(?:[eE][+-](?=\d)|[\w.])*)
    | (?P<name>[^\W\d]\w*)
    | (?P<operator>-> | := | \.\.\. | (?:\*\*|//|<<|>>)=? | [-+*/%@&|^=<>!]=? | [()\[\]{},:.;~])
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)

_OPERATORS: Final = (
    *("->", ":=", "...", "**", "**=", "//", "//=", "<<", "<<=", ">>", ">>=", "(", ")", "[", "]", "{", "}", ",", ":"),
    *(".", "~", "!", "!=", "=", "==", "<", "<=", ">", ">=", "+", "+=", "-", "-=", "*", "*=", "/", "/=", "%", "%="),
    *("@", "@=", "&", "&=", "|", "|=", "^", "^="),
)
_KEYWORDS: Final = (
    *("False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del"),
    *("elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal"),
    *("not", "or", "pass", "raise", "return", "try", "while", "with", "yield"),
)
# Whoever changes all names in a copy leaves these, which are not the copy's own.
_BUILTINS: Final = (
    *("abs", "all", "any", "bool", "bytes", "dict", "enumerate", "filter", "float", "frozenset", "getattr", "hasattr"),
    *("int", "isinstance", "iter", "len", "list", "map", "max", "min", "next", "open", "print", "property", "range"),
    *("reversed", "round", "set", "sorted", "str", "sum", "super", "tuple", "type", "zip"),
    *("Exception", "KeyError", "LookupError", "RuntimeError", "TimeoutError", "TypeError", "ValueError"),
)
NAME, NUMBER, STRING = "<name>", "<number>", "<string>"  # nobody's identifiers
_CODES: Final = {
    symbol: code for code, symbol in enumerate((NAME, NUMBER, STRING, *_OPERATORS, *_KEYWORDS, *_BUILTINS), 1)
}
"""Symbol → its byte; 0 is none, so it can stand where a row is interrupted."""
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
# None of these begins a line within brackets: where one does, a bracket was not closed.
_STATEMENTS: Final = frozenset({
    *("break", "class", "continue", "def", "del", "global", "import", "nonlocal", "pass", "raise", "return", "try"),
    *("while", "with"),
})  # fmt: skip
_IMPORTS: Final = frozenset({"from", "import"})


@dataclass(frozen=True, slots=True)
class Tokens:
    """A file's symbols, a byte each, and the line of each, from 1."""

    symbols: bytes
    lines: "array[int]"


class _Token(NamedTuple):
    symbol: str
    line: int
    span: tuple[int, int]


def plain_text(data: bytes) -> str:
    """Source as text with line feeds; what cannot be decoded becomes a mark, for it is no code."""
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    return data.decode(encoding, "replace").replace("\r\n", "\n").replace("\r", "\n")


def tokenise(text: str) -> Tokens:
    """The symbols of a file: one for every name, number and string, whatever they say.

    Keywords, operators and well-known builtins stay themselves. Comments, docstrings, layout, imports, trailing commas
    and the seams of strings are left out.

    Args:
        text: as `plain_text` returns it; need not be valid Python.
    """
    symbols, lines = bytearray(), array("I")
    for statement in _statements(text):
        for token in _kept(statement):
            symbols.append(_CODES[token.symbol])
            lines.append(token.line)
    return Tokens(bytes(symbols), lines)


def without_comments(text: str) -> str:
    """The text with a mark in the place of each comment and docstring, and as many lines as before."""
    comments = [found.span() for found in _TOKEN.finditer(text) if found.lastgroup == "comment"]
    docstrings = [token.span for statement in _statements(text) if _is_docstring(statement) for token in statement]
    return _blanked(text, sorted(comments + docstrings))


def _blanked(text: str, spans: list[tuple[int, int]]) -> str:
    parts, end = [], 0
    for start, stop in spans:
        parts += [text[end:start], "…", "\n" * text.count("\n", start, stop)]
        end = stop
    return "".join([*parts, text[end:]])


def _statements(text: str) -> Iterator[list[_Token]]:
    """The tokens of each logical line."""
    statement: list[_Token] = []
    line, depth, fresh = 1, 0, True
    for found in _TOKEN.finditer(text):
        kind, value = found.lastgroup, found[0]
        if kind == "name" and fresh and depth and value in _STATEMENTS:
            depth = 0
            yield statement
            statement = []
        if kind == "newline" or value == ";":
            fresh = True
            if depth <= 0:
                yield statement
                statement, depth = [], 0
        elif kind not in {"space", "comment", "other"}:
            fresh = False
            depth += (value in _OPENING) - (value in _CLOSING)
            statement.append(_Token(_symbol(kind, value, statement), line, found.span()))
        line += value.count("\n")
    yield statement


def _symbol(kind: str | None, value: str, before: list[_Token]) -> str:
    if kind == "name":
        return value if value in _CODES and not (before and before[-1].symbol == ".") else NAME
    return value if kind == "operator" else NUMBER if kind == "number" else STRING


def _is_docstring(statement: list[_Token]) -> bool:
    return all(token.symbol == STRING for token in statement)


def _kept(statement: list[_Token]) -> Iterator[_Token]:
    """A statement without what says nothing; nothing of an import or a docstring."""
    if not statement or statement[0].symbol in _IMPORTS or _is_docstring(statement):
        return
    before = ""
    for token, after in zip(statement, [*(one.symbol for one in statement[1:]), ""], strict=True):
        if token.symbol == STRING == before or (token.symbol == "," and after in _CLOSING):
            continue
        before = token.symbol
        yield token
