"""Passages are as long as they go, do not overlap, and point at the right lines of the right files."""

import random
import time

import pytest

from grader.similar.excerpts import Excerpts
from grader.similar.model import Side
from grader.similar.passages import matches
from grader.similar.prints import Row, row_of
from grader.similar.winnow import RUN
from tests.similar.conftest import code, function


def row(name: str, **files: str) -> Row:
    """A submission of these files."""
    return row_of(code(name, {f"{path}.py": text for path, text in files.items()}), frozenset())


def sides(one: Row, other: Row, *, blind: bool = False) -> list[tuple[Side, Side]]:
    """The passages as they are shown."""
    return [(found.left, found.right) for found in Excerpts(blind).of(one, other, matches(one, other))]


def test_they_point_at_lines_of_the_original_files() -> None:
    """Whatever stands before them, and in whichever file."""
    copied = function(500, 12)
    one = row("one", a=function(1), b="# mine\n\n\n" + function(2) + copied)
    other = row("other", x='"""By me."""\nimport os\n' + copied.replace("b1", "zeta") + function(3), y=function(4))
    ((left, right),) = sides(one, other)
    assert (left.path, right.path) == ("b.py", "x.py")
    assert left.text[left.first - left.begin :][:2] == copied.split("\n")[:2]
    assert (left.first, left.last, right.first, right.last) == (14, 27, 3, 16)
    assert right.text[right.first - right.begin].startswith("def f500(a):")
    assert (right.begin, right.text[0]) == (1, '"""By me."""')


def test_moved_functions_are_passages_of_their_own() -> None:
    """The longest first, and none crosses from one file into the next."""
    parts = [function(700 + 40 * number, 6 + number) for number in range(3)]
    found = sides(row("one", a=parts[0] + parts[1], b=parts[2]), row("other", x=parts[2] + parts[1], y=parts[0]))
    assert [(left.path, right.path) for left, right in found] == [("b.py", "x.py"), ("a.py", "x.py"), ("a.py", "y.py")]


@pytest.mark.parametrize("seed", range(5))
def test_no_symbol_is_in_two_passages(seed: int) -> None:
    """Of either side, also where the same stands there several times; and all of them are equal."""
    draw = random.Random(seed)
    parts = [function(50 * number) for number in range(4)]
    one, other = (row(name, a="".join(draw.choices(parts, k=9))) for name in ("one", "other"))
    found = matches(one, other)
    for taken, size in (([each.left for each in found], one), ([each.right for each in found], other)):
        places = [place + step for place, each in zip(taken, found, strict=True) for step in range(each.tokens)]
        assert len(places) == len(set(places)) <= len(size.symbols)
    for each in found:
        assert each.tokens >= RUN
        left = one.symbols[each.left : each.left + each.tokens]
        assert left == other.symbols[each.right : each.right + each.tokens]
        assert 0 not in left


def test_monotonous_text_takes_no_longer_than_its_length_says() -> None:
    """Each line of it is found in each of the other: eight times the text may not take sixty-four times as long."""

    def took(size: int) -> float:
        pair = [row(name, a="x = [1, 2]\n" * size) for name in ("one", "other")]
        begin = time.process_time()
        assert matches(*pair)[0].tokens == 7 * size
        return time.process_time() - begin

    small = min(took(500) for _ in range(3))
    assert took(4_000) < 30 * max(small, 0.002)


def test_what_is_long_is_cut_and_the_rest_counted() -> None:
    """In lines and in width."""
    text = "".join(f"x = [{'1 + ' * 200}1]  # {number}\n" for number in range(200))
    ((left, _), *_) = sides(row("one", a=text), row("other", a=text))
    assert (left.first, left.last, len(left.text), left.more) == (1, 200, 60, 140)
    assert max(map(len, left.text)) < 300


def test_blind_passages_name_nobody() -> None:
    """No paths, comments and docstrings; the lines stay where they are."""
    text = f'"""By Jane Doe."""\n# jane@doe.test\n{function(9, 20)}'
    ((left, right),) = sides(row("one", jane=text), row("other", a="x = 1\n", john=text), blind=True)
    assert (left.path, right.path) == ("file 1", "file 2")
    assert "jane" not in "".join(left.text).lower()
    assert left.text[left.first - left.begin].startswith("def f9(a):")
