from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from grader.sandbox import doctor, escapes
from grader.sandbox.images import Image
from grader.settings import MEBIBYTE, Settings

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = pytest.mark.docker

SYSTEM_CALLS = ("system calls", "harness system calls")


def unproven(findings: list[doctor.Finding]) -> list[doctor.Finding]:
    """What is red or unknown, but for what the engine's age alone decides: that is a warning, with its own advice."""
    old = [one for one in findings if one.ok is None and one.name.startswith("escapes") and one.hint]
    old += [one for one in findings if one.ok is None and one.name in SYSTEM_CALLS and "Docker refuses" in one.hint]
    return [one for one in findings if not one.ok and one not in old]


def said(findings: list[doctor.Finding]) -> dict[str, bool | None]:
    return {finding.name: finding.ok for finding in findings}


@pytest.mark.usefixtures("runner", "harness")
def test_all_is_well_where_engine_and_images_are(engine: "DockerClient") -> None:
    # Every finding is proven, other limits than the defaults too, and nothing is left behind.
    settings = Settings(memory_bytes=200 * MEBIBYTE, cpus=0.5, pids=50, nofile=100, workspace_bytes=5 * MEBIBYTE)
    findings = doctor.examine(settings, lambda _line: None)
    assert unproven(findings) == []
    assert {
        "engine",
        "runtime",
        "user namespaces",
        "runner image",
        "harness image",
        "cap_drop",
        "harness cap_drop",
        *SYSTEM_CALLS,
    } <= set(said(findings))
    assert engine.containers.list(all=True, filters={"name": "grader-doctor"}) == []


@pytest.mark.usefixtures("engine")
def test_missing_images_are_told_and_not_built() -> None:
    # `grader doctor` is quick on a fresh machine; it says what to run.
    findings = doctor.examine(Settings(python_version="3.99"), lambda _line: None)
    assert {name: ok for name, ok in said(findings).items() if ok is False} == {
        "runner image": False,
        "harness image": False,
    }
    assert all("grader images build" in finding.hint for finding in findings if finding.ok is False)
    assert "cap_drop" not in said(findings)


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


def test_known_escapes_are_a_warning_until_one_is_strict(engine: "DockerClient") -> None:
    # The engine's own parts, judged by what it says of them; what the caller has seen to is left out.
    del engine
    quiet: Callable[[str], None] = lambda _line: None  # noqa: E731  # the shortest stand-in
    told = [one for one in doctor.examine(Settings(), quiet) if one.name.startswith("escapes of ")]
    strict = [one for one in doctor.examine(Settings(), quiet, strict=True) if one.name.startswith("escapes of ")]
    assert {"escapes of Engine", "escapes of runc"} <= {one.name for one in told}
    assert [one.ok for one in strict] == [bool(one.ok) for one in told]
    mended = [escape.cve for escape in escapes.ESCAPES]
    assert all(one.ok for one in doctor.examine(Settings(), quiet, strict=True, mended=mended) if "escapes" in one.name)


@pytest.mark.usefixtures("engine", "runner", "harness")
def test_system_calls_that_are_let_through_are_a_warning_until_one_is_strict() -> None:
    # Judged by what the kernel answered in both containers; on a new engine nothing is let through.
    quiet: Callable[[str], None] = lambda _line: None  # noqa: E731  # the shortest stand-in
    told, strict = (
        [one for one in doctor.examine(Settings(), quiet, strict=strict) if one.name in SYSTEM_CALLS]
        for strict in (False, True)
    )
    assert tuple(one.name for one in told) == SYSTEM_CALLS
    assert {one.ok for one in told} in ({True}, {None})
    assert [one.ok for one in strict] == [bool(one.ok) for one in told]


@pytest.mark.parametrize("runtime", ["runc", "io.containerd.runc.v2"])
@pytest.mark.usefixtures("runner", "harness")
def test_another_runtime_is_proven_like_the_default(engine: "DockerClient", runtime: str) -> None:
    if runtime not in engine.info()["Runtimes"]:
        pytest.skip("this engine does not list it")
    findings = doctor.examine(Settings(runtime=runtime), lambda _line: None)
    assert unproven(findings) == []
    assert ("runtime", runtime) in {(one.name, one.message) for one in findings}


@pytest.mark.usefixtures("engine")
def test_a_runtime_that_is_not_there_is_a_finding() -> None:
    # And nothing is started with another one instead.
    told = doctor.examine(Settings(runtime="rnsc"), lambda _line: None)
    (finding,) = [one for one in told if one.ok is False]
    assert (finding.name, "it has" in finding.message, bool(finding.hint)) == ("runtime", True, True)
    assert "cap_drop" not in said(told)
