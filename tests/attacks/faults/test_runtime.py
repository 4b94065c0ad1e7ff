"""Another OCI runtime: the one that was asked for is used and told; one that is not there stops nothing half-way."""

import pytest

from tests.attacks.attack import HONEST, REQUIREMENTS, Attack


@pytest.mark.parametrize("name", ["runc", "io.containerd.runc.v2"])
def test_one_that_the_engine_has(attack: Attack, name: str) -> None:
    """A correct solution earns the same, and the report says what it ran on."""
    if name not in attack.engine.info()["Runtimes"]:
        pytest.skip("this engine does not list it")
    source = attack.zipped({"main.py": HONEST, "requirements.txt": REQUIREMENTS})
    report = attack.archive(source, "--runtime", name).graded(score=100)
    assert report.environment.limits["runtime"] == name


def test_one_that_it_has_not(attack: Attack) -> None:
    """Exit 2 with the names that there are, before anything is begun."""
    source = attack.zipped({"main.py": HONEST, "requirements.txt": REQUIREMENTS})
    outcome = attack.archive(source, "--runtime", "rnsc")
    attack.runs.remove(outcome)  # wrong usage writes no report
    assert (outcome.code, outcome.report) == (2, None), outcome.text
    said = " ".join(outcome.text.split())
    assert "error: the engine has no runtime rnsc; it has" in said
    assert "runc" in said


def test_with_the_local_sandbox(attack: Attack) -> None:
    """There is nothing to run in it: told, not ignored."""
    source = attack.zipped({"main.py": HONEST, "requirements.txt": REQUIREMENTS})
    outcome = attack.archive(source, "--runtime", "runc", "--sandbox", "local")
    attack.runs.remove(outcome)
    assert (outcome.code, outcome.report) == (2, None), outcome.text
