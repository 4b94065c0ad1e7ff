"""A pack: the folder `challenges/<slug>/`, read and judged before anything runs."""

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator

from grader.challenge.catalogue import CheckInfo, read_catalogue
from grader.errors import UsageError
from grader.placeholders import DATA, placeholder
from grader.places import challenges_dir
from grader.verdicts import Level

FULL = 100
"""What a rubric's category weights add up to."""
MAX_UPSTREAMS = 8
LATENCY = "latency"
"""The category whose checks measure, one at a time on a machine."""

UpstreamName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
VariableName = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Question(_Frozen):
    """An interview question, with what a surface and what a deep answer sounds like."""

    checks: tuple[str, ...] = Field(min_length=1)
    question: str
    surface: str
    deep: str


class Option(_Frozen):
    """Something that `--set NAME=VALUE` may choose; the value stands as `{NAME}` in the environment's values."""

    default: str
    choices: tuple[str, ...] = ()
    description: str = ""
    environment: dict[str, dict[str, str]] = {}
    """A choice → variables of `[environment]` that have another value with it."""

    @model_validator(mode="after")
    def _changes_with_its_choices(self) -> Self:
        for choice in self.environment:
            if choice not in self.choices:
                raise ValueError(f"environment: {choice} is not one of its choices")
        return self


class LatencyTerms(_Frozen):
    """What the checks of the category `latency` are compared with."""

    reference: str = "reference"
    """The solution: the slowest of the correct ones, so that choosing a database is not punished."""
    tiers: tuple[Annotated[float, Field(gt=1)], ...] = Field(default=(2.0, 4.0), min_length=1)
    """How often the reference's latency the application's may be, ascending; each tier that is kept earns its share."""
    environment: dict[str, str] = {}
    """Variables of `[environment]` that have another value while latency is measured."""

    @field_validator("tiers")
    @classmethod
    def _ascends(cls, tiers: tuple[float, ...]) -> tuple[float, ...]:
        if list(tiers) != sorted(set(tiers)):
            raise ValueError("tiers ascend, such as [2, 4]")
        return tiers


class Rubric(_Frozen):
    """`challenge.toml`."""

    slug: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    title: str
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    level: Level
    summary: str
    minutes: int = Field(gt=0)
    categories: dict[str, float]
    environment: dict[str, str] = {}
    upstreams: dict[UpstreamName, VariableName] = Field(default={}, max_length=MAX_UPSTREAMS)
    """A service that the harness plays → the environment variable with its base URL."""
    restarts: bool = False
    """Checks end the application and start it again; what it wrote into its working directory outlives that."""
    migrations: bool = False
    """Where there is an `alembic.ini` in the working directory, `alembic upgrade head` runs before each start."""
    latency: LatencyTerms | None = None
    options: dict[str, Option] = {}
    questions: tuple[Question, ...] = ()

    @field_validator("latency")
    @classmethod
    def _changes_what_there_is(cls, latency: LatencyTerms | None, seen: ValidationInfo) -> LatencyTerms | None:
        _require_known(latency.environment if latency else (), seen)
        return latency

    @field_validator("options")
    @classmethod
    def _name_what_there_is(cls, options: dict[str, Option], seen: ValidationInfo) -> dict[str, Option]:
        for name, option in options.items():
            if name == DATA:
                raise ValueError(f"{name}: the grader itself fills in {{{name}}}")
            for variables in option.environment.values():
                _require_known(variables, seen)
        return options

    @field_validator("upstreams")
    @classmethod
    def _each_has_a_variable_of_its_own(cls, upstreams: dict[str, str], seen: ValidationInfo) -> dict[str, str]:
        taken = dict.fromkeys(seen.data.get("environment", ()), "[environment]")
        for name, variable in upstreams.items():
            if variable in taken:
                raise ValueError(f"the variable {variable} of {name} is taken by {taken[variable]}")
            taken[variable] = name
        return upstreams

    @model_validator(mode="after")
    def _weights_add_up(self) -> Self:
        total = sum(self.categories.values())
        if total != FULL:
            raise ValueError(f"the weights under [categories] add up to {total:g}, not to {FULL}")
        return self


def _require_known(variables: Iterable[str], seen: ValidationInfo) -> None:
    for name in variables:
        if name not in seen.data.get("environment", ()):
            raise ValueError(f"environment: {name} is not under [environment]")


