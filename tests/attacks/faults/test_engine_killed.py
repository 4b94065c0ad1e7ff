"""The engine itself is killed with SIGKILL and started again, in the middle of a run."""

import os
from collections.abc import Callable
from contextlib import closing

import pytest
from docker import DockerClient

from grader.sandbox import recipes
from grader.sandbox.engine import RUN_LABEL
from grader.sandbox.images import find
from grader.settings import Settings
from tests.attacks.attack import HONEST, REQUIREMENTS, Attack
from tests.attacks.faults.own_engine import own_engine

_KINDS: tuple[recipes.Kind, ...] = ("base", "runner", "harness")
HANGS = """
@app.middleware("http")
async def hanging(request, call_next):
    if request.method == "POST":
        print("HANGING", flush=True)
        import asyncio
        await asyncio.sleep(600)
    return await call_next(request)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.getuid() != 0, reason="an engine is started as root")
def test_killed_and_started_again(attack: Attack, sweep: Callable[..., str]) -> None:
    """Exit 4 and no score; and once it is back, `grader gc` leaves nothing of the run."""
    images = [image for kind in _KINDS if (image := find(attack.engine, Settings(), kind))]
    with own_engine() as engine:
        with closing(engine.start()) as client:
            engine.load([image.reference for image in images])
            source = attack.zipped({"main.py": HONEST + HANGS, "requirements.txt": REQUIREMENTS})
            process = attack.start(source, env=engine.env)
            _wait_for_starts(client, 2)
            engine.kill()
        outcome = attack.finish(process)
        assert (outcome.code, outcome.told().score) == (4, None), outcome.text
        with closing(engine.start()) as client:
            assert client.api.containers(all=True)  # else the sweep would prove nothing
            assert "removed container" in sweep(**engine.env)
            assert client.api.containers(all=True) == []
            assert client.volumes.list() == []


def _wait_for_starts(client: DockerClient, number: int) -> None:
    """Return once so many containers have started."""
    since = {"type": "container", "event": "start", "label": RUN_LABEL}
    with closing(client.events(decode=True, since=1, filters=since)) as events:
        for _ in range(number):
            next(events)
