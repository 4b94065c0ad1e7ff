"""What the checks of this pack share: events, their deliveries, and the ledger that they end up in.

The client is tolerant on purpose: where a check only needs an event, 200 will do for 202, and the body of the answer is
not looked at. So one slip costs the check that is about it and no other.
"""

import random
import re
import string
import time
from asyncio import gather, sleep
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import cycle
from json import dumps
from typing import Any

import pytest

from grader.harness import Api, Call, DeadlinePassed, Gate, Json, Mismatch, Reply, Request, Upstreams
from grader.harness.probes.paging import Page, Read
from grader.harness.probes.signature import HEADER, Signer
from grader.harness.upstream.script import Script, answer, computed

WEBHOOKS = "/webhooks/payments"
ENTRIES = "/entries"

TYPES = ("payment.succeeded", "payment.failed", "refund.created")
CURRENCIES = ("EUR", "USD", "GBP", "CHF", "SEK", "PLN")
ID_LETTERS = string.ascii_letters + string.digits + "_-"
LETTERS = string.ascii_letters + string.digits

MADE = 201
LEDGER_TIMEOUT = 2.0
"""Seconds after which the application gives up a call to the ledger, by the contract."""
SETTLED = 45.0
"""Seconds in which an event is processed or failed, however the ledger answers: four attempts of 2 s and three pauses
of at most 5 s are 23. No verdict rests on it in a correct application, and one that never ends is found as well."""
REST = 15.0
"""Seconds for which a check waits for others' sake."""
PACE = 0.05
"""Seconds between two looks at an event."""
OCCASIONS = 8
"""Answers to `GET /health`: with each, an application that is free had time to go on with the rest."""
AT_ONCE = 20
"""Deliveries that a check makes at the same time, where it only needs the events."""

# RFC 3339, section 5.6; a blank may stand for the T (second note there).
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)

Event = dict[str, Any]
"""A webhook's body."""


def instant(node: Json) -> datetime:
    """The moment that an RFC 3339 time stamp with an offset names; `Mismatch` if it is none."""
    text = node.string()
    wrong = Mismatch(f"`{node.path}` is an RFC 3339 time stamp with an offset", text, exchange=node.exchange)
    if not TIMESTAMP.fullmatch(text):
        raise wrong
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        raise wrong from None


def event_of(call: Call) -> str:
    """The id of the event that a call to the ledger is about: by its body, or else its key; "" if it says neither."""
    body = call.json()
    named = body.get("event_id") if isinstance(body, dict) else None
    return named if isinstance(named, str) else call.header("Idempotency-Key") or ""


def named(call: Call) -> Any:
    """What a call's body says in the members that the contract names; the body itself where it is no object."""
    body = call.json()
    if not isinstance(body, dict):
        return body
    said = {name: body.get(name) for name in ("event_id", "type", "created", "data")}
    if isinstance(said["data"], dict):
        said["data"] = {name: said["data"].get(name) for name in ("payment_id", "amount", "currency")}
    return said


def planned(asked: Any, plan: dict[str, list[int]]) -> Any:
    """The ledger's answer: for each key one status after another, and the last again. It runs elsewhere."""
    statuses = plan.get(asked.headers.get("idempotency-key"), [MADE])
    return statuses[min(asked.attempt, len(statuses)) - 1], {}


