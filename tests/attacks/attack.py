"""What attacks share: handing something in as a user would, and seeing that nothing of it is left afterwards."""

import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.report.model import Report, Status
from grader.sandbox.engine import PID_LABEL
from grader.verdicts import Verdict

if TYPE_CHECKING:
    from docker import DockerClient

HOME = Path(__file__).parent
PACK = HOME / "pack"
HONEST = (HOME / "honest.py").read_text(encoding="utf-8")
REQUIREMENTS = "fastapi\nhttpx\n"
DEADLINE = 240
"""Seconds in which each run must have ended, whatever was handed in."""
SHORT = {"GRADER_STARTUP_DEADLINE": "30", "GRADER_CHECK_DEADLINE": "30", "GRADER_TOTAL_DEADLINE": "90"}


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        code: exit code.
        text: what the command printed.
        report: what it wrote, once validated; None where there is none.
        folder: where the reports are.
        seconds: wall time.
    """

    code: int
    text: str
    report: Report | None
    folder: Path
    seconds: float

    @property
    def log(self) -> str:
        """What the application printed, as the report has it."""
        return self.told().log

    @property
    def words(self) -> str:
        """In a few words, for the table."""
        if self.report is None:
            return f"exit {self.code}, no report"
        if self.report.score is not None:
            return f"exit {self.code}, scores {self.report.score.total:g}"
        problem = self.report.problem
        return f"exit {self.code}, {problem.kind if problem else self.report.status}"

    def told(self) -> Report:
        """The report, which there must be."""
        assert self.report is not None, self.text
        return self.report

    def graded(self, *, score: float | None = None, below: float | None = None) -> Report:
        """See that it was graded.

        Args:
            score: exactly this.
            below: less than this.
        """
        report = self.told()
        assert (self.code, report.status) == (0, Status.GRADED), self.text
        assert report.score is not None
        if score is not None:
            assert report.score.total == score, self.text
        if below is not None:
            assert report.score.total < below, self.text
        return report

    def rejected(self, kind: str, *words: str) -> Report:
        """See that it was rejected, as the candidate's fault, and that the message says why.

        Args:
            kind: the error's class, such as `ArchiveRejected`.
            words: all of them stand in the message or the hint.
        """
        report = self.told()
        assert (self.code, report.status, report.score) == (3, Status.REJECTED, None), self.text
        return self._says(report, kind, words)

    def at_fault(self, kind: str, *words: str) -> Report:
        """See that it is a fault of the grader's or its machine's, with no verdict on the candidate."""
        report = self.told()
        assert (self.code, report.status, report.score) == (4, Status.INFRASTRUCTURE_ERROR, None), self.text
        return self._says(report, kind, words)

    def verdicts(self) -> dict[str, Verdict]:
        """Check id → verdict."""
        return {check.id: check.verdict for check in self.told().checks}

    def lost(self) -> set[str]:
        """The checks that did not pass wholly."""
        return {check.id for check in self.told().checks if check.credit < 1}

    def findings(self, mark: str = "FOUND ") -> Any:
        """What the application says that it found: the JSON behind a mark, on a line of its log."""
        lines = [line for line in self.log.splitlines() if line.startswith(mark)]
        assert lines, self.log
        return json.loads(lines[-1].removeprefix(mark))

    @staticmethod
    def _says(report: Report, kind: str, words: tuple[str, ...]) -> Report:
        problem = report.problem
        assert problem is not None
        assert problem.kind == kind, problem
        missing = [word for word in words if word not in f"{problem.message}\n{problem.hint}"]
        assert not missing, problem
        assert "\n" not in problem.message
        return report


@dataclass
class Attack:
    """Hands things in, each in a folder of its own, and remembers what to look at afterwards."""

    engine: "DockerClient"
    root: Path
    runs: list[Outcome] = field(default_factory=list)
    _pids: list[int] = field(default_factory=list)

    def app(self, main: str = HONEST, files: Mapping[str, str | bytes] | None = None, **given: Any) -> Outcome:
        """Hand in a zip with this `main.py`.

        Args:
            main: its text.
            files: others, path → content; `requirements.txt` among them replaces the usual one.
            given: as for `archive`.
        """
        return self.archive(self.zipped({"main.py": main, "requirements.txt": REQUIREMENTS, **(files or {})}), **given)

    def honest(self, before: str = "", after: str = "", **given: Any) -> Outcome:
        """Hand in a correct solution, with other code before and after it."""
        return self.app(f"{before}\n{HONEST}\n{after}\n", **given)

    def zipped(self, files: Mapping[str, str | bytes], name: str = "submission.zip") -> Path:
        """A zip with these files."""
        path = self.root / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for inner, content in files.items():
                archive.writestr(inner, content)
        return path

    def archive(self, path: Path, *words: str, pack: str = str(PACK), env: Mapping[str, str] | None = None) -> Outcome:
        """Run `grader run` on it, to its end.

        Args:
            path: what is handed in.
            words: more options.
            pack: the challenge.
            env: more variables, such as settings; deadlines are short otherwise.
        """
        return self.finish(self.start(path, *words, pack=pack, env=env))

    def start(
        self, path: Path, *words: str, pack: str = str(PACK), env: Mapping[str, str] | None = None
    ) -> subprocess.Popen[str]:
        """Begin such a run; `finish` has to follow, once for each."""
        number = len(self._pids)
        home = self.root / f"run-{number}"
        for folder in ("cwd", "tmp"):
            (home / folder).mkdir(parents=True)
        words = ("run", str(path), "--challenge", pack, "--out", str(home / "report"), *words)
        process = subprocess.Popen(
            [sys.executable, "-m", "grader", *words],
            cwd=home / "cwd",
            env=os.environ | {"NO_COLOR": "1", "COLUMNS": "120", "TMPDIR": str(home / "tmp")} | SHORT | dict(env or {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,  # its id is then that of all its processes
        )
        self._pids.append(process.pid)
        process.began = time.monotonic()  # type: ignore[attr-defined]
        process.home = home  # type: ignore[attr-defined]
        return process

    def finish(self, process: Any) -> Outcome:
        """Wait for its end, and read its report."""
        text, _ = process.communicate(timeout=DEADLINE)
        folder = process.home / "report"
        written = folder / "report.json"
        report = Report.model_validate_json(written.read_bytes()) if written.exists() else None
        outcome = Outcome(process.returncode, text, report, folder, time.monotonic() - process.began)
        self.runs.append(outcome)
        return outcome

    def leftovers(self) -> list[str]:
        """What is still there of any of the runs: containers, networks, volumes, processes, files."""
        found = [line for pid in self._pids for line in self._of(pid)]
        for home in self.root.glob("run-*"):
            found += [str(path) for folder in ("cwd", "tmp") for path in (home / folder).iterdir()]
            found += [str(path) for path in (home / "report").glob("*") if path.suffix not in {".json", ".html"}]
        return found

    def _of(self, pid: int) -> list[str]:
        label: dict[str, Any] = {"label": f"{PID_LABEL}={pid}"}
        # The low-level call: the other one looks at each container again, and one may have gone meanwhile.
        found = [f"container {one['Names']}" for one in self.engine.api.containers(all=True, filters=label)]
        found += [f"network {one.name}" for one in self.engine.networks.list(filters=label)]
        found += [f"volume {one.name}" for one in self.engine.volumes.list(filters=label)]
        return found + [f"process {one}" for one in _session(pid)]


def _session(leader: int) -> list[int]:
    """The processes of a session that still run."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        if int(fields[3]) == leader:  # proc(5): the 6th field is the session
            found.append(int(stat.parent.name))
    return found
