"""The engine dies in the middle of a run: exit 4, no score, a report, and `grader gc` finds what is left."""

from collections.abc import Callable

import pytest

from grader.places import references_dir
from tests.attacks.attack import Attack
from tests.relay import Relay

CREATES = rb"POST /v[\d.]+/containers/create"
REMOVES = rb"DELETE /v[\d.]+/containers/"
MEASURES = rb'"what":"load"'
BLOCKS = """
from fastapi.responses import JSONResponse

@app.middleware("http")
async def blocking(request, call_next):
    if not request.url.path.endswith("/tags"):
        return await call_next(request)
    note = request.url.path.split("/")[2]
    return JSONResponse(httpx.get(f"{os.environ['TAGS_URL']}/tags/{note}", timeout=None).json())
"""


@pytest.mark.parametrize(
    ("moment", "passes", "kind"),
    [
        pytest.param(rb"GET /v[\d.]+/images/", 0, "EngineUnavailable", id="while images are looked for"),
        pytest.param(CREATES, 0, "PodError", id="before the pod"),
        pytest.param(CREATES, 1, "PodError", id="in half a pod"),
        pytest.param(rb"/start HTTP", 1, "PodError", id="at the application's start"),
        pytest.param(rb'"event":"check_finished"', 0, "PodError", id="while checks run"),
        pytest.param(REMOVES, 0, "PodError", id="while the pod is removed"),
        pytest.param(REMOVES, 1, "PodError", id="when half a pod is removed"),
    ],
)
def test_at_each_stage(
    attack: Attack, relay: Relay, sweep: Callable[..., str], moment: bytes, passes: int, kind: str
) -> None:
    """The connection is cut, and nobody listens any more: that says nothing of the candidate."""
    cut = relay.cut_on(moment, passes=passes)
    outcome = attack.honest(env=relay.env)
    assert cut.is_set()
    outcome.at_fault(kind)
    sweep()


@pytest.mark.slow
def test_after_the_last_verdict(attack: Attack, relay: Relay, sweep: Callable[..., str]) -> None:
    """What is asked after all checks only explains: a run that was graded stays one."""
    cut = relay.cut_on(CREATES, passes=2)
    report = attack.honest(after=BLOCKS, env=relay.env).graded(below=100)
    assert cut.is_set()
    assert report.insights == []
    sweep()


@pytest.mark.slow
def test_while_latency_is_measured(attack: Attack, relay: Relay, sweep: Callable[..., str]) -> None:
    """With the application's pod and the reference's up, there is no score from half a measurement."""
    cut = relay.cut_on(MEASURES, passes=1)
    source = references_dir() / "user-directory" / "memory"
    outcome = attack.archive(source, "--only", "users.read.latency", pack="user-directory", env=relay.env)
    assert cut.is_set()
    assert outcome.code == 4, outcome.text
    assert outcome.told().score is None
    sweep()
