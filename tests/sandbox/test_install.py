"""Whose fault a failed installation is, what the installer is told, and what it does inside."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from grader.errors import DependenciesRejected, InfrastructureError
from grader.intake.submission import Dependencies
from grader.sandbox import installer
from grader.sandbox.blame import judge
from grader.sandbox.install import installer_request
from grader.settings import MEBIBYTE, Settings

SETTINGS = Settings(install_bytes=5 * MEBIBYTE, install_deadline=9)


def outcome(output: str = "", **changes: Any) -> dict[str, Any]:
    return {"exit": 1, "output": output, "over": "", "busy": 0.1, **changes}


UNKNOWN = """\
Using Python 3.13.5 environment at: /opt/deps
error: No solution found when resolving dependencies
  cause: Because nosuch was not found in the package registry
         and you require nosuch, we can conclude that your requirements are unsatisfiable.

hint: look again
"""
OLD_STYLE = """\
  × No solution found when resolving dependencies:
  ╰─▶ Because there is no version of fastapi==99 and you require fastapi==99, we can conclude that your
      requirements are unsatisfiable.
"""


NO_PARSE = "error: Couldn't parse requirement in `/tmp/grader/install.txt` at position 14\n  cause: expected number\n"
URL_INSIDE = "error: Failed to resolve\n  cause: Package `x` was included as a URL dependency. URL dependencies must be expressed as direct\n"  # noqa: E501  # uv's own line
NO_WHEEL = "error: Failed to install: x.whl (x==1.0)\n  cause: The wheel is invalid: Unsupported wheel major version\n"


@pytest.mark.parametrize(
    "failed",
    [
        pytest.param(outcome(UNKNOWN), id="unknown name"),
        pytest.param(outcome(OLD_STYLE), id="uv's earlier wording"),
        pytest.param(outcome(exit=-9, over="size"), id="too large"),
        pytest.param(outcome(exit=-9, over="time", busy=0.9), id="a resolver that computes without end"),
        pytest.param(outcome(NO_PARSE), id="a version that uv does not read"),
        pytest.param(outcome(URL_INSIDE), id="a package that requires an address"),
        pytest.param(outcome(NO_WHEEL, exit=2), id="a package of an unknown format"),
    ],
)
def test_the_declarations_fault(failed: dict[str, Any]) -> None:
    # What the candidate declared is rejected, with uv's own words in the detail.
    with pytest.raises(DependenciesRejected) as caught:
        judge(failed, SETTINGS)
    assert caught.value.detail == failed["output"]
    assert "\n" not in caught.value.message


FORBIDDEN = UNKNOWN.replace("look again", "An index (https://x/simple) returned a 403 Forbidden error.")
SIGN_IN = UNKNOWN.replace("look again", "The structure of `x` (v1.0) was invalid:\n  Failed to read from zip file")
NO_DNS = "error: Request failed after 3 retries\n  cause: error sending request\n  cause: dns error\n"
FULL = "error: Failed to download `idna==3.20`\n  cause: No space left on device (os error 28)\n"
UNPACKING = "Resolved 12 packages in 99ms\n"


@pytest.mark.parametrize(
    "failed",
    [
        pytest.param(outcome(NO_DNS, exit=2), id="no name resolution"),
        pytest.param(outcome(FORBIDDEN), id="an index that wants a password"),
        pytest.param(outcome(SIGN_IN), id="a page in place of a wheel"),
        pytest.param(outcome(FULL), id="a full disk"),
        pytest.param(outcome("", exit=-9), id="killed for memory"),
        pytest.param(outcome(exit=-9, over="time", busy=0.05), id="a slow network"),
        pytest.param(outcome(UNPACKING, exit=-9, over="time", busy=0.9), id="a slow machine that unpacks"),
    ],
)
def test_the_machines_fault(failed: dict[str, Any]) -> None:
    # What the network, the index or the machine did is never held against the candidate.
    with pytest.raises(InfrastructureError):
        judge(failed, SETTINGS)


def test_passwords_of_an_index_are_not_told() -> None:
    # What uv could not read it repeats with all that is in it; the report is for people who must not know that.
    with pytest.raises(InfrastructureError) as caught:
        judge(outcome("error: invalid value 'http://user:s3cret@[x/simple' for '--default-index'\n", exit=2), SETTINGS)
    assert "s3cret" not in caught.value.message + caught.value.detail


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        pytest.param(
            UNKNOWN, "Because nosuch was not found in the package registry and you require nosuch", id="cause"
        ),
        pytest.param(OLD_STYLE, "Because there is no version of fastapi==99 and you require fastapi==99", id="arrow"),
    ],
)
def test_the_headline_holds_the_resolvers_reason(output: str, reason: str) -> None:
    # One line says why, whichever of its layouts uv used.
    with pytest.raises(DependenciesRejected) as caught:
        judge(outcome(output), SETTINGS)
    assert reason in caught.value.message


def test_an_infrastructure_fault_names_first_and_last_cause() -> None:
    # The headline says what uv tried and what stopped it.
    with pytest.raises(InfrastructureError) as caught:
        judge(outcome(NO_DNS, exit=2), SETTINGS)
    assert "Request failed after 3 retries: dns error" in caught.value.message


def test_a_wheel_that_is_not_there_is_explained() -> None:
    # Where no wheel fits this Python, the hint says so.
    with pytest.raises(DependenciesRejected) as caught:
        judge(outcome(UNKNOWN.replace("look again", "no wheels with a matching Python ABI tag")), SETTINGS)
    assert "GRADER_PYTHON_VERSION" in caught.value.hint


def request(dependencies: Dependencies, missing: list[str]) -> dict[str, Any]:
    return installer_request(dependencies, missing, SETTINGS, uv="uv", fallback="/image")


def test_companions_are_resolved_together_with_the_declaration() -> None:
    # FastAPI and uvicorn come along unless they are declared, so that their versions fit what is.
    told = request(Dependencies(requirements=("Uvicorn==0.30", "pydantic<2")), ["pydantic<2"])
    assert told["requirements"] == ["Uvicorn==0.30", "pydantic<2", "fastapi"]


def test_undeclared_imports_are_optional() -> None:
    # Without a declaration only what is missing is asked for, and nothing of it is required.
    told = request(Dependencies(imports=("fastapi", "slugify")), ["slugify"])
    assert (told["requirements"], told["optional"]) == ([], ["slugify"])


def test_requirements_are_written_anew() -> None:
    # Nothing of a line but name, extras, version and marker reaches the installer.
    told = request(Dependencies(requirements=("  a [x] >= 1 ; python_version>'3'  ",)), ["a"])
    assert told["requirements"][0] == 'a[x]>=1; python_version > "3"'


def fake_uv(folder: Path, script: str) -> str:
    path = folder / "uv"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def run_installer(folder: Path, script: str, **changes: Any) -> dict[str, Any]:
    root, work = folder / "deps", folder / "work"
    root.mkdir()
    work.mkdir()
    told = {**request(Dependencies(requirements=("a",), pins=("b==1",)), ["a"]), "uv": fake_uv(folder, script)}
    return installer.install({**told, **changes}, root, work)


def test_uv_is_told_to_take_wheels_only_and_no_settings(tmp_path: Path) -> None:
    # Source distributions and configuration files are shut out, pins constrain, every time.
    done = run_installer(tmp_path, 'echo "$@"; cat "${@: -1}" 2>/dev/null; exit 1')
    for option in ("--only-binary :all:", "--no-config", "--no-python-downloads", "--constraints"):
        assert option in done["output"]


SITE = 'site=$(dirname "$0")/deps/lib/python*/site-packages; site=$(echo $site)'


def test_what_was_installed_is_listed_compiled_and_readable(tmp_path: Path) -> None:
    # Names come from the folders' names; modules are compiled; any user can read the tree; the image comes last.
    script = (
        f"{SITE}; umask 077; mkdir $site/a_b-1.0+x.dist-info; echo 'x = 1' > $site/ab.py; echo /early > $site/z.pth"
    )
    done = run_installer(tmp_path, script)
    site = next((tmp_path / "deps").glob("lib/python*/site-packages"))
    assert done["packages"] == {"a_b": "1.0+x"}
    assert list(site.glob("__pycache__/ab.*.pyc"))
    assert (site / "ab.py").stat().st_mode & 0o777 == 0o644
    assert (site / "a_b-1.0+x.dist-info").stat().st_mode & 0o777 == 0o755
    assert max(site.glob("*.pth")).read_text() == "/image\n"
    assert not list((tmp_path / "deps").glob(".*"))


def test_nothing_of_a_wheel_runs_while_it_is_installed(tmp_path: Path) -> None:
    # A .pth file with code in it is unpacked and compiled around, never executed.
    trap = tmp_path / "sprung"
    script = (
        f"{SITE}; echo \"import pathlib; pathlib.Path('{trap}').touch()\" > $site/trap.pth; echo 'x=1' > $site/m.py"
    )
    assert run_installer(tmp_path, script)["exit"] == 0
    assert not trap.exists()


def test_no_module_of_a_wheel_is_read_by_the_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Its main module is the standard library's: workers read that anew, and what stands around is never looked into.
    trap = tmp_path / "sprung"
    spring = f"import pathlib; pathlib.Path('{trap}').touch()"
    names = "compileall.py multiprocessing.py sitecustomize.py py_compile.py"
    script = f'{SITE}; for name in {names}; do echo "{spring}" > $site/$name; done'
    started: list[list[str]] = []
    real = subprocess.run
    monkeypatch.setattr(
        subprocess, "run", lambda command, **given: (started.append(command), real(command, **given))[1]
    )
    assert run_installer(tmp_path, script)["exit"] == 0
    assert ["-I", "-S", "-m", "compileall"] in [command[1:5] for command in started]
    assert not trap.exists()


def test_the_last_line_of_the_path_is_the_images(tmp_path: Path) -> None:
    # A wheel that takes the place of the file that says so, with a folder, does not stop the installation.
    done = run_installer(tmp_path, f"{SITE}; mkdir $site/zzzz-grader.pth; touch $site/zzzz-grader.pth/x")
    assert done["packages"] == {}
    assert next((tmp_path / "deps").glob("lib/python*/site-packages/zzzz-grader.pth")).read_text() == "/image\n"


def test_empty_files_take_space_too(tmp_path: Path) -> None:
    # A flood of files without contents fills the inodes of a disk.
    for number in range(20):
        (tmp_path / f"{number}").touch()
    assert installer.disk_usage(tmp_path) == 20 * 4096


def test_too_many_bytes_end_it(tmp_path: Path) -> None:
    # The size limit stops a download that would go on.
    script = f"{SITE}; head -c 3000000 /dev/urandom > $site/big; exec sleep 60"
    assert run_installer(tmp_path, script, bytes=2 * MEBIBYTE)["over"] == "size"


def test_a_deadline_ends_it(tmp_path: Path) -> None:
    # A uv that never ends is killed, and the time it computed is told.
    done = run_installer(tmp_path, "exec sleep 60", seconds=0.2)
    assert (done["over"], done["exit"]) == ("time", -9)
    assert done["busy"] < 0.5


def test_an_optional_name_that_does_not_resolve_is_dropped(tmp_path: Path) -> None:
    # Each optional name is tried alone; the ones that resolve are installed.
    script = (
        f'case "$2" in compile) grep -q good "$(eval echo \\${{$#}})";; *) {SITE}; mkdir $site/good-1.dist-info;; esac'
    )
    done = run_installer(tmp_path, script, requirements=[], optional=["bad", "good"])
    assert (done["packages"], list(done["dropped"])) == ({"good": "1"}, ["bad"])


def test_a_file_with_two_names_takes_its_room_once(tmp_path: Path) -> None:
    # uv links files from its cache; the limit counts what the disk holds.
    (tmp_path / "one").write_bytes(b"x" * 100_000)
    alone = installer.disk_usage(tmp_path)
    os.link(tmp_path / "one", tmp_path / "two")
    assert installer.disk_usage(tmp_path) == alone >= 100_000
