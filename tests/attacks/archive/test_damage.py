"""What no plain unpacker takes: encrypted, cut off, packed by other methods, of another kind, or two kinds at once."""

import gzip
import zipfile
from collections.abc import Callable

import pytest

from tests.attacks.archive.conftest import Desk
from tests.attacks.archive.packing import END, PROJECT, Item, gz, member, plain_zip, tarred, zipped

BAD = {"main.py": b"raise SystemExit('the other one')\n"}


def method(number: int) -> Callable[[], bytes]:
    """A zip with an entry that says it is packed this way."""
    told = {"method": number}
    return lambda: zipped(Item(b"app/x.py", b"x = 1\n", local=told, central=told))


def polyglot_tar() -> bytes:
    """A tar whose first name begins as a zip does, with a zip behind it."""
    return member("PK\3\4", b"x") + tarred() + plain_zip(BAD)


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "encrypted": (
        lambda: zipped(Item(b"secret.py", b"x", local={"flags": 1}, central={"flags": 1})),
        "encrypted",
    ),
    "truncated tar": (lambda: tarred()[:700], "truncated"),
    "truncated gzip": (lambda: gz(tarred())[:-40], "truncated"),
    "bzip2 in a zip": (lambda: plain_zip(PROJECT, zipfile.ZIP_BZIP2), "bzip2"),
    "Deflate64": (method(9), "Deflate64"),
    "a page in front of a zip": (lambda: zipped(prefix=b"<!DOCTYPE html><script>alert(1)</script>"), "web page"),
    "a zip in gzip": (lambda: gz(plain_zip(BAD)), "looks like"),
    "a tar that begins as a zip, with a zip behind": (polyglot_tar, "in front"),
    "an empty tar": (lambda: END * 10, "empty"),
    "only what is left out": (lambda: plain_zip({".git/config": b"", "node_modules/a.js": b""}), "only"),
}


@pytest.mark.parametrize(("build", "words"), REFUSED.values(), ids=REFUSED)
def test_it_is_refused(desk: Desk, build: Callable[[], bytes], words: str) -> None:
    """The refusal says what it is; it is the candidate's to mend."""
    desk.hand_in(build()).rejected("ArchiveRejected", words)


TAKEN: dict[str, Callable[[], bytes]] = {
    "sizes behind the contents, a long comment, garbage behind": lambda: zipped(
        Item(b"notes.txt", b"n" * 5000, descriptor=True), comment=b"c" * 60_000
    ),
    "a zip behind a whole tar": lambda: tarred() + plain_zip(BAD),
    "a tar.gz with another one behind it": lambda: gz(tarred()) + gzip.compress(END) + b"trailing garbage",
}


@pytest.mark.parametrize("build", TAKEN.values(), ids=TAKEN)
def test_one_reading_is_left(desk: Desk, build: Callable[[], bytes]) -> None:
    """Where only one reading is possible, it is graded, and what hangs behind gains nothing."""
    desk.hand_in(build()).graded(score=100)


def test_modes(desk: Desk) -> None:
    """Setuid, unreadable and world-writable modes are not taken over, and cost nothing."""
    names = ["main.py", "a.sh", "b/x.txt"]
    look = f"import json, os\nprint('FOUND', json.dumps([oct(os.stat(name).st_mode) for name in {names}]))\n"
    items = (
        Item(b"main.py", look.encode() + PROJECT["main.py"], 0o100000),
        Item(b"a.sh", b"#!/bin/sh\n", 0o106777),
        Item(b"b/", mode=0o041777),
        Item(b"b/x.txt", b"x", 0o100777),
    )
    outcome = desk.hand_in(zipped(*items, project={"requirements.txt": PROJECT["requirements.txt"]}))
    outcome.graded(score=100)
    assert outcome.findings() == ["0o100644"] * 3
