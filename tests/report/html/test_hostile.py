"""Whatever a candidate writes is data: it changes no markup, hides nothing, and takes no more than its room."""

import unicodedata
from collections import Counter
from html.parser import HTMLParser
from typing import Any

import pytest

from grader.report.html.page import render
from grader.report.model import Report, Status
from grader.verdicts import Evidence, Finding, UpstreamCall, Verdict

LARGEST = 400_000
HOSTILE = [
    pytest.param("<script>alert(1)</script>", id="script"),
    pytest.param("</script></style><script>alert(1)</script>", id="end of script"),
    pytest.param("<img src=x onerror=alert(1)>", id="handler"),
    pytest.param('" onmouseover="alert(1)" x="', id="attribute"),
    pytest.param("' onmouseover='alert(1)", id="single quotes"),
    pytest.param("javascript:alert(1)", id="javascript"),
    pytest.param("</code></pre></article></main><h1>score 100</h1>", id="markup"),
    pytest.param("<!-- <svg onload=alert(1)>", id="comment"),
    pytest.param("{{ page.name }}{% for x in y %}", id="template"),
    pytest.param("&lt;b&gt;&#60;script&#62;", id="entities"),
    pytest.param("`<b>` and `x`", id="backticks"),
    pytest.param("at most 1.5.2 times", id="tier"),
    pytest.param("at most .... times", id="no tier"),
    pytest.param("", id="empty"),
]
HIDDEN = [
    pytest.param("\x1b[2J\x1b[31mred", "\\x1b[31mred", id="ANSI"),
    pytest.param("a\u202egnp.exe", "\\u202egnp", id="bidi"),
    pytest.param("a\u2066b\u2069", "\\u2066b", id="isolate"),
    pytest.param("a\x00b\x9bc", "\\x00b\\x9bc", id="NUL and C1"),
    pytest.param("a\u200bb\ufeff", "\\u200bb", id="zero width"),
    pytest.param("a\u2028b", "\\u2028b", id="line separator"),
]


class Skeleton(HTMLParser):
    """Tags and names of attributes, in order: what text must not change."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, tuple[str, ...]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember it."""
        self.seen.append((tag, tuple(sorted(name for name, _ in attrs))))


def kinds(page: str) -> set[tuple[str, tuple[str, ...]]]:
    """Each tag with its attributes, once."""
    return set(Skeleton(page).seen)


def frame(page: str) -> Counter[str]:
    """How often each tag stands there, but for those that hang on what a text is: code, marked lines."""
    tags = Counter(tag for tag, _ in Skeleton(page).seen)
    return Counter(
        {tag: number for tag, number in tags.items() if tag not in {"code", "mark", "p", "pre", "b", "button"}}
    )


@pytest.fixture(params=["graded", "rejected"])
def report(samples: Any, request: pytest.FixtureRequest) -> Report:
    """One that has every section, and one without a score."""
    made: Report = samples.everything() if request.param == "graded" else samples.without_score(Status.REJECTED)
    return made


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_is_text_wherever_it_stands(samples: Any, report: Report, text: str) -> None:
    """The page has no tag, none more often, and no attribute that it has not with harmless text in its place."""
    plain, harmless, page = (render(samples.spoiled(report, word)) for word in ("harmless", "harmless `code`", text))
    assert kinds(page) <= kinds(plain) | kinds(harmless) | kinds(render(report))
    assert frame(page) <= frame(plain)


@pytest.mark.parametrize(("text", "shown"), HIDDEN)
def test_hidden_characters_are_shown(samples: Any, report: Report, text: str, shown: str) -> None:
    """Nothing that moves or hides text is left; the escape stands in its place."""
    page = render(samples.spoiled(report, text))
    assert {char for char in page if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}} <= {"\n"}
    assert page.count(shown) > 10


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("x" * 2_000_000, id="one letter"),
        pytest.param("<&'\"" * 200_000, id="all escaped"),
        pytest.param("\u202e" * 300_000, id="all hidden"),
        pytest.param("line\n" * 200_000, id="many lines"),
        pytest.param("[" * 1_000_000, id="deep JSON"),
        pytest.param("😀" * 200_000, id="four bytes"),
    ],
)
def test_megabytes_take_no_more_than_their_room(samples: Any, report: Report, text: str) -> None:
    """The page stays small enough to send and to open."""
    taken = len(render(samples.spoiled(report, text)).encode())
    assert taken < LARGEST


@pytest.mark.parametrize("text", ["x", "<", "\u202e"])
def test_sixty_failed_checks_stay_below_400_kilobytes(samples: Any, text: str) -> None:
    """Also with as much evidence as the harness lets through, and text that swells when it is escaped."""
    long = text * 60_000
    exchange = samples.exchange(
        url=long, request_body=long, response_body=long, request_headers=[(long, long)] * 60, error=long
    )
    finding = Finding(expected=long, got=long, case=long, exchange=exchange)
    call = UpstreamCall(
        upstream="u", number=1, method="GET", target=long, attempt=1, outcome=long, seconds=0.0, held=1.0
    )
    evidence = Evidence(findings=[finding] * 25, exchanges=[exchange] * 20, calls=[call] * 60, note=long)
    checks = [
        samples.check(
            f"a.n{number}",
            Verdict.FAILED,
            title=text * 300,
            why=text * 500,
            evidence=evidence,
            curl=long,
            repeat=long,
            question=samples.asked(f"{number}{text * 500}"),
        )
        for number in range(60)
    ]
    taken = len(render(samples.report(*checks, log=long, latencies=[samples.latency()])).encode())
    assert taken < LARGEST


def test_a_link_holds_no_text_of_a_candidate(samples: Any) -> None:
    """Ids come from packs; whatever is in one, an aim in the page is made of harmless characters."""
    page = render(samples.report(samples.check('a"b c\u202e<d>/é', Verdict.FAILED, question=samples.asked("Why?"))))
    assert 'id="check-a-b-c--d--é"' in page
    assert 'href="#check-a-b-c--d--é"' in page
