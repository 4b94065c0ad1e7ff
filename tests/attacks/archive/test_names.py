"""Names that steer whoever reads them: terminals, pages, logs. They are refused or shown as what they are."""

import pytest

from tests.attacks.archive.conftest import Desk
from tests.attacks.archive.packing import Item, gz, member, tarred, zipped

HIDDEN = {
    "a line break": "main\nerror: infrastructure.py",
    "an escape sequence": "\x1b[2J\x1b]0;owned\x07.py",
    "right-to-left": "invoice\u202eyp.exe",
    "zero width": "ma\u200bin.py",
}


@pytest.mark.parametrize("name", HIDDEN.values(), ids=HIDDEN)
def test_what_cannot_be_seen(desk: Desk, name: str) -> None:
    """It is refused, and neither the terminal nor the report gets it raw."""
    outcome = desk.hand_in(zipped(Item(name.encode())))
    report = outcome.rejected("ArchiveRejected", "control or invisible characters")
    hidden = [char for char in name if not char.isprintable()]
    assert report.problem is not None
    page = (outcome.folder / "report.html").read_text(encoding="utf-8")
    assert not [char for char in hidden if char in report.problem.message + outcome.text.replace("\n", "")]
    assert name not in page + outcome.text


HTML = "<img src=x onerror=alert(1)>"


def test_markup_in_a_refused_name(desk: Desk) -> None:
    """A name of markup is shown as text where it is refused."""
    outcome = desk.hand_in(zipped(Item(f"../{HTML}".encode())))
    outcome.rejected("ArchiveRejected", HTML)
    assert HTML not in (outcome.folder / "report.html").read_text(encoding="utf-8")


LONG = {
    "a component of 4 KiB": ("x" * 4096, "too long"),
    "a path of 60 KiB": ("/".join(["y" * 200] * 300), "too long"),
    "forty folders deep": ("d/" * 40 + "x.py", "deep"),
}


@pytest.mark.parametrize(("name", "words"), LONG.values(), ids=LONG)
def test_long_names(desk: Desk, name: str, words: str) -> None:
    """They are refused before a system call sees them, and shown cut."""
    outcome = desk.hand_in(zipped(Item(name.encode())))
    report = outcome.rejected("ArchiveRejected", words)
    assert report.problem is not None
    assert len(report.problem.message) < 400


def test_names_of_a_megabyte(desk: Desk) -> None:
    """Hundreds of them, in a tar of some megabytes, are no work for hours."""
    entries = [member("L", b"n" * 2**20, b"L") + member(str(number)) for number in range(60)]
    outcome = desk.hand_in(gz(tarred(*entries, member("noise", bytes(range(256)) * 400))))
    outcome.rejected("ArchiveRejected", "too long")


def test_odd_names_that_harm_nobody(desk: Desk) -> None:
    """Windows' reserved names, markup and quotes beside a solution cost it nothing."""
    odd = [
        "nul",
        "con.txt",
        "aux.py",
        "trailing.",
        "ab:c.txt",
        f"{HTML}.txt",
        "'; rm -rf ~; '.md",
        "$(id).md",
        "-rf",
        "%s%n",
    ]
    desk.hand_in(zipped(*(Item(name.encode(), b"x") for name in odd))).graded(score=100)
