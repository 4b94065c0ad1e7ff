"""Solutions that ship with challenges, with cheats put into them."""

from pathlib import Path

from grader.places import references_dir
from tests.attacks.attack import Attack, Outcome

GENEROUS = {"GRADER_STARTUP_DEADLINE": "120", "GRADER_CHECK_DEADLINE": "120", "GRADER_TOTAL_DEADLINE": "200"}
"""They migrate before they start, and their checks wait for time limits of their own."""

Edits = dict[str, list[tuple[str, str]]]
"""File → texts that stand in it once, and what stands there instead."""


def changed(slug: str, edits: Edits) -> dict[str, str]:
    """The files of the reference, changed.

    Args:
        slug: of the challenge.
        edits: what is changed.
    """
    root = references_dir() / slug / "reference"
    files = {path.relative_to(root).as_posix(): path for path in root.rglob("*") if _is_told(path, root)}
    texts = {name: path.read_text(encoding="utf-8") for name, path in files.items()}
    for name, pairs in edits.items():
        for old, new in pairs:
            assert texts[name].count(old) == 1, (name, old)
            texts[name] = texts[name].replace(old, new)
    return texts


def cheat(attack: Attack, slug: str, edits: Edits, *checks: str) -> Outcome:
    """Hand in the changed reference for some checks, and what they require."""
    words = [word for check in checks for word in ("--only", check)]
    return attack.archive(attack.zipped(changed(slug, edits)), *words, pack=slug, env=GENEROUS)


def _is_told(path: Path, root: Path) -> bool:
    inner = path.relative_to(root).parts
    return path.is_file() and inner[0] != "tests" and "__pycache__" not in inner
