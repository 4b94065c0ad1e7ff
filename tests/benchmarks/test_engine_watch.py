"""What containers use, as cgroups say; those of a test are files in a folder."""

from pathlib import Path
from types import SimpleNamespace

import docker
import pytest
import requests

from benchmarks.engine_watch import EngineWatch

MEBIBYTE = 1024 * 1024


def container(root: Path, name: str, cpu: float, mib: int) -> None:
    for place, value in (("cpuacct", round(cpu * 1e9)), ("memory", mib * MEBIBYTE)):
        folder = root / place / "docker" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / {"cpuacct": "cpuacct.usage", "memory": "memory.usage_in_bytes"}[place]).write_text(str(value))


def test_cpu_time_stays_known_when_a_container_has_left(tmp_path: Path) -> None:
    watch = EngineWatch(tmp_path)
    before = watch.cpu_seconds()
    for name, cpu, mib in (("a", 1.0, 100), ("b", 2.0, 50)):
        container(tmp_path, name, cpu, mib)
        watch.made(name)
    container(tmp_path, "a", 5.0, 20)

    watch.leaves("a")
    container(tmp_path, "a", 99.0, 999)  # another's by now

    assert watch.cpu_seconds() - before == pytest.approx(5 + 2, abs=0.5)  # and some of this process itself
    assert watch.peak_mib == 70


def test_calls_are_counted_and_waiting_is_not(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A created container is watched from then on, and seen a last time before its removal."""
    container(tmp_path, "one", 3.0, 10)
    answer = SimpleNamespace(ok=True, json=lambda: {"Id": "one"})
    monkeypatch.setattr(docker.APIClient, "send", lambda *_, **__: answer)
    client = docker.APIClient.__new__(docker.APIClient)

    watch = EngineWatch(tmp_path)
    with watch():
        before = watch.cpu_seconds()
        for method, path in (
            ("POST", "containers/create"),
            ("POST", "containers/one/wait"),
            ("DELETE", "containers/one"),
        ):
            client.send(requests.Request(method, f"http://engine/v1.41/{path}?force=1").prepare())
        used = watch.cpu_seconds() - before

    assert watch.calls == 2
    assert used == pytest.approx(3, abs=0.5)
