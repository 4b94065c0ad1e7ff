"""A new pack that verifies at once, for its author to change step by step."""

import re
import shutil
import tempfile
from pathlib import Path

from grader.challenge.pack import available
from grader.errors import UsageError

_TEMPLATE = Path(__file__).parent / "template"
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FILLED_IN = frozenset({".toml", ".md", ".yaml", ".py"})
_SLUG_MARK, _TITLE_MARK = "new-challenge", "New challenge"
"""What stands in the template where the pack's own slug and title go; so the template is a whole pack itself."""


def scaffold(slug: str, parent: Path) -> Path:
    """Make a pack.

    Args:
        slug: lower-case words with hyphens; the folder's name.
        parent: the folder to put it into, created where it is missing.

    Returns:
        The pack's folder.

    Raises:
        UsageError: no such slug can be, it is that of a shipped challenge, or the folder is there already or cannot
            be made; nothing is left half-written.
    """
    if not _SLUG.fullmatch(slug):
        raise UsageError(f"{slug!r} is no slug", hint="lower-case words with hyphens, such as order-book")
    if slug in available():
        raise UsageError(f"{slug} is a challenge of the grader's own", hint="name another")
    target = parent / slug
    if target.exists():
        raise UsageError(f"{target} exists", hint="name another slug, or another folder with --in")
    try:
        _make(slug, target)
    except OSError as error:
        raise UsageError(f"{target}: cannot be written: {error.strerror}", hint="name another folder") from error
    return target


def _make(slug: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{slug}-", dir=target.parent) as name:
        draft = Path(name) / slug
        shutil.copytree(_TEMPLATE, draft, ignore=shutil.ignore_patterns("__pycache__", ".*_cache"))
        for file in draft.rglob("*"):
            if file.suffix in _FILLED_IN:
                _fill_in(file, slug)
        draft.rename(target)


def _fill_in(file: Path, slug: str) -> None:
    title = slug.replace("-", " ").capitalize()
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(_SLUG_MARK, slug).replace(_TITLE_MARK, title), encoding="utf-8")
