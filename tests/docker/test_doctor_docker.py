from typing import TYPE_CHECKING

import pytest

from grader.sandbox import doctor
from grader.sandbox.images import Image
from grader.settings import MEBIBYTE, Settings

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = pytest.mark.docker


def said(findings: list[doctor.Finding]) -> dict[str, bool | None]:
    return {finding.name: finding.ok for finding in findings}


@pytest.mark.usefixtures("runner", "harness")
def test_all_is_well_where_engine_and_images_are(engine: "DockerClient") -> None:
    # Every finding is proven, other limits than the defaults too, and nothing is left behind.
    settings = Settings(memory_bytes=200 * MEBIBYTE, cpus=0.5, pids=50, nofile=100, workspace_bytes=5 * MEBIBYTE)
    findings = doctor.examine(settings, lambda _line: None)
    assert [finding for finding in findings if not finding.ok] == []
    assert {"engine", "runner image", "harness image", "cap_drop", "harness cap_drop"} <= set(said(findings))
    assert engine.containers.list(all=True, filters={"name": "grader-doctor"}) == []


@pytest.mark.usefixtures("engine")
def test_missing_images_are_told_and_not_built() -> None:
    # `grader doctor` is quick on a fresh machine; it says what to run.
    findings = doctor.examine(Settings(python_version="3.99"), lambda _line: None)
    assert said(findings) == {"engine": True, "runner image": False, "harness image": False}
    assert all("grader images build" in finding.hint for finding in findings[1:])


def test_no_engine_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    # Not an exception: the doctor says what is wrong, and what to do.
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:9")
    (finding,) = doctor.examine(Settings(), lambda _line: None)
    assert (finding.name, finding.ok, bool(finding.hint)) == ("engine", False, True)


def test_a_pod_that_does_not_start_is_a_finding(engine: "DockerClient", runner: Image) -> None:
    # Here: an image that the engine does not have.
    (finding,) = doctor.hardening_findings(engine, Settings(), {"runner": runner.id, "harness": "sha256:" + "0" * 64})
    assert (finding.name, finding.ok) == ("pod", False)


def test_a_silent_probe_is_no_proof(engine: "DockerClient", runner: Image, monkeypatch: pytest.MonkeyPatch) -> None:
    # A probe that says nothing proves nothing.
    monkeypatch.setattr(doctor.recipes, "PYTHON", "/bin/true")
    (finding,) = doctor.hardening_findings(engine, Settings(), {"runner": runner.id, "harness": runner.id})
    assert (finding.name, finding.ok) == ("pod", False)
