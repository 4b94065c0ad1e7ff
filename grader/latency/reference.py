"""The reference of a pack, as the other side of a comparison: taken in, prepared and run like a submission."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from grader.challenge.mutants import variants
from grader.challenge.pack import Pack
from grader.conduct import PodSpecs
from grader.errors import UsageError
from grader.intake.intake import take_in
from grader.latency.loads import Loads
from grader.request import Request
from grader.sandbox.pod import Loading, Pod, Progress, Sandbox
from grader.settings import Settings
from grader.workspace import workspace

LOCK = "latency.lock"


@dataclass(frozen=True, slots=True)
class Reference:
    """Opens pods of a pack's reference.

    Attributes:
        request: of the run that compares; seed and options are the same for both sides.
        pack: whose reference.
        sandbox: where both run.
        settings: the same limits for both.
        progress: called when something slow begins.
    """

    request: Request
    pack: Pack
    sandbox: Sandbox
    settings: Settings
    progress: Progress

    @contextmanager
    def pod(self, check: str, loading: Loading) -> Iterator[Pod]:
        """A pod that runs one check and what it requires.

        Raises:
            GraderError: it cannot be started.
        """
        terms = self.pack.rubric.latency
        solutions = variants(self.pack)
        if terms is None or terms.reference not in solutions:
            raise UsageError(f"{self.pack.rubric.slug} has no solution to compare with")
        source = solutions[terms.reference]
        with workspace() as folder:
            submission = take_in(source, folder, self.settings)
            runtime = self.sandbox.prepare(submission.dependencies, self.progress)
            specs = PodSpecs(self.request, self.pack, submission, runtime, self.settings)
            with self.sandbox.pod(specs.measurement(check, loading)) as pod:
                yield pod


def loads_of(request: Request, pack: Pack, sandbox: Sandbox, settings: Settings, progress: Progress) -> Loads:
    """What compares the pack's latency checks with its reference."""
    reference = Reference(request, pack, sandbox, settings, progress)
    tiers = pack.rubric.latency.tiers if pack.rubric.latency else ()
    return Loads(reference.pod, tiers, settings.cache_dir / LOCK, request.seed)
