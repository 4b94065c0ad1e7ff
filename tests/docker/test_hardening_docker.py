"""Each hardening setting is weakened in turn; `grader doctor` must see that one, and no other, go red."""

import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from grader.sandbox import doctor, hardening
from grader.sandbox.images import build_all
from grader.settings import Settings

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = pytest.mark.docker

Options = dict[str, Any]
Weaken = Callable[[Options], Options]


def without(*names: str) -> Weaken:
    """Leave settings out, so that the engine's own default holds."""
    return lambda options: {name: value for name, value in options.items() if name not in names}


def instead(**changes: Any) -> Weaken:
    """Set something else; for settings whose default is safe on some engines, and which therefore must be forced."""
    return lambda options: options | changes


def without_ulimit(name: str) -> Weaken:
    return lambda options: options | {"ulimits": [limit for limit in options["ulimits"] if limit["name"] != name]}


def tmpfs(path: str, weaker: Callable[[str], str | None]) -> Weaken:
    def weaken(options: Options) -> Options:
        changed = {**options["tmpfs"], path: weaker(options["tmpfs"][path])}
        return options | {"tmpfs": {place: words for place, words in changed.items() if words is not None}}

    return weaken


def dropping(*words: str) -> Callable[[str], str]:
    return lambda line: ",".join(word for word in line.split(",") if not word.startswith(words))


def as_root(options: Options) -> Options:
    """Root without capabilities: it must own the folders that it unpacks to."""
    owned = {path: re.sub(r"(uid|gid)=\d+", r"\1=0", line) for path, line in options["tmpfs"].items()}
    return options | {"user": "0:0", "tmpfs": owned}


BOTH: dict[str, tuple[Weaken, set[str]]] = {
    "user": (as_root, {"user"}),
    "cap_drop": (without("cap_drop"), {"cap_drop"}),
    "no-new-privileges": (without("security_opt"), {"no-new-privileges"}),
    "seccomp": (
        lambda options: options | {"security_opt": [*options.get("security_opt", ()), "seccomp=unconfined"]},
        {"seccomp"},
    ),
    "read_only": (without("read_only"), {"read_only"}),
    "memswap_limit": (without("memswap_limit"), {"memswap_limit"}),
    # The engine refuses a swap limit without one of memory; without both, swap adds nothing to what is unlimited.
    "mem_limit": (without("mem_limit", "memswap_limit"), {"mem_limit"}),
    "pids_limit": (without("pids_limit"), {"pids_limit"}),
    "nofile": (without_ulimit("nofile"), {"ulimit nofile"}),
    "core": (without_ulimit("core"), {"ulimit core"}),
    "log_config": (without("log_config"), {"log_config"}),
    "pid_mode": (instead(pid_mode="host"), {"pid_mode"}),
    "ipc_mode": (instead(ipc_mode="host"), {"ipc_mode"}),
    "cgroupns": (instead(cgroupns="host"), {"cgroupns"}),
    "oom_score_adj": (without("oom_score_adj"), {"oom_score_adj"}),
    "environment": (without("use_config_proxy"), {"environment"}),
    "tmp": (tmpfs("/tmp", lambda _line: None), {"tmpfs /tmp"}),  # noqa: S108  # a path in the container
    "shm": (tmpfs("/dev/shm", lambda _line: None), {"tmpfs /dev/shm"}),  # noqa: S108  # likewise
}
CANDIDATE: dict[str, tuple[Weaken, set[str]]] = {
    "nano_cpus": (without("nano_cpus"), {"nano_cpus"}),
    "network_mode": (without("network_mode"), {"network_mode", "loopback"}),
    "init": (without("init"), {"init"}),
    "tmp-inodes": (tmpfs("/tmp", dropping("nr_inodes")), {"tmpfs /tmp"}),  # noqa: S108  # likewise
    "tmp-size": (tmpfs("/tmp", dropping("size")), {"tmpfs /tmp"}),  # noqa: S108  # likewise
    "work-inodes": (tmpfs("/work", dropping("nr_inodes")), {"tmpfs /work"}),
    "work-size": (tmpfs("/work", dropping("size")), {"tmpfs /work"}),
    "work-suid": (tmpfs("/work", lambda line: line.replace("nosuid", "suid")), {"tmpfs /work"}),
    "tmp-exec": (tmpfs("/tmp", lambda line: line.replace("noexec", "exec")), {"tmpfs /tmp"}),  # noqa: S108  # likewise
    "tmp-suid": (tmpfs("/tmp", lambda line: line.replace("nosuid", "suid")), {"tmpfs /tmp"}),  # noqa: S108  # likewise
    "tmp-dev": (tmpfs("/tmp", lambda line: line.replace("nodev", "dev")), {"tmpfs /tmp"}),  # noqa: S108  # likewise
    "shm-exec": (tmpfs("/dev/shm", lambda line: line.replace("noexec", "exec")), {"tmpfs /dev/shm"}),  # noqa: S108
    "shm-suid": (tmpfs("/dev/shm", lambda line: line.replace("nosuid", "suid")), {"tmpfs /dev/shm"}),  # noqa: S108
    "shm-dev": (tmpfs("/dev/shm", lambda line: line.replace("nodev", "dev")), {"tmpfs /dev/shm"}),  # noqa: S108
    "shm-inodes": (tmpfs("/dev/shm", dropping("nr_inodes")), {"tmpfs /dev/shm"}),  # noqa: S108  # likewise
    "shm-size": (tmpfs("/dev/shm", dropping("size")), {"tmpfs /dev/shm"}),  # noqa: S108  # likewise
    "work-dev": (tmpfs("/work", lambda line: line.replace("nodev", "dev")), {"tmpfs /work"}),
    "devices": (instead(devices=["/dev/loop-control:/dev/loop-control"]), {"devices"}),
    "engine-socket": (
        instead(volumes={"/var/run/docker.sock": {"bind": "/run/docker.sock", "mode": "ro"}}),
        {"engine socket"},
    ),
}
HARNESS: dict[str, tuple[Weaken, set[str]]] = {
    "init": (without("init"), {"harness init"}),
    "network": (without("network_mode"), {"network_mode", "loopback"}),
    "dns": (without("dns"), {"dns"}),
    "dns_search": (instead(dns_search=["company.example"]), {"dns"}),
    "hostname": (without("hostname"), {"hostname"}),
}


