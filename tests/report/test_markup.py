"""Whatever text is made Markdown of: it parses as the text that it was, in code or as plain words."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from grader.report.markup import block, code, prose

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
WORDS = ["@a", "#1", "<b>", " ", "x", "\\", "|", "$", "[a](b)", "![", "*", "_", "~~", "&lt;", "\n"]
PIECES = ["`", "``", "`" * 12, *WORDS]
TEXT = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


def parsed(line: str) -> list[tuple[str, str]]:
    """Types and contents within the one paragraph that a line makes."""
    tokens = PARSER.parse(f"said: {line}\n")
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    return [(child.type, child.content) for child in tokens[1].children or ()]


@given(TEXT)
def test_code_is_one_span_of_the_text(text: str) -> None:
    """All of it is in the span, runs of backticks as escapes where they are long."""
    kinds = parsed(code(text))
    assert [kind for kind, _ in kinds] in (["text", "code_inline"], ["text"])
    said = kinds[-1][1].replace("\\x60", "`").strip().removeprefix("said: ")
    assert said == (text.replace("\n", "\\n").strip() or "–")


@given(TEXT)
def test_prose_is_words_and_code(text: str) -> None:
    """Neither markup nor what GitHub makes links, mentions and formulas of is outside of code."""
    kinds = parsed(prose(text))
    assert {kind for kind, _ in kinds} <= {"text", "code_inline"}
    assert not re.search(r"[@#$`]", "".join(content for kind, content in kinds if kind == "text"))


@given(TEXT)
def test_a_block_is_one_fence(text: str) -> None:
    """Nothing in it ends it."""
    assert [token.type for token in PARSER.parse(f"{block(text)}\n\nafter\n")] == [
        "fence",
        "paragraph_open",
        "inline",
        "paragraph_close",
    ]


@pytest.mark.parametrize(
    ("text", "made"),
    [
        pytest.param("`total` counts all users.", "`total` counts all users.", id="code"),
        pytest.param("A *bold* [claim](x) <b>", "A \\*bold\\* \\[claim\\](x) \\<b\\>", id="markup"),
        pytest.param("ask @org/team", "`ask @org/team`", id="mention"),
        pytest.param("one ` alone", "`` one ` alone ``", id="unpaired"),
        pytest.param("see www.evil.test", "`see www.evil.test`", id="address"),
        pytest.param("", "", id="nothing"),
        pytest.param("`a``b`", "`a` `b`", id="touching spans"),
    ],
)
def test_prose_stays_readable(text: str, made: str) -> None:
    """What is harmless stays as it is."""
    assert prose(text) == made
