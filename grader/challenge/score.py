"""From verdicts to a score.

A category's score is the share of its checks' weight that was earned; the total weighs the categories as the rubric
says. Inconclusive checks are left out of both sides; a category that has nothing conclusive is left out of the total.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from grader.challenge.catalogue import CheckInfo
from grader.verdicts import CheckResult, Level, Verdict

LEVEL_SHARE = 0.8
"""Share of a level's and the lower levels' weight that must be earned to have reached it."""


class Part(BaseModel):
    """What was earned of a category or level; `score` is 0 to 100, None where nothing was conclusive."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    score: float | None
    weight: float
    """The category's weight in the rubric; for a level, the share of the total score its checks carry."""
    passed: int
    checks: int


class Score(BaseModel):
    """The whole score. `total` is 0 to 100 with one decimal, 100 only if nothing was lost."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    total: float
    level: Level | None
    """The highest level at which 80 % of its and the lower levels' weight was earned; None if not even the lowest."""
    categories: dict[str, Part]
    levels: dict[Level, Part]


@dataclass(frozen=True, slots=True)
class _Graded:
    info: CheckInfo
    result: CheckResult
    worth: float
    """Points of the total that the check carries."""

    @property
    def conclusive(self) -> bool:
        return self.result.verdict is not Verdict.INCONCLUSIVE

    @property
    def earned(self) -> float:
        return self.worth * self.result.credit


def score(checks: Iterable[CheckInfo], results: Mapping[str, CheckResult], weights: Mapping[str, float]) -> Score:
    """Score the results of these checks under a rubric's category weights.

    Args:
        checks: the checks that were to run; each has a result.
        results: check id → result.
        weights: category → weight; any scale.
    """
    graded = _with_worth(list(checks), results, weights)
    levels = {level: [one for one in graded if one.info.level is level] for level in Level}
    return Score(
        total=_percent(graded) or 0.0,
        level=_level_reached(levels),
        categories={
            name: _part([one for one in graded if one.info.category == name], weights[name]) for name in _used(graded)
        },
        levels={level: _part(ones, sum(one.worth for one in ones)) for level, ones in levels.items() if ones},
    )


def _with_worth(
    checks: list[CheckInfo], results: Mapping[str, CheckResult], weights: Mapping[str, float]
) -> list[_Graded]:
    conclusive: dict[str, float] = {}
    for check in checks:
        if results[check.id].verdict is not Verdict.INCONCLUSIVE:
            conclusive[check.category] = conclusive.get(check.category, 0.0) + check.weight
    whole = sum(weights[name] for name in conclusive) or 1.0
    return [
        _Graded(
            check, results[check.id], 100 * weights[check.category] / whole * check.weight / total if total else 0.0
        )
        for check in checks
        for total in (conclusive.get(check.category, 0.0),)
    ]


def _used(graded: list[_Graded]) -> list[str]:
    return list(dict.fromkeys(one.info.category for one in graded))


def _part(graded: list[_Graded], weight: float) -> Part:
    passed = sum(one.result.verdict is Verdict.PASSED for one in graded)
    return Part(score=_percent(graded), weight=round(weight, 2), passed=passed, checks=len(graded))


def _percent(graded: list[_Graded]) -> float | None:
    counted = [one for one in graded if one.conclusive]
    possible = sum(one.worth for one in counted)
    if not possible:
        return None
    if all(one.result.credit == 1 for one in counted):
        return 100.0
    share = math.fsum(one.earned for one in counted) / possible
    # Rounded down: what was lost must show, and 99.96 is not 100.
    return math.floor(share * 1000 + 1e-9) / 10


def _level_reached(levels: Mapping[Level, list[_Graded]]) -> Level | None:
    reached: Level | None = None
    possible = earned = 0.0
    for level, graded in levels.items():
        counted = [one for one in graded if one.conclusive]
        if not counted:
            continue
        possible += sum(one.worth for one in counted)
        earned += sum(one.earned for one in counted)
        if earned >= LEVEL_SHARE * possible - 1e-9:
            reached = level
    return reached
