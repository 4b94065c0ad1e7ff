"""The other containers, looked at from inside like a candidate's: services, the installer, the keeper's volume."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from grader.sandbox import doctor, effects, hardening, recipes
from grader.sandbox.docker_part import Part, placed
from grader.sandbox.docker_workspace import workspace_volume
from grader.sandbox.engine import labels
from grader.sandbox.images import Image
from grader.sandbox.payload import File, Payload
from grader.settings import Settings

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = pytest.mark.docker

SETTINGS = Settings()
Look = Callable[..., set[str]]


@pytest.fixture
def red(engine: "DockerClient", runner: Image) -> Look:
    """What is wrong in a container with these options, as its probe sees it."""

    def look(options: Mapping[str, Any], expected: Mapping[str, Any], root: str, uid: int) -> set[str]:
        paths = [root, *effects.SHARED]
        command = [recipes.PYTHON, "-I", doctor._SCRIPT.name, "alone", *paths]
        files = Payload((File.of(doctor._SCRIPT.name, doctor._SCRIPT),))
        part = Part("candidate", runner.id, options, root, files, command, {})
        name = f"grader-look-{secrets.token_hex(6)}"
        with placed(engine, SETTINGS, part, name, name) as (process, container):
            process.start(part.files.chunks())
            seen, _ = doctor._answer(process)
            environment, applied = doctor._inspected(engine, container)
        asked = {"cpus": None, "inodes": SETTINGS.inodes, "nofile": SETTINGS.nofile, "pids": SETTINGS.pids} | expected
        judged = effects.judge(seen, effects.Expected(uid=uid, environment=environment, applied=applied, **asked))
        return {name for name, ok, _ in judged if not ok}

    return look


def asked(root: str, size: int, memory: int) -> dict[str, Any]:
    """What such a container is asked to be."""
    shared = dict(zip(effects.SHARED, (SETTINGS.tmp_bytes, hardening.SHM_BYTES), strict=True))
    return {"tmpfs": {root: size, **shared}, "memory": memory}


ALL = {
    "user", "cap_drop", "no-new-privileges", "read_only", "mem_limit", "pids_limit", "ulimit core", "log_config",
    "init", "oom_score_adj",
}  # fmt: skip
"""What is seen to be missing in a container without any option."""


def test_a_service_is_confined(red: Look) -> None:
    # Every setting is in force; a candidate talks to it.
    options = hardening.alone(hardening.service_options(SETTINGS, harness=""))
    size = hardening.SERVICE_BYTES // 2
    expected = asked(hardening.SERVICE_ROOT, size, hardening.SERVICE_BYTES)
    assert red(options, expected, hardening.SERVICE_ROOT, recipes.SERVICE_UID) == set()


def installer(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The installer's options, with what the probe needs besides: a place of its own, and standard input."""
    options = hardening.installer_options(SETTINGS)
    own = f"mode=0700,uid={recipes.INSTALLER_UID},gid={recipes.INSTALLER_UID},nr_inodes=100,size=1m"
    probe = {"stdin_open": True, "tmpfs": {**options["tmpfs"], "/probe": own}}
    return {name: value for name, value in {**options, **probe, **changes}.items() if value is not None}


INSTALLER = {"tmpfs": {"/tmp": 64 * 1024 * 1024}, "memory": hardening.INSTALLER_BYTES}  # noqa: S108  # inside it
OPEN = {"network_mode", "ulimit nofile", "environment"}
"""On purpose: it downloads, opens many files, and is told the index and the proxy."""


def test_the_installer_is_confined(red: Look) -> None:
    # It has a network, so all else is closed.
    assert red(installer({}), INSTALLER, "/probe", recipes.INSTALLER_UID) - OPEN == set()


def test_each_wall_of_the_installer_shows_when_it_is_missing(red: Look) -> None:
    # All at once: each has a finding of its own.
    names = [name for name in hardening.installer_options(SETTINGS) if name not in {"user", "tmpfs"}]
    weak = installer(dict.fromkeys(names) | {"ipc_mode": "host", "cgroupns": "host", "user": "0:0"})
    weak["tmpfs"] = {"/probe": "mode=0700,size=1m", "/tmp": "exec,size=200m"}  # noqa: S108  # inside it
    found = red(weak, INSTALLER, "/probe", recipes.INSTALLER_UID)
    assert found >= ALL | {"ipc_mode", "cgroupns", "tmpfs /tmp"}


