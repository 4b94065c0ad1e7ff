"""docker-compose.yml on a real engine: it grades, shows, forgets nothing, scales, and leaves nothing behind."""

import json
import shutil
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grader.sandbox.engine import abandoned
from grader.sandbox.images import build_all, find
from grader.settings import Settings
from tests.compose.stack import PATIENCE, SENTINEL, Stack, trusting

if TYPE_CHECKING:
    from docker import DockerClient

# Builds three images: on a busy machine this takes minutes.
pytestmark = [pytest.mark.docker, pytest.mark.soak]

RUBRIC = """
slug = "ping"
title = "Ping"
version = "1.0.0"
level = "junior"
summary = "Answers pings."
minutes = 5

[categories]
behaviour = 100
"""
CHECKS = '''
from grader.harness import check


@check("ping.ok", category="behaviour", level="junior")
async def pong(api):
    """A ping is answered with 200.

    Nothing else matters.
    """
    (await api.get("/ping")).expect(200)
'''
APP = """
from fastapi import FastAPI

app = FastAPI()


@app.get("/ping")
def ping():
    return {"answer": "pong"}
"""
PACK = {
    "challenge.toml": RUBRIC,
    "checks/a.py": CHECKS,
    "openapi.yaml": 'openapi: 3.1.0\ninfo: {title: Ping, version: "1"}\npaths: {}\n',
    "BRIEF.md": "# Ping\n",
}
HELD = """
import time
from pathlib import Path
from grader.batch.slots import Slots
with Slots(Path("/cache"), 1).taken(lambda: None):
    Path("/cache/held").touch()
    time.sleep(3600)
"""
WANTED = """
import sys
from pathlib import Path
from grader.batch.slots import Slots
with Slots(Path("/cache"), 1).taken(lambda: sys.exit("held by another")):
    pass
"""
MARK = """
from grader.sandbox.engine import connect, labels
from grader.settings import Settings
client = connect(Settings())
client.volumes.create("{name}", labels=labels("{name}", client))
"""


