"""scripts/compose/up.sh: one command for machines with a registry and without, and scripts/compose.sh beneath it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.compose.conftest import ROOT

BASE = "grader-base:0123456789abcdef"
TOOLS = ("sh", "dirname", "sed", "tail", "grep", "mv", "od", "tr", "id", "mkdir", "cmp", "cp", "chmod", "env")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A checkout whose grader, engine and Compose only say what they are asked."""
    shutil.copytree(ROOT / "scripts/compose", tmp_path / "scripts/compose", ignore=shutil.ignore_patterns("ca.pem"))
    write(tmp_path / "scripts/engine.sh", "exit 0\n")
    write(tmp_path / "scripts/compose.sh", 'echo "compose $*" >> said\n')
    write(tmp_path / ".venv/bin/grader", f'#!/bin/sh\necho "{BASE}  sha256:1"\necho "grader-runner:1  sha256:2"\n')
    return tmp_path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def up(place: Path, *arguments: str, **environment: str) -> str:
    done = subprocess.run(
        ["sh", "scripts/compose/up.sh", *arguments],
        cwd=place,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return (place / ".env").read_text(encoding="utf-8")


def settings(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines())


def test_a_new_checkout_is_prepared(place: Path) -> None:
    # The base that is there, a password of its own for the broker, the folders, and then `up`.
    found = settings(up(place, "--scale", "worker=3"))
    assert found["GRADER_BASE"] == BASE
    assert len(found["GRADER_BROKER_PASSWORD"]) == 32
    assert found.get("GRADER_USER") == (None if os.getuid() == 0 else str(os.getuid()))
    assert (place / ".env").stat().st_mode & 0o777 == 0o600
    assert (place / "submissions").is_dir()
    said = (place / "said").read_text(encoding="utf-8").splitlines()
    assert said[-1] == "compose up --detach --build --scale worker=3"


def test_again_changes_nothing(place: Path) -> None:
    # A new password would shut running workers out.
    assert settings(up(place)) == settings(up(place))


def test_what_somebody_wrote_stays(place: Path) -> None:
    # A base, a password, a user and lines that are none of ours.
    theirs = "# ours\nGRADER_BASE=registry.example/python:3.13\nGRADER_BROKER_PASSWORD=theirs\nGRADER_USER=4711\nX=1\n"
    (place / ".env").write_text(theirs, encoding="utf-8")
    assert up(place) == theirs


def test_a_base_of_ours_is_renewed(place: Path) -> None:
    # After an upgrade the old one may be pruned.
    (place / ".env").write_text("GRADER_BASE=grader-base:old\n", encoding="utf-8")
    assert settings(up(place))["GRADER_BASE"] == BASE


@pytest.mark.parametrize("variable", ["GRADER_CA_BUNDLE", "SSL_CERT_FILE", "PIP_CERT"])
def test_the_hosts_certificates_come_along(variable: str, place: Path) -> None:
    # Downloads in containers trust whom the host trusts; the file is left alone as long as it is the same.
    bundle = place / "own.pem"
    bundle.write_text("of our own\n", encoding="utf-8")
    up(place, **{variable: str(bundle)})
    copy = place / "scripts/compose/trust/ca.pem"
    assert copy.read_text(encoding="utf-8") == "of our own\n"
    before = copy.stat().st_mtime_ns
    up(place, **{variable: str(bundle)})
    assert copy.stat().st_mtime_ns == before


def test_a_bundle_that_cannot_be_read_is_told(place: Path) -> None:
    # Building without it would fail minutes later, with a riddle.
    done = subprocess.run(
        ["sh", "scripts/compose/up.sh"],
        cwd=place,
        env={"PATH": os.environ["PATH"], "SSL_CERT_FILE": "/nowhere.pem"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4
    assert "/nowhere.pem cannot be read" in done.stderr


def test_no_compose_is_told_in_one_line(tmp_path: Path) -> None:
    # Where none can be installed: what is missing, and what to do.
    for tool in TOOLS:
        (tmp_path / tool).symlink_to(shutil.which(tool) or "/nowhere")
    script = str(ROOT / "scripts/compose.sh")
    sh = str(tmp_path / "sh")
    done = subprocess.run([sh, script], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False)
    assert done.returncode == 4
    assert done.stderr.count("\n") == 1
    assert "https://docs.docker.com/compose/install/" in done.stderr


def test_arguments_go_to_the_compose_that_is_there(tmp_path: Path) -> None:
    # Version 2 where there is one, else the older command.
    shell = shutil.which("sh") or ""
    write(tmp_path / "docker-compose", '#!/bin/sh\necho "one: $*"\n')
    write(tmp_path / "docker", "#!/bin/sh\nexit 1\n")
    (tmp_path / "sh").symlink_to(shell)
    asked = [shell, str(ROOT / "scripts/compose.sh"), "ps", "--all"]
    for two, expected in ((False, "one: ps --all\n"), (True, "two: compose ps --all\n")):
        if two:
            write(tmp_path / "docker", '#!/bin/sh\necho "two: $*"\n')
        done = subprocess.run(asked, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False)
        assert done.stdout == expected
