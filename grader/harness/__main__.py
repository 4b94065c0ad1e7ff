"""`python -m grader.harness`: take a job on standard input, answer with events on standard output."""

import contextlib
import os
import sys

from grader.harness.candidate import Candidate, Waiting
from grader.harness.channel import Channel, Orders
from grader.harness.fault import HarnessFault, fault_event
from grader.verdicts import Finished, Hello


def main() -> int:
    """Run one job; 0 once it is finished, 1 for a fault, which is told to the host as well."""
    channel = Channel.claim_stdout()
    try:
        channel.send(Hello())
        _serve(channel)
        channel.send(Finished())
    except BaseException as error:  # noqa: BLE001 - the boundary: whatever it is, it is no verdict on the candidate
        with contextlib.suppress(BrokenPipeError):
            channel.send(fault_event(error))
        return 1
    return 0


def _serve(channel: Channel) -> None:
    orders = Orders()
    job = orders.job()
    candidate = Candidate(job.host, job.port)
    orders.follow(candidate.exited, lambda fault: _abort(channel, fault))
    waiting = Waiting(candidate, job, channel.send)
    waiting.start()
    if job.mode == "grade":
        from grader.harness.grading import grade  # noqa: PLC0415 - pytest loads while the candidate starts

        grade(job, candidate, waiting, channel.send)
    elif waiting.listening():
        from grader.harness.inspect_job import inspect  # noqa: PLC0415 - likewise

        channel.send(inspect(job))


def _abort(channel: Channel, fault: HarnessFault) -> None:
    """End at once, from the thread that reads orders: the main thread may be amid a check."""
    channel.send(fault_event(fault))
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
