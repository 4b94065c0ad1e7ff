"""A similarity reaches the disk as what its name says, whole or not at all."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from grader.errors import UsageError
from grader.report.write import json_text, write_text
from grader.similar.model import Similarity
from grader.similar.page import render


def similarity_json(similarity: Similarity) -> str:
    """All of it, as docs/similarity.schema.json says."""
    return json_text(similarity.model_dump(mode="json"))


_RENDERINGS: Final[dict[str, Callable[[Similarity], str]]] = {".html": render, ".json": similarity_json}


def require_target(target: Path) -> None:
    """See, before anything is read, that this file can be meant.

    Raises:
        UsageError: its suffix is neither of the two, or it is a folder.
    """
    if target.suffix.lower() not in _RENDERINGS:
        raise UsageError(
            f"-o {target}: the suffix says what is written, and must be one of {', '.join(_RENDERINGS)}",
            hint="such as -o similar.html",
        )
    if target.is_dir():
        raise UsageError(f"-o {target}: that is a folder", hint="name a file")


def write_similarity(similarity: Similarity, target: Path) -> None:
    """Write the page or the data, atomically, into a folder that is made where it is missing.

    Args:
        similarity: any.
        target: a file for which `require_target` raised nothing.

    Raises:
        UsageError: it cannot be written there.
    """
    write_text(_RENDERINGS[target.suffix.lower()](similarity), target)
