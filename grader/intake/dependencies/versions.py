"""Poetry's version constraints as PEP 440: https://python-poetry.org/docs/dependency-specification/."""

import re
from collections.abc import Iterator

from packaging.specifiers import InvalidSpecifier, Specifier, SpecifierSet
from packaging.version import InvalidVersion, Version

_CLAUSE = re.compile(r"\s*(\^|~=|~|===|==|!=|>=|<=|>|<|=)?\s*([^\s,<>=!~^|]+)\s*,?")

_MAX_LENGTH = 1_000  # blanks make the pattern backtrack


def specifier(constraint: str) -> SpecifierSet:
    """Translate a constraint such as `^1.2`, `~1.2.3`, `1.*`, `>=1,<2`, `1.2.3` or `^1 || ^2`.

    Args:
        constraint: as it stands in pyproject.toml.

    Returns:
        What PEP 440 can say; of alternatives (`||`) the span from the lowest to the highest, which is wider.

    Raises:
        ValueError: it is no constraint.
    """
    if len(constraint) > _MAX_LENGTH:
        raise ValueError("too long")
    try:
        alternatives = [SpecifierSet(",".join(_clauses(part))) for part in re.split(r"\|\|?", constraint)]
        return alternatives[0] if len(alternatives) == 1 else _span(alternatives)
    except (InvalidSpecifier, InvalidVersion) as error:
        raise ValueError(str(error)) from None


def markers(constraint: str) -> str:
    """A constraint on Python as a marker, "" if it allows all.

    Raises:
        ValueError: it is no constraint.
    """
    clauses = sorted(specifier(constraint), key=str)
    return " and ".join(f"python_full_version {clause.operator} '{clause.version}'" for clause in clauses)


def _clauses(text: str) -> Iterator[str]:
    position, text = 0, text.strip()
    while position < len(text):
        match = _CLAUSE.match(text, position)
        if not match:
            raise ValueError(f"{text[position:]!r} is no version constraint")
        position = match.end()
        yield from _clause(match[1] or "", match[2])


def _clause(operator: str, version: str) -> Iterator[str]:
    if version in {"*", "x"}:
        return
    if operator == "^":
        yield from (f">={version}", f"<{_next_breaking(version)}")
    elif operator == "~":
        release = Version(version).release
        yield from (f">={version}", f"<{_bumped(release, min(1, len(release) - 1))}")
    else:
        yield {"": "==", "=": "=="}.get(operator, operator) + version


def _next_breaking(version: str) -> str:
    """The first version that a caret excludes: the leftmost part that is not zero goes up."""
    release = Version(version).release
    index = next((place for place, part in enumerate(release) if part), len(release) - 1)
    return _bumped(release, index)


def _bumped(release: tuple[int, ...], index: int) -> str:
    parts = [*release[:index], release[index] + 1, *(0 for _ in release[index + 1 :])]
    return ".".join(map(str, parts))


def _span(alternatives: list[SpecifierSet]) -> SpecifierSet:
    lows = [_bound(part, {">=", ">", "=="}) for part in alternatives]
    highs = [_bound(part, {"<=", "<", "=="}) for part in alternatives]
    low = min((bound for bound in lows if bound), key=_version, default=None) if all(lows) else None
    high = max((bound for bound in highs if bound), key=_version, default=None) if all(highs) else None
    clauses = [f"{sign}{_version(bound)}" for sign, bound in ((">=", low), ("<=", high)) if bound]
    if high and high.operator == "<":
        clauses[-1] = str(high)
    return SpecifierSet(",".join(clauses))


def _bound(part: SpecifierSet, operators: set[str]) -> Specifier | None:
    return next((clause for clause in part if clause.operator in operators and "*" not in clause.version), None)


def _version(clause: Specifier) -> Version:
    return Version(clause.version)
