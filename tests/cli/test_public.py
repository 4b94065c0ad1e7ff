"""`grader run --public`: it grades the public checks, and tells nothing of the others."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

Grader = Callable[..., Any]
Publish = Callable[..., Path]

PANG = """
from fastapi import FastAPI
app = FastAPI()
@app.get("/ping")
async def ping():
    return {"answer": "pang"}
"""
QUESTION = """
[[questions]]
checks = ["ping.ok", "ping.body"]
question = "Who pings?"
surface = "A balancer, say."
deep = "Whoever must know whether it answers."
"""


def test_a_public_run_tells_nothing_of_hidden_checks(
    grader: Grader, hand_in: Callable[..., Path], ping_pack: Path, publish: Publish
) -> None:
    """Neither terminal, JSON nor page has an id, a title or evidence of one, or an interview question."""
    with (ping_pack / "challenge.toml").open("a") as file:
        file.write(QUESTION)
    publish(ping_pack, "ping.ok")
    ran = grader("run", str(hand_in(PANG)), "--challenge", str(ping_pack), "--sandbox", "local", "--public")
    assert (ran.code, ran.report.public, ran.report.score.total) == (0, True, 100)
    assert [(check.id, check.public, check.question) for check in ran.report.checks] == [("ping.ok", True, None)]
    assert ran.report.only == ["ping.ok"]  # so that nobody takes it for a score of the whole
    assert "--public" in ran.report.repeat
    assert "--only" not in ran.report.repeat
    assert "--public" in ran.report.checks[0].repeat
    assert "100 of 100, level junior (public checks only)" in ran.out
    assert "Only the public checks were run" in ran.page
    told = ran.out + ran.err + ran.page + ran.report.model_dump_json()
    for secret in ("ping.body", "ping.again", "says pong", "second ping", "Who pings", "Whoever must know"):
        assert secret not in told


def test_a_whole_run_says_which_checks_are_public(
    grader: Grader, hand_in: Callable[..., Path], ping_pack: Path, publish: Publish
) -> None:
    """So that a reader knows what the candidate could see beforehand."""
    ran = grader("run", str(hand_in()), "--challenge", str(publish(ping_pack, "ping.ok")), "--sandbox", "local")
    assert [(check.id, check.public) for check in ran.report.checks if check.public] == [("ping.ok", True)]
    assert (len(ran.report.checks), ran.report.public) == (3, False)


def test_show_marks_the_public_checks(grader: Grader, ping_pack: Path, publish: Publish) -> None:
    """An author sees at a glance what is shown."""
    rows = grader("challenge", "show", str(publish(ping_pack, "ping.ok"))).out.splitlines()
    assert [row.split()[3] for row in rows if " public " in row] == ["ping.ok"]
