"""What a check gets of its load, with a driver and a host that are played."""

import asyncio
import random
from collections.abc import Sequence
from typing import Any

import pytest

from grader.harness import Mismatch, Reply, Request, Tally
from grader.harness.latency.block import Block, Sample, Seen
from grader.harness.latency.measuring import Latency
from grader.harness.latency.mix import Mix
from grader.harness.mismatch import Undecided
from grader.harness.recording import Recording
from grader.verdicts import LoadOrder, LoadSeen, Tier

MORE = LoadOrder(seconds=0.1)
TIERS = [Tier(name=f"{factor}", expected=f"at most {factor}", got="1.5", reached=True) for factor in (2, 4)]
BOTH = LoadOrder(tiers=TIERS)


def judge(reply: Reply, number: int) -> None:
    assert number == 1
    reply.expect(200).json()["id"].integer()


def sample(body: bytes = b'{"id": 1}', **changes: Any) -> Sample:
    plain: dict[str, Any] = {"request": 1, "due": 0.5, "sent": 0.6, "done": 0.9, "status": 200, "body": body}
    return Sample(**(plain | changes))


class Played:
    """Latency with a script: what the host orders, and what is seen of each block."""

    def __init__(self, orders: Sequence[LoadOrder], seen: Seen = Seen((sample(),), 0)) -> None:  # noqa: B008
        self.blocks: list[Block] = []
        self.told: list[LoadSeen | None] = []
        self.excused: list[float] = []
        self._orders = list(orders)
        self._seen = seen
        self.recording = Recording()
        self.latency = Latency(
            "127.0.0.1", 8000, self._drive, self._next, random.Random(1), self.recording, self.excused.append
        )

    async def _drive(self, block: Block) -> Seen:
        self.blocks.append(block)
        return self._seen

    async def _next(self, seen: LoadSeen | None) -> LoadOrder:
        self.told.append(seen)
        return self._orders.pop(0)

    def compare(self, **changes: Any) -> Tally:
        requests = [Request("GET", "/a"), Request("POST", "/b", json={"n": 1})]
        mix = Mix(**({"rate": 100.0, "requests": requests, "judge": judge} | changes))
        return asyncio.run(self.latency.compare(mix))


def test_blocks_are_sent_until_the_host_can_tell() -> None:
    """Each with what was seen of the one before; the first with nothing."""
    played = Played([MORE, MORE, BOTH])
    assert (played.compare().passed, len(played.blocks), played.told[0]) == (2, 2, None)
    assert played.told[1] == LoadSeen(latencies=[0.9 - 0.5], lags=[0.6 - 0.5], scheduled=1)


def test_waiting_for_its_turn_is_not_the_checks_time() -> None:
    """Its deadline is put off by each wait: for the machine, and for the reference's blocks."""
    played = Played([MORE, MORE, BOTH])
    played.compare()
    assert len(played.excused) == 3


def test_a_block_is_drawn_from_the_mix() -> None:
    """As many as the rate says, of each as often as its weight says, and never twice in the same order."""
    played = Played([MORE, MORE, BOTH])
    played.compare(rate=1000.0, weights=[1, 3])
    first, second = played.blocks
    assert (len(first.order), first.rate) == (100, 1000.0)
    assert first.order != second.order
    assert 55 <= first.order.count(1) <= 95


def test_what_is_sent_once_is_made_for_each_block() -> None:
    """As many as the block needs, in the order in which they were made: nothing of an earlier block comes again."""
    asked: list[int] = []

    def fresh(count: int) -> list[Request]:
        asked.append(count)
        return [Request("POST", f"/{len(asked)}/{number}") for number in range(count)]

    played = Played([MORE, MORE, BOTH], Seen((), 0))
    played.compare(rate=50.0, requests=fresh)
    assert asked == [5, 5]
    assert [block.order for block in played.blocks] == [(0, 1, 2, 3, 4)] * 2
    assert [request.target for request in played.blocks[1].requests] == [f"/2/{number}" for number in range(5)]


def test_a_request_is_prepared_as_any_other_is_sent() -> None:
    """Without what the driver's client says by itself."""
    played = Played([MORE, BOTH])
    played.compare()
    get, post = played.blocks[0].requests
    assert (get.method, get.target, get.body) == ("GET", "/a", None)
    assert (post.method, post.body) == ("POST", b'{"n": 1}')
    names = {name.lower() for name, _ in post.headers}
    assert "content-type" in names
    assert not names & {"host", "connection", "content-length"}


def test_tiers_are_cases() -> None:
    """So the credit is the share of them that was reached."""
    half = LoadOrder(tiers=[BOTH.tiers[0].model_copy(update={"reached": False, "got": "3"}), BOTH.tiers[1]])
    tally = Played([MORE, half]).compare()
    assert (tally.credit, tally.failures[0][0], str(tally.failures[0][1])) == (0.5, "2", "expected at most 2, got 3")


def test_what_nobody_can_tell_is_undecided() -> None:
    """And not a fault of the candidate."""
    with pytest.raises(Undecided, match="the machine was busy"):
        Played([MORE, LoadOrder(note="the machine was busy")]).compare()


@pytest.mark.parametrize("body", [b'{"id": "x"}', b"{", b""])
def test_a_fast_wrong_answer_is_no_answer(body: bytes) -> None:
    """The first of them is shown, as any exchange is; the host hears how many there were."""
    played = Played([MORE, LoadOrder(note="wrong")], Seen((sample(), sample(body), sample(body)), 0))
    with pytest.raises(Mismatch) as caught:
        played.compare()
    assert caught.value.exchange
    assert (caught.value.exchange.method, caught.value.exchange.url) == ("POST", "http://127.0.0.1:8000/b")
    assert played.told[1]
    assert (played.told[1].wrong, len(played.told[1].latencies)) == (2, 1)


def test_a_missed_tier_shows_a_request_without_an_answer() -> None:
    """Where there is one: the numbers alone say nothing of what was asked."""
    missed = LoadOrder(tiers=[TIERS[0].model_copy(update={"reached": False})])
    played = Played([MORE, missed], Seen((sample(), sample(b"", status=None, error="none until the end")), 0))
    played.compare()
    assert [exchange.error for exchange in played.recording.exchanges] == ["none until the end"]


def test_what_can_be_no_answer_is_a_wrong_one() -> None:
    """It says what is wrong with it, and shows the request."""
    broken = sample(b"", status=None, error="malformed HTTP: no status", broken=True)
    played = Played([MORE, LoadOrder(note="wrong")], Seen((sample(), broken), 0))
    with pytest.raises(Mismatch, match="malformed HTTP: no status") as caught:
        played.compare()
    assert caught.value.exchange
    assert caught.value.exchange.error == "malformed HTTP: no status"
    assert played.told[1]
    assert (played.told[1].wrong, played.told[1].unanswered) == (1, 0)


def test_odd_bytes_in_a_header_are_no_fault() -> None:
    """Neither of the harness nor of the application."""
    played = Played([MORE, BOTH], Seen((sample(headers=(("X-Odd", "\udcff"),)),), 0))
    assert played.compare().passed == 2


def test_what_was_not_answered_has_no_latency() -> None:
    """It counts as unanswered, sent or not."""
    lost = sample(b"", status=None, error="closed")
    played = Played([MORE, BOTH], Seen((sample(), lost, sample(error="cut")), 4))
    played.compare()
    assert played.told[1]
    assert (played.told[1].unanswered, played.told[1].scheduled, len(played.told[1].latencies)) == (6, 7, 1)
