"""`grader batch` as its users run it, in the local sandbox."""

import csv
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.batch.job import Terms
from grader.batch.record import record, recorded
from grader.errors import Exit

HELD = """
import os
with open({pipe!r}, "rb") as gate:  # until the test has opened the other end
    word = gate.read()
if word != b"go":
    os._exit(1)
"""
TOLD = ("what is under way may end; Ctrl-C once more stops it\n", "stopping\n")
APP = "from fastapi import FastAPI\napp = FastAPI()\n"


@pytest.fixture
def cohort(tmp_path: Path) -> Callable[..., Path]:
    """A folder of submissions of these names; what is called `held` does not start before its gate opens."""

    def make(*names: str) -> Path:
        folder = tmp_path / "cohort"
        for name in names:
            (folder / name).mkdir(parents=True)
            gate = HELD.format(pipe=str(tmp_path / "gate")) if name.endswith("held") else ""
            (folder / name / "main.py").write_text(gate + APP)
        return folder

    return make


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """What holds the application that is called so: a named pipe."""
    os.mkfifo(tmp_path / "gate")
    return tmp_path / "gate"


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path, make_pack: Callable[..., Path]) -> Iterator[Start]:
    """`grader batch` with these words, on the tiny pack, in the folder `out`."""
    running: list[subprocess.Popen[str]] = []
    terms = ["--challenge", str(make_pack()), "--sandbox", "local", "--out", str(tmp_path / "out")]

    def begin(*words: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", "grader", "batch", *words, *terms],
            env=os.environ | {"COLUMNS": "120", "NO_COLOR": "1", "GRADER_CACHE_DIR": str(tmp_path / "cache")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield begin
    for process in running:
        process.kill()
        process.communicate()


def ended(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    """Exit code and what it has printed."""
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def table(tmp_path: Path) -> dict[str, str]:
    """Name → status, as summary.csv says."""
    with (tmp_path / "out" / "summary.csv").open(newline="") as file:
        return {row["name"]: row["status"] for row in csv.DictReader(file)}


def test_a_cohort(start: Start, cohort: Callable[..., Path], tmp_path: Path) -> None:
    """A report of each, a table, a comparison, a line for each as it ends; who was rejected is no failure."""
    folder = cohort("ada", "ben")
    (folder / "junk.zip").write_text("junk")
    code, out, err = ended(start(str(folder)))
    assert (code, err.count(" scores 100"), err.count("junk rejected")) == (Exit.OK, 2, 1)
    assert out.startswith("3 of 3 submissions have a report, 2 a score\n")
    assert table(tmp_path) == {"ada": "graded", "ben": "graded", "junk": "rejected"}
    made = sorted(str(file.relative_to(tmp_path / "out")) for file in (tmp_path / "out").rglob("*") if file.is_file())
    each = [f"{name}/{file}" for name in ("ada", "ben", "junk") for file in ("job.json", "report.html", "report.json")]
    assert made == sorted([*each, "batch.json", "batch.lock", "compare.html", "summary.csv"])


def test_killed_it_goes_on_where_it_was(start: Start, cohort: Callable[..., Path], gate: Path, tmp_path: Path) -> None:
    """SIGKILL in the middle: what had a report keeps it, byte for byte; what was under way is graded again."""
    folder = cohort("ada", "held", "zoe")
    process = start(str(folder), "--jobs", "2")  # else who is held may have the only turn
    with gate.open("wb"):  # opens once the application is at its gate, which then ends by itself
        wait_for(tmp_path / "out" / "ada" / "report.html")
        process.kill()
        process.wait(60)
    kept = (tmp_path / "out" / "ada" / "report.json").read_bytes()
    (folder / "held" / "main.py").write_text(APP)
    code, out, err = ended(start(str(folder), "--resume"))
    assert (code, "have a report already" in err) == (Exit.OK, True)
    assert table(tmp_path) == dict.fromkeys(("ada", "held", "zoe"), "graded")
    assert (tmp_path / "out" / "ada" / "report.json").read_bytes() == kept
    code, out, err = ended(start(str(folder), "--resume"))
    assert (code, err, out.splitlines()[0]) == (Exit.OK, "", "3 of 3 submissions have a report, 3 a score")


def test_ctrl_c_lets_what_is_under_way_end(
    start: Start, cohort: Callable[..., Path], gate: Path, tmp_path: Path
) -> None:
    """And the summary is written; nothing else has begun."""
    process = start(str(cohort("a-held", "b", "c", "d")), "--jobs", "1")
    with gate.open("wb") as word:
        wait_for(tmp_path / "out" / "b" / "job.json")
        process.send_signal(signal.SIGINT)
        word.write(b"go")
    code, out, _ = ended(process)
    done = table(tmp_path)
    assert (code, done["a-held"]) == (Exit.INTERRUPTED, "graded")
    assert "d" not in done
    assert "not done" in out


@pytest.mark.parametrize("signals", [(signal.SIGINT, signal.SIGINT), (signal.SIGTERM,)], ids=["twice", "terminated"])
def test_once_more_stops_it(
    start: Start, cohort: Callable[..., Path], gate: Path, tmp_path: Path, signals: tuple[signal.Signals, ...]
) -> None:
    """Though the application never starts; there is no report of it, and nothing that runs."""
    process = start(str(cohort("a-held", "z")), "--jobs", "1")
    with gate.open("wb"):
        wait_for(tmp_path / "out" / "z" / "job.json")
        for each in signals:
            process.send_signal(each)
            assert process.stderr is not None
            while process.stderr.readline() not in TOLD:  # else two of a kind could become one
                pass
        code, _, _ = ended(process)
    assert code == Exit.INTERRUPTED
    assert "a-held" not in table(tmp_path)
    assert not (tmp_path / "out" / "a-held" / "report.json").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param([], "holds a batch", id="no --resume"),
        pytest.param(["--resume", "--seed", "1"], "has seed", id="another seed"),
        pytest.param(["--resume", "--no-latency"], "has latency True, not False", id="other terms"),
        pytest.param(["--resume", "--jobs", "many"], "write a number of pods, or auto", id="no number"),
        pytest.param(["--resume", "--jobs", "0"], "write a number of pods, or auto", id="no pods"),
        pytest.param(["--resume", "--runtime", "runsc"], "--sandbox local has none", id="a runtime of nothing"),
    ],
)
def test_what_cannot_be_gone_on_with(
    start: Start,
    cohort: Callable[..., Path],
    make_pack: Callable[..., Path],
    tmp_path: Path,
    words: list[str],
    told: str,
) -> None:
    """One line each, and what was done stays."""
    before = Terms(seed=7, challenge=str(make_pack()), sandbox="local")
    (tmp_path / "out").mkdir()
    record(tmp_path / "out", before)
    code, _, err = ended(start(str(cohort("ada")), *words))
    assert (code, told in err) == (Exit.USAGE, True)
    kept = recorded(tmp_path / "out")
    assert kept is not None
    assert kept.terms == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(["nowhere"], "nowhere is not there", id="nothing there"),
        pytest.param(["--resume", "."], "there is no batch.json", id="nothing to go on with"),
    ],
)
def test_what_cannot_be_begun(start: Start, tmp_path: Path, words: list[str], told: str) -> None:
    """One line, before anything is made."""
    (tmp_path / "main.py").write_text(APP)
    code, _, err = ended(start(*words))
    assert (code, told in err) == (Exit.USAGE, True)
    assert not (tmp_path / "out" / "batch.json").exists()


def test_quiet_prints_one_line(start: Start, cohort: Callable[..., Path]) -> None:
    """For scripts."""
    code, out, err = ended(start(str(cohort("ada")), "--quiet"))
    assert (code, out, err) == (Exit.OK, "1 of 1 submissions have a report, 1 a score\n", "")


def wait_for(file: Path) -> None:
    """Return once the file is there: a name appears only when it is whole."""
    import time  # noqa: PLC0415

    until = time.monotonic() + 120
    while not file.exists():
        assert time.monotonic() < until, f"{file} never came"
        time.sleep(0.02)
