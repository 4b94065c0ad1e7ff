"""An engine that answers, but refuses, fails or takes its time: exit 4 where a run needs it, else the same verdict."""

from collections.abc import Callable

import pytest

from tests.attacks.attack import HONEST, Attack
from tests.relay import Relay

CREATES = rb"POST /v[\d.]+/containers/create"
_CRASHES = "import os\nfrom fastapi import FastAPI\napp = FastAPI()\nos._exit(3)\n"
REMOVES = rb"DELETE /v[\d.]+/containers/"


@pytest.mark.parametrize(
    ("moment", "passes"),
    [
        pytest.param(rb"GET /v[\d.]+/info", 0, id="what it is"),
        pytest.param(CREATES, 0, id="the first container"),
        pytest.param(CREATES, 1, id="the second container"),
        pytest.param(rb"/attach\?", 1, id="a connection to it"),
        pytest.param(rb"/start HTTP", 1, id="its start"),
        pytest.param(rb"/wait HTTP", 0, id="its end"),
    ],
)
def test_it_fails(attack: Attack, relay: Relay, moment: bytes, passes: int) -> None:
    """500 to one kind of request: one clear line, no verdict, and nothing of the half-made pod is left."""
    asked = relay.refuse(moment, 500, "no space left on device", passes=passes)
    outcome = attack.app(_CRASHES if b"wait" in moment else HONEST, env=relay.env)
    assert asked.is_set()
    outcome.at_fault("PodError", "no space left on device")


def test_the_image_is_deleted_in_the_middle(attack: Attack, relay: Relay) -> None:
    """Somebody prunes images between two steps: the engine says 404, and it is not the candidate's fault."""
    asked = relay.refuse(CREATES, 404, "No such image: sha256:0", passes=1)
    outcome = attack.honest(env=relay.env)
    assert asked.is_set()
    outcome.at_fault("PodError", "No such image")


@pytest.mark.slow
def test_it_cannot_remove(attack: Attack, relay: Relay, sweep: Callable[..., str]) -> None:
    """What cannot be removed is told, and no score stands beside a container that still runs."""
    asked = relay.refuse(REMOVES, 500, "device or resource busy")
    outcome = attack.honest(env=relay.env)
    assert asked.is_set()
    outcome.at_fault("PodError", "device or resource busy")
    sweep()


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        pytest.param(rb"POST /v[\d.]+/containers/\w+/update", 500, id="no CPU sets"),
        pytest.param(rb"GET /v[\d.]+/containers/\w+/top", 500, id="no list of processes"),
        pytest.param(rb"GET /v[\d.]+/containers/\w+/stats", 404, id="no figures"),
    ],
)
def test_it_lacks_what_only_helps(attack: Attack, relay: Relay, request_line: bytes, status: int) -> None:
    """What a verdict does not rest on may be missing: a correct solution keeps its points."""
    relay.refuse(request_line, status, "not supported")
    attack.honest(env=relay.env).graded(score=100)


@pytest.mark.slow
def test_it_is_slow(attack: Attack, relay: Relay) -> None:
    """Each answer takes 0.4 s longer, as over a bad line: the same verdict."""
    relay.delay = 0.4
    outcome = attack.honest(env=relay.env)
    outcome.graded(score=100)
    assert outcome.seconds > 4


def test_it_never_answers(attack: Attack, relay: Relay) -> None:
    """It takes the request and says nothing more: the call's own deadline ends the run."""
    silent = relay.on(CREATES, lambda _near: True)
    outcome = attack.honest(env=relay.env | {"GRADER_ENGINE_DEADLINE": "8"})
    assert silent.is_set()
    outcome.at_fault("PodError", "did not answer in time", "GRADER_ENGINE_DEADLINE")
