"""What `benchmarks.service_times` has measured, as it stands in `benchmarks/data/service_times.json`."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

FILE = Path(__file__).parent / "data" / "service_times.json"
GOOD, POOR, EMPTY = "good", "poor", "empty"
BEFORE = ("intake", "environment")
POD = "pod"
LATENCY = "latency"
AFTER = ("insight", "report", "other")


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Where(_Frozen):
    """The machine, and when."""

    date: str
    cpu: str
    cpus: int
    memory_mib: int
    engine: str
    grader: str


class Grading(_Frozen):
    """One grading. Times in seconds.

    Attributes:
        kind: `good` (the reference), `poor` (a mutant that an async check catches) or `empty` (answers 404).
        measured: whether latency checks were among those that were asked for.
        load: the machine's load average when it began: what else ran there, and the grading before.
        score: None where there is none.
        stages: `timings` of the report; `report`: writing it; `other`: what is in no stage.
        cpu: CPU time of `latency` and of the `rest`, in the containers and in the grader's own process.
        peak_mib: most memory that its containers held at one time.
        engine_calls: to the engine's API, without those that wait for a container's end or its output.
        engine_seconds: until they were answered, summed.
    """

    challenge: str
    kind: str
    measured: bool
    load: float
    score: float | None
    stages: Mapping[str, float]
    cpu: Mapping[str, float]
    peak_mib: float
    engine_calls: int
    engine_seconds: float
    archive_bytes: int
    report_bytes: int
    page_bytes: int

    def seconds(self, *names: str) -> float:
        """Of these stages together; one that was not reached took nothing."""
        return sum(self.stages.get(name, 0.0) for name in names)

    @property
    def busy(self) -> float:
        """CPUs that everything but latency keeps busy, on average."""
        return self.cpu["rest"] / max(self.seconds(*BEFORE, POD, *AFTER), 0.001)

    @property
    def busy_measuring(self) -> float:
        """CPUs that measuring latency keeps busy, on average."""
        taken = self.seconds(LATENCY)
        return self.cpu["latency"] / taken if taken else 0.0


class Installation(_Frozen):
    """Dependencies that the image lacks: seconds to install them and to find them again, and their size."""

    requirements: tuple[str, ...]
    seconds: float
    cached_seconds: float
    installed_bytes: int


class Compared(_Frozen):
    """`grader compare -o compare.html` over as many reports."""

    reports: int
    bytes: int
    seconds: float
    peak_mib: float


class ServiceTimes(_Frozen):
    """All of it."""

    where: Where
    gradings: tuple[Grading, ...] = ()
    installations: tuple[Installation, ...] = ()
    comparisons: tuple[Compared, ...] = ()

    def of(self, kind: str) -> tuple[Grading, ...]:
        """Gradings of this kind with all checks."""
        return tuple(one for one in self.gradings if one.kind == kind and one.measured)


def read(file: Path = FILE) -> ServiceTimes:
    """What was measured.

    Raises:
        SystemExit: it is not there, or is not of this form.
    """
    try:
        return ServiceTimes.model_validate_json(file.read_bytes())
    except OSError as error:
        raise SystemExit(f"{file}: {error.strerror}; run `python -m benchmarks.service_times` first") from error
    except ValidationError as error:
        first = error.errors()[0]
        what = f"{'.'.join(map(str, first['loc']))}: {first['msg']}".removeprefix(": ")
        raise SystemExit(f"{file} is not what benchmarks.service_times writes ({what}); run that again") from error
