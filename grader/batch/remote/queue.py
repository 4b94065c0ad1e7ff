"""The broker as a client sees it: tickets go in, and workers answer what they do."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import Celery
from kombu.exceptions import OperationalError
from pydantic import BaseModel, ConfigDict, ValidationError

from grader.batch.remote.app import QUEUE, TASK
from grader.batch.remote.ticket import Ticket
from grader.batch.remote.urls import redacted
from grader.errors import BrokerUnavailable

COMMAND = "grader_worker"
"""What workers are asked."""


class JobFacts(BaseModel):
    """What a worker is at."""

    model_config = ConfigDict(frozen=True)

    name: str
    batch: str
    seconds: float
    doing: str
    checks: int
    ended: int


class WorkerFacts(BaseModel):
    """What a worker answers."""

    model_config = ConfigDict(frozen=True)

    name: str
    host: str
    version: str
    wire: str
    sandbox: str
    pods_at_once: int
    leaving: bool
    jobs: tuple[JobFacts, ...]


class Queue:
    """The queue of jobs.

    Args:
        app: reaches it.
        broker: its address.
    """

    def __init__(self, app: Celery, broker: str) -> None:
        self._app = app
        self._shown = redacted(broker)

    def send(self, ticket: Ticket) -> None:
        """Put a ticket into it.

        Raises:
            BrokerUnavailable: it does not answer.
        """
        policy = {"max_retries": 2, "interval_start": 0.2, "interval_step": 0.5}
        with self._asking():
            self._app.send_task(TASK, [ticket.model_dump(mode="json")], queue=QUEUE, retry=True, retry_policy=policy)

    def waiting(self) -> int:
        """How many tickets no worker has taken yet.

        Raises:
            BrokerUnavailable: it does not answer.
        """
        with self._asking(), self._app.connection_for_read() as connection:
            connection.ensure_connection(max_retries=1, interval_start=1)
            channel: Any = connection.default_channel
            try:
                return int(channel.queue_declare(QUEUE, passive=True).message_count)
            except connection.channel_errors:  # there is none before the first ticket, and Redis keeps no empty one
                return 0

    def workers(self, seconds: float) -> list[WorkerFacts]:
        """What the workers answer within so many seconds, by name.

        Raises:
            BrokerUnavailable: it does not answer.
        """
        self.waiting()  # raises in a second or two, where a broadcast would wait long
        with self._asking():
            replies = self._app.control.broadcast(COMMAND, reply=True, timeout=seconds) or []
        return sorted(_facts(replies), key=lambda facts: facts.name)

    @contextmanager
    def _asking(self) -> Iterator[None]:
        connection: Any = self._app.connection_for_read()
        faults: tuple[type[Exception], ...] = (
            OSError, OperationalError, *connection.connection_errors, *connection.channel_errors,
        )  # fmt: skip
        try:
            yield
        except faults as error:
            words = " ".join(str(error).split())[:200]
            raise BrokerUnavailable(
                f"the broker {self._shown} does not answer: {words}",
                hint="see that it runs, that this machine reaches it, and that user and password are right",
            ) from error


def _facts(replies: list[dict[str, Any]]) -> Iterator[WorkerFacts]:
    for reply in replies:
        for answer in reply.values():
            try:
                yield WorkerFacts.model_validate(answer)
            except ValidationError:
                continue  # another application on the same broker
