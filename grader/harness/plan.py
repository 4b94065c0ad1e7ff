"""Which checks run, and in which order."""

from collections.abc import Collection, Iterable

from grader.harness.decorator import CheckInfo
from grader.harness.fault import HarnessFault


def plan(checks: Iterable[CheckInfo], only: Collection[str] | None, *, alone: bool = False) -> list[CheckInfo]:
    """Order checks so that what is required comes first, and otherwise as in the files.

    Args:
        checks: all of the pack, in the order of its files.
        only: ids to run, with what they require; None for all.
        alone: whether they run without that.

    Raises:
        HarnessFault: no checks, an id twice, an unknown id, or checks that require each other.
    """
    known = _by_id(checks)
    wanted = known if only is None else only
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise HarnessFault(f"unknown check: {', '.join(unknown)}")
    ordered: dict[str, CheckInfo] = {}
    for name in known:
        if name in wanted and alone:
            ordered[name] = known[name]
        elif name in wanted:
            _add(name, known, ordered, ())
    if not ordered:
        raise HarnessFault("no checks to run")
    return list(ordered.values())


def _by_id(checks: Iterable[CheckInfo]) -> dict[str, CheckInfo]:
    known: dict[str, CheckInfo] = {}
    for check in checks:
        if check.id in known:
            raise HarnessFault(f"two checks have the id {check.id}")
        known[check.id] = check
    for check in known.values():
        missing = [required for required in check.requires if required not in known]
        if missing:
            raise HarnessFault(f"check {check.id} requires {', '.join(missing)}, which does not exist")
    return known


def _add(name: str, known: dict[str, CheckInfo], ordered: dict[str, CheckInfo], path: tuple[str, ...]) -> None:
    if name in ordered:
        return
    if name in path:
        raise HarnessFault(f"checks require each other: {' → '.join([*path, name])}")
    for required in known[name].requires:
        _add(required, known, ordered, (*path, name))
    ordered[name] = known[name]
