from pathlib import Path
from typing import Any

import pytest

from grader.sandbox.hardening import (
    alone,
    candidate_options,
    candidate_workspace,
    harness_options,
    installer_options,
    service_options,
)
from grader.settings import Settings

SETTINGS = Settings(memory_bytes=1000, cpus=0.5, pids=7, nofile=9, workspace_bytes=11, tmp_bytes=13, inodes=17)
CANDIDATE = candidate_options(SETTINGS, harness="abc")
HARNESS = harness_options(SETTINGS)
SERVICE = service_options(SETTINGS, harness="abc")

ALL = {
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges:true"],
    "read_only": True,
    "pids_limit": 7,
    "ulimits": [{"name": "nofile", "soft": 9, "hard": 9}, {"name": "core", "soft": 0, "hard": 0}],
    "log_config": {"type": "none"},
    "init": True,
    "ipc_mode": "private",
    "cgroupns": "private",
    "oom_score_adj": 500,
    "use_config_proxy": False,
}


@pytest.mark.parametrize("options", [CANDIDATE, HARNESS, SERVICE], ids=["candidate", "harness", "service"])
@pytest.mark.parametrize(("name", "expected"), [pytest.param(*case, id=case[0]) for case in ALL.items()])
def test_all_containers_are_confined(options: dict[str, Any], name: str, expected: object) -> None:
    # Where there is no engine, this is what tells that a setting was lost; what it brings about is proven with one.
    assert options[name] == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("user", "65532:65532"),
        ("network_mode", "container:abc"),
        ("mem_limit", 1000),
        ("memswap_limit", 1000),
        ("nano_cpus", 500_000_000),
    ],
)
def test_the_candidate_is_confined_further(name: str, expected: object) -> None:
    # Its limits are the settings'; swap adds nothing to the memory.
    assert CANDIDATE[name] == expected


def test_the_harness_has_a_network_of_its_own_and_no_name_of_the_host() -> None:
    # It owns the namespace that the candidate joins: loopback alone.
    chosen = {name: HARNESS[name] for name in ("user", "network_mode", "hostname", "dns", "dns_search")}
    assert chosen == {
        "user": "65531:65531",
        "network_mode": "none",
        "hostname": "sandbox",
        "dns": ["127.0.0.1"],
        "dns_search": ["."],
    }


def test_a_service_has_limits_of_its_own() -> None:
    # A candidate talks to it: what it stores there cannot starve the machine.
    chosen = {name: SERVICE[name] for name in ("user", "network_mode", "mem_limit", "memswap_limit")}
    size = 512 * 1024 * 1024
    expected = {"user": "65530:65530", "network_mode": "container:abc", "mem_limit": size, "memswap_limit": size}
    assert chosen == expected
    assert f"size={size // 2}" in SERVICE["tmpfs"]["/service"]


def test_a_candidate_that_is_alone_differs_in_its_network_only() -> None:
    # Without a harness to join it has loopback and nothing else; all that confines it stays.
    options = alone(CANDIDATE)
    network = {"network_mode": "none", "hostname": "sandbox", "dns": ["127.0.0.1"], "dns_search": ["."]}
    assert {name: options[name] for name in options if options[name] != CANDIDATE.get(name)} == network
    assert options.keys() == CANDIDATE.keys() | network.keys()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/work", {"exec", "mode=0700", "uid=65532", "gid=65532", "size=11"}),
        ("/tmp", {"noexec", "mode=1777", "size=13"}),  # noqa: S108  # a path inside the container
        ("/dev/shm", {"noexec", "mode=1777", "size=16777216"}),  # noqa: S108  # likewise
    ],
)
def test_each_writable_place_is_bounded(path: str, expected: set[str]) -> None:
    # In bytes and in inodes, without setuid files and devices.
    assert set(CANDIDATE["tmpfs"][path].split(",")) == expected | {"nosuid", "nodev", "nr_inodes=17"}


def test_nothing_of_the_host_is_mounted() -> None:
    # No path, no socket; a volume of installed packages only, and read-only.
    mounts = candidate_options(SETTINGS, harness="abc", volume="deps")["volumes"]
    assert mounts == {"deps": {"bind": "/opt/deps", "mode": "ro"}}
    assert not CANDIDATE["volumes"]
    assert not {"volumes", "mounts", "binds", "devices", "privileged", "cap_add"} & set(HARNESS)


def test_a_workspace_that_outlives_its_container_takes_the_place_of_the_tmpfs() -> None:
    # With what an image may have there left out; all else stays as it is.
    kept = candidate_options(SETTINGS, harness="abc", volume="deps", workspace="files")
    assert kept["volumes"]["files"] == {"bind": "/work", "mode": "rw,nocopy"}
    assert kept["tmpfs"] == {path: options for path, options in CANDIDATE["tmpfs"].items() if path != "/work"}
    assert {name: value for name, value in kept.items() if name not in {"volumes", "tmpfs"}} == {
        name: value for name, value in CANDIDATE.items() if name not in {"volumes", "tmpfs"}
    }


def test_another_runtime_is_used_only_where_it_is_asked_for(tmp_path: Path) -> None:
    # Such as runsc; empty is the engine's default.
    assert "runtime" not in CANDIDATE
    settings = Settings(runtime="runsc", cache_dir=tmp_path)
    assert (candidate_options(settings, harness="x")["runtime"], harness_options(settings)["runtime"]) == ("runsc",) * 2


def test_the_installer_is_confined_in_all_but_its_network() -> None:
    # It unpacks strangers' wheels with a network at hand; where there is no engine, this tells what was lost.
    options = installer_options(SETTINGS)
    size = 1024 * 1024 * 1024
    assert options == {
        "user": "65533:65533",
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "read_only": True,
        "init": True,
        "ipc_mode": "private",
        "cgroupns": "private",
        "oom_score_adj": 500,
        "tmpfs": {"/tmp": "nosuid,nodev,noexec,mode=1777,nr_inodes=20000,size=67108864"},  # noqa: S108  # inside it
        "mem_limit": size,
        "memswap_limit": size,
        "pids_limit": 256,
        "ulimits": [{"name": "core", "soft": 0, "hard": 0}],
        "log_config": {"type": "json-file", "config": {"max-size": "64m", "max-file": "1"}},
    }


def test_a_kept_workspace_has_the_limits_of_the_tmpfs() -> None:
    # It is handed to the volume's driver, word for word but `exec`.
    words = {"nosuid", "nodev", "exec", "mode=0700", "uid=65532", "gid=65532", "nr_inodes=17", "size=11"}
    assert set(candidate_workspace(SETTINGS).split(",")) == words
