"""Few bytes that become many: they are refused before disk or memory fills, and what never unpacks does no harm."""

import lzma
import os
import struct
from collections.abc import Callable

import pytest

from tests.attacks.archive.conftest import Desk
from tests.attacks.archive.packing import END, PROJECT, Item, gz, member, pax, plain_zip, tarred, zipped
from tests.attacks.attack import HONEST

MEBIBYTE = 1024 * 1024
ZEROS = bytes(30 * MEBIBYTE)


def lying() -> bytes:
    """A zip whose directory and header say 10 bytes of what unpacks to 30 MiB."""
    small = {"size": 10}
    return zipped(Item(b"data.bin", ZEROS, local=small, central=small))


def overlapping() -> bytes:
    """Fifield's bomb: https://www.bamsoftware.com/hacks/zipbomb/. A hundred entries share one kernel of data."""
    start = len(zipped()) - 22 - sum(46 + len(name) for name in PROJECT)
    items = [Item(b"kernel.bin", ZEROS[: 10 * MEBIBYTE])]
    items += [
        Item(b"kernel.bin", ZEROS[: 10 * MEBIBYTE], central={"offset": start, "name": b"kernel.bin"})
        for _ in range(100)
    ]
    return zipped(*items)


def many(count: int) -> bytes:
    """A directory of many entries that all point at one empty file, and an end record that tells of one."""
    name = b"a"
    entry = struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + name
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 0, 0, 0, 0, 0, 0, 1, 0) + name
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(entry) * count, len(local), 0)
    return local + entry * count + end


def headers() -> bytes:
    """A tar of nothing but records in extension headers, some hundred millions."""
    block = member("x", b"5 a=\n" * 200_000, b"x")
    noise = member("noise", os.urandom(3 * MEBIBYTE))  # keeps the ratio of the whole within bounds
    part = gz(b"".join([block] * 7) + member("file"))
    return part * 60 + gz(noise + END)


BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "zip: ratio": (lambda: zipped(Item(b"data.bin", ZEROS[: 19 * MEBIBYTE])), "compression ratio"),
    "zip: sizes that lie": (lying, "data.bin"),
    "zip: overlapping entries": (overlapping, "overlaps"),
    "zip: a million entries": (lambda: many(1_000_000), "too many entries"),
    "tar.gz: ratio": (lambda: gz(tarred(member("data.bin", ZEROS))), "compression ratio"),
    "tar.gz: many members": (lambda: gz(tarred()[:-1024]) + gz(ZEROS) * 20, "compression ratio"),
    "tar.xz: ratio": (lambda: lzma.compress(tarred(member("data.bin", ZEROS))), "compression ratio"),
    "tar.gz: records of extension headers": (headers, "too many records"),
    "tar: an extension header of a gigabyte": (
        lambda: tarred(member("x", kind=b"x", size=2**30)),
        "extension header declares",
    ),
    "tar: sparse file of a terabyte": (
        lambda: tarred(pax({"GNU.sparse.realsize": str(2**40).encode()}) + member("sparse")),
        "sparse",
    ),
}


@pytest.mark.parametrize(("build", "words"), BOMBS.values(), ids=BOMBS)
def test_bomb(desk: Desk, build: Callable[[], bytes], words: str) -> None:
    """It is refused by name, within the deadline of any run, and leaves no file behind."""
    desk.hand_in(build()).rejected("ArchiveRejected", words)


def test_bombs_inside_are_only_files(desk: Desk) -> None:
    """Archives in the archive are data that nobody unpacks: the solution earns what it earns."""
    nested = plain_zip({f"{number}.zip": plain_zip({"zeros": ZEROS}) for number in range(10)})
    files = {"app/data/bomb.zip": nested, "logo.gz": gz(ZEROS), "main.py": HONEST.encode()}
    project = {**PROJECT, **files}
    desk.hand_in(plain_zip(project)).graded(score=100)
