"""What `grader status` shows."""

from pydantic import BaseModel, ConfigDict

from grader.batch.remote.queue import Queue, WorkerFacts
from grader.batch.remote.urls import redacted


class BrokerStatus(BaseModel):
    """Queue and workers at a moment."""

    model_config = ConfigDict(frozen=True)

    broker: str
    waiting: int
    """Jobs that no worker has taken yet."""
    workers: tuple[WorkerFacts, ...]


def broker_status(queue: Queue, broker: str, seconds: float) -> BrokerStatus:
    """Ask the broker, and the workers behind it.

    Args:
        queue: of jobs.
        broker: its address, which is shown without its password.
        seconds: that workers have to answer.

    Raises:
        BrokerUnavailable: it does not answer.
    """
    return BrokerStatus(broker=redacted(broker), waiting=queue.waiting(), workers=tuple(queue.workers(seconds)))
