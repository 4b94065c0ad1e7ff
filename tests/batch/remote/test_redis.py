"""Workers as processes, behind a real Redis: they share what there is, and take nothing from it but tickets."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.batch.job import Job
from grader.batch.remote.app import QUEUE, TASK, make_app
from grader.batch.remote.queue import Queue
from grader.errors import BrokerUnavailable
from grader.settings import Settings
from tests.batch.remote.conftest import Call, OwnRedis, PlayedWorker, skip_without, until

Work = Callable[..., PlayedWorker]
Make = Callable[..., Job]
Calls = Callable[[str], Call]


def test_two_workers_share_a_batch(redis: OwnRedis, worker: Work, call: Calls, job: Make, tmp_path: Path) -> None:
    """Each is at two jobs at once, since none of the four ends before all are begun."""
    workers = [worker(redis.url, at_once=2) for _ in range(2)]
    one = call(redis.url)
    one.begin([job(f"j{number}", f"wait {tmp_path / 'go'}") for number in range(4)])
    until(lambda: sum(each.log.read_text().count(": begun") for each in workers) == 4, "four begun")
    assert [each.log.read_text().count(": begun") for each in workers] == [2, 2]
    (tmp_path / "go").touch()
    assert one.end() == sorted(one.performed()) == ["j0", "j1", "j2", "j3"]


def test_what_is_no_ticket_is_dropped_with_a_line(redis: OwnRedis, worker: Work, call: Calls, job: Make) -> None:
    """Whoever may write to the broker cannot stop a worker by it."""
    app = make_app(redis.url, Settings())
    app.send_task(TASK, [{"version": "2-1.0"}], queue=QUEUE)
    app.send_task("os.system", ["true"], queue=QUEUE)
    one = call(redis.url)
    lazy = worker(redis.url)
    lazy.wait_for("dropped: the job is of wire format 2-1.0, and this worker")
    one.begin([job("a")])
    assert one.end() == one.performed() == ["a"]


def test_pickles_are_not_read(redis: OwnRedis, worker: Work, call: Calls, job: Make, tmp_path: Path) -> None:
    class Opens:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (tmp_path / "opened",))

    app = make_app(redis.url, Settings())
    app.conf.update(accept_content=["pickle", "json"])
    app.send_task(TASK, [Opens()], queue=QUEUE, serializer="pickle")
    one = call(redis.url)
    worker(redis.url)
    one.begin([job("a")])
    assert one.end() == one.performed() == ["a"]
    assert not (tmp_path / "opened").exists()


def test_workers_tell_what_they_are_at(redis: OwnRedis, worker: Work, call: Calls, job: Make, tmp_path: Path) -> None:
    busy = worker(redis.url)
    one = call(redis.url)
    one.begin([job("held", f"wait {tmp_path / 'go'}"), job("later")])
    busy.wait_for("held: begun")
    until(lambda: one.queue.waiting() == 1, "the other waits")
    (facts,) = one.queue.workers(5)
    (under_way,) = facts.jobs
    assert (under_way.name, under_way.doing, facts.pods_at_once, facts.leaving) == ("held", "playing wait", 1, False)
    (tmp_path / "go").touch()


def test_a_broker_that_does_not_answer_is_one_line(redis: OwnRedis) -> None:
    url = redis.url.replace("redis://", "redis://:secret@")
    redis.kill()
    with pytest.raises(BrokerUnavailable) as caught:
        Queue(make_app(url, Settings()), url).waiting()
    assert caught.value.message.startswith(f"the broker {redis.url} does not answer: ")
    assert "secret" not in caught.value.message


def test_results_are_outcomes_and_small(redis: OwnRedis, worker: Work, call: Calls, job: Make) -> None:
    """For monitors; the reports pass through the store."""
    worker(redis.url)
    one = call(redis.url)
    one.begin([job("a")])
    one.end()
    client = make_app(redis.url, Settings()).backend.client
    until(lambda: client.keys("celery-task-meta-*"), "a result")
    (size,) = [len(client.get(key)) for key in client.keys("celery-task-meta-*")]
    assert size < 2_000


def test_over_tls_with_a_password(
    worker: Work, call: Calls, job: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The certificate is checked against what SSL_CERT_FILE names, for tickets and for results."""
    skip_without("redis-server", "openssl")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*request, *names], check=True, capture_output=True)
    files = ["--tls-cert-file", str(certificate), "--tls-key-file", str(key), "--tls-ca-cert-file", str(certificate)]
    own = OwnRedis(tmp_path / "redis", *files, "--tls-auth-clients", "no", "--requirepass", "pw", tls=True)
    own.start()
    try:
        with pytest.raises(BrokerUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
            Queue(make_app(own.url, Settings()), own.url).waiting()
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        one = call(own.url)
        worker(own.url)
        one.begin([job("a")])
        assert one.end() == one.performed() == ["a"]
        client = make_app(own.url, Settings()).backend.client
        until(lambda: client.keys("celery-task-meta-*"), "a result")
    finally:
        own.kill()
