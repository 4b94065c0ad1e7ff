"""Which script a call gets."""

import pytest

from grader.harness.upstream.routes import UNKNOWN, Routes, path_of
from grader.harness.upstream.script import Script, answer

ONE, TWO, THREE = (answer(number) for number in (1, 2, 3))


def scripts(routes: Routes, *calls: str, upstream: str = "catalog", tag: str = "") -> list[Script]:
    """What calls such as "GET /items/a" get."""
    headers = [["x-request-id", tag]] if tag else []
    return [
        routes.part(
            {"upstream": upstream, "method": method, "target": target, "path": path_of(target), "headers": headers}
        ).script
        for method, target in (call.split() for call in calls)
    ]


@pytest.fixture
def routes() -> Routes:
    routes = Routes()
    routes.add("catalog", "GET", "/items/{id}", [ONE, TWO])
    return routes


def test_attempts_get_one_script_after_another(routes: Routes) -> None:
    """The last is repeated."""
    assert scripts(routes, *["GET /items/a"] * 4) == [ONE, TWO, TWO, TWO]


def test_each_target_is_counted_by_itself(routes: Routes) -> None:
    """With its query; a retry repeats both."""
    assert scripts(routes, "GET /items/a", "GET /items/b", "GET /items/a?x=1", "GET /items/a") == [ONE, ONE, ONE, TWO]


def test_each_value_of_the_tag_is_counted_by_itself(routes: Routes) -> None:
    """Calls that look alike are told apart by a header; those without it are counted together."""
    routes.tag = "x-request-id"
    assert scripts(routes, "GET /items/a", "GET /items/a", tag="r1") == [ONE, TWO]
    assert scripts(routes, "GET /items/a", tag="r2") == [ONE]
    assert scripts(routes, "GET /items/a", "GET /items/a") == [ONE, TWO]


def test_without_a_route_there_is_404(routes: Routes) -> None:
    """Another method, another upstream, another path: none of them is the route."""
    assert scripts(routes, "POST /items/a", "GET /items/a/b", "GET /items/", "GET /items") == [UNKNOWN] * 4
    assert scripts(routes, "GET /items/a", upstream="pricing") == [UNKNOWN]


def test_a_later_route_wins(routes: Routes) -> None:
    """So one product can differ from what all others are answered with; attempts are counted on."""
    assert scripts(routes, "GET /items/a") == [ONE]
    routes.add("catalog", "GET", "/items/a", [ONE, THREE])
    assert scripts(routes, "GET /items/a", "GET /items/b") == [THREE, ONE]


def test_braces_stand_for_one_segment_and_nothing_else_is_special() -> None:
    """Dots and brackets are themselves."""
    routes = Routes()
    routes.add("catalog", "GET", "/v1.0/{kind}/(x)/{id}", [ONE])
    call = {"upstream": "catalog", "method": "GET", "target": "", "headers": []}
    part = routes.part(call | {"path": "/v1.0/items/(x)/a b"})
    assert (part.script, part.variables, part.routed) == (ONE, {"kind": "items", "id": "a b"}, True)
    assert not routes.part(call | {"path": "/v1x0/items/(x)/a"}).routed


@pytest.mark.parametrize("path", ["/{id}/{id}", "/{1}"])
def test_a_path_with_impossible_variables_is_refused(path: str) -> None:
    """The pack's author must mend it."""
    with pytest.raises(Exception, match="group"):
        Routes().add("catalog", "GET", path, [ONE])


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/items/a?x=/b", "/items/a"),
        ("/items/a%3Ab", "/items/a:b"),
        ("/items/caf%C3%A9", "/items/café"),
        ("http://127.0.0.1:9001/items/a?x", "/items/a"),
        ("http://127.0.0.1:9001", "/"),
        ("*", "/"),
        ("//[", "//["),
        ("/%", "/%"),
    ],
)
def test_a_path_is_what_the_target_means(target: str, path: str) -> None:
    """Clients differ in what they percent-encode, and all of them are right (RFC 3986 section 6.2.2)."""
    assert path_of(target) == path
