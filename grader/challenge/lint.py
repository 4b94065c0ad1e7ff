"""The form of a pack: what can be seen without running a check.

`load_pack` has already seen to what makes a pack unreadable (missing files, bad TOML, checks without words, weights
that do not add up). What stands here makes it unfair, unprovable or useless.
"""

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from grader.challenge.brief import silences
from grader.challenge.contract_form import contract_problems, read_contract
from grader.challenge.export import SHOWN, STARTER, candidate_files
from grader.challenge.leaks import Secrets
from grader.challenge.mutants import REFERENCE, Mutant, grow, read_mutants, variants
from grader.challenge.pack import Pack
from grader.errors import SubmissionRejected, UsageError
from grader.inspection import inspect
from grader.request import NobodyWatches, Request
from grader.sandbox.pod import Sandbox
from grader.settings import Settings

_GRADERS_OWN = frozenset({"checks", "mutants.toml", "challenge.toml", "solutions"})


def lint_pack(pack: Pack, sandbox: Sandbox | None = None) -> list[str]:
    """What is wrong with a pack's form.

    Args:
        pack: the challenge.
        sandbox: where the starter is started; without one it is not.

    Returns:
        One line for each problem, which begins with the place; empty if there is none.

    Raises:
        InfrastructureError: the sandbox's fault.
    """
    problems = [*_unasked(pack), *_half_public(pack), *_contract(pack)]
    mutants: tuple[Mutant, ...] = ()
    try:
        mutants = read_mutants(pack)
        problems += _mutants(variants(pack), mutants)
        problems += _compared(pack, variants(pack))
    except UsageError as error:
        problems.append(error.message)
    return [*problems, *_starter(pack, sandbox), *_leaks(pack, mutants)]


def _unasked(pack: Pack) -> Iterator[str]:
    for check in pack.checks:
        if check.id not in pack.questions:
            yield f"{check.file}:{check.line}: check {check.id} has no interview question in challenge.toml"


def _half_public(pack: Pack) -> Iterator[str]:
    for check, needed in pack.hidden_needs:
        yield f"{check.file}:{check.line}: the public check {check.id} requires {needed}, which is hidden"


def _contract(pack: Pack) -> Iterator[str]:
    try:
        document = read_contract(pack.folder / "openapi.yaml")
    except ValueError as error:
        yield str(error)
        return
    yield from contract_problems(document)
    brief = (pack.folder / "BRIEF.md").read_text(encoding="utf-8")
    variables = [*pack.rubric.environment, *pack.rubric.upstreams.values()]
    for silence in silences(brief, document, variables):
        yield f"BRIEF.md: {silence}"


def _mutants(solutions: Mapping[str, Path], mutants: tuple[Mutant, ...]) -> Iterator[str]:
    if not mutants:
        yield "mutants.toml: there is no mutant, so nothing shows that the checks find anything"
    if len(solutions) == 1:
        yield "solutions: there is no variant beside the reference, so nothing shows that the checks are fair"
    with tempfile.TemporaryDirectory(prefix="grader-lint-") as folder:
        for mutant in mutants:
            yield from _growth(mutant, solutions[REFERENCE], Path(folder))


def _compared(pack: Pack, solutions: Mapping[str, Path]) -> Iterator[str]:
    terms = pack.rubric.latency
    if terms and terms.reference not in solutions:
        yield f"challenge.toml: latency.reference: there is no solution {terms.reference!r}"


def _growth(mutant: Mutant, reference: Path, folder: Path) -> Iterator[str]:
    try:
        grow(mutant, reference, folder / mutant.id)
    except UsageError as error:
        yield f"mutants.toml: {error.message}"


def _starter(pack: Pack, sandbox: Sandbox | None) -> Iterator[str]:
    starter = pack.folder / STARTER
    if not starter.is_dir():
        yield "starter: there is none; a candidate begins with a project that runs"
        return
    for name in sorted(_GRADERS_OWN):
        if (starter / name).exists():
            yield f"starter/{name}: that is the grader's own, and no candidate gets it"
    if sandbox:
        yield from _start(pack, starter, sandbox)


def _start(pack: Pack, starter: Path, sandbox: Sandbox) -> Iterator[str]:
    request = Request(starter, str(pack.folder), sandbox="local")
    try:
        seen = inspect(request, sandbox, Settings(), NobodyWatches())
    except SubmissionRejected as error:
        yield f"starter: it does not start: {error.message}"
        return
    if seen.routes.health != 200:  # noqa: PLR2004 - the status
        yield f"starter: GET /health answers {seen.routes.health or 'nothing'}, not 200"


def _leaks(pack: Pack, mutants: tuple[Mutant, ...]) -> Iterator[str]:
    try:
        files = candidate_files(pack)
    except UsageError as error:
        yield error.message
        return
    secrets = Secrets.of(pack, mutants)
    for name, path in files.items():
        place = name if name in SHOWN else f"{STARTER}/{name}"
        for told in secrets.told_by(path.read_text(encoding="utf-8", errors="replace")):
            yield f"{place}: {told}"
