"""The seam between the pipeline and whatever runs a candidate: small protocols, no framework.

A *pod* is the harness and the candidate of one grading. The harness is started first and speaks JSON lines
(`grader.verdicts`) on its standard streams; the candidate meets it on loopback and knows nothing of it.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol, Self, runtime_checkable

from grader.intake.submission import Dependencies, EntryPoint, Tree
from grader.placeholders import DATA, filled
from grader.verdicts import Ask, Event, Job, LoadOrder

Progress = Callable[[str], None]
"""Called with one short line whenever a slow step begins, such as "building the runner image"."""
Loading = Callable[[Ask], LoadOrder]
"""Says how a load goes on; waits for its turn. GraderError where that cannot be told."""
Turn = Callable[[], None]
"""Returns when a pod may begin its checks. GraderError where it never may."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """A prepared place to run one submission: interpreter and packages.

    Attributes:
        python: version of the interpreter, such as "3.13.5".
        packages: installed distributions, normalised name → version.
        installed: what was installed for this submission besides the image's own, "name==version"; often empty.
        handle: the backend's own key to it (a volume's name, a folder); "" where nothing was installed.
        image: the backend's own key to the image that it runs in; "" where there is none.
        warnings: what people should know of it, one line each.
    """

    python: str
    packages: Mapping[str, str]
    installed: tuple[str, ...] = ()
    handle: str = ""
    image: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Access:
    """How a service of a pod is reached."""

    application: str
    """What stands for its placeholder in the candidate's variables, such as `user:password@127.0.0.1:5432/database`."""
    harness: str
    """The URL for the harness, which may see everything."""


@dataclass(frozen=True, slots=True)
class PodSpec:
    """What one pod runs. The pod fills in `host`, `port` and `pack` of the job, and where the upstreams are."""

    run_id: str
    runtime: Runtime
    tree: Tree
    entry_point: EntryPoint
    environment: Mapping[str, str]
    pack: Path | None
    """The pack's folder; None for an inspection without a challenge."""
    job: Job
    upstreams: Mapping[str, str] = field(default_factory=dict)
    """Name of an upstream → the environment variable with its base URL."""
    loading: Loading | None = None
    """Answers what the harness asks about loads; None where nothing is measured."""
    services: tuple[str, ...] = ()
    """What runs beside the application (`grader.placeholders.SERVICES`)."""
    migrations: bool = False
    """Whether `alembic upgrade head` runs before each start, where there is an `alembic.ini`."""
    turn: Turn | None = None
    """Waited for when everything has been started, and before the checks begin; None where nobody else is graded."""

    def with_upstreams_at(self, ports: Mapping[str, int]) -> Self:
        """The same, with the base URLs of the upstreams in the environment, and their ports in the job.

        An inspection has them as well, though no check says what they answer: an application that calls one while it
        starts must start as in a grading.

        Args:
            ports: name of an upstream → TCP port of 127.0.0.1.
        """
        urls = {variable: f"http://127.0.0.1:{ports[name]}" for name, variable in self.upstreams.items()}
        told = {"upstreams": dict(ports), "environment": {**self.job.environment, **urls}}
        return replace(self, environment={**self.environment, **urls}, job=self.job.model_copy(update=told))

    def with_data_in(self, folder: str) -> Self:
        """The same, with the folder for data in both environments.

        Args:
            folder: as the application sees it, absolute.
        """
        return self._filled({DATA: folder})

    def with_services_at(self, access: Mapping[str, Access]) -> Self:
        """The same, with the services in both environments, and the harness's own way to them in the job.

        Args:
            access: name of a service → how it is reached.
        """
        placed = self._filled({name: one.application for name, one in access.items()})
        told = {"services": {name: one.harness for name, one in access.items()}}
        return replace(placed, job=placed.job.model_copy(update=told))

    def _filled(self, known: Mapping[str, str]) -> Self:
        told = {"environment": filled(self.job.environment, known)}
        return replace(self, environment=filled(self.environment, known), job=self.job.model_copy(update=told))


@dataclass(frozen=True, slots=True)
class SandboxFacts:
    """What the report says of the place: engine, image digests, limits in force, isolation."""

    sandbox: str
    isolation: str
    """`container` or `none`."""
    engine: str = ""
    images: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, str] = field(default_factory=dict)


class Pod(Protocol):
    """A running pod."""

    def events(self) -> Iterator[Event]:
        """The harness's events until and including `Finished` or `Fault`, each as soon as it arrives.

        The candidate of a job with upstreams is started when `UpstreamsReady` is taken, else it runs already.

        Raises:
            PodError: a container or the engine was lost, or the candidate cannot be started, or the machine kept it
                from running until its start-up deadline had passed.
            HarnessError: the harness ended early, went silent past the job's deadlines, or wrote what is no event.
        """
        ...

    def candidate_log(self) -> str:
        """The tail of what the candidate wrote to stdout and stderr, decoded, at most 64 KiB. Never raises."""
        ...

    def candidate_status(self) -> int | None:
        """Exit status of the candidate's process, negative for a signal; None until it has ended."""
        ...

    def stop_early(self) -> None:
        """Let `events` end with a `PodError` soon; from any thread. The pod's block then cleans up as ever."""
        ...


class Sandbox(Protocol):
    """A backend. `prepare` may be slow (it builds images and installs packages); `pod` is quick."""

    def prepare(self, dependencies: Dependencies, progress: Progress) -> Runtime:
        """Make what the submission declares available.

        Raises:
            DependenciesRejected: no resolution, or no wheel; `detail` holds the resolver's reason.
            EngineUnavailable, ImageError, InfrastructureError: the machine's fault.
        """
        ...

    def provide(self, services: Collection[str], progress: Progress) -> None:
        """Make services available that pods will have beside the application; may be slow.

        Raises:
            UsageError: this backend has none.
            EngineUnavailable, ImageError: the machine's fault.
        """
        ...

    def pod(self, spec: PodSpec) -> AbstractContextManager[Pod]:
        """Start a pod; on leaving, everything that belongs to it is gone, however it was left.

        Raises:
            PodError: it could not be started.
        """
        ...

    def run_tool(self, spec: PodSpec, script: str, job: str, seconds: float) -> bytes:
        """Run a Python script of ours in a candidate's place of its own: its files, packages and variables.

        In a container it has no network, and as little else as the application had. What comes back is the
        candidate's, whoever wrote the script.

        Args:
            spec: whose place; no harness takes part in it.
            script: its text; it can import the candidate's packages and the runner's. Neither the text nor the job
                may have 128 KiB, because Linux takes no longer argument (execve(2)).
            job: its only argument.
            seconds: after so many, from now on, it is ended.

        Returns:
            The last 64 KiB of what it wrote, to standard output and standard error.

        Raises:
            PodError: it could not be started, or something of it is left.
        """
        ...

    def facts(self) -> SandboxFacts:
        """What the report says of this place. Valid after `prepare`."""
        ...


@runtime_checkable
class Waits(Protocol):
    """Whatever had to wait for others that are graded on the machine."""

    @property
    def waited(self) -> float:
        """Seconds for which it has waited until now, in all."""
        ...
