"""What another does to a run's containers is never the candidate's fault."""

from typing import Any

from grader.sandbox.engine import PID_LABEL
from tests.attacks.attack import HONEST, REQUIREMENTS, Attack, Outcome
from tests.relay import PATIENCE, Relay

HANGS = """
@app.middleware("http")
async def hanging(request, call_next):
    import asyncio
    await asyncio.sleep(600 if request.method == "POST" else 0)
    return await call_next(request)
"""


def during(attack: Attack, relay: Relay, role: str, deed: str) -> Outcome:
    """Hand in what makes checks wait, and do something to one of its containers meanwhile."""
    seen = relay.on(rb'"event":"check_started"')
    source = attack.zipped({"main.py": HONEST + HANGS, "requirements.txt": REQUIREMENTS})
    process = attack.start(source, env=relay.env)
    assert seen.wait(PATIENCE)
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
    """Likewise with its container gone, whatever notices that first."""
    outcome = during(attack, relay, "harness", "remove")
    problem = outcome.told().problem
    assert problem is not None
    assert problem.kind in {"HarnessError", "PodError"}
    outcome.at_fault(problem.kind)


def test_the_candidate_is_removed(attack: Attack, relay: Relay) -> None:
    """Its checks fail then, but perhaps not through its doing: no verdict."""
    during(attack, relay, "candidate", "remove").at_fault("PodError")
