"""What another does to a run's containers is never the candidate's fault."""

import threading
from typing import Any

from tests.attacks.attack import Attack, Outcome
from tests.relay import Relay

FINISHED = rb'"event":"check_finished"'


def during(attack: Attack, relay: Relay, role: str, deed: str) -> Outcome:
    """Hand in a correct solution, and do something to one of its containers while its checks run."""
    process = attack.start(attack.zipped({"main.py": _main(), "requirements.txt": "fastapi\nhttpx\n"}), env=relay.env)
    assert relay.on(FINISHED).wait(60)
    label: dict[str, Any] = {"label": f"grader.pid={process.pid}"}
    (found,) = [one for one in attack.engine.api.containers(filters=label) if one["Names"][0].endswith(role)]
    if deed == "kill":
        attack.engine.api.kill(found["Id"])
    else:
        attack.engine.api.remove_container(found["Id"], force=True)
    return attack.finish(process)


def test_the_harness_is_killed(attack: Attack, relay: Relay) -> None:
    """As by an impatient admin, or by a machine that is out of memory: exit 4, and the report says what was lost."""
    during(attack, relay, "harness", "kill").at_fault("HarnessError", "the harness ended with status")


def test_the_harness_is_removed(attack: Attack, relay: Relay) -> None:
    """Likewise with its container gone."""
    outcome = during(attack, relay, "harness", "remove")
    assert (outcome.code, outcome.told().score) == (4, None), outcome.text


def test_the_candidate_is_removed(attack: Attack, relay: Relay) -> None:
    """Its checks fail then, but not through its doing: no verdict."""
    outcome = during(attack, relay, "candidate", "remove")
    outcome.at_fault("PodError")


def _main() -> str:
    from tests.attacks.attack import HONEST  # noqa: PLC0415

    return HONEST


assert threading
