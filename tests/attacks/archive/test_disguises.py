"""Two readings of one archive: a reviewer must see what is graded, so whatever can be read in two ways is refused."""

import struct
from collections.abc import Callable

import pytest

from tests.attacks.archive.conftest import Desk
from tests.attacks.archive.packing import Item, member, pax, tarred, zipped

BAD = b"raise SystemExit('the other one')\n"
ZIP64 = struct.pack("<HHQQQ", 1, 24, 5, 5, 2**63 - 1)
TWICE: dict[str, tuple[Callable[[], bytes], str]] = {
    "the same name twice": (lambda: zipped(Item(b"main.py", BAD)), "collides"),
    "composed and decomposed": (
        lambda: zipped(Item("modèle.py".encode()), Item("mode\u0300le.py".encode(), BAD)),
        "collides",
    ),
    "with a dot before it": (lambda: zipped(Item(b"./main.py", BAD)), "collides"),
    "cut at a NUL": (lambda: zipped(Item(b"main.py\0.txt", BAD)), "control"),
    "tar: by a pax path": (lambda: tarred(pax({"path": b"main.py"}) + member("notes.txt", BAD)), "collides"),
    "a local header of another name": (
        lambda: zipped(Item(b"notes.txt", BAD, local={"name": b"extra.py!"})),
        "differ",
    ),
    "a directory that hides the encryption": (lambda: zipped(Item(b"x", BAD, local={"flags": 0x801})), "differ"),
    "a checksum of other contents": (lambda: zipped(Item(b"x", BAD, central={"crc": 1}, local={"crc": 1})), "damaged"),
    "zip64: an entry beyond the end": (
        lambda: zipped(
            Item(b"x", b"12345", central={"extra": ZIP64, "size": 2**32 - 1, "packed": 2**32 - 1, "offset": 2**32 - 1})
        ),
        "outside of the file",
    ),
    "an end record that points elsewhere": (lambda: zipped(offset=2**32 - 2, size=0, entries=3), "zip"),
    "tar: a global header that names all": (lambda: tarred(pax({"path": b"main.py"}, b"g")), "global header"),
    "tar: a size that hides an entry": (
        lambda: tarred(pax({"size": b"1024"}) + member("notes.txt", BAD), member("hidden.py", BAD)),
        "tar",
    ),
}


@pytest.mark.parametrize(("build", "words"), TWICE.values(), ids=TWICE)
def test_two_readings(desk: Desk, build: Callable[[], bytes], words: str) -> None:
    """It is refused, as the candidate's, and says what does not fit."""
    desk.hand_in(build()).rejected("ArchiveRejected", words)
