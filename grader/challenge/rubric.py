"""`challenge.toml`: the rubric of a challenge, as the grader reads it."""

from collections.abc import Iterable
from string import Formatter
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from grader.placeholders import DATA, SERVICES
from grader.verdicts import Level

FULL = 100
"""What a rubric's category weights add up to."""
MAX_UPSTREAMS = 8

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
    public: tuple[str, ...] = ()
    """Ids of the checks that a candidate may run as well; all others are hidden."""
    categories: dict[str, float]
    environment: dict[str, str] = {}
    upstreams: dict[UpstreamName, VariableName] = Field(default={}, max_length=MAX_UPSTREAMS)
    """A service that the harness plays → the environment variable with its base URL."""
    restarts: bool = False
    """Checks end the application and start it again; what it wrote into its working directory outlives that."""
    migrations: bool = False
    """Where there is an `alembic.ini` in the working directory, `alembic upgrade head` runs before each start."""
    services: tuple[Literal["postgres"], ...] = ()
    """What may run beside the application: each where a variable's value, under the options chosen, has its place."""
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
            if name in {DATA, *SERVICES}:
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

    @property
    def places(self) -> set[str]:
        """The names in braces, in the values of all variables."""
        changed = (table for option in self.options.values() for table in option.environment.values())
        tables = [self.environment, *changed, self.latency.environment if self.latency else {}]
        values = (value for table in tables for value in table.values())
        return {name for value in values for _, name, _, _ in Formatter().parse(value) if name is not None}

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
