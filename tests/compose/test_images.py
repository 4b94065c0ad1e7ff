"""The Dockerfile: what may be in it so that every builder takes it, and what stays out of the images."""

import fnmatch
import re
import subprocess
from pathlib import Path

import pytest

from tests.compose.conftest import ROOT

FOLDER = ROOT / "scripts/compose"
DOCKERFILE = (FOLDER / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
SHIPPED = ("worker", "broker", "site")
THROWN_AWAY = ("environment", "debian")
CODE = [line for line in DOCKERFILE.splitlines() if line and not line.startswith("#")]


def stage(name: str) -> list[str]:
    """The lines of a stage, its FROM included."""
    starts = [number for number, line in enumerate(CODE) if line.startswith("FROM ")] + [len(CODE)]
    first = next(number for number in starts if CODE[number].endswith(f" AS {name}"))
    return CODE[first : next(number for number in starts if number > first)]


@pytest.mark.parametrize("name", [*SHIPPED, *THROWN_AWAY])
def test_every_image_stands_on_the_configured_base(name: str) -> None:
    # In a closed network no other can be had.
    assert stage(name)[0] == f"FROM ${{BASE}} AS {name}"


@pytest.mark.parametrize("name", SHIPPED)
def test_nothing_of_the_builder_stays_in_an_image(name: str) -> None:
    # Neither certificates nor addresses of indexes, which may hold passwords; a shipped stage downloads nothing.
    text = "\n".join(stage(name))
    assert not re.search(r"^ARG |PIP_|UV_|_PROXY|COPY scripts/compose/trust|apt-get|pip install", text, re.MULTILINE)


def test_older_builders_take_it() -> None:
    # The classic builder knows no mounts, modes and here-documents; a syntax line would be pulled from a registry.
    assert not re.search(r"^# *syntax=|--mount|--chmod|--link|<<", DOCKERFILE, re.MULTILINE)


def test_what_is_copied_is_let_through() -> None:
    # .dockerignore lets through what the Dockerfile copies, and no test, no virtual environment and no report.
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_through = [line.removeprefix("!") for line in lines if line.startswith("!")]
    copied = [word for line in CODE if re.match(r"COPY (?!--from)", line) for word in line.split()[1:-1]]
    assert copied
    for word in copied:
        assert (ROOT / word).exists(), word
        assert any(fnmatch.fnmatch(word.rstrip("/"), f"{name}*") for name in let_through), word
    assert "*" in lines
    assert not {"tests", ".venv", ".env", ".git", "grader-reports", "submissions"} & set(let_through)


@pytest.mark.parametrize("script", sorted(FOLDER.glob("*.sh")), ids=lambda path: path.name)
def test_scripts_can_be_read_by_a_shell(script: Path) -> None:
    # Each is a shell script without a slip that only its first run would show.
    assert subprocess.run(["sh", "-n", str(script)], check=False).returncode == 0


def test_the_site_tells_browsers_what_they_may() -> None:
    # Whatever lies in the folder loads nothing, sends nothing, is taken for nothing else and is found by no search.
    text = (FOLDER / "site.conf").read_text(encoding="utf-8")
    headers = dict(re.findall(r"^\s*add_header ([\w-]+) (.+) always;$", text, re.MULTILINE))
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "noindex" in headers["X-Robots-Tag"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    # A header in a location would replace all of these there.
    assert not re.search(r"location [^{]*\{[^}]*add_header", text)
