"""docker-compose.yml: what every service is bound to, who may reach whom, and that each Compose reads it."""

import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.compose.conftest import KNOWN, ROOT, installed

TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
SERVICES = ("broker", "worker", "site", "grader")
SOCKET = "/var/run/docker.sock"


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_locked_down(name: str, services: dict[str, Any]) -> None:
    # Whatever is broken into has little memory, few processes, nowhere to write and no way to more rights.
    service = services[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges"]
    assert service["init"] is True
    assert {"mem_limit", "pids_limit", "restart", "logging"} <= service.keys()
    # A name of its own could not be scaled; these would undo the rest.
    assert not {"container_name", "privileged", "network_mode", "pid", "ipc", "devices"} & service.keys()


@pytest.mark.parametrize("name", ["broker", "worker", "site"])
def test_what_stays_up_tells_its_health(name: str, services: dict[str, Any]) -> None:
    # And comes back after a fault or a restart of the machine.
    assert services[name]["healthcheck"]["test"]
    assert services[name]["restart"] == "unless-stopped"


def test_only_the_site_is_published_and_on_loopback_alone(services: dict[str, Any]) -> None:
    # Reports are personal data, and the broker takes orders: neither is for the network unless somebody says so.
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert published.keys() == {"site"}
    assert [port.startswith("${GRADER_SITE_ADDRESS:-127.0.0.1}:") for port in published["site"]] == [True]


def test_the_broker_is_reached_by_graders_alone(services: dict[str, Any]) -> None:
    # Its network has no way in or out, and the site is not in it.
    assert yaml.safe_load(TEXT)["networks"]["queue"] == {"internal": True}
    assert {name: service["networks"] for name, service in services.items()} == {
        "broker": ["queue"],
        "worker": ["queue"],
        "grader": ["queue"],
        "site": ["site"],
    }


def test_who_has_the_engines_socket(services: dict[str, Any]) -> None:
    # It is root on the host: only what grades has it.
    having = {name for name, service in services.items() if any(SOCKET in mount for mount in service["volumes"])}
    assert having == {"worker", "grader"}


def test_what_is_read_is_mounted_to_be_read(services: dict[str, Any]) -> None:
    # Submissions cannot be changed by grading them, nor reports by showing them.
    mounts = [mount for service in services.values() for mount in service["volumes"]]
    for place in ("/submissions", "/site", "/trust"):
        found = [mount for mount in mounts if re.search(rf":{place}(:|$)", mount)]
        assert found
        assert all(mount.endswith(":ro") for mount in found), found


def test_workers_of_a_host_share_locks_and_store(services: dict[str, Any]) -> None:
    # The turns of latency measurements and of pods are locked files in the cache folder.
    for mount in ("store:/store", "${GRADER_CACHE:-cache}:/cache"):
        assert mount in services["worker"]["volumes"]
        assert mount in services["grader"]["volumes"]


def test_no_secret_stands_in_the_file() -> None:
    # The password comes from the environment, wherever it is used.
    lines = [line for line in TEXT.splitlines() if re.search("password|secret|token|auth", line, re.IGNORECASE)]
    assert lines
    assert all("${GRADER_BROKER_PASSWORD:-}" in line for line in lines), lines


def test_every_variable_has_a_default() -> None:
    # `docker compose up` works without any preparation.
    assert not re.findall(r"\$\{\w+\}|\$\w+", TEXT)


@pytest.mark.parametrize("command", KNOWN)
def test_each_compose_reads_it(command: str, tmp_path: Path) -> None:
    # Both versions take every key, and come to the same: nothing is published beyond this machine.
    if command not in installed():
        pytest.skip(f"no `{command}` here")
    empty = tmp_path / "empty"
    empty.touch()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GRADER_")}
    asked = [*shlex.split(command), "--env-file", str(empty), "--profile", "run", "config"]
    done = subprocess.run(asked, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    read = yaml.safe_load(done.stdout)["services"]
    assert set(read) == set(SERVICES)
    (port,) = read["site"]["ports"]
    assert "127.0.0.1" in (port["host_ip"] if isinstance(port, dict) else port)