class Inbox:
    """The application as the payment provider and its operators see it, and the ledger behind it.

    Attributes:
        secret: what webhooks are signed with.
        key: the operators' key.
        signer: signs webhooks, soundly or not.
        types: the values of `type`.
        ledger: the upstream.
    """

    def __init__(self, api: Api, upstreams: Upstreams, rng: random.Random, environment: Mapping[str, str]) -> None:
        self.secret = environment["WEBHOOK_SECRET"]
        self.key = environment["ADMIN_API_KEY"]
        self.signer = Signer(self.secret, rng)
        self.types = TYPES
        self.ledger = upstreams["ledger"]
        self._api = api
        self._upstreams = upstreams
        self._rng = rng
        self._ages = cycle(range(0, 210, 7))
        upstreams.patience = LEDGER_TIMEOUT

    # --- what is sent

    def text(self, length: int, alphabet: str = LETTERS) -> str:
        """That many characters."""
        return "".join(self._rng.choices(alphabet, k=length))

    def event(self, *, payment: str = "", kind: str = "") -> Event:
        """A valid event that no other check has.

        Args:
            payment: its `payment_id`; one of its own by default.
            kind: its `type`; drawn by default.
        """
        return {
            "event_id": f"evt_{self.text(20, ID_LETTERS)}",
            "type": kind or self._rng.choice(TYPES),
            "created": int(time.time()) - self._rng.randrange(1, 10**6),
            "data": {
                "payment_id": payment or f"pay-{self.text(16)}",
                "amount": self._rng.randrange(101, 10**6),
                "currency": self._rng.choice(CURRENCIES),
            },
        }

    def events(self, count: int, *, payment: str = "", kind: str = "") -> list[Event]:
        """So many of them."""
        return [self.event(payment=payment, kind=kind) for _ in range(count)]

    def other_content(self, event: Event) -> Event:
        """A valid event with the same id, of which all else is different."""
        other = self.event(kind=TYPES[(TYPES.index(event["type"]) + 1) % len(TYPES)])
        return {**other, "event_id": event["event_id"]}

    def delivery(self, event: Event, *, payload: bytes | None = None) -> Request:
        """A signed delivery, for bursts; `payload` is what is sent in place of the event's usual bytes."""
        content = dumps(event).encode() if payload is None else payload
        headers = {"Content-Type": "application/json", **self._signed(content)}
        return Request("POST", WEBHOOKS, content=content, headers=headers)

    def _signed(self, content: bytes) -> dict[str, str]:
        """A sound signature; no two say the same time, so that none is taken for a copy of another one."""
        return {HEADER: self.signer.header(content, skew=-next(self._ages))}

    # --- the ledger

    async def serve(self, *scripts: Script) -> None:
        """Have the ledger answer: with 201, unless scripts say otherwise; each event's attempts get one after another.

        Attempts are told apart by `Idempotency-Key`. The last script is repeated.
        """
        await self._upstreams.tag("Idempotency-Key")
        await self.ledger.on("POST", ENTRIES, *(scripts or (answer({}, status=MADE),)))

    async def plan(self, plan: Mapping[str, Sequence[int]], events: Mapping[str, Event]) -> None:
        """Have each event's attempts answered with the statuses that its name has in the plan; the last is repeated."""
        by_key = {events[name]["event_id"]: list(statuses) for name, statuses in plan.items()}
        await self.serve(computed(planned, by_key))

    async def held(self) -> Gate:
        """Calls to the ledger wait, until the gate is opened; the application may give each up after 2 s."""
        return await self._upstreams.hold(self.ledger.at(ENTRIES))

    async def reached(self, gate: Gate, *events: Event) -> None:
        """Wait until a call for each of these events has come to the gate, whatever else comes there.

        While calls are held, the wait is the gate's. While none is, a worker may look for events now and then.
        """
        wanted, since, expected = {event["event_id"] for event in events}, time.monotonic(), "the event is posted"
        while wanted - {event_of(call) for call in gate.calls}:
            if gate.held:
                standing = sum(not call.given_up for call in gate.calls)
                await gate.arrived(standing + 1, expected=f"{expected} while others are held")
            else:
                await self._next_look(since, expected)

    async def begun(self, gate: Gate, count: int) -> None:
        """Wait until so many calls are held at the gate, or some are and no more seem to come."""
        since = time.monotonic()
        while not gate.calls:
            await self._next_look(since, "events are posted")
        await gate.settle(count)

    async def _next_look(self, since: float, expected: str) -> None:
        if time.monotonic() - since > SETTLED:
            raise DeadlinePassed(expected, "no call to the ledger", since=since, until=time.monotonic())
        await sleep(PACE)
        await self._upstreams.settled()

    async def posts(self) -> list[Call]:
        """All calls that have come to the ledger so far, in this check, whatever they say."""
        await self._upstreams.settled()
        return self.ledger.calls(ENTRIES)

    async def entries(self, event: Event) -> list[Call]:
        """The calls for this event that have come to the ledger so far, in this check."""
        return [call for call in await self.posts() if event_of(call) == event["event_id"]]

    async def entered(self, event: Event, count: int, seconds: float = SETTLED) -> list[Call]:
        """Wait until so many calls for this event have come to the ledger, in this check; return those.

        Raises:
            DeadlinePassed: they do not come.
        """
        since = time.monotonic()
        while len(calls := await self.entries(event)) < count:
            if time.monotonic() - since > seconds:
                expected, got = f"the ledger is told of the event {count} times", f"{len(calls)} times"
                raise DeadlinePassed(expected, got, since=since, until=time.monotonic())
            await sleep(PACE)
        return calls

    @staticmethod
    def is_entry(call: Call, event: Event) -> None:
        """`Mismatch` unless the call's body is the event, in the members that the contract names."""
        Json(named(call)).equals(event)

    # --- operations, whatever comes

    async def send(self, content: bytes, headers: Mapping[str, str] | None = None, *, chunked: bool = False) -> Reply:
        """`POST /webhooks/payments` with these bytes; signed, unless `headers` say otherwise.

        In chunks, nothing says beforehand how many bytes will come (RFC 9112, section 7.1).
        """
        own = self._signed(content) if headers is None else headers
        own = {**own, "Transfer-Encoding": "chunked"} if chunked else own
        return await self._api.post(WEBHOOKS, content=content, headers={"Content-Type": "application/json", **own})

    async def deliver(self, event: Event) -> Reply:
        """The same with an event, soundly signed."""
        return await self.send(dumps(event).encode())

    def _admin(self, key: str | None) -> dict[str, str]:
        return {"X-API-Key": self.key if key is None else key}

    async def read(self, event: Event, key: str | None = None) -> Reply:
        """`GET /events/{event_id}`; with the operators' key, unless another one is given."""
        return await self._api.get(f"/events/{event['event_id']}", headers=self._admin(key))

    async def listed(self, key: str | None = None, **params: Any) -> Reply:
        """`GET /events`; likewise."""
        return await self._api.get("/events", params=params, headers=self._admin(key))

    def pages(self, **params: Any) -> Read:
        """Reads pages of the list, for `walk`."""

        async def read(cursor: str | None) -> Page:
            more = {} if cursor is None else {"cursor": cursor}
            return Page.of(await self.listed(**params, **more), "event_id")

        return read

    async def replay(self, event: Event, key: str | None = None) -> Reply:
        """`POST /events/{event_id}/replay`; likewise."""
        return await self._api.post(f"/events/{event['event_id']}/replay", headers=self._admin(key))

    async def unlocked(self, method: str, path: str, key: str | None) -> Reply:
        """A request below `/events` with this key; None for no header at all."""
        return await self._api.request(method, path, headers={} if key is None else self._admin(key))

    def replaying(self, event: Event) -> Request:
        """The same, for bursts."""
        return Request("POST", f"/events/{event['event_id']}/replay", headers=self._admin(None))

    async def health(self) -> Reply:
        """`GET /health`: the application has an occasion to go on with everything else."""
        return await self._api.get("/health")

    async def linger(self, times: int = OCCASIONS) -> None:
        """Give the application so many occasions to do what it must not."""
        for _ in range(times):
            await self.health()

    instant = staticmethod(instant)
    named = staticmethod(named)

    # --- what a check begins with

    async def accepted(self, *events: Event) -> None:
        """Deliver events, one after another, each of which must be accepted."""
        for event in events:
            (await self.deliver(event)).expect(202, 200)

    async def filled(self, events: Iterable[Event]) -> None:
        """Deliver many events, some at a time; in which order they are accepted is not known."""
        waiting = list(events)
        while waiting:
            some, waiting = waiting[:AT_ONCE], waiting[AT_ONCE:]
            for reply in await gather(*(self.deliver(event) for event in some)):
                reply.expect(202, 200)

    async def settled(self, event: Event, seconds: float = SETTLED) -> Reply:
        """Wait until an event is no longer pending.

        Returns:
            What `GET /events/{event_id}` then answers.

        Raises:
            DeadlinePassed: it is pending still.
            Mismatch: it cannot be read.
        """
        since = time.monotonic()
        while (reply := await self.read(event)).expect(200).json()["status"].value == "pending":
            if time.monotonic() - since > seconds:
                expected, got = "the event is processed or failed in the end", f"it is pending after {seconds:g} s"
                raise DeadlinePassed(expected, got, since=since, until=time.monotonic(), exchange=reply.exchange)
            await sleep(PACE)
        return reply

    async def at_rest(self, *events: Event) -> None:
        """Let events come to an end, if they do soon: what is left pending would meet the next check at the ledger."""
        await self.serve()
        until = time.monotonic() + REST
        for event in events:
            with suppress(DeadlinePassed, Mismatch):
                await self.settled(event, until - time.monotonic())

    async def became(self, event: Event, status: str, seconds: float = SETTLED) -> Reply:
        """The same, and what has become of it is this."""
        reply = await self.settled(event, seconds)
        reply.json()["status"].equals(status)
        return reply

    async def processed(self, event: Event | None = None) -> Event:
        """An event that was delivered and has become `processed`; a new one by default. The ledger must answer well."""
        chosen = event or self.event()
        await self.accepted(chosen)
        await self.became(chosen, "processed")
        return chosen


@pytest.fixture
def inbox(api: Api, upstreams: Upstreams, rng: random.Random, environment: Mapping[str, str]) -> Inbox:
    """The application as provider and operators see it, and the ledger behind it."""
    return Inbox(api, upstreams, rng, environment)
