"""What came back for one request, with the expectations that checks state most."""

from dataclasses import dataclass, field
from http import HTTPStatus

import httpx

from grader.harness import strict_json
from grader.harness.json_node import Json
from grader.harness.mismatch import Mismatch
from grader.verdicts import Exchange

EXCERPT_BYTES = 200


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole and well-formed HTTP response.

    Attributes:
        status: 200 to 599.
        headers: case-insensitive; repeated ones joined with ", " (`get_list` takes them apart).
        body: raw bytes, never decompressed.
        exchange: request and response as the report shows them.
    """

    status: int
    headers: httpx.Headers
    body: bytes = field(repr=False)
    exchange: Exchange = field(repr=False)

    def expect(self, *statuses: int) -> "Reply":
        """This reply, if its status is one of these; else `Mismatch`."""
        if self.status not in statuses:
            raise self.mismatch(f"status {' or '.join(map(str, statuses))}", self._summary())
        return self

    def json(self) -> Json:
        """The body as strict JSON; `Mismatch` if it is none."""
        return Json(strict_json.parse(self.body, exchange=self.exchange), self.exchange)

    def refused(self, *statuses: int) -> "Reply":
        """This reply, if it has one of these statuses and FastAPI's shape of an error: an object with `detail`."""
        self.expect(*statuses).json()["detail"]
        return self

    def mismatch(self, expected: str, got: str, case: str = "") -> Mismatch:
        """A mismatch that carries this exchange, to be raised.

        Args:
            expected: what the contract says.
            got: what this reply holds instead.
            case: which of several cases.
        """
        return Mismatch(expected, got, exchange=self.exchange, case=case)

    def _summary(self) -> str:
        known = self.status in HTTPStatus.__members__.values()
        phrase = f" {HTTPStatus(self.status).phrase}" if known else ""
        body = self.body[:EXCERPT_BYTES].decode("utf-8", "backslashreplace")
        return f"status {self.status}{phrase}" + (f" with the body {body}" if body else " with an empty body")
