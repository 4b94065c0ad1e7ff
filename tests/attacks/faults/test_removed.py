"""What another does to a run's containers is never the candidate's fault."""

from typing import Any

from grader.sandbox.engine import PID_LABEL
from tests.attacks.attack import HONEST, REQUIREMENTS, Attack, Outcome
from tests.relay import Relay


def during(attack: Attack, relay: Relay, role: str, deed: str) -> Outcome:
    """Hand in a correct solution, and do something to one of its containers while its checks run."""
    seen = relay.on(rb'"event":"check_finished"')
    source = attack.zipped({"main.py": HONEST, "requirements.txt": REQUIREMENTS})
    process = attack.start(source, env=relay.env)
    assert seen.wait(60)
    label: dict[str, Any] = {"label": f"{PID_LABEL}={process.pid}"}
    (found,) = [one for one in attack.engine.api.containers(filters=label) if one["Names"][0].endswith(role)]
    if deed == "kill":
        attack.engine.api.kill(found["Id"])
    else:
        attack.engine.api.remove_container(found["Id"], force=True)
    return attack.finish(process)


def test_the_harness_is_killed(attack: Attack, relay: Relay) -> None:
    """As by a machine that is out of memory: exit 4, and the report says what was lost."""
    during(attack, relay, "harness", "kill").at_fault("HarnessError", "the harness ended with status")


def test_the_harness_is_removed(attack: Attack, relay: Relay) -> None:
    """Likewise with its container gone."""
    outcome = during(attack, relay, "harness", "remove")
    outcome.at_fault("HarnessError")


def test_the_candidate_is_removed(attack: Attack, relay: Relay) -> None:
    """Its checks fail then, but not through its doing: no verdict."""
    during(attack, relay, "candidate", "remove").at_fault("PodError")
