"""Who is subscribed to which prices.

Nothing here awaits. So a change is put into all outboxes before anything else runs, and every socket sees the changes
in one and the same order: the order in which `publish` was called.
"""

import asyncio
import json
from collections.abc import Iterable, Mapping

from app.schemas import PriceChange

OUTBOX = 1000
"""Messages that may wait for a socket before it is given up."""


class Subscriber:
    """One socket: the ids that it is subscribed to, and the messages that wait to be written to it."""

    def __init__(self) -> None:
        self.ids: set[str] = set()
        self.outbox: asyncio.Queue[str] = asyncio.Queue(OUTBOX)
        self.overflowed = asyncio.Event()

    def post(self, message: Mapping[str, object]) -> None:
        """Put a message into the outbox. A socket that fetches too little is given up; it never makes anybody wait."""
        if self.overflowed.is_set():
            return
        try:
            self.outbox.put_nowait(json.dumps(message))
        except asyncio.QueueFull:
            self.overflowed.set()


class Hub:
    def __init__(self) -> None:
        self._subscribers: dict[str, set[Subscriber]] = {}

    def subscribe(self, subscriber: Subscriber, ids: Iterable[str]) -> None:
        for product_id in ids:
            subscriber.ids.add(product_id)
            self._subscribers.setdefault(product_id, set()).add(subscriber)

    def unsubscribe(self, subscriber: Subscriber, ids: Iterable[str]) -> None:
        for product_id in subscriber.ids.intersection(ids):
            subscriber.ids.remove(product_id)
            others = self._subscribers[product_id]
            others.remove(subscriber)
            if not others:
                del self._subscribers[product_id]

    def forget(self, subscriber: Subscriber) -> None:
        self.unsubscribe(subscriber, subscriber.ids)

    def publish(self, change: PriceChange) -> None:
        message = {"type": "price", "id": change.id, "amount": change.amount, "currency": change.currency}
        for subscriber in self._subscribers.get(change.id, ()):
            subscriber.post(message)
