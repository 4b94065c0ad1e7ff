"""A pack: the folder `challenges/<slug>/`, read and judged before anything runs."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError

from grader.challenge.catalogue import CheckInfo, read_catalogue
from grader.challenge.rubric import Question, Rubric
from grader.errors import UsageError
from grader.placeholders import DATA, placeholder
from grader.places import challenges_dir

LATENCY = "latency"
"""The category whose checks measure, one at a time on a machine."""


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
    def public(self) -> tuple[CheckInfo, ...]:
        """The checks that a candidate may run as well, in the order of the files."""
        return tuple(check for check in self.checks if check.id in self.rubric.public)

    @property
    def hidden_needs(self) -> tuple[tuple[CheckInfo, str], ...]:
        """Each public check that requires a hidden one, and the id of that."""
        shown = set(self.rubric.public)
        return tuple((check, needed) for check in self.public for needed in check.requires if needed not in shown)

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) over all that decides a verdict: rubric, contract and checks."""
        total = hashlib.sha256()
        for file in deciding_files(self.folder):
            content = file.read_bytes()
            total.update(f"{file.relative_to(self.folder).as_posix()}\0{len(content)}\0".encode() + content)
        return total.hexdigest()

    def select(
        self, ids: list[str] | None, *, alone: bool = False, public: bool = False, latency: bool = True
    ) -> tuple[CheckInfo, ...]:
        """The checks that a run with `--only ids` grades: those named and, transitively, what they require.

        Args:
            ids: those named; none of them for all.
            alone: whether what they require is left out.
            public: whether there are no other checks than the public ones.
            latency: whether those that measure are among them.

        Raises:
            UsageError: an id that no check has, or no public one; a pack without public checks, or with one that
                requires a hidden one; nothing that can be run.
        """
        offered = self._offered() if public else self.checks
        chosen = self._with_needs(ids, offered, alone=alone) if ids else offered
        measuring = tuple(check for check in chosen if latency or check.category != LATENCY)
        if chosen and not measuring:
            raise UsageError("all checks that are asked for measure latency", hint="leave --no-latency out")
        return measuring

    def _with_needs(self, ids: list[str], offered: tuple[CheckInfo, ...], *, alone: bool) -> tuple[CheckInfo, ...]:
        known = {check.id: check for check in offered}
        wanted: set[str] = set()
        waiting = list(ids)
        while waiting:
            name = waiting.pop()
            if name not in known:
                kind = "check" if offered is self.checks else "public check"
                raise UsageError(
                    f"{self.rubric.slug} has no {kind} {name!r}", hint=f"see: grader challenge show {self.rubric.slug}"
                )
            if name not in wanted:
                wanted.add(name)
                waiting.extend(() if alone else known[name].requires)
        return tuple(check for check in self.checks if check.id in wanted)

    def _offered(self) -> tuple[CheckInfo, ...]:
        for check, needed in self.hidden_needs:
            raise UsageError(
                f"{check.file}:{check.line}: the public check {check.id} requires {needed}, which is hidden",
                hint="add it to `public` in challenge.toml, or take the other one out",
            )
        if not self.public:
            raise UsageError(f"{self.rubric.slug} has no public checks", hint="leave --public out")
        return self.public

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
        places = {name: placeholder(name) for name in (DATA, *self.rubric.services)}
        return {name: value.format_map(chosen | places) for name, value in variables.items()}

    def services(self, choices: Mapping[str, str]) -> tuple[str, ...]:
        """What runs beside the application under the options chosen.

        Args:
            choices: option → value.

        Raises:
            UsageError: as `environment` raises it.
        """
        values = self.environment(choices).values()
        return tuple(name for name in self.rubric.services if any(placeholder(name) in value for value in values))

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
    for name in sorted(pack.rubric.places - {DATA, *pack.rubric.services, *pack.rubric.options}):
        raise UsageError(
            f"{file}: {{{name}}} stands in a variable, and is no option, no service of this challenge, not {DATA}"
        )
    for place, ids in (("public", pack.rubric.public), ("a question", pack.questions)):
        for name in sorted(set(ids) - known):
            raise UsageError(f"{file}: {place} names check {name!r}, which does not exist")
