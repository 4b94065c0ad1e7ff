"""What `grader` takes of a machine: `python -m benchmarks.footprint`.

Peak memory of the host process (wanted: under 120 MB) and of the harness (under 150 MB) on the reference solution, and
what `grader --help` imports (neither docker nor httpx nor jinja2).
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.command import reference_zip, run
from grader.grade import grade
from grader.request import NobodyWatches, Request
from grader.sandbox.local_backend import LocalSandbox
from grader.settings import Settings

HEAVY = ("docker", "httpx", "jinja2")
HARNESS = """
import resource, sys
from grader.harness.__main__ import main
try:
    main()
finally:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=open(sys.argv[1], "w"))
"""


def main() -> None:
    """Print each figure on a line."""
    with reference_zip() as source:
        peak = run(str(source), "--challenge", "user-directory").peak_mib
        print(f"host process at its peak: {peak:.0f} MiB (wanted: under 114 MiB, which is 120 MB)")
        print(f"harness at its peak: {harness_peak(source):.0f} MiB (wanted: under 143 MiB, which is 150 MB)")
    seen = help_imports()
    print(
        f"grader --help imports {len(seen)} modules; of {', '.join(HEAVY)}: {[name for name in HEAVY if name in seen]}"
    )


def harness_peak(source: Path) -> float:
    """MiB at the harness's peak while it grades the reference in the local sandbox."""
    with tempfile.TemporaryDirectory() as folder:
        script, answer = Path(folder, "harness.py"), Path(folder, "peak")
        script.write_text(HARNESS)
        sandbox = LocalSandbox(Settings(), harness_command=[sys.executable, str(script), str(answer)])
        grade(Request(source, "user-directory", sandbox="local"), sandbox, Settings(), NobodyWatches())
        return int(answer.read_text()) / 1024


def help_imports() -> set[str]:
    """Top-level and nested names of the modules that `grader --help` has imported by its end."""
    code = (
        "import sys; from grader.cli.main import app\n"
        "try:\n    app(['--help'], prog_name='grader')\nexcept SystemExit:\n    pass\n"
        "print('MODULES', *sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return set(done.stdout.rpartition("MODULES ")[2].split())


if __name__ == "__main__":
    main()