@dataclass(frozen=True)
class Pack:
    """A challenge as the grader uses it."""

    folder: Path
    rubric: Rubric
    checks: tuple[CheckInfo, ...]

    @cached_property
    def questions(self) -> Mapping[str, Question]:
        """Check id → its interview question."""
        return {check: question for question in self.rubric.questions for check in question.checks}

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) over all that decides a verdict: rubric, contract and checks."""
        total = hashlib.sha256()
        for file in deciding_files(self.folder):
            content = file.read_bytes()
            total.update(f"{file.relative_to(self.folder).as_posix()}\0{len(content)}\0".encode() + content)
        return total.hexdigest()

    def select(self, ids: list[str] | None) -> tuple[CheckInfo, ...]:
        """The checks that a run with `--only ids` grades: those named and, transitively, what they require.

        Raises:
            UsageError: an id that no check has.
        """
        if not ids:
            return self.checks
        known = {check.id: check for check in self.checks}
        wanted: set[str] = set()
        waiting = list(ids)
        while waiting:
            name = waiting.pop()
            if name not in known:
                raise UsageError(
                    f"{self.rubric.slug} has no check {name!r}", hint=f"see: grader challenge show {self.rubric.slug}"
                )
            if name not in wanted:
                wanted.add(name)
                waiting.extend(known[name].requires)
        return tuple(check for check in self.checks if check.id in wanted)

    def environment(self, choices: Mapping[str, str], *, under_load: bool = False) -> dict[str, str]:
        """The candidate's environment variables under the options chosen.

        Args:
            choices: option → value.
            under_load: whether latency is measured, which may have values of its own.

        Returns:
            Name → value, with placeholders (`grader.placeholders`) for what only a pod knows.

        Raises:
            UsageError: an option that the pack has not, or a value that it does not offer.
        """
        for name, value in choices.items():
            self._judge_choice(name, value)
        chosen = {name: option.default for name, option in self.rubric.options.items()} | dict(choices)
        variables = dict(self.rubric.environment)
        for name, choice in chosen.items():
            variables |= self.rubric.options[name].environment.get(choice, {})
        if self.rubric.latency and under_load:
            variables |= self.rubric.latency.environment
        values = chosen | {DATA: placeholder(DATA)}
        return {name: value.format_map(values) for name, value in variables.items()}

    def _judge_choice(self, name: str, value: str) -> None:
        options = self.rubric.options
        if name not in options:
            offered = ", ".join(options) or "none"
            raise UsageError(f"--set {name}={value}: {self.rubric.slug} has no option {name!r} (it has: {offered})")
        if options[name].choices and value not in options[name].choices:
            raise UsageError(f"--set {name}={value}: choose one of {', '.join(options[name].choices)}")


def latency_ids(pack: Pack) -> tuple[str, ...]:
    """The checks that compare with the reference."""
    return tuple(check.id for check in pack.checks if check.category == LATENCY)


def deciding_files(folder: Path) -> list[Path]:
    """The files of a pack that the harness needs and that decide verdicts, sorted."""
    checks = (path for path in (folder / "checks").rglob("*.py") if path.is_file())
    return sorted([folder / "challenge.toml", folder / "openapi.yaml", *checks])


def available() -> list[str]:
    """Slugs of the challenges that come with the grader, sorted."""
    return sorted(path.parent.name for path in challenges_dir().glob("*/challenge.toml"))


def load_shipped(slug: str) -> Pack:
    """The pack with this slug; never a folder, so that a submission cannot bring its own.

    Raises:
        UsageError: no such challenge.
    """
    if slug not in available():
        raise UsageError(f"unknown challenge {slug!r}", hint=f"choose one of {', '.join(available())}")
    return load_pack(slug)


def load_pack(name: str) -> Pack:
    """The pack with this slug, or in this folder.

    Raises:
        UsageError: no such challenge, or a broken one; names the place.
    """
    folder = challenges_dir() / name if name in available() else Path(name)
    if not (folder / "challenge.toml").is_file():
        raise UsageError(
            f"unknown challenge {name!r}", hint=f"choose one of {', '.join(available())}, or a pack's folder"
        )
    for needed in ("openapi.yaml", "BRIEF.md", "checks"):
        if not (folder / needed).exists():
            raise UsageError(f"{folder}: the pack lacks {needed}")
    pack = Pack(folder.resolve(), _read_rubric(folder / "challenge.toml"), read_catalogue(folder / "checks"))
    _judge(pack)
    return pack


def _read_rubric(file: Path) -> Rubric:
    try:
        return Rubric.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: not valid TOML: {error}") from error
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(map(str, problem["loc"]))
        raise UsageError(f"{file}: {place + ': ' if place else ''}{problem['msg']}") from error


def _judge(pack: Pack) -> None:
    """What rubric and checks must agree on."""
    file = pack.folder / "challenge.toml"
    known = {check.id for check in pack.checks}
    if not known:
        raise UsageError(f"{pack.folder / 'checks'}: the pack has no checks")
    for check in pack.checks:
        if check.category not in pack.rubric.categories:
            raise UsageError(
                f"{check.file}:{check.line}: category {check.category!r} is not under [categories] in {file}"
            )
    for unused in pack.rubric.categories.keys() - {check.category for check in pack.checks}:
        raise UsageError(f"{file}: no check is of category {unused!r}")
    measured = latency_ids(pack)
    if measured and pack.rubric.latency is None:
        raise UsageError(
            f"{file}: checks of category {LATENCY!r} need a table [{LATENCY}], which says what is compared"
        )
    if pack.rubric.latency and not measured:
        raise UsageError(f"{file}: there is a table [{LATENCY}], and no check of that category")
    for name in pack.questions.keys() - known:
        raise UsageError(f"{file}: a question names check {name!r}, which does not exist")
