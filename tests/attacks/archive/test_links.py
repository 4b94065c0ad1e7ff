"""Links, devices and pipes stand for something else: they are refused, and nothing is read or written through them."""

import stat
import tarfile
from collections.abc import Callable

import pytest

from tests.attacks.archive.conftest import Desk
from tests.attacks.archive.packing import Item, member, tarred, zipped

KINDS: dict[str, tuple[Callable[[str], bytes], str]] = {
    "zip: symbolic link, and a file through it": (
        lambda canary: zipped(Item(b"out", canary.encode(), stat.S_IFLNK | 0o777), Item(b"out/kept.txt", b"gone\n")),
        "symbolic link",
    ),
    "zip: symbolic link to a secret of the host": (
        lambda _: zipped(Item(b"app/static/passwd", b"/etc/passwd", stat.S_IFLNK | 0o777)),
        "symbolic link",
    ),
    "tar: symbolic link, and a file through it": (
        lambda canary: tarred(member("out", kind=tarfile.SYMTYPE, linkname=canary), member("out/kept.txt", b"gone\n")),
        "symbolic link",
    ),
    "tar: hard link, then contents of the same name": (
        lambda canary: tarred(member("x", kind=tarfile.LNKTYPE, linkname=f"{canary}/kept.txt"), member("x", b"gone\n")),
        "hard link",
    ),
    "tar: device": (lambda _: tarred(member("zero", kind=tarfile.CHRTYPE, devmajor=1, devminor=5)), "device"),
    "tar: named pipe": (lambda _: tarred(member("static/pipe", kind=tarfile.FIFOTYPE)), "named pipe"),
}


@pytest.mark.parametrize(("build", "words"), KINDS.values(), ids=KINDS)
def test_what_is_no_file(desk: Desk, build: Callable[[str], bytes], words: str) -> None:
    """It is refused by its kind, whatever it points to."""
    desk.hand_in(build(str(desk.canary)), "submission.tar").rejected("ArchiveRejected", words)
