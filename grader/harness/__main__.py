"""`python -m grader.harness`: take a job on standard input, answer with events on standard output.

With `--again` it takes job after job, until standard input is closed: whoever grades many trusted builds on this
machine pays for its start once.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from grader.harness.candidate import Candidate, Waiting
from grader.harness.channel import Channel, Orders
from grader.harness.fault import HarnessFault, fault_event
from grader.harness.host import Host
from grader.verdicts import Finished, Hello, Job, UpstreamsReady

if TYPE_CHECKING:
    from grader.harness.upstream.service import UpstreamService


def main(arguments: list[str]) -> int:
    """Run one job, or many; 0 once they are finished, 1 for a fault, which is told to the host as well."""
    channel = Channel.claim_stdout()
    try:
        channel.send(Hello())
        _take_orders(channel, again="--again" in arguments)
    except BaseException as error:  # noqa: BLE001 - the boundary: whatever it is, it is no verdict on the candidate
        with contextlib.suppress(BrokenPipeError):
            channel.send(fault_event(error))
        return 1
    return 0


def _take_orders(channel: Channel, *, again: bool) -> None:
    host = Host(channel.send)
    orders = Orders(lambda fault: _abort(channel, fault), host.answered)
    orders.start()
    while ordered := orders.next_job():
        _serve(*ordered, channel, host)
        if not again:
            channel.send(Finished())
            return
        orders.job_done()
        channel.send(Finished())


def _serve(job: Job, candidate: Candidate, channel: Channel, host: Host) -> None:
    with _upstreams(job, channel) as upstreams:
        waiting = Waiting(candidate, job, channel.send)
        waiting.start()
        if job.mode == "grade":
            from grader.harness.grading import grade  # noqa: PLC0415 - pytest loads while the candidate starts

            grade(job, candidate, waiting, channel.send, host, upstreams)
        elif waiting.listening():
            from grader.harness.inspect_job import inspect  # noqa: PLC0415 - likewise

            channel.send(inspect(job))


@contextlib.contextmanager
def _upstreams(job: Job, channel: Channel) -> "Iterator[UpstreamService | None]":
    """The job's upstreams, once their ports are bound and the host knows it; None where there are none."""
    if not job.upstreams:
        yield None
        return
    from grader.harness.upstream.service import serving  # noqa: PLC0415 - only what is asked for is imported

    with serving(job.upstreams) as upstreams:
        channel.send(UpstreamsReady())
        yield upstreams


def _abort(channel: Channel, fault: HarnessFault) -> None:
    """End at once, from the thread that reads orders: the main thread may be amid a check."""
    channel.send(fault_event(fault))
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
