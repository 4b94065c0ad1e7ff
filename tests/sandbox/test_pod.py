"""What a pod is told of its upstreams: the same in both environments, the candidate's and the checks'."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from grader.intake.submission import EntryPoint, Tree
from grader.placeholders import placeholder
from grader.sandbox.launch import upstream_ports
from grader.sandbox.pod import PodSpec, Runtime
from grader.verdicts import Job


def spec(mode: Literal["grade", "inspect"] = "grade") -> PodSpec:
    """A pod with two upstreams."""
    return PodSpec(
        run_id="test",
        runtime=Runtime("3", {}),
        tree=Tree(Path("/nowhere"), (), "", 0),
        entry_point=EntryPoint("main", "app"),
        environment={"DATABASE": "sqlite"},
        pack=None,
        job=Job(mode=mode, pack="", seed=1, environment={"DATABASE": "sqlite"}),
        upstreams={"catalog": "CATALOG_URL", "pricing": "PRICES"},
    )


@pytest.mark.parametrize("mode", ["grade", "inspect"])
def test_base_urls_stand_in_both_environments(mode: Literal["grade", "inspect"]) -> None:
    # An application finds the same whether it is graded or only looked at.
    before = spec(mode)
    ports = upstream_ports(before.upstreams)
    placed = before.with_upstreams_at(ports)
    assert ports == {"catalog": 9001, "pricing": 9002}
    urls = {"CATALOG_URL": "http://127.0.0.1:9001", "PRICES": "http://127.0.0.1:9002"}
    assert placed.environment == {"DATABASE": "sqlite", **urls}
    assert placed.job == before.job.model_copy(update={"environment": placed.environment, "upstreams": ports})
    assert before.environment == {"DATABASE": "sqlite"}


def test_the_folder_for_data_stands_in_both_environments() -> None:
    # Wherever the pod has it; what looks alike is left alone.
    wanted = {"FILE": f"sqlite://{placeholder('data')}/a.db", "PLAIN": "{data}"}
    before = replace(spec(), environment=wanted, job=spec().job.model_copy(update={"environment": wanted}))
    placed = before.with_data_in("/work/.data")
    assert placed.environment == {"FILE": "sqlite:///work/.data/a.db", "PLAIN": "{data}"}
    assert placed.job.environment == placed.environment


def test_without_upstreams_nothing_is_added() -> None:
    # The same environment, the same job.
    plain = PodSpec("test", Runtime("3", {}), Tree(Path("/"), (), "", 0), EntryPoint("m", "a"), {}, None, spec().job)
    assert plain.with_upstreams_at({}) == plain
