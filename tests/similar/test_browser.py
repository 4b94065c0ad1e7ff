"""The page in a browser: nothing leaves it, nothing runs, and it can be read on a phone, on paper and by everybody."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from grader.similar.model import Similarity
from grader.similar.page import render
from tests.report.conftest import browser  # noqa: F401  # a fixture
from tests.report.spoiling import spoil
from tests.similar.conftest import function

pytestmark = pytest.mark.browser

CANARY = "\"'></code></pre><script>window.ran=1</script><img src=x onerror='window.ran=1'><svg onload='window.ran=1'>"
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1_300, "height": 900}
Show = Callable[..., Page]


@pytest.fixture
def show(
    browser: Browser,  # noqa: F811  # the fixture
    put: Callable[..., Path],
    compared: Callable[..., Similarity],
    tmp_path: Path,
) -> Iterator[Show]:
    """Open the page of a cohort as a reader does; `text` takes the place of all that candidates wrote."""
    contexts = []

    def opened(text: str = "", size: dict[str, int] = DESK, scheme: str = "light") -> Page:
        copied = "".join(map(function, range(6)))
        put("ann", {"users.py": copied + "# " + "long " * 100})
        put("bob", "x = 1\n" + copied)
        put("tiny", "x = 1\n")
        similarity = compared()
        file = tmp_path / "similar.html"
        file.write_text(render(spoil(similarity, text) if text else similarity), encoding="utf-8")
        context = browser.new_context(viewport=size, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.goto(file.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()


def test_nothing_of_a_candidate_runs(show: Show) -> None:
    """Nor is anything asked for."""
    page = show(CANARY)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    assert page.evaluate("window.ran") is None
    assert [url for url in asked if not url.startswith("file:")] == []
    assert page.locator("img, svg[onload]").count() == 0


def test_both_sides_stand_beside_each_other(show: Show) -> None:
    """At a desk; on a phone one below the other, and nothing is wider than the screen."""
    page = show()
    left, right = (one.bounding_box() for one in page.locator("details[open] .pair > div").all()[:2])
    assert left
    assert right
    assert (left["y"], left["x"] + left["width"] <= right["x"]) == (right["y"], True)
    phone = show(size=PHONE)
    above, below = (one.bounding_box() for one in phone.locator("details[open] .pair > div").all()[:2])
    assert above
    assert below
    assert above["y"] + above["height"] <= below["y"]
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_marked_lines_are_seen_to_be_marked(show: Show) -> None:
    """Each with the number of its line."""
    page = show()
    assert page.locator(".pair > div:nth-child(2) .line").first.inner_text().split() == ["1", "x", "=", "1"]
    marked = page.locator(".pair > div:nth-child(2) .same").first
    assert marked.inner_text().split()[0] == "2"
    colours = [
        page.locator(one).first.evaluate("one => getComputedStyle(one).backgroundColor")
        for one in (".same", ".line:not(.same)")
    ]
    assert colours[0] != colours[1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_barriers(show: Show, scheme: str) -> None:
    """As axe finds them."""
    found = Axe().run(show(scheme=scheme)).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"][:3]]) for one in found] == []