@pytest.fixture(scope="module")
def stack(compose: list[str], engine: "DockerClient", tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """All services, from images that were built for this."""
    build_all(engine, Settings(), print)
    base = find(engine, Settings(), "base")
    assert base
    stack = Stack(compose, engine, tmp_path_factory.mktemp("compose"), base.reference)
    hand_in(stack.submissions)
    with trusting():
        try:
            stack("--profile", "run", "build")
            stack("up", "--detach")
            yield stack
        finally:
            stack.down()


def hand_in(folder: Path) -> None:
    """A submission, and the challenge that it is graded by."""
    for name, text in PACK.items():
        (folder / "ping" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "ping" / name).write_text(text, encoding="utf-8")
    with zipfile.ZipFile(folder / "jane-doe.zip", "w") as archive:
        archive.writestr("main.py", APP)
        archive.writestr("requirements.txt", "fastapi\n")
    with zipfile.ZipFile(folder / "nothing.zip", "w") as archive:
        archive.writestr("README.md", "Sorry, no time.\n")


def test_one_is_graded_by_run_and_shown_by_the_site(stack: Stack) -> None:
    # The report lies on the host, belongs to the user that was named, and is a page of the site.
    said = stack.grader("run", "/submissions/jane-doe.zip", "--challenge", "/submissions/ping")
    assert "jane-doe scores 100" in said
    report = stack.reports / "jane-doe/report.json"
    assert json.loads(report.read_text(encoding="utf-8"))["score"]["total"] == 100
    assert report.stat().st_uid == stack.user
    status, headers, page = stack.get("/jane-doe/report.html")
    assert (status, headers["X-Content-Type-Options"]) == (200, "nosniff")
    assert page == report.with_suffix(".html").read_text(encoding="utf-8")
    assert "jane-doe/" in stack.get("/")[2]


def test_a_batch_goes_to_the_workers_and_back(stack: Stack) -> None:
    # Through broker and store; what has no application is soon judged.
    said = stack.grader("batch", "/submissions/nothing.zip", "--challenge", "user-directory", "--no-latency")
    assert "1 of 1 submissions have a report" in said
    report = json.loads((stack.reports / "nothing/report.json").read_text(encoding="utf-8"))
    assert report["status"] == "rejected"
    # Only a batch that was sent to workers has it.
    assert (stack.reports / "remote.json").exists()


def test_the_machine_is_proven_from_a_container(stack: Stack) -> None:
    # Every restriction holds for pods that a container's grader starts, which is no root.
    assert "✘" not in stack.grader("doctor")
    (worker,) = stack.containers("worker")
    processes = {command: uid for _, uid, command in worker.top(ps_args="-o pid,uid,comm")["Processes"]}
    assert processes.pop("docker-init") == "0"
    assert set(processes.values()) == {str(stack.user)}


@pytest.mark.parametrize(
    ("path", "options", "status"),
    [
        pytest.param("/../etc/passwd", {}, 400, id="climbing"),
        pytest.param("/%2e%2e/%2e%2e/etc/passwd", {}, 400, id="climbing, encoded"),
        pytest.param("/elsewhere/passwd", {}, 404, id="a link that leads elsewhere"),
        pytest.param("/.hidden", {}, 404, id="a hidden file"),
        pytest.param("/", {"method": "DELETE"}, 403, id="another method"),
        pytest.param("/", {"host": "reports.attacker.example"}, 421, id="another name"),
    ],
)
def test_the_site_shows_the_folder_and_no_more(path: str, options: dict[str, str], status: int, stack: Stack) -> None:
    # Nothing leads out of it, nothing is changed through it, and no other site's name is answered.
    if stack.user == 10001 and not (stack.reports / ".hidden").exists():
        (stack.reports / ".hidden").write_text("x", encoding="utf-8")
        (stack.reports / "elsewhere").symlink_to("/etc")
    assert stack.get(path, **options)[0] == status


def test_no_image_holds_what_belongs_to_the_builder(stack: Stack) -> None:
    # Neither its certificates nor addresses of its indexes, which may hold a password.
    images = [container.image for name in ("worker", "broker", "site") for container in stack.containers(name)]
    assert len(images) == 3
    for image in images:
        assert image
        assert SENTINEL not in json.dumps([image.attrs, image.history()])
    look = ["--entrypoint", "find", "broker", "/trust", "/build", "/source", "/packages"]
    assert stack("run", "--rm", "-T", "--no-deps", *look, fails=True).count("No such file") == 4


def test_the_broker_asks_for_its_password(stack: Stack) -> None:
    # Other users of the host reach its address, though nothing is published.
    assert "NOAUTH" in stack("exec", "-T", "-e", "REDISCLI_AUTH=", "broker", "redis-cli", "ping")
    (broker,) = stack.containers("broker")
    assert not any(broker.ports.values())
    assert "of-this-test" not in str(broker.top()["Processes"])


def test_what_is_queued_outlives_the_broker(stack: Stack) -> None:
    # It is on the disk before the client hears that it was taken, so a kill loses none of it.
    stack("exec", "-T", "broker", "redis-cli", "rpush", "grader-test", "one", "two")
    (broker,) = stack.containers("broker")
    broker.kill()
    broker.start()
    last = time.monotonic() + PATIENCE
    while "PONG" not in str(broker.exec_run(["redis-cli", "ping"]).output):
        assert time.monotonic() < last
    assert stack("exec", "-T", "broker", "redis-cli", "lrange", "grader-test", "0", "-1").split()[:2] == ["one", "two"]
    stack("exec", "-T", "broker", "redis-cli", "del", "grader-test")


def test_workers_of_a_host_take_turns(stack: Stack) -> None:
    # What one holds in the shared folder, the other waits for.
    stack("up", "--detach", "--no-recreate", "--scale", "worker=2")
    first, second = stack.containers("worker")
    python, user = ["/opt/grader/bin/python", "-c"], str(stack.user)
    first.exec_run([*python, HELD], user=user, detach=True)
    last = time.monotonic() + PATIENCE
    while second.exec_run(["test", "-e", "/cache/held"]).exit_code:
        assert time.monotonic() < last
    code, said = second.exec_run([*python, WANTED], user=user)
    assert (code, said) == (1, b"held by another\n")


def test_what_a_live_worker_made_is_not_swept(stack: Stack) -> None:
    # Its process ids mean nothing in another container; its end is the end of what it made.
    name = f"{stack.project}-made"
    worker = stack.containers("worker")[0]
    last = time.monotonic() + PATIENCE
    while b"ready:" not in worker.logs():  # until then it sweeps what its own dead processes left
        assert time.monotonic() < last
    assert worker.exec_run(["/opt/grader/bin/python", "-c", MARK.format(name=name)]).exit_code == 0
    volume = stack.engine.volumes.get(name)
    try:
        assert name not in stack.grader("gc")
        marks = stack.engine.volumes.get(name).attrs["Labels"]
        assert not abandoned(marks, stack.engine)
        worker.kill()
        assert abandoned(marks, stack.engine)
        assert f"removed volume {name}" in stack.grader("gc") or not stack.engine.volumes.list(filters={"name": name})
    finally:
        if stack.engine.volumes.list(filters={"name": name}):
            volume.remove(force=True)


def test_a_folder_of_somebody_elses_is_not_taken(stack: Stack) -> None:
    # One line says whose it is, and what to set.
    if stack.user != 10001:
        pytest.skip("only root can make a folder for somebody else")
    shutil.chown(stack.reports, 4711, 4711)
    said = stack.grader("schema", fails=True)
    assert "user 10001 may not write" in said
    assert "GRADER_USER=4711" in said
    assert stack.reports.stat().st_uid == 4711


def test_nothing_is_left(stack: Stack) -> None:
    # Neither a container nor a network, a volume or an image.
    assert stack.left()
    stack.down()
    assert stack.left() == []
