"""What images are made of, when they are built anew, and what is pruned."""

import io
import os
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker.errors
import pytest

from grader.errors import ImageError, InfrastructureError
from grader.sandbox import base, images, recipes
from grader.sandbox.build import configuration, tarball
from grader.sandbox.downloads import ca_bundle, index_environment
from grader.sandbox.engine import labels
from grader.sandbox.images import build_all, list_images, prune
from grader.sandbox.locks import locked
from grader.settings import Settings

CONFLICT = docker.errors.APIError("in use", response=type("Response", (), {"status_code": 409, "reason": "Conflict"}))  # type: ignore[arg-type]  # a stand-in


# --- package lists and tags ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "held", "foreign"),
    [
        pytest.param("runner", "uvicorn[standard]", "jsonschema-rs", id="runner"),
        pytest.param("harness", "jsonschema-rs", "sqlmodel", id="harness"),
    ],
)
def test_lists_come_from_the_packages_own_metadata(kind: recipes.Kind, held: str, foreign: str) -> None:
    # pyproject.toml is the one place that says what an image holds.
    listed = recipes.packages(kind)
    assert any(line.startswith(f"{held}>=") for line in listed)
    assert not [line for line in listed if line.startswith(foreign) or ";" in line]


def test_a_missing_list_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    # Metadata without the lists, as of a broken installation, would make an empty image.
    monkeypatch.setattr(recipes, "requires", lambda _: ["docker>=7"])
    with pytest.raises(ImageError, match="runner"):
        recipes.packages("runner")


def test_a_tag_changes_with_what_shapes_the_image(monkeypatch: pytest.MonkeyPatch) -> None:
    # Another base, list or recipe is another image; nothing else is.
    before = recipes.reference("runner", "sha256:1")
    assert recipes.reference("runner", "sha256:1") == before
    tags = {before, recipes.reference("runner", "sha256:2"), recipes.reference("harness", "sha256:1")}
    with monkeypatch.context() as patch:
        patch.setattr(recipes, "packages", lambda _: ("fastapi",))
        tags.add(recipes.reference("runner", "sha256:1"))
    with monkeypatch.context() as patch:
        patch.setattr(recipes, "RECIPE", "true")
        tags.add(recipes.reference("runner", "sha256:1"))
    assert len(tags) == 5


def test_the_base_is_the_settings_choice() -> None:
    # Another Python or other suites are another base image.
    tags = {
        recipes.base_reference(settings)
        for settings in (Settings(), Settings(python_version="3.11"), Settings(debian_suites=("sid",)))
    }
    assert len(tags) == 3


def test_an_image_hands_no_run_down_to_its_containers() -> None:
    # The builder's labels are emptied: else `grader gc` would take every container of the image for its own.
    lines = configuration("runner", "3.13.5")
    for name in labels("x"):
        assert f'LABEL {name}=""' in lines
    assert "USER 65532:65532" in lines


def test_small_files_travel_as_plain_tar() -> None:
    # Files and folders belong to the user that shall read them.
    with tarfile.open(fileobj=io.BytesIO(tarball({"d/": b"", "d/f": b"abc"}, uid=7))) as tar:
        assert [(e.name, e.isdir(), e.uid, e.size) for e in tar] == [("d", True, 7, 0), ("d/f", False, 7, 3)]


# --- what downloads need ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        pytest.param({"HOME": "/root", "AWS_SECRET_ACCESS_KEY": "x"}, {}, id="nothing else of the host"),
        pytest.param(
            {"https_proxy": "http://proxy:3128", "NO_PROXY": "a"},
            {"https_proxy": "http://proxy:3128", "NO_PROXY": "a"},
            id="proxies",
        ),
        pytest.param({"PIP_INDEX_URL": "file:///srv/simple"}, {}, id="no place on the host's disk"),
        pytest.param(
            {"PIP_INDEX_URL": "https://a/simple"},
            {"PIP_INDEX_URL": "https://a/simple", "UV_DEFAULT_INDEX": "https://a/simple"},
            id="pip's index for uv",
        ),
        pytest.param(
            {"UV_DEFAULT_INDEX": "corp=https://a/simple"},
            {"UV_DEFAULT_INDEX": "corp=https://a/simple", "PIP_INDEX_URL": "https://a/simple"},
            id="uv's index for pip",
        ),
        pytest.param(
            {"UV_DEFAULT_INDEX": "https://a/simple", "PIP_INDEX_URL": "https://b/simple"},
            {"UV_DEFAULT_INDEX": "https://a/simple", "PIP_INDEX_URL": "https://b/simple"},
            id="each its own",
        ),
    ],
)
def test_what_containers_learn_of_the_hosts_index(environ: dict[str, str], expected: dict[str, str]) -> None:
    # Index and proxy settings go along, and nothing else.
    assert index_environment(environ) == expected


