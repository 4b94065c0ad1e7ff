"""Where points are kept: in memory, for as long as the process runs."""

from uuid import uuid4


class ReceiptStore:
    """Points by receipt id. Used from the event loop alone and without an `await` inside, so it needs no lock."""

    def __init__(self) -> None:
        self._points: dict[str, int] = {}

    def add(self, points: int) -> str:
        """Keep the points, and return the new receipt's id."""
        receipt_id = str(uuid4())
        self._points[receipt_id] = points
        return receipt_id

    def get(self, receipt_id: str) -> int | None:
        """Return the receipt's points; None if there is no such receipt."""
        return self._points.get(receipt_id)
