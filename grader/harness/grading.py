"""A `grade` job: pytest in this process, on the pack's checks alone."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import anyio.pytest_plugin
import pytest

from grader.harness.attempt import Attempt
from grader.harness.candidate import Candidate, Waiting
from grader.harness.decorator import CheckInfo
from grader.harness.fault import HarnessFault, PackFault
from grader.harness.host import Host
from grader.harness.plan import plan
from grader.harness.plugin import GradingPlugin
from grader.harness.sequence import CheckSequence
from grader.harness.starvation import Watcher
from grader.verdicts import Event, Job

if TYPE_CHECKING:
    from grader.harness.upstream.service import UpstreamService

# Of pytest's own plugins, those that would write files, capture, print or warn.
_UNWANTED = (
    "cacheprovider",
    "doctest",
    "faulthandler",
    "junitxml",
    "logging",
    "pastebin",
    "stepwise",
    "terminal",
    "threadexception",
    "unraisableexception",
    "warnings",
)


def grade(
    job: Job,
    candidate: Candidate,
    waiting: Waiting,
    send: Callable[[Event], None],
    host: Host,
    upstreams: "UpstreamService | None",
) -> None:
    """Collect the checks, wait for the candidate, run them.

    Args:
        job: what to grade.
        candidate: its process.
        waiting: tells whether it listens.
        send: takes the events of the checks.
        host: does what checks ask for.
        upstreams: the services that the candidate calls; None where the job has none.

    Raises:
        PackFault: the pack's files cannot be imported.
        HarnessFault: the pack is broken; whatever else is raised is a fault of the harness too.
    """
    watcher = Watcher()
    watcher.start()

    def run_all(found: list[CheckInfo], attempt: Callable[[CheckInfo, float], Attempt]) -> None:
        checks = plan(found, job.only, alone=job.alone)
        if waiting.listening():
            CheckSequence(job, candidate, attempt, watcher.starved, send).run(checks)

    plugin = GradingPlugin(job, run_all, candidate, host, upstreams)
    try:
        with _forgotten(Path(job.pack).resolve()):
            output = _run_pytest(Path(job.pack), plugin)
    finally:
        watcher.stop()
    if plugin.fault:
        raise plugin.fault
    if not plugin.completed:
        raise _not_run(output)


def _not_run(output: str) -> HarnessFault:
    """Why pytest did not come so far as to collect."""
    if output.startswith("ImportError while loading conftest"):
        reason = output.rstrip().splitlines()[-1].removeprefix("E").strip()
        return PackFault(f"checks/conftest.py cannot be imported: {reason}", output)
    return HarnessFault("pytest could not run the pack's checks", output)


@contextmanager
def _forgotten(pack: Path) -> Iterator[None]:
    """Forget the pack's modules on leaving: they are kept by name, and the next job's pack has the same names."""
    before = set(sys.modules)
    try:
        yield
    finally:
        for name in sys.modules.keys() - before:
            if any(place.is_relative_to(pack) for place in _places(sys.modules[name])):
                del sys.modules[name]


def _places(module: ModuleType) -> Iterator[Path]:
    """The file of a module, or the folders of a package that has none."""
    file = getattr(module, "__file__", None)
    yield from map(Path, [file] if file else getattr(module, "__path__", ()))


def _run_pytest(pack: Path, plugin: GradingPlugin) -> str:
    """Run it, and return what it had to say."""
    # Plugins of the place, and options from its environment, are none of the pack's.
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS"):
        os.environ.pop(name, None)
    sys.dont_write_bytecode = True
    output = StringIO()
    with redirect_stderr(output):
        pytest.main(_arguments(pack), plugins=[anyio.pytest_plugin, plugin])
    sys.stderr.write(output.getvalue())
    return output.getvalue()


def _arguments(pack: Path) -> list[str]:
    folder = pack.resolve() / "checks"
    files = sorted(path for path in folder.glob("*.py") if path.name != "conftest.py")
    if not files:
        raise HarnessFault(f"no checks in {folder}")
    return [
        *(f"-pno:{name}" for name in _UNWANTED),
        f"-c{os.devnull}",
        f"--rootdir={pack.resolve()}",
        f"--confcutdir={folder}",
        "--import-mode=importlib",
        "--capture=no",
        "-opython_files=*.py",
        "-opython_functions=*",
        *map(str, files),
    ]
