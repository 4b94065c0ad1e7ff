"""The salt of `--blind`, for every command that has the option."""

from pathlib import Path

from grader.errors import UsageError
from grader.report.compare.names import kept_salt


def salt_of(target: Path | None, salt: str | None, *, blind: bool) -> bytes | None:
    """What pseudonyms are made with.

    Args:
        target: the file that is written; a salt that is not given is kept beside it.
        salt: as the command line gives it.
        blind: whether there are pseudonyms at all.

    Returns:
        None where there are none.

    Raises:
        UsageError: the options contradict each other, or the salt cannot be kept.
    """
    if not blind:
        if salt is not None:
            raise UsageError("--salt is of use with --blind only", hint="add --blind, or leave --salt away")
        return None
    if salt is not None:
        if not salt:
            raise UsageError("--salt is empty", hint="give it some text that nobody guesses")
        return salt.encode("utf-8", "surrogateescape")
    if target is None:
        raise UsageError(
            "--blind needs a place for its salt, without which names would change each time",
            hint="write a file with -o, or give the salt with --salt TEXT",
        )
    return kept_salt(target.absolute().parent)