def test_certificates_that_the_host_trusts(tmp_path: Path) -> None:
    # The setting goes before the environment; without either there is nothing to hand in.
    mine, theirs = tmp_path / "mine.pem", tmp_path / "theirs.pem"
    mine.write_bytes(b"mine")
    theirs.write_bytes(b"theirs")
    assert ca_bundle(Settings(ca_bundle=mine), {"SSL_CERT_FILE": str(theirs)}) == b"mine"
    assert ca_bundle(Settings(), {"PIP_CERT": str(theirs)}) == b"theirs"
    assert ca_bundle(Settings(), {}) is None


def test_certificates_that_cannot_be_read(tmp_path: Path) -> None:
    # A bundle that is named but not there is told before a download fails for it.
    with pytest.raises(ImageError) as caught:
        ca_bundle(Settings(), {"SSL_CERT_FILE": str(tmp_path / "none.pem")})
    assert "GRADER_CA_BUNDLE" in caught.value.hint


# --- the base image -----------------------------------------------------------------------------------------------


def test_a_packed_base_is_slim_and_tame(tmp_path: Path) -> None:
    # Caches, manuals and setuid bits stay behind; folders that software expects stay.
    root = tmp_path / "root"
    for name in ("usr/bin/su", "usr/bin/ls", "usr/share/man/man1/ls.1.gz", "var/cache/apt/pkgcache.bin", "etc/passwd"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")
    (root / "usr/bin/su").chmod(0o4755)
    archive = io.BytesIO()
    base.pack(root, archive)
    archive.seek(0)
    with tarfile.open(fileobj=archive) as tar:
        modes = {entry.name.removeprefix("./"): entry.mode for entry in tar if entry.isfile()}
        assert "./var/cache" in tar.getnames()
    assert set(modes) == {"usr/bin/su", "usr/bin/ls", "etc/passwd"}
    assert modes["usr/bin/su"] == 0o755


class Pulling:
    """An engine whose registry says what a test wants."""

    def __init__(self, events: Iterator[dict[str, Any]]) -> None:
        self.api = self
        self._events = events

    def pull(self, *_: object, **__: object) -> Iterator[dict[str, Any]]:
        yield from self._events

    def info(self) -> dict[str, str]:
        return {"Architecture": os.uname().machine}


OFFICIAL = ("python", "3.13-slim", "grader-base:test")


def refused() -> Iterator[dict[str, Any]]:
    yield {"status": "Pulling"}
    raise docker.errors.APIError("no such host")


def test_a_pull_that_fails_says_why() -> None:
    # An error event and a refusal are the same to the caller: one line, and the other way is tried.
    assert base.pull(Pulling(iter([{"error": "denied:\nno"}])), *OFFICIAL) == "denied: no"  # type: ignore[arg-type]  # a stand-in
    assert "no such host" in base.pull(Pulling(refused()), *OFFICIAL)  # type: ignore[arg-type]  # a stand-in


def test_a_pull_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    # Where packets are dropped the engine would try for minutes.
    monkeypatch.setattr(base, "PULL_SILENCE", 0.01)
    never = threading.Event()

    def silent() -> Iterator[dict[str, Any]]:
        never.wait()
        yield {}

    assert "no word" in base.pull(Pulling(silent()), *OFFICIAL)  # type: ignore[arg-type]  # a stand-in
    never.set()


@pytest.mark.parametrize(
    ("uid", "program", "reason"),
    [
        pytest.param(1000, "/usr/sbin/debootstrap", "needs root", id="no root"),
        pytest.param(0, None, "not installed", id="no debootstrap"),
    ],
)
def test_no_base_at_all(uid: int, program: str | None, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Where an image can neither be pulled nor made, both ways out are named.
    monkeypatch.setattr(base.os, "geteuid", lambda: uid)
    monkeypatch.setattr(base.shutil, "which", lambda _: program)
    with pytest.raises(ImageError) as caught:
        base.make_base(Pulling(iter(())), Settings(pull_images=False), lambda _: None)  # type: ignore[arg-type]  # a stand-in
    assert reason in caught.value.message
    assert "pull" in caught.value.hint
    assert "debootstrap" in caught.value.hint


def test_an_engine_of_another_architecture_gets_no_base_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    # Packages of this machine's kind would not run on the engine.
    monkeypatch.setattr(base.os, "geteuid", lambda: 0)
    monkeypatch.setattr(base.shutil, "which", lambda _: "/usr/sbin/debootstrap")
    engine = Pulling(iter(()))
    monkeypatch.setattr(engine, "info", lambda: {"Architecture": "abacus"})
    with pytest.raises(ImageError, match="abacus"):
        base.make_base(engine, Settings(pull_images=False), lambda _: None)  # type: ignore[arg-type]  # a stand-in


# --- ensuring, listing, pruning -----------------------------------------------------------------------------------


class Volume:
    """A cached installation; `fault` is what its removal meets."""

    def __init__(self, name: str, fault: Exception | None = None) -> None:
        self.name, self.attrs, self.fault = name, {"Labels": {"grader.cache": name}}, fault

    def remove(self) -> None:
        if self.fault:
            raise self.fault


class Images:
    """`client.images`."""

    def __init__(self, references: list[str], busy: str) -> None:
        self.held, self.busy = references, busy

    def get(self, reference: str) -> Any:
        if reference not in self.held:
            raise docker.errors.ImageNotFound(reference)
        held = {"Id": f"id of {reference}", "Config": {"Labels": None}}
        return type("Image", (), {"attrs": held, "id": held["Id"]})

    def remove(self, reference: str) -> None:
        if reference == self.busy:
            raise CONFLICT
        self.held.remove(reference)


class Engine:
    """An engine that holds images and volumes."""

    def __init__(self, *references: str, busy: str = "", volumes: tuple[Volume, ...] = ()) -> None:
        self.images = held = Images(list(references), busy)
        summaries = lambda: [{"RepoTags": [r], "Id": r, "Size": 1, "Created": 0} for r in held.held]  # noqa: E731  # a method
        self.api = type("Api", (), {"images": staticmethod(summaries)})
        self.volumes = type("Volumes", (), {"list": staticmethod(lambda filters: list(volumes) if filters else [])})


SETTINGS = Settings()
BASE = recipes.base_reference(SETTINGS)
RUNNER = recipes.reference("runner", f"id of {BASE}")
HARNESS = recipes.reference("harness", f"id of {BASE}")


def settings(folder: Path) -> Settings:
    return Settings(cache_dir=folder)


def test_images_that_are_there_are_used(tmp_path: Path) -> None:
    # Nothing is built, and no progress told, when both images are there.
    told: list[str] = []
    runner, harness = build_all(Engine(BASE, RUNNER, HARNESS), settings(tmp_path), told.append)  # type: ignore[arg-type]  # a stand-in
    assert (runner.reference, runner.digest, harness.kind) == (RUNNER, f"id of {RUNNER}", "harness")
    assert told == []


def test_only_what_is_missing_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # With base and runner there, the harness alone is built, on that base.
    engine, built = Engine(BASE, RUNNER), []

    def build(client: Engine, _: Settings, kind: recipes.Kind, base_id: str, reference: str) -> None:
        built.append((kind, base_id))
        client.images.held.append(reference)

    monkeypatch.setattr(images, "build", build)
    build_all(engine, settings(tmp_path), lambda _: None)  # type: ignore[arg-type]  # a stand-in
    assert built == [("harness", f"id of {BASE}")]


@pytest.mark.parametrize(
    ("refusal", "base"), [("", "grader-postgres:official-17"), ("no such registry", BASE)], ids=["pulled", "debian"]
)
def test_postgres_is_built_on_the_official_image_or_on_the_base(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusal: str, base: str
) -> None:
    # Whichever could be had; what is there already is used.
    engine, built = Engine(BASE), []

    def pull(client: Engine, _name: str, _tag: str, reference: str) -> str:
        if not refusal:
            client.images.held.append(reference)
        return refusal

    def build(client: Engine, _: Settings, kind: recipes.Kind, base_id: str, reference: str) -> None:
        built.append((kind, base_id))
        client.images.held.append(reference)

    monkeypatch.setattr(images, "pull", pull)
    monkeypatch.setattr(images, "build", build)
    made = [images.ensure_postgres(engine, settings(tmp_path), lambda _: None) for _ in range(2)]  # type: ignore[arg-type]  # a stand-in
    assert built == [("postgres", f"id of {base}")]
    assert {image.reference for image in made} == {recipes.postgres_reference(SETTINGS)}


def test_two_builders_do_not_build_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The second waits for the first and then finds its image.
    engine, built, waiting = Engine(BASE, HARNESS), [], threading.Event()

    def build(client: Engine, _: Settings, kind: recipes.Kind, _base: str, reference: str) -> None:
        second.start()
        waiting.wait(30)
        built.append(kind)
        client.images.held.append(reference)

    class Announced:
        """The lock, which says that somebody is about to wait for it."""

        def __call__(self, *names: Any) -> Any:
            if threading.current_thread() is second:
                waiting.set()
            return locked(*names)

    monkeypatch.setattr(images, "build", build)
    monkeypatch.setattr(images, "locked", Announced())
    arguments = (engine, settings(tmp_path), lambda _: None)
    second = threading.Thread(target=images.ensure_runner, args=arguments)
    images.ensure_runner(*arguments)  # type: ignore[arg-type]  # a stand-in
    second.join(30)
    assert built == ["runner"]


def test_a_lock_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    # A cache folder that cannot be written is named with what to do.
    (tmp_path / "file").write_text("")
    with pytest.raises(InfrastructureError) as caught, locked(tmp_path / "file", "x"):
        pass
    assert "GRADER_CACHE_DIR" in caught.value.hint


STALE = "grader-runner:0123456789abcdef"


def test_the_list_tells_current_from_stale() -> None:
    # The grader's own images only, the ones in use first.
    engine = Engine(STALE, RUNNER, BASE, "grader-runner-of-somebody:1", "python:3.13-slim")
    rows = list_images(engine, SETTINGS)  # type: ignore[arg-type]  # a stand-in
    assert [(row.reference, row.current) for row in rows] == [(BASE, True), (RUNNER, True), (STALE, False)]


@pytest.mark.parametrize(
    ("everything", "busy", "kept"),
    [
        pytest.param(False, "", [BASE, RUNNER, HARNESS, "python:3.13-slim"], id="stale ones"),
        pytest.param(True, "", ["python:3.13-slim"], id="all"),
        pytest.param(True, STALE, [STALE, "python:3.13-slim"], id="all but what is in use"),
    ],
)
def test_what_is_pruned(everything: bool, busy: str, kept: list[str], tmp_path: Path) -> None:
    # Stale images go, or all; strangers' images and those in use stay.
    engine = Engine(BASE, RUNNER, HARNESS, STALE, "python:3.13-slim", busy=busy)
    removed = prune(engine, settings(tmp_path), everything=everything)  # type: ignore[arg-type]  # a stand-in
    assert engine.images.held == kept
    assert len(removed) == 5 - len(kept)


def test_cached_dependencies_are_pruned_with_their_records(tmp_path: Path) -> None:
    # Their records go along; a volume that a container uses stays with its own.
    engine = Engine(volumes=(Volume("free"), Volume("busy", CONFLICT), Volume("gone", docker.errors.NotFound("gone"))))
    (tmp_path / "dependencies").mkdir()
    for name in ("free", "busy"):
        (tmp_path / "dependencies" / f"{name}.json").write_text("{}")
    assert prune(engine, settings(tmp_path)) == ["dependencies free"]  # type: ignore[arg-type]  # a stand-in
    assert [path.stem for path in (tmp_path / "dependencies").iterdir()] == ["busy"]
