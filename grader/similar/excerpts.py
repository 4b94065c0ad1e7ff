"""From matches of tokens to the lines of the files that they stand on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from grader.similar.model import Passage, Side
from grader.similar.passages import Match
from grader.similar.prints import Row
from grader.similar.read import SourceFile
from grader.similar.tokens import without_comments
from grader.text import clip

_SHOWN: Final = 10
_LINES: Final = 60
_WIDTH: Final = 240
_AROUND: Final = 2


@dataclass
class Excerpts:
    """Cuts passages out of the files.

    Args:
        blind: leave out what may name somebody: paths, comments and docstrings. Names in the code itself stay.
    """

    blind: bool
    _read: dict[tuple[int, str], list[str]] = field(default_factory=dict)

    def of(self, left: Row, right: Row, found: Sequence[Match]) -> list[Passage]:
        """The longest of the matches, as people see them."""
        return [
            Passage(
                tokens=match.tokens,
                left=self._side(left, match.left, match.tokens),
                right=self._side(right, match.right, match.tokens),
            )
            for match in found[:_SHOWN]
        ]

    def path(self, row: Row, path: str) -> str:
        """What a file is called; one that was not compared has no number."""
        if not self.blind:
            return path
        paths = [file.path for file in row.code.files]
        return f"file {paths.index(path) + 1}" if path in paths else "a file"

    def _side(self, row: Row, place: int, tokens: int) -> Side:
        file = row.file_at(place)
        first, last = row.lines[place], row.lines[place + tokens - 1]
        lines = self._lines(row, file)
        begin = max(1, first - _AROUND)
        end = min(last + _AROUND, begin + _LINES - 1, len(lines))
        return Side(
            path=self.path(row, file.path),
            first=first,
            last=last,
            begin=begin,
            text=[clip(line, _WIDTH) for line in lines[begin - 1 : end]],
            more=max(0, last - end),
        )

    def _lines(self, row: Row, file: SourceFile) -> list[str]:
        known = (id(row), file.path)
        if known not in self._read:
            self._read[known] = (without_comments(file.text) if self.blind else file.text).split("\n")
        return self._read[known]


def left_over(found: Sequence[Match]) -> int:
    """How many matches no passage is made of."""
    return max(0, len(found) - _SHOWN)
