"""CPU time from the kernel's files, as they lie for each version of cgroups and each driver."""

from pathlib import Path

import pytest

from grader.sandbox.cgroup import cpu_seconds_of

ID = "ab" * 32


@pytest.mark.parametrize(
    ("place", "text"),
    [
        pytest.param(f"cpuacct/docker/{ID}/cpuacct.usage", "1500000000\n", id="v1"),
        pytest.param(f"cpuacct/system.slice/docker-{ID}.scope/cpuacct.usage", "1500000000\n", id="v1 by systemd"),
        pytest.param(f"docker/{ID}/cpu.stat", "usage_usec 1500000\nuser_usec 1\n", id="v2"),
        pytest.param(
            f"system.slice/docker-{ID}.scope/cpu.stat", "nr_periods 0\nusage_usec 1500000\n", id="v2 by systemd"
        ),
    ],
)
def test_what_a_container_used_is_read(tmp_path: Path, place: str, text: str) -> None:
    """In seconds."""
    (tmp_path / place).parent.mkdir(parents=True)
    (tmp_path / place).write_text(text)
    assert cpu_seconds_of(ID, tmp_path) == 1.5


def test_an_engine_elsewhere_is_none_of_this_machine(tmp_path: Path) -> None:
    """Then the engine is asked."""
    assert cpu_seconds_of(ID, tmp_path) is None
