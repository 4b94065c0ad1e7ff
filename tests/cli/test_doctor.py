"""`grader doctor` at the command line, with findings of our own: what is printed, and the exit code."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from grader.cli.main import app
from grader.sandbox import doctor
from grader.sandbox.doctor import Finding
from grader.settings import Settings

WARNING = Finding("escapes of runc", None, "1.1.5: CVE-2025-31133", "update runc")


def run(*words: str) -> Result:
    """`grader doctor`, in this process."""
    return CliRunner().invoke(app, ["doctor", *words])


@pytest.fixture
def examined(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the doctor was asked for; it finds a warning."""
    asked: dict[str, Any] = {}

    def examine(settings: Settings, _progress: object, **given: Any) -> list[Finding]:
        asked.update(given, runtime=settings.runtime)
        ok = False if given["strict"] else None
        return [Finding("engine", True, "Docker"), Finding(WARNING.name, ok, WARNING.message, WARNING.hint)]

    monkeypatch.setattr(doctor, "examine", examine)
    return asked


def test_a_warning_fails_only_where_one_is_strict(examined: dict[str, Any]) -> None:
    # Without --strict it is for the caller to weigh, with what to do.
    ran = run()
    assert (ran.exit_code, "? escapes of runc" in ran.stdout, "→ update runc" in ran.stdout) == (0, True, True)
    assert run("--strict").exit_code == 4
    assert examined["strict"] is True


def test_options_arrive(examined: dict[str, Any]) -> None:
    # The runtime to prove, and what the caller has seen to.
    run("--runtime", "runsc", "--mended", "CVE-2025-31133", "--mended", "CVE-2025-52565")
    assert (examined["runtime"], examined["mended"]) == ("runsc", ["CVE-2025-31133", "CVE-2025-52565"])


@pytest.mark.usefixtures("examined")
def test_json() -> None:
    # For other programs: the same findings, and nothing else on standard output.
    found = json.loads(run("--json").stdout)
    assert found[1] == {"name": WARNING.name, "ok": None, "message": WARNING.message, "hint": WARNING.hint}
