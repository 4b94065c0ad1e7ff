"""What upstreams say of products."""

import threading
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import requests
from config import SECONDS, UPSTREAMS
from transport import get, open_session

PLACES = 8
# Twenty lists may be held with eight calls each, and others still want to be answered.
WORKERS = 20 * PLACES + 16

MEMBERS = {"items": ("id", "title"), "prices": ("amount", "currency"), "reviews": ("rating", "count")}

session = open_session()
workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="upstream")


class Unknown(Exception):
    """The catalog has no such product."""


class Failed(Exception):
    status = 502


class Late(Failed):
    status = 504


class Batch:
    """The calls for one incoming request: eight at a time, and no new ones once it has failed."""

    def __init__(self, request_id: str) -> None:
        self._headers = {"X-Request-ID": request_id}
        self._places = threading.Semaphore(PLACES)
        self._failure: Failed | None = None

    def products(self, ids: Iterable[str]) -> list[dict[str, Any]]:
        """Those that the catalog knows, in this order."""
        started = [[self._start(kind, one) for kind in UPSTREAMS] for one in ids]
        found = []
        for calls in started:
            try:
                found.append(_join(*calls))
            except Unknown:
                continue
            except Failed as failure:
                self._failure = failure
                raise
        return found

    def _start(self, kind: str, product_id: str) -> "Future[dict[str, Any]]":
        self._places.acquire()
        call = workers.submit(self._call, kind, product_id)
        call.add_done_callback(lambda _: self._places.release())
        return call

    def _call(self, kind: str, product_id: str) -> dict[str, Any]:
        if self._failure:
            raise self._failure
        url = f"{UPSTREAMS[kind]}/{kind}/{quote(product_id, safe='').replace('.', '%2E')}"
        try:
            response = self._ask(url)
            if response.status_code == 503:
                response = self._ask(url)
            return _read(kind, response)
        except Failed as failure:
            # Pricing's failure does not count yet: the catalog may still say that there is no such product.
            if kind == "items":
                self._failure = failure
            raise

    def _ask(self, url: str) -> requests.Response:
        try:
            return get(session, url, self._headers, SECONDS)
        except TimeoutError as error:
            raise Late from error
        except requests.RequestException as error:
            raise Failed from error


def _read(kind: str, response: requests.Response) -> dict[str, Any]:
    if response.status_code == 404 and kind == "items":
        raise Unknown
    if response.status_code != 200:
        raise Failed
    try:
        body = response.json()
        return {name: body[name] for name in MEMBERS[kind]}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Failed from error


def _join(
    item: "Future[dict[str, Any]]", price: "Future[dict[str, Any]]", rated: "Future[dict[str, Any]]"
) -> dict[str, Any]:
    # The catalog first: if it does not know the product, the price does not matter.
    joined = {**item.result(), "price": price.result()}
    try:
        reviews = rated.result()
    except Failed:
        return {**joined, "rating": None, "review_count": None, "degraded": ["reviews"]}
    return {**joined, "rating": reviews["rating"], "review_count": reviews["count"], "degraded": []}
