"""Prices over WebSockets, and the hub behind them."""

from collections.abc import Iterator
from typing import Any

import pytest
from app.hub import OUTBOX, Hub, Subscriber
from app.schemas import PriceChange
from conftest import KEY, token
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.testclient import WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

PRICES = "/ws/prices?token="


@pytest.fixture
def browser(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as browser:
        yield browser


def change(browser: TestClient, product_id: str, amount: str) -> dict[str, str]:
    body = {"id": product_id, "amount": amount, "currency": "EUR"}
    answer = browser.post("/internal/price-changed", json=body, headers={"X-Internal-Key": KEY})
    assert answer.status_code == 202
    return {"type": "price", **body}


def ask(socket: WebSocketTestSession, command: Any) -> Any:
    socket.send_json(command)
    return socket.receive_json()


@pytest.mark.parametrize("bad", ["", "abc", token(secret="x" * 32), token(scope="orders:read"), token(exp=1)])
def test_a_bad_token_is_refused(browser: TestClient, bad: str) -> None:
    with pytest.raises(WebSocketDisconnect), browser.websocket_connect(PRICES + bad):
        raise AssertionError


def test_subscriptions_are_answered_with_all_ids(browser: TestClient) -> None:
    with browser.websocket_connect(PRICES + token()) as socket:
        assert ask(socket, {"subscribe": ["b", "a"]}) == {"type": "subscribed", "ids": ["a", "b"]}
        assert ask(socket, {"subscribe": ["B", "b"]}) == {"type": "subscribed", "ids": ["B", "a", "b"]}
        assert ask(socket, {"unsubscribe": ["a", "c"]}) == {"type": "subscribed", "ids": ["B", "b"]}


@pytest.mark.parametrize("text", ["", "{", "[]", "17", "{}", '{"subscribe": "a"}', '{"unsubscribe": [1]}'])
def test_anything_else_is_an_error_and_changes_nothing(browser: TestClient, text: str) -> None:
    with browser.websocket_connect(PRICES + token()) as socket:
        ask(socket, {"subscribe": ["a"]})
        socket.send_text(text)
        assert socket.receive_json()["type"] == "error"
        assert ask(socket, {"unsubscribe": ["b"]}) == {"type": "subscribed", "ids": ["a"]}


def test_prices_go_in_order_to_those_who_subscribed(browser: TestClient) -> None:
    with browser.websocket_connect(PRICES + token()) as one, browser.websocket_connect(PRICES + token()) as other:
        ask(one, {"subscribe": ["desk", "lamp"]})
        ask(other, {"subscribe": ["lamp"]})
        sent = [change(browser, "desk", "1.00"), change(browser, "desk", "2.00"), change(browser, "lamp", "3.00")]
        assert [one.receive_json() for _ in sent] == sent
        assert other.receive_json() == sent[-1]


def test_a_socket_that_went_away_is_forgotten(browser: TestClient) -> None:
    with browser.websocket_connect(PRICES + token()) as staying:
        with browser.websocket_connect(PRICES + token()) as leaving:
            ask(leaving, {"subscribe": ["desk"]})
        ask(staying, {"subscribe": ["desk"]})
        sent = change(browser, "desk", "1.00")
        assert staying.receive_json() == sent


def test_a_subscriber_that_reads_nothing_is_given_up() -> None:
    hub, stalled = Hub(), Subscriber()
    hub.subscribe(stalled, ["desk"])
    price = PriceChange(id="desk", amount="1.00", currency="EUR")
    for _ in range(OUTBOX):
        hub.publish(price)
    assert not stalled.overflowed.is_set()
    hub.publish(price)
    assert stalled.overflowed.is_set()


def test_nothing_is_left_of_a_subscriber() -> None:
    hub, leaving = Hub(), Subscriber()
    hub.subscribe(leaving, ["desk", "lamp"])
    hub.forget(leaving)
    hub.publish(PriceChange(id="desk", amount="1.00", currency="EUR"))
    assert (leaving.ids, leaving.outbox.empty()) == (set(), True)
