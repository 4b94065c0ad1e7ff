"""Figures and names in plain words."""

from grader.verdicts import Verdict

MARKS = {
    Verdict.PASSED: "✔",
    Verdict.FAILED: "✘",
    Verdict.BLOCKED: "○",
    Verdict.INCONCLUSIVE: "?",
    Verdict.ERROR: "!",
}


def label(name: str) -> str:
    """A category's name as people write it, such as `Status codes`."""
    return name.replace("_", " ").replace("-", " ").capitalize()


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun, such as `1 check` or `2 checks`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def points(value: float) -> str:
    """Points of the total, such as `2.4 points`; what is less than a tenth is not called nothing."""
    shown = f"{value:.1f}".removesuffix(".0")
    if shown == "0" and value > 0:
        return "less than 0.1 points"
    return f"{shown} point{'' if shown == '1' else 's'}"


def seconds(value: float) -> str:
    """A duration, such as `0.02 s`, `12.3 s` or `2 min 11 s`."""
    if value >= 100:  # noqa: PLR2004  # three digits are enough for anybody
        minutes, rest = divmod(round(value), 60)
        return f"{minutes} min {rest} s"
    return f"{value:.1f} s" if value >= 10 else f"{value:.2f} s"  # noqa: PLR2004  # likewise


def segments(text: str) -> list[tuple[str, bool]]:
    """Text in pieces, each with whether it stood between backticks; where they do not pair, the text as it is."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return [(text, False)]
    return [(part, bool(number % 2)) for number, part in enumerate(parts) if part]


def percent(share: float) -> str:
    """A share from 0 to 1, such as `67 %`; what is not all is not called 100 %, nor what is something 0 %."""
    return f"{min(max(round(100 * share), int(share > 0)), 99 if share < 1 else 100)} %"


def listed(words: list[str]) -> str:
    """A list as in a sentence: `a, b and c`."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
