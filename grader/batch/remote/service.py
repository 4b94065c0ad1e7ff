"""A worker as a process: Celery hands it tickets, a `Taker` does them, signals and faults end it in good order."""

import logging
import os
import secrets
import signal
import socket
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

from celery import Celery
from celery.exceptions import Reject
from celery.worker import state
from celery.worker.control import inspect_command
from celery.worker.worker import WorkController

from grader import __version__
from grader.batch.remote.app import QUEUE, TASK
from grader.batch.remote.queue import COMMAND, JobFacts, WorkerFacts
from grader.batch.remote.taker import GivenBack, Taker, UnderWay
from grader.batch.remote.ticket import WIRE, read_ticket
from grader.errors import Exit, GraderError, UsageError

_HOST: Final = 60
"""Letters of a host's name that are kept."""


def worker_name() -> str:
    """A name that no other worker has: process, something random, host."""
    return f"grader-{os.getpid()}-{secrets.token_hex(2)}@{socket.gethostname()[:_HOST]}"


class Service:
    """A worker.

    Args:
        app: reaches the broker.
        taker: does what comes.
        name: what the worker is called.
        sandbox: the backend it grades in.
        pods_at_once: how many pods run checks at once.
        say: is told what happens.
    """

    def __init__(
        self, app: Celery, taker: Taker, name: str, sandbox: str, pods_at_once: int, say: Callable[[str], None]
    ) -> None:
        self.fault: GraderError | None = None
        self._app = app
        self._taker = taker
        self._name = name
        self._sandbox = sandbox
        self._pods_at_once = pods_at_once
        self._say = say
        self._leaving = threading.Event()
        self._worker: WorkController | None = None

    def run(self) -> Exit:
        """Work until a signal or a fault ends it.

        SIGTERM and SIGINT let what is under way end; one more gives it back to the others.

        Returns:
            INFRASTRUCTURE where this machine can grade nothing; `fault` says why.
        """
        logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
        self._app.set_default()  # Celery's threads look for it there
        self._app.task(name=TASK, acks_late=True, reject_on_worker_lost=True, shared=False)(self.grade)
        inspect_command(name=COMMAND)(self._answer)
        self._worker = self._app.WorkController(
            hostname=self._name,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
            queues=[QUEUE],
            ready_callback=lambda _consumer: self._say(f"ready: {self._name} takes jobs"),
        )
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, self._on_signal)
        _stop_celery(None)
        self._worker.start()
        return Exit.INFRASTRUCTURE if self.fault or self._worker.exitcode else Exit.OK

    def grade(self, data: Any) -> dict[str, Any] | None:
        """The task.

        Args:
            data: a ticket, as it came.

        Returns:
            The outcome; None where there is nothing to do.

        Raises:
            Reject: it has to go to another worker, or is no ticket.
        """
        try:
            outcome = self._taker.do(read_ticket(data))
        except UsageError as error:
            self._say(f"dropped: {error.message}; {error.hint}")
            raise Reject(error.message, requeue=False) from error
        except GivenBack as reason:
            if reason.fault:
                self._give_up(reason.fault)
            raise Reject(str(reason), requeue=True) from reason
        return outcome.model_dump(mode="json") if outcome else None

    def _give_up(self, fault: GraderError) -> None:
        if self.fault is None:
            self.fault = fault
            self._say(f"leaving: {fault.message}")
        self._taker.cancel()
        self._leave()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        # In a thread: a signal's handler must not wait for a lock that the main thread holds.
        threading.Thread(target=self._asked_to_leave, daemon=True).start()

    def _asked_to_leave(self) -> None:
        if self._leaving.is_set():
            self._say("giving back what is under way")
            self._taker.cancel()
        else:
            self._say("leaving once what is under way has ended; one more signal gives it back at once")
            self._leave()

    def _leave(self) -> None:
        """Take nothing more, and end once nothing is under way."""
        if not self._leaving.is_set():
            self._leaving.set()
            consumer = getattr(self._worker, "consumer", None)
            if consumer is not None:
                consumer.call_soon(consumer.cancel_task_queue, QUEUE)
            threading.Thread(target=self._end, daemon=True).start()

    def _end(self) -> None:
        self._taker.wait()
        time.sleep(0.5)  # what was given back is on its way to the broker
        _stop_celery(0)

    def _answer(self, _state: Any, **_arguments: Any) -> dict[str, Any]:
        return WorkerFacts(
            name=self._name,
            host=socket.gethostname(),
            version=__version__,
            wire=WIRE,
            sandbox=self._sandbox,
            pods_at_once=self._pods_at_once,
            leaving=self._leaving.is_set(),
            jobs=tuple(map(_job_facts, self._taker.under_way())),
        ).model_dump(mode="json")


def _stop_celery(exit_code: int | None) -> None:
    """Celery's own switch, which its loop looks at: no signal's handler of it is installed."""
    shared: Any = state
    shared.should_stop = exit_code


def _job_facts(each: UnderWay) -> JobFacts:
    claim = each.hold.claim if each.hold else None
    return JobFacts(
        name=each.ticket.job.name,
        batch=each.ticket.batch,
        seconds=round(time.monotonic() - each.began, 1),
        doing=claim.doing if claim else "",
        checks=claim.checks if claim else 0,
        ended=claim.ended if claim else 0,
    )