@contextmanager
def kept(engine: "DockerClient", settings: Settings) -> Iterator[str]:
    """A workspace's volume."""
    name = f"grader-look-{secrets.token_hex(6)}"
    with workspace_volume(engine, settings, name, name) as volume:
        yield volume


def test_a_workspace_that_outlives_its_container_is_bounded(engine: "DockerClient", red: Look) -> None:
    # The volume has the limits of the tmpfs that it takes the place of, and the keeper is confined like a candidate.
    expected = asked(hardening.CANDIDATE_ROOT, SETTINGS.workspace_bytes, SETTINGS.memory_bytes)
    expected["cpus"] = SETTINGS.cpus
    with kept(engine, SETTINGS) as volume:
        options = hardening.alone(hardening.candidate_options(SETTINGS, harness="", workspace=volume))
        assert red(options, expected, hardening.CANDIDATE_ROOT, recipes.CANDIDATE_UID) == set()


@pytest.mark.parametrize("word", ["size", "nr_inodes", "nosuid", "nodev"])
def test_a_workspace_without_a_limit_shows(
    engine: "DockerClient", red: Look, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    # Each word of its mount does something.
    line = hardening.candidate_workspace(SETTINGS)
    weak = ",".join(each for each in line.split(",") if not each.startswith(word))
    monkeypatch.setattr(hardening, "candidate_workspace", lambda _settings: weak)
    expected = asked(hardening.CANDIDATE_ROOT, SETTINGS.workspace_bytes, SETTINGS.memory_bytes)
    expected["cpus"] = SETTINGS.cpus
    with kept(engine, SETTINGS) as volume:
        options = hardening.alone(hardening.candidate_options(SETTINGS, harness="", workspace=volume))
        found = red(options, expected, hardening.CANDIDATE_ROOT, recipes.CANDIDATE_UID)
    assert found == {f"tmpfs {hardening.CANDIDATE_ROOT}"}


@pytest.mark.parametrize(("mode", "expected"), [("ro", set()), ("rw", {"read_only"})])
def test_installed_packages_cannot_be_written(
    engine: "DockerClient", runner: Image, red: Look, mode: str, expected: set[str]
) -> None:
    # What one submission could write there, the next one that asks for the same packages would run.
    name = f"grader-look-{secrets.token_hex(6)}"
    volume = engine.volumes.create(name, labels=labels(name))
    try:
        _give_away(engine, runner, name)
        options = hardening.alone(hardening.candidate_options(SETTINGS, harness="", volume=name))
        options["volumes"][name]["mode"] = mode
        wanted = asked(hardening.CANDIDATE_ROOT, SETTINGS.workspace_bytes, SETTINGS.memory_bytes)
        wanted["cpus"] = SETTINGS.cpus
        assert red(options, wanted, hardening.CANDIDATE_ROOT, recipes.CANDIDATE_UID) == expected
    finally:
        volume.remove(force=True)


def _give_away(engine: "DockerClient", runner: Image, volume: str) -> None:
    """Let everybody write to the volume's folder, so that the mount alone is in the way."""
    # A file in it: the rights of an empty volume are the image's again at the next mount.
    script = f"touch {recipes.DEPENDENCIES}/x && chmod 0777 {recipes.DEPENDENCIES}"
    container = engine.containers.create(
        runner.id,
        ["sh", "-c", script],
        entrypoint=[],
        user="0:0",
        network_mode="none",
        volumes={volume: {"bind": recipes.DEPENDENCIES, "mode": "rw"}},
        labels=labels(volume),
    )
    try:
        container.start()
        assert container.wait()["StatusCode"] == 0
    finally:
        container.remove(force=True)


def test_the_volumes_options_are_all_looked_at() -> None:
    # Whoever adds a word to the mount adds a case above.
    words = {word.partition("=")[0] for word in hardening.candidate_workspace(SETTINGS).split(",")}
    assert words == {"size", "nr_inodes", "nosuid", "nodev", "exec", "mode", "uid", "gid"}
