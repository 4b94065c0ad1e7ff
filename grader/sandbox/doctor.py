"""`grader doctor`: is there an engine, are there images, and is every hardening setting in force?

What the engine was told proves nothing: a pod is started with a script of ours in both containers, and what they see
from inside is judged.
"""

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.errors import InfrastructureError, PodError, UsageError
from grader.sandbox import effects, escapes, hardening, images, probe, recipes, syscalls
from grader.sandbox.docker_backend import engine_info, engine_words, missing_limits, require_runtime
from grader.sandbox.docker_part import Part, placed
from grader.sandbox.docker_process import DockerProcess
from grader.sandbox.engine import connect, translate
from grader.sandbox.payload import File, Payload
from grader.sandbox.pod import Progress
from grader.settings import Settings

if TYPE_CHECKING:
    from docker import DockerClient

_HINT = "the engine does not apply this setting; see its version and `docker info`, and do not grade strangers with it"
_UNTOLD = "this system does not tell from inside; `docker inspect` says what was asked for"
_KINDS: tuple[recipes.Kind, ...] = ("runner", "harness")
_SCRIPT = Path(probe.__file__)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name: the setting, or `engine`, `runtime`, `runner image`, `harness image`, `pod` and the like.
        ok: whether it is as it must be; None where it cannot be told, or is for the caller to weigh.
        message: what was seen, one line.
        hint: what to do, where it is not ok.
    """

    name: str
    ok: bool | None
    message: str
    hint: str = ""


def examine(
    settings: Settings, progress: Progress, *, strict: bool = False, mended: Sequence[str] = ()
) -> list[Finding]:
    """Look at everything that a run in Docker needs. Builds nothing, and leaves nothing behind.

    Args:
        settings: limits to prove, and the runtime to prove them with.
        progress: told when something slow begins.
        strict: whether a version with a known escape, or a system call that newer engines refuse, is wrong, and not
            only for the caller to weigh.
        mended: CVE numbers of escapes that the caller has seen to.

    Returns:
        Findings, in the order in which they build on each other; what could not be examined is not in it.
    """
    try:
        return list(_examine(settings, progress, _Escapes(strict, tuple(mended))))
    except InfrastructureError as error:
        return [Finding("engine", False, error.message, error.hint)]


def hardening_findings(
    client: "DockerClient", settings: Settings, ids: Mapping[str, str], *, strict: bool = False
) -> list[Finding]:
    """Start a pod of probes, and judge what they see.

    Args:
        client: the engine.
        settings: limits to prove.
        ids: of the `runner` and the `harness` image.
        strict: whether a system call that newer engines refuse is wrong, and not only for the caller to weigh.

    Returns:
        One finding a setting: the candidate's under the setting's name, then those of the harness.
    """
    try:
        return list(_pod(client, settings, ids, strict=strict))
    except InfrastructureError as error:
        return [Finding("pod", False, error.message, error.hint or "see `docker info`, then run again")]


@dataclass(frozen=True, slots=True)
class _Escapes:
    """How known escapes are taken; see `examine`."""

    strict: bool
    mended: tuple[str, ...]

    def findings(self, client: "DockerClient") -> Iterator[Finding]:
        with translate("asking the engine for its parts"):
            components = client.version().get("Components") or []
        for judged in escapes.judge(components, self.mended):
            safe = bool(judged.build and not judged.open)
            ok = _weighed(safe=safe, strict=self.strict)
            yield Finding(f"escapes of {judged.part}", ok, judged.message, judged.hint)


def _examine(settings: Settings, progress: Progress, known: _Escapes) -> Iterator[Finding]:
    client = connect(settings)
    info = engine_info(client)
    yield Finding("engine", True, engine_words(client, info))
    yield from known.findings(client)
    yield from _machine(info)
    runtime = _runtime(settings, info)
    yield runtime
    found = {kind: images.find(client, settings, kind) for kind in _KINDS}
    for kind, image in found.items():
        if image:
            yield Finding(f"{kind} image", True, f"{image.reference}, Python {image.version}")
        else:
            yield Finding(f"{kind} image", False, "not built yet", "run: grader images build")
    ids = {str(kind): image.id for kind, image in found.items() if image}
    if runtime.ok and len(ids) == len(found):
        progress("looking at a pod from inside")
        yield from hardening_findings(client, settings, ids, strict=known.strict)


def _runtime(settings: Settings, info: Mapping[str, Any]) -> Finding:
    try:
        require_runtime(settings, info)
    except UsageError as error:
        return Finding("runtime", False, error.message, error.hint)
    return Finding("runtime", True, settings.runtime or f"{info.get('DefaultRuntime')}, the engine's default")


def _machine(info: Mapping[str, Any]) -> Iterator[Finding]:
    """What the engine says of its machine; walls that are good to have, and limits that its kernel cannot enforce."""
    options = [str(option).removeprefix("name=").partition(",")[0] for option in info.get("SecurityOptions") or []]
    second = [name for name in ("apparmor", "selinux") if name in options]
    yield Finding("AppArmor, SELinux", True, " and ".join(second) or "neither: seccomp and dropped capabilities hold")
    mapped = [name for name in ("rootless", "userns") if name in options]
    yield Finding(
        "root of the engine",
        True,
        " and ".join(mapped) or "root of the machine; rootless or userns-remap would be one more wall",
    )
    lacking = missing_limits(info)
    words = "; ".join(f"{name}: {why}" for name, why in lacking.items())
    hint = "" if not lacking else "boot its kernel with `cgroup_enable=memory swapaccount=1`, or use another machine"
    yield Finding("limits", None if lacking else True, words or "its kernel can enforce all", hint)


def _finding(name: str, ok: bool | None, message: str) -> Finding:
    return Finding(name, ok, message, {True: "", False: _HINT, None: _UNTOLD}[ok])


def _pod(client: "DockerClient", settings: Settings, ids: Mapping[str, str], *, strict: bool) -> Iterator[Finding]:
    pod = f"grader-doctor-{secrets.token_hex(6)}"
    serve = _part("harness", ids["harness"], hardening.HARNESS_ROOT, hardening.harness_options(settings))
    with placed(client, settings, serve, pod, pod) as (server, server_id):
        options = hardening.candidate_options(settings, harness=server_id)
        look = _part("candidate", ids["runner"], hardening.CANDIDATE_ROOT, options)
        with placed(client, settings, look, pod, pod) as (looker, looker_id):
            server.start(serve.files.chunks())
            looker.start(look.files.chunks())
            own, other = _answer(looker)
            limits = _candidate(client, settings, looker_id)
            guards = _harness(client, settings, server_id)
    yield from _container(own, limits, strict=strict)
    if other is None:
        yield _finding("loopback", False, "the candidate does not reach the harness")
        return
    yield _finding("loopback", True, "the candidate reaches the harness, over loopback alone")
    for outcome in effects.judge_identity(other):
        yield _finding(*outcome)
    for finding in _container(other, guards, strict=strict):
        yield replace(finding, name=f"harness {finding.name}")


def _container(seen: effects.Seen, expected: effects.Expected, *, strict: bool) -> Iterator[Finding]:
    for outcome in effects.judge(seen, expected):
        yield _finding(*outcome)
    own_kernel = effects.has_own_kernel(str(expected.applied.get("Runtime") or ""))
    calls = syscalls.judge(seen["calls"], own_kernel=own_kernel)
    yield Finding("system calls", _weighed(safe=not calls.open, strict=strict), calls.message, calls.hint)


def _weighed(*, safe: bool, strict: bool) -> bool | None:
    """What is not safe is for the caller to weigh, and wrong where one is strict."""
    return True if safe else False if strict else None


def _part(role: str, image: str, root: str, options: Mapping[str, Any]) -> Part:
    return Part(
        role=role,
        image=image,
        options=options,
        root=root,
        files=Payload((File.of(_SCRIPT.name, _SCRIPT),)),
        command=[recipes.PYTHON, "-I", _SCRIPT.name, "serve" if role == "harness" else "look", root, *effects.SHARED],
        environment={},
    )


def _answer(looker: DockerProcess) -> tuple[dict[str, Any], dict[str, Any] | None]:
    output = b"".join(looker.chunks())
    status = looker.wait()
    try:
        answer = json.loads(output)
    except ValueError as error:
        log = looker.tail().decode(errors="replace")
        raise PodError(f"the probe ended with status {status} and told nothing", detail=log) from error
    return answer["own"], answer["other"]


def _candidate(client: "DockerClient", settings: Settings, container: str) -> effects.Expected:
    environment, applied = _inspected(client, container)
    return effects.Expected(
        uid=recipes.CANDIDATE_UID,
        tmpfs={hardening.CANDIDATE_ROOT: settings.workspace_bytes, **_shared(settings)},
        inodes=settings.inodes,
        memory=settings.memory_bytes,
        pids=settings.pids,
        cpus=settings.cpus,
        nofile=settings.nofile,
        environment=environment,
        applied=applied,
    )


def _harness(client: "DockerClient", settings: Settings, container: str) -> effects.Expected:
    environment, applied = _inspected(client, container)
    return effects.Expected(
        uid=recipes.HARNESS_UID,
        tmpfs={hardening.HARNESS_ROOT: hardening.HARNESS_ROOT_BYTES, **_shared(settings)},
        inodes=settings.inodes,
        memory=settings.harness_memory_bytes,
        pids=settings.pids,
        cpus=None,
        nofile=settings.nofile,
        environment=environment,
        applied=applied,
    )


def _shared(settings: Settings) -> dict[str, int]:
    return dict(zip(effects.SHARED, (settings.tmp_bytes, hardening.SHM_BYTES), strict=True))


def _inspected(client: "DockerClient", container: str) -> tuple[frozenset[str], Mapping[str, Any]]:
    """The names of the image's own variables, and the settings that the engine says it applied."""
    with translate("inspecting the probe's container"):
        attributes = client.api.inspect_container(container)
        image: Mapping[str, Any] = client.images.get(attributes["Image"]).attrs or {}
    variables = (image.get("Config") or {}).get("Env") or []
    return frozenset(variable.partition("=")[0] for variable in variables), attributes["HostConfig"]
