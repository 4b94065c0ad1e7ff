"""The page in a browser: it sorts by mouse and by keyboard, nothing leaves it, and everybody can read it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from grader.report.compare.page import render
from grader.report.model import Problem

pytestmark = pytest.mark.browser

CANARY = "\"'></th></table><script>window.ran=1</script><img src=x onerror='window.ran=1'><svg onload='window.ran=1'>"
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1_300, "height": 900}
Show = Callable[..., Page]


def fill(cohort: Any, name: str = "jane") -> None:
    """Five with a score, two of them equal, and one without."""
    facts = cohort.report("x").submission.model_copy(update={"name": name})
    for each, marks in {"ann": "+++", "bob": "+-+", "eve": "+-+", "tim": "-?+"}.items():
        cohort.add(each, marks)
    cohort.add("sub", "---", submission=facts, options={name: name})
    problem = Problem(kind=name, message=name, hint=name, detail=name)
    cohort.without("rej", submission=facts.model_copy(update={"hash": "1" * 64}), problem=problem)


@pytest.fixture
def show(browser: Browser, cohort: Any, tmp_path: Path) -> Iterator[Show]:
    """Open the comparison of a cohort as a reader does: a file in a window of a certain size and scheme."""
    contexts = []

    def opened(
        name: str = "jane",
        size: dict[str, int] = DESK,
        scheme: str = "light",
        *,
        script: bool = True,
        salt: bytes | None = None,
    ) -> Page:
        fill(cohort, name)
        file = tmp_path / "compare.html"
        file.write_text(render(cohort.compared(salt)), encoding="utf-8")
        context = browser.new_context(viewport=size, color_scheme=scheme, java_script_enabled=script)
        contexts.append(context)
        page = context.new_page()
        page.goto(file.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()


def names(page: Page, table: str = "#candidates") -> list[str]:
    """The names in the order in which they stand."""
    return [text.split()[0] for text in page.locator(f"{table} tbody tr > th").all_inner_texts()]


def sorts(page: Page, table: str = "#candidates") -> list[tuple[str, str | None]]:
    """The columns that say that they are sorted, and how."""
    found = page.locator(f"{table} th[aria-sort]").all()
    return [(one.inner_text().split()[0], one.get_attribute("aria-sort")) for one in found]


def test_it_opens_in_the_order_of_ranks(show: Show) -> None:
    """Which it says itself; equal ones are marked."""
    page = show()
    assert names(page) == ["ann", "bob", "eve", "tim", "jane"]
    assert sorts(page) == [("Rank", "ascending")]
    assert page.locator("#candidates tbody td:first-child").all_inner_texts() == ["1", "2 =", "2 =", "4", "5"]


def test_a_click_sorts_and_a_second_one_turns_it_round(show: Show) -> None:
    """By any column; scores the best first, names from A."""
    page = show()
    page.get_by_role("button", name="Name").click()
    assert names(page) == ["ann", "bob", "eve", "jane", "tim"]
    page.get_by_role("button", name="Name").click()
    assert (names(page)[0], sorts(page)) == ("tim", [("Name", "descending")])
    page.get_by_role("button", name="Async").click()
    assert (names(page)[-1], sorts(page)) == ("jane", [("Async", "descending")])
    page.get_by_role("button", name="Score", exact=True).click()
    page.get_by_role("button", name="Score", exact=True).click()
    assert names(page)[0] == "jane"


def test_the_keyboard_sorts_and_it_is_said(show: Show) -> None:
    """Enter and the space bar, as on any button; the focus stays, and a screen reader hears of it."""
    page = show()
    page.get_by_role("button", name="Users").focus()
    page.keyboard.press("Enter")
    assert (names(page)[0], sorts(page)) == ("ann", [("Users", "descending")])
    page.keyboard.press("Space")
    assert (names(page)[-1], sorts(page)) == ("ann", [("Users", "ascending")])
    assert page.evaluate("document.activeElement.textContent") == "Users"
    assert page.get_by_role("status").inner_text() == "Sorted by Users, ascending."


def test_figures_are_sorted_as_figures(show: Show) -> None:
    """9 before 10, and a share of a third after one of a fifth."""
    page = show()
    page.evaluate(
        """() => {
            const cells = [...document.querySelectorAll("#candidates tbody tr")].map((row) => row.cells[2]);
            [0.5, 9, 10.25, 0.3333333, -1].forEach((value, at) => { cells[at].dataset.order = value; });
            delete cells[4].dataset.order;
        }"""
    )
    page.get_by_role("button", name="Score", exact=True).click()
    assert names(page) == ["eve", "bob", "ann", "tim", "jane"]
    page.get_by_role("button", name="Score", exact=True).click()
    assert names(page) == ["tim", "ann", "bob", "eve", "jane"]


def test_checks_are_sorted_by_share(show: Show) -> None:
    """The hardest first, by one click."""
    page = show()
    page.locator("#checks").get_by_role("button", name="Share").click()
    shares = page.locator("#checks tbody td:last-child").all_inner_texts()
    assert shares == ["25 %", "60 %", "80 %"]
    assert sorts(page, "#checks") == [("Share", "ascending")]
    assert sorts(page) == [("Rank", "ascending")]


def test_a_mark_says_what_it_means(show: Show) -> None:
    """Under the pointer: who, which check, and what became of it."""
    page = show()
    cell = page.locator("#matrix tbody tr").nth(3).locator("td").nth(2)
    cell.hover()
    assert (cell.inner_text(), cell.get_attribute("title")) == ("?", "tim: 2, users.total: could not be decided")


@pytest.mark.parametrize("salt", [None, b"s"])
def test_no_script_of_a_candidate_runs_and_no_request_leaves(show: Show, salt: bytes | None) -> None:
    """Unfolded, printed and clicked through, the page asks for nothing but itself."""
    page = show(CANARY, salt=salt)
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.reload()
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    for button in page.get_by_role("button").all():
        button.click()
    for cell in page.locator(".marks td").all()[:20]:
        cell.hover()
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.ran") is None
    assert (asked, said) == ([page.url], [])


def test_a_link_opens_the_report(show: Show) -> None:
    """Where it lies beside; a blind page has none."""
    page = show()
    page.get_by_role("link", name="ann").click()
    assert page.url.endswith("/reports/ann/report.html")


def test_a_blind_page_links_to_nothing(show: Show) -> None:
    """But to places in itself."""
    page = show(salt=b"s")
    links = page.evaluate("[...document.querySelectorAll('a')].map(one => one.getAttribute('href'))")
    assert {link[:1] for link in links} == {"#"}


@pytest.mark.parametrize("name", ["jane", CANARY, "x" * 500], ids=["plain", "hostile", "unbroken"])
def test_nothing_scrolls_sideways_on_a_phone(show: Show, name: str) -> None:
    """At 360 pixels; wide tables do so within themselves."""
    page = show(name, PHONE)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_no_barrier(show: Show, size: dict[str, int], scheme: str) -> None:
    """No finding of any weight, sorted and with everything unfolded."""
    page = show("jane", size, scheme)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    page.get_by_role("button", name="Name").first.click()
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


def test_paper_gets_all_of_it(show: Show) -> None:
    """Names of columns stay, nothing is cut off by a box that scrolls, ink is black on white."""
    page = show(scheme="dark")
    page.emulate_media(media="print")
    assert page.get_by_role("button", name="Score", exact=True).first.is_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('.grid')).overflow") == "visible"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.locator("nav").is_visible()


def test_without_scripts_it_is_whole(show: Show) -> None:
    """Only sorting is missing."""
    page = show(script=False)
    assert names(page) == ["ann", "bob", "eve", "tim", "jane"]
    assert page.locator("section").count() == len(page.locator("nav a").all())
    assert page.locator("#candidates thead th").all_inner_texts()[:3] == ["Rank", "Name", "Score"]
