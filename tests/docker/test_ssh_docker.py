"""An engine at `ssh://`: the machine's own, by an ssh program that goes nowhere else."""

import shutil
from pathlib import Path

import pytest

from grader.sandbox import doctor, ssh
from grader.settings import Settings

pytestmark = [
    pytest.mark.docker,
    pytest.mark.skipif(not shutil.which("docker"), reason="needs the docker command, as the far side does"),
]


@pytest.mark.usefixtures("engine", "runner", "harness")
def test_a_pod_is_proven_over_ssh_as_it_is_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Files go in, and what the containers say comes back while it is said: the same findings as without ssh.
    here = doctor.examine(Settings(), lambda _line: None)
    program = tmp_path / "ssh"
    program.write_text('#!/bin/sh\nunset DOCKER_HOST\nfor last; do :; done\nexec sh -c "$last"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("DOCKER_HOST", "ssh://someone@somewhere")
    ssh.relay.cache_clear()
    there = doctor.examine(Settings(), lambda _line: None)
    assert [(one.name, one.ok) for one in there] == [(one.name, one.ok) for one in here]
    assert len(there) > 40
