"""How submissions are called: as they were handed in, or by pseudonyms that only the keeper of the salt can undo."""

import hashlib
import hmac
import os
import secrets
from collections import Counter
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from grader.errors import UsageError
from grader.report.compare.cohort import Submitted

SALT_FILE = "compare.salt"
_LETTERS = "bcdfghjkmnpqrstvwxyz23456789"
"""No vowels, so that no word comes out; nothing that is taken for another."""
_LENGTH = 8
_SHOWN_HASH = 8


def plain_names(cohort: Sequence[Submitted]) -> list[str]:
    """The names as handed in; where several have one name, each with the beginning of its hash or its folder's name."""
    names = [one.names[0] for one in cohort]
    often = Counter(names)
    return [f"{name} ({_apart(one)})" if often[name] > 1 else name for name, one in zip(names, cohort, strict=True)]


def _apart(submitted: Submitted) -> str:
    known = submitted.counts.entry.submission.hash
    return known[:_SHOWN_HASH] if known else submitted.counts.file.absolute().parent.name


def pseudonyms(cohort: Sequence[Submitted], salt: bytes) -> list[str]:
    """Names such as `candidate-7kqm2pxr`, the same for the same files and salt, whoever else is compared.

    Args:
        cohort: whom to name; all of them are different submissions.
        salt: without it, nobody can find out which submission a name belongs to by trying.
    """
    return pseudonym_words([_identity(one) for one in cohort], salt)


def pseudonym_words(identities: Sequence[bytes], salt: bytes) -> list[str]:
    """As `pseudonyms`, of whatever tells submissions apart: the hash of a submission's files, as a report has it.

    Args:
        identities: equal ones get one name.
        salt: as for `pseudonyms`.
    """
    words = [_word(hmac.digest(salt, identity, hashlib.sha256)) for identity in identities]
    length = next(length for length in count(_LENGTH) if len({word[:length] for word in words}) == len(set(words)))
    return [f"candidate-{word[:length]}" for word in words]


def _identity(submitted: Submitted) -> bytes:
    entry = submitted.counts.entry
    known = entry.submission.hash or f"{entry.created_at.isoformat()} {entry.seed} {entry.submission.name}"
    return known.encode("utf-8", "backslashreplace")


def _word(digest: bytes) -> str:
    number, word = int.from_bytes(digest, "big"), ""
    while number:
        number, rest = divmod(number, len(_LETTERS))
        word += _LETTERS[rest]
    return word


def kept_salt(folder: Path) -> bytes:
    """The salt that is kept in `compare.salt` of a folder; made there, for its owner's eyes only, where there is none.

    Raises:
        UsageError: it cannot be read or written, or it is empty.
    """
    file = folder / SALT_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _make(file)
        salt = file.read_bytes().strip()
    except OSError as error:
        raise UsageError(
            f"{file}: the salt of --blind cannot be kept there: {error.strerror}", hint="give it with --salt TEXT"
        ) from error
    if not salt:
        raise UsageError(f"{file} is empty", hint="put the salt back, or remove the file: new names will be made")
    return salt


def _make(file: Path) -> None:
    # Written whole under another name first: two comparisons at once agree on the one that was there first.
    if file.exists():
        return
    draft = file.with_name(f".{SALT_FILE}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as stream:
            stream.write(secrets.token_hex(32) + "\n")
        try:
            os.link(draft, file)
        except FileExistsError:
            return
    finally:
        draft.unlink(missing_ok=True)
