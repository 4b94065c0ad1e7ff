"""`similarity.json`: everything that is known of a comparison. docs/similarity.schema.json is its JSON Schema."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Unread(_Frozen):
    """A file that would have been compared, were it not too large."""

    path: str
    reason: str


class Compared(_Frozen):
    """A submission that was read."""

    name: str
    """As handed in, or a pseudonym."""
    files: int
    """Python files that were compared: no tests, no migrations."""
    tokens: int
    own: int
    """Tokens that neither the challenge gave nor most of the cohort have."""
    comparable: bool
    """Whether enough is its own for a share to mean something; if not, it is in no pair."""
    unread: list[Unread]


class Rejected(_Frozen):
    """A submission that intake refuses."""

    name: str
    kind: str
    """The name of the error, such as `ArchiveRejected`."""
    reason: str
    """What happened, in one line; in a blind comparison, what happens to all of this kind."""


class Side(_Frozen):
    """A passage as it stands in one of the two."""

    path: str
    """Relative to the submission's root; in a blind comparison, the file's number."""
    first: int
    """Line on which the passage begins, from 1."""
    last: int
    """Line on which it ends."""
    begin: int
    """Number of the first line of `text`: some lines before it are shown as well."""
    text: list[str]
    """The lines, cut where there are many or where one is long."""
    more: int
    """Lines of the passage that `text` has not."""


class Passage(_Frozen):
    """The same tokens in both."""

    tokens: int
    left: Side
    right: Side


class Pair(_Frozen):
    """Two submissions to look at."""

    left: str
    right: str
    share: float
    """How much of the shorter one is found in the other, 0 to 100."""
    of_left: float
    of_right: float
    longest: int
    """Tokens in the longest common passage."""
    identical: bool
    """Whether all files are the same, to the byte."""
    passages: list[Passage]
    """The longest first."""
    more: int
    """Passages that are not in `passages`."""


class Similarity(_Frozen):
    """A cohort whose submissions were held against each other. Advice for people, and no verdict on anybody."""

    schema_version: Literal["1.0"] = "1.0"
    grader_version: str
    created_at: datetime
    blind: bool
    """Whether names are pseudonyms, and paths, comments and docstrings are left out."""
    at_least: float
    """Pairs with a lower `share` are not listed."""
    ignored: list[str]
    """Whose code counts for nothing, in words, such as `the starter of user-directory`."""
    common_above: int
    """Fingerprints that more submissions than this have count for nothing."""
    common: int
    """How many these were."""
    submissions: list[Compared]
    """By name."""
    rejected: list[Rejected]
    """By name."""
    pairs: list[Pair]
    """The most similar first."""
    more: int
    """Pairs above `at_least` that are not in `pairs`."""
