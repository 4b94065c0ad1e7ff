"""What somebody changes in a copy does not show, what the code does shows, and no text is too strange."""

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.similar.tokens import plain_text, tokenise, without_comments

ORIGINAL = '''"""Users."""
import os
from app.models import (
    User,
)


class Users:
    """All of them."""

    def find(self, name: str, limit: int = 20) -> list[User]:
        # the newest first
        found = [user for user in self.rows if user.name == name]
        return sorted(found, key=lambda user: user.age)[:limit]
'''
DISGUISED = """
import app.models as stuff; import json
class Everybody :
  def query( me, wanted:str,most:int=10)->list[stuff] :
      "Finds."
      hits=[ one for one in me.items if one.title==wanted ]   # mine


      return sorted(hits,key=lambda one:one.height,)[ : most ]"""


def symbols(text: str) -> bytes:
    """Without the lines."""
    return tokenise(text).symbols


def test_a_copy_in_disguise_has_the_same_symbols() -> None:
    """Names, values, comments, docstrings, imports, layout and trailing commas are set aside."""
    assert symbols(DISGUISED) == symbols(ORIGINAL)
    assert len(symbols(ORIGINAL)) > 50


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("x = 'a'", 'x = "b"', id="quotes"),
        pytest.param("x = 'a' 'b'", 'x = rb"""c\nd"""', id="strings in pieces"),
        pytest.param("x = f'{a}'", "x = 'a'", id="f-string"),
        pytest.param("x = 1_000", "x = 0xFF", id="numbers"),
        pytest.param("x = 1e-5", "x = 2.5", id="exponents"),
        pytest.param("x = 1; y = 2", "x = 1\ny = 2", id="semicolon"),
        pytest.param("x = 1 + \\\n 2", "x = 1 + 2", id="line continued"),
        pytest.param("x = f(1,\n  2,\n)", "x = f(1, 2)", id="brackets over lines"),
        pytest.param("größe = 1", "size = 1", id="names of all alphabets"),
        pytest.param("string = number", "a = b", id="names that are those of kinds"),
        pytest.param("x.list()", "x.rows()", id="a method that is called as a builtin"),
        pytest.param("x = 1\r\ny = 2\r\n", "x = 1\ny = 2\n", id="line ends"),
    ],
)
def test_alike(one: str, other: str) -> None:
    """Two ways to write one thing."""
    assert symbols(plain_text(one.encode())) == symbols(plain_text(other.encode()))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("x = 1", "x == 1", id="operators"),
        pytest.param("x = 1", "x = 'a'", id="kinds of values"),
        pytest.param("for x in y: pass", "while x in y: pass", id="keywords"),
        pytest.param("max(x)", "min(x)", id="builtins"),
        pytest.param("x = f(1, 2)", "x = f(1, 2, 3)", id="arguments"),
    ],
)
def test_not_alike(one: str, other: str) -> None:
    """What the code does is kept."""
    assert symbols(one) != symbols(other)


def test_lines_are_those_of_the_file() -> None:
    """Also after strings and brackets over several lines, and whatever is left out."""
    lines = list(dict.fromkeys(tokenise(ORIGINAL).lines))
    assert lines == [8, 11, 13, 14]
    assert list(tokenise('x = """a\nb\n"""\n\ny = (\n  1\n)\n').lines) == [1, 1, 1, 5, 5, 5, 6, 7]


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param("x = foo(1, 2\n", id="open bracket"),
        pytest.param("from x import (a\n", id="open import"),
        pytest.param("x = 1)\n", id="closed twice"),
        pytest.param("x = 'abc\n", id="open string"),
        pytest.param("if x\n        y = 1\n", id="no colon and a wild indent"),
        pytest.param("x = 1 ? 2 $ \x00\n", id="no Python at all"),
        pytest.param("print 'hello'\n", id="another Python"),
    ],
)
def test_what_does_not_parse_hides_nothing_behind_it(broken: str) -> None:
    """The rest of the file has the tokens that it has elsewhere."""
    rest = "def f(a):\n    return a + 1\n" * 5
    assert symbols(broken + rest).endswith(symbols(rest))


@given(st.text(alphabet=st.sampled_from("ab1.'\"\\\n #([{}])=,;:fr\t\x00é\u2028"), max_size=200))
def test_any_text_has_tokens_with_lines_of_its_own(text: str) -> None:
    """One line a symbol, in order, within the file; and comments are taken out line by line."""
    found = tokenise(text)
    assert len(found.symbols) == len(found.lines)
    assert list(found.lines) == sorted(found.lines)
    assert all(1 <= line <= text.count("\n") + 1 for line in found.lines)
    assert 0 not in found.symbols
    assert without_comments(text).count("\n") == text.count("\n")


@given(st.binary(max_size=200))
def test_any_bytes_are_text(data: bytes) -> None:
    """Nothing is refused."""
    tokenise(plain_text(data))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("x = 'é'\n".encode("utf-8-sig"), id="byte order mark"),
        pytest.param("x = 'é'\n".encode("latin-1"), id="Latin 1"),
        pytest.param("x = 'é'\n".encode("utf-16"), id="UTF-16"),
    ],
)
def test_encodings(data: bytes) -> None:
    """They hide nothing."""
    assert symbols(plain_text(data)) == symbols("x = 'e'")


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(lambda size: " " * size + "?", id="spaces"),
        pytest.param(lambda size: "'\\" * (size // 2), id="escapes"),
        pytest.param(lambda size: "(" * size, id="brackets"),
        pytest.param(lambda size: "x = '''" + "\\'" * (size // 2), id="open string"),
        pytest.param(lambda size: "\"\"\" '''\n" * (size // 8), id="quotes"),
        pytest.param(lambda size: "1." * (size // 2) + "e", id="numbers"),
        pytest.param(lambda size: "rbrb" * (size // 4), id="prefixes"),
        pytest.param(lambda size: "from x import (\n" * (size // 16), id="imports"),
    ],
)
def test_time_grows_with_the_text_and_not_with_its_square(shape: Callable[[int], str]) -> None:
    """Eight times the text takes about eight times as long; a square would be sixty-four."""

    def took(size: int) -> float:
        text = shape(size)
        begin = time.process_time()
        tokenise(text)
        return time.process_time() - begin

    small = min(took(20_000) for _ in range(3))
    assert min(took(160_000) for _ in range(2)) < 30 * max(small, 0.002)


def test_comments_and_docstrings_are_taken_out_and_nothing_else() -> None:
    """Who wrote it is not said, and each line stays where it is."""
    text = '"""By Jane."""\nx = "kept"  # Jane\n\n\ndef f():\n    """Jane\n    again."""\n    return x\n'
    assert without_comments(text) == '…\nx = "kept"  …\n\n\ndef f():\n    …\n\n    return x\n'