@pytest.fixture(scope="module")
def image_ids(engine: "DockerClient") -> Mapping[str, str]:
    runner, harness = build_all(engine, Settings(), print)
    return {"runner": runner.id, "harness": harness.id}


@pytest.fixture
def red(
    engine: "DockerClient", image_ids: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, Weaken], set[str]]:
    """What the doctor finds wrong once the options of one container are weakened."""

    def examine(function: str, weaken: Weaken) -> set[str]:
        original = getattr(hardening, function)
        monkeypatch.setattr(hardening, function, lambda *given, **named: weaken(original(*given, **named)))
        # What ~/.docker/config.json of a company may say: its values must not reach a container.
        monkeypatch.setitem(engine.api._proxy_configs, "http", "http://user:password@proxy:3128")
        findings = doctor.hardening_findings(engine, Settings(), image_ids)
        assert len(findings) > 20, findings
        return {finding.name for finding in findings if not finding.ok and not of_its_age(finding)}

    return examine


def of_its_age(finding: doctor.Finding) -> bool:
    """The one warning that an older engine has with nothing weakened; `test_system_calls_*` below proves it."""
    return finding.name.removeprefix("harness ") == "system calls" and finding.ok is None


def test_every_setting_is_in_force(red: Callable[[str, Weaken], set[str]]) -> None:
    # With nothing weakened, nothing is red, and nothing is unknown.
    assert red("candidate_options", without()) == set()


@pytest.mark.parametrize(
    ("weaken", "expected"), [pytest.param(*case, id=name) for name, case in {**BOTH, **CANDIDATE}.items()]
)
def test_a_weakened_candidate_shows(red: Callable[[str, Weaken], set[str]], weaken: Weaken, expected: set[str]) -> None:
    # The setting does something, and the doctor would notice an engine that ignores it.
    assert red("candidate_options", weaken) == expected


