"""What gives a hidden check away: its id, a line of its source, a mutant, an interview question.

Values are not looked for: those that a brief's own example shows are often a check's as well.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from grader.challenge.mutants import Mutant
from grader.challenge.pack import Pack

_LONG = 40
"""Characters from which a phrase is one that two people do not write alike by chance."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """What no file of a candidate's may hold.

    Attributes:
        names: ids → what they are of.
        phrases: longer texts, white space made one blank → what they are.
    """

    names: dict[str, str]
    phrases: dict[str, str]

    @classmethod
    def of(cls, pack: Pack, mutants: Iterable[Mutant]) -> Self:
        """The secrets of a pack."""
        names = {check.id: "the check" for check in pack.checks if check.id not in pack.rubric.public}
        phrases = dict.fromkeys(_source_lines(pack.folder / "checks"), "a line of the checks")
        for mutant in mutants:
            names[mutant.id] = "the mutant"
            phrases[mutant.description] = "a mutant's description"
        for asked in pack.rubric.questions:
            phrases |= dict.fromkeys((asked.question, asked.surface, asked.deep), "an interview question")
        return cls(
            # An id of a single word, such as `health`, may stand anywhere.
            names={name: what for name, what in names.items() if not name.isalnum()},
            phrases={" ".join(phrase.split()): what for phrase, what in phrases.items() if len(phrase) >= _LONG},
        )

    def told_by(self, text: str) -> Iterator[str]:
        """What the text tells of them, one line each."""
        text = " ".join(text.split())
        for name, what in self.names.items():
            if name in text and re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-]|\.\w)", text):
                yield f"it names {what} {name}"
        for phrase, what in self.phrases.items():
            if phrase in text:
                yield f"it holds {what}: {phrase[:_LONG]}…"


def _source_lines(folder: Path) -> Iterator[str]:
    for file in sorted(folder.rglob("*.py")):
        for line in file.read_text(encoding="utf-8").splitlines():
            if not line.startswith(("import ", "from ")):
                yield line.strip()
