"""The page in a browser: nothing of a candidate's runs, nothing leaves, and everybody can read and use it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from grader.report.html.page import render
from grader.report.model import Report, Status

pytestmark = pytest.mark.browser

CANARY = "\"'></code></pre><script>window.ran=1</script><img src=x onerror='window.ran=1'><svg onload='window.ran=1'>"
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1_100, "height": 900}
Show = Callable[..., Page]


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Show]:
    """Open a report as a reader does: a file in a window of a certain size and scheme."""
    contexts = []

    def opened(report: Report, size: dict[str, int] = DESK, scheme: str = "light") -> Page:
        file = tmp_path / "report.html"
        file.write_text(render(report), encoding="utf-8")
        context = browser.new_context(viewport=size, color_scheme=scheme, permissions=["clipboard-read"])
        contexts.append(context)
        page = context.new_page()
        page.goto(file.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()


def unfold(page: Page) -> None:
    """Open whatever is folded."""
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")


def reports(samples: Any) -> dict[str, Report]:
    """One of each kind."""
    return {
        "everything": samples.everything(),
        "perfect": samples.report(samples.check("a.one"), total=100.0),
        "rejected": samples.without_score(Status.REJECTED),
        "infrastructure": samples.without_score(Status.INFRASTRUCTURE_ERROR),
        "hostile": samples.spoiled(samples.everything(), CANARY),
        "unbroken": samples.spoiled(samples.everything(), "x" * 500),
    }


KINDS = ["everything", "perfect", "rejected", "infrastructure", "hostile", "unbroken"]


def test_the_canary_sings(browser: Browser) -> None:
    """Where markup gets through, what the next test looks for is there: it can fail."""
    page = browser.new_page()
    page.set_content(CANARY)
    page.wait_for_function("window.ran === 1")
    page.close()


@pytest.mark.parametrize("kind", ["hostile", "rejected"])
def test_no_script_of_a_candidate_runs_and_no_request_leaves(samples: Any, show: Show, kind: str) -> None:
    """Unfolded, printed and clicked through, the page asks for nothing but itself."""
    page = show(samples.empty())
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    spoiled = samples.spoiled(reports(samples)[kind], CANARY)
    address = page.url
    Path(address.removeprefix("file://")).write_text(render(spoiled), encoding="utf-8")
    page.reload()
    unfold(page)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    for button in page.get_by_role("button").all():
        button.click()
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.ran") is None
    assert asked == [address]


def test_a_script_that_got_in_would_not_run(samples: Any, show: Show) -> None:
    """The policy is the second line: no inline script, no handler, no picture, no fetch, no frame."""
    page = show(samples.everything())
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.ran = 1";
            document.body.append(script);
            const box = document.createElement("div");
            box.innerHTML = "<img src='http://127.0.0.1:9/x' onerror='window.ran = 1'><iframe src='http://127.0.0.1:9/'>";
            document.body.append(box);
            return fetch("http://127.0.0.1:9/").catch(() => {});
        }"""
    )
    page.wait_for_timeout(100)
    assert page.evaluate("window.ran") is None
    for word in ("script-src", "img-src", "frame-src", "connect-src"):
        assert any(word in text for text in refused), (word, refused)


def test_our_own_script_and_style_do_run(samples: Any, show: Show) -> None:
    """The policy does not stand in the page's own way, and there is nothing to complain of."""
    page = show(samples.everything())
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.reload()
    assert page.get_by_role("button", name="Copy the command of this run").is_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('nav ul')).display") == "flex"
    assert said == []


def test_the_copy_button_copies_the_line(samples: Any, show: Show) -> None:
    """By keyboard as well, and says so."""
    report = samples.everything()
    page = show(report)
    page.get_by_role("button", name="Copy the curl line of users.total").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Copied.").wait_for(state="attached")
    curl = next(check.curl for check in report.checks if check.id == "users.total")
    assert page.evaluate("navigator.clipboard.readText()") == curl


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_scrolls_sideways_on_a_phone(samples: Any, show: Show, kind: str) -> None:
    """At 360 pixels, with everything unfolded."""
    page = show(reports(samples)[kind], PHONE)
    unfold(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", KINDS)
def test_axe_finds_no_barrier(samples: Any, show: Show, kind: str, scheme: str) -> None:
    """Contrast, landmarks, names, headings, tables: https://github.com/dequelabs/axe-core, every rule it has."""
    page = show(reports(samples)[kind], scheme=scheme)
    unfold(page)
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["impact"], one["nodes"][0]["html"][:200]) for one in found] == []


def test_the_keyboard_reaches_everything_and_is_seen(samples: Any, show: Show) -> None:
    """The first stop leads past the navigation; each has a visible outline."""
    page = show(samples.everything())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#summary"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    for _ in range(30):
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid", page.evaluate("document.activeElement.outerHTML")
        page.keyboard.press("Tab")


def test_paper_gets_what_is_folded_and_the_screen_gets_it_back(samples: Any, show: Show) -> None:
    """What passed is printed, the log is not; controls are left away, also in the dark."""
    page = show(samples.everything(), scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.get_by_text("users.read", exact=True).first.is_visible()
    for gone in ("nav", "#log", "button.copy"):
        assert not page.locator(gone).first.is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("#passed details").evaluate("one => one.open") is False


def test_without_scripts_it_is_whole(samples: Any, browser: Browser, tmp_path: Path) -> None:
    """Only the copy buttons are missing."""
    file = tmp_path / "report.html"
    file.write_text(render(samples.everything()), encoding="utf-8")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(file.as_uri())
    assert page.locator("section").count() == len(page.locator("nav a").all())
    assert not page.locator("button.copy").first.is_visible()
    context.close()
