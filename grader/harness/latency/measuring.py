"""What checks measure latency with: blocks in turns with the reference, as the host orders them, until it can tell."""

import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import httpx

from grader.harness.latency.block import Block, Sample, Seen
from grader.harness.latency.mix import Judge, Mix
from grader.harness.mismatch import Mismatch, Undecided
from grader.harness.recording import Recording, exchange_of
from grader.harness.reply import Reply
from grader.harness.request import Outgoing
from grader.harness.tally import Tally
from grader.harness.transport import Outcome
from grader.verdicts import Exchange, LoadOrder, LoadSeen

Drive = Callable[[Block], Awaitable[Seen]]
"""Sends a block."""
NextLoad = Callable[[LoadSeen | None], Awaitable[LoadOrder]]
"""Tells the host what was seen of the last block, and gets what comes next."""


@dataclass
class Latency:
    """Compares the application with the reference under one load.

    Attributes:
        host: IPv4 address of the application.
        port: its TCP port.
        drive: sends blocks.
        next_load: asks the host.
        rng: draws the order of requests.
        recording: gets the exchange of the first wrong answer.
        excuse: puts the check's deadline off by the seconds for which it has only waited for its turn.
    """

    host: str
    port: int
    drive: Drive = field(repr=False)
    next_load: NextLoad = field(repr=False)
    rng: random.Random = field(repr=False)
    recording: Recording = field(repr=False)
    excuse: Callable[[float], None] = field(repr=False)

    async def compare(self, mix: Mix) -> Tally:
        """Send the load in blocks, in turns with the reference.

        Args:
            mix: the load.

        Returns:
            A tally of the tiers, to be returned by the check: the credit is the share that was reached.

        Raises:
            Mismatch: an answer under load was wrong.
            Undecided: the machine was too busy to tell.
        """
        order = await self._turn(None)
        wrong: Mismatch | None = None
        lost: Exchange | None = None
        while order.seconds:
            outgoing = mix.outgoing(self.host, self.port, order.seconds)
            seen = await self.drive(mix.block(order.seconds, self.rng, outgoing))
            summary, first = self._judged(seen, mix.judge, outgoing)
            wrong = wrong or first
            lost = lost or _lost(seen, outgoing)
            order = await self._turn(summary)
        if wrong:
            raise wrong
        tally = _tally(order)
        if lost and tally.failures:
            self.recording.exchanges.append(lost)
        return tally

    async def _turn(self, seen: LoadSeen | None) -> LoadOrder:
        """Wait for this side's turn, which is not the application's time."""
        began = time.monotonic()
        order = await self.next_load(seen)
        self.excuse(time.monotonic() - began)
        return order

    def _judged(self, seen: Seen, judge: Judge, outgoing: Sequence[Outgoing]) -> tuple[LoadSeen, Mismatch | None]:
        """What counts of a block, and the first answer that was wrong."""
        right: list[float] = []
        wrong: list[Mismatch] = []
        answered = [sample for sample in seen.samples if sample.broken or not sample.error]
        for sample in answered:
            if failure := self._wrong(sample, judge, outgoing[sample.request]):
                wrong.append(failure)
            else:
                right.append(sample.latency)
        scheduled = len(seen.samples) + seen.unsent
        summary = LoadSeen(
            latencies=right,
            lags=[sample.lag for sample in seen.samples],
            scheduled=scheduled,
            wrong=len(wrong),
            unanswered=scheduled - len(answered),
        )
        return summary, wrong[0] if wrong else None

    def _wrong(self, sample: Sample, judge: Judge, outgoing: Outgoing) -> Mismatch | None:
        """What the judge has against an answer; its exchange is written down only then."""
        exchange = _exchange(sample, outgoing)
        headers = httpx.Headers(_raw(sample))
        failure = _failure(Reply(sample.status or 0, headers, sample.body, exchange), sample, judge)
        if failure:
            self.recording.exchanges.append(exchange)
        return failure


def _failure(reply: Reply, sample: Sample, judge: Judge) -> Mismatch | None:
    if sample.broken:
        return reply.mismatch("a whole HTTP response under load", sample.error)
    try:
        judge(reply, sample.request)
    except Mismatch as failure:
        return failure
    return None


def _lost(seen: Seen, outgoing: Sequence[Outgoing]) -> Exchange | None:
    """The first request without an answer, for people to see what the application was asked."""
    lost = (sample for sample in seen.samples if sample.error and not sample.broken)
    return next((_exchange(sample, outgoing[sample.request]) for sample in lost), None)


def _exchange(sample: Sample, outgoing: Outgoing) -> Exchange:
    begin, end, headers = sample.due, sample.done, _raw(sample)
    return exchange_of(Outcome(outgoing, begin, end, sample.status, headers, sample.body, error=sample.error))


def _raw(sample: Sample) -> list[tuple[bytes, bytes]]:
    """The headers as they came."""
    odd = "surrogateescape"
    return [(name.encode("utf-8", odd), value.encode("utf-8", odd)) for name, value in sample.headers]


def _tally(order: LoadOrder) -> Tally:
    if not order.tiers:
        raise Undecided("the latency can be told", order.note)
    tally = Tally()
    for tier in order.tiers:
        with tally.case(tier.name):
            if not tier.reached:
                raise Mismatch(tier.expected, tier.got)
    return tally