def profile(action: str) -> Weaken:
    """A seccomp profile that allows all but what `grader.sandbox.syscalls` lists."""
    refused: list[dict[str, Any]] = [{"names": ["io_uring_setup"], "action": action}]
    for family in (38, 40):  # AF_ALG, AF_VSOCK
        args = [{"index": 0, "value": family, "op": "SCMP_CMP_EQ"}]
        refused.append({"names": ["socket"], "action": action, "args": args})
    text = json.dumps({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": refused})
    return lambda options: options | {"security_opt": [*options["security_opt"], f"seccomp={text}"]}


@pytest.mark.parametrize(
    ("weaken", "expected"),
    [
        pytest.param(instead(security_opt=["no-new-privileges:true", "seccomp=unconfined"]), None, id="no filter"),
        pytest.param(profile("SCMP_ACT_ERRNO"), True, id="refused"),
        pytest.param(profile("SCMP_ACT_KILL"), True, id="killed"),
    ],
)
def test_system_calls_are_judged_by_what_the_filter_lets_through(
    engine: "DockerClient",
    image_ids: Mapping[str, str],
    monkeypatch: pytest.MonkeyPatch,
    weaken: Weaken,
    expected: bool | None,
) -> None:
    # Whatever the engine's default is: a profile that refuses them is seen, and so is none at all.
    original = hardening.candidate_options
    monkeypatch.setattr(hardening, "candidate_options", lambda *one, **two: weaken(original(*one, **two)))
    findings = {one.name: one.ok for one in doctor.hardening_findings(engine, Settings(), image_ids)}
    assert findings["system calls"] is expected


@pytest.mark.parametrize("name", HARNESS)
def test_a_weakened_harness_shows(red: Callable[[str, Weaken], set[str]], name: str) -> None:
    # What the harness's container sets for the whole pod is proven too.
    weaken, expected = HARNESS[name]
    assert red("harness_options", weaken) == expected


def test_a_harness_without_walls_shows_each_that_is_missing(red: Callable[[str, Weaken], set[str]]) -> None:
    # The harness reads what a stranger's server sends. All at once, because the rules are the candidate's.
    cases = {name: case for name, case in BOTH.items() if name != "memswap_limit"}

    def weaken_all(options: Options) -> Options:
        for weaken, _names in cases.values():
            options = weaken(options)
        return options

    expected = {f"harness {finding}" for _weaken, names in cases.values() for finding in names}
    assert red("harness_options", weaken_all) == expected


def test_without_standard_input_no_file_comes_in(
    engine: "DockerClient", image_ids: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing runs then, and that is a finding.
    original = hardening.candidate_options
    monkeypatch.setattr(
        hardening, "candidate_options", lambda *one, **two: without("stdin_open")(original(*one, **two))
    )
    (finding,) = doctor.hardening_findings(engine, Settings(), image_ids)
    assert (finding.name, finding.ok) == ("pod", False)


CASES: dict[str, set[str]] = {
    "user": {"user"},
    "cap_drop": {"cap_drop"},
    "security_opt": {"no-new-privileges", "seccomp"},
    "read_only": {"read_only"},
    "mem_limit": {"mem_limit"},
    "memswap_limit": {"memswap_limit"},
    "nano_cpus": {"nano_cpus"},
    "pids_limit": {"pids_limit"},
    "ulimits": {"nofile", "core"},
    "log_config": {"log_config"},
    "init": {"init"},
    "ipc_mode": {"ipc_mode"},
    "cgroupns": {"cgroupns"},
    "oom_score_adj": {"oom_score_adj"},
    "use_config_proxy": {"environment"},
    "network_mode": {"network_mode", "network"},
    "dns": {"dns"},
    "dns_search": {"dns_search"},
    "hostname": {"hostname"},
}
"""Option → the cases above that weaken it. `tmpfs` has one a word; what is not here has a test of its own."""
ELSEWHERE = {
    "stdin_open": "test_without_standard_input_no_file_comes_in",
    "volumes": "tests/docker/test_confinement_docker.py: test_installed_packages_cannot_be_written",
    "runtime": "tests/docker/test_doctor_docker.py: test_another_runtime_is_proven_like_the_default",
}
MADE = {
    "candidate": hardening.candidate_options(Settings(runtime="runc"), harness="h", volume="v"),
    "harness": hardening.harness_options(Settings(runtime="runc")),
    "service": hardening.service_options(Settings(runtime="runc"), harness="h"),
    "installer": hardening.installer_options(Settings(runtime="runc")),
    "alone": hardening.alone(hardening.candidate_options(Settings(), harness="")),
}


@pytest.mark.parametrize("role", MADE)
def test_no_option_is_without_a_case(role: str) -> None:
    # Whoever adds a setting proves that it does something.
    assert set(MADE[role]) - {"tmpfs"} <= CASES.keys() | ELSEWHERE.keys()
    assert {case for cases in CASES.values() for case in cases} <= BOTH.keys() | CANDIDATE.keys() | HARNESS.keys()


@pytest.mark.parametrize("path", MADE["candidate"]["tmpfs"])
def test_no_word_of_a_mount_is_without_a_case(path: str) -> None:
    # Who owns it and who may enter is told by tests/sandbox/test_hardening.py; `exec` grants, and takes nothing away.
    name = path.rpartition("/")[2]
    words = {re.sub("=.*", "", word) for word in MADE["candidate"]["tmpfs"][path].split(",")}
    short = {"nosuid": "suid", "nodev": "dev", "noexec": "exec", "nr_inodes": "inodes", "size": "size"}
    wanted = {f"{name}-{short[word]}" for word in words - {"mode", "uid", "gid", "exec"}}
    assert wanted <= CANDIDATE.keys()
