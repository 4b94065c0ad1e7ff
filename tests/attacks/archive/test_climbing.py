"""Names that lead out of the workspace: up, to the root, to a drive or a share. No byte may be written outside."""

from collections.abc import Callable

import pytest

from tests.attacks.archive.conftest import Desk
from tests.attacks.archive.packing import Item, gz, member, pax, tarred, zipped

UP = "../../../canary/kept.txt"
NAMES = {
    "up": (UP, "climbs"),
    "up from within": (f"app/x/../../{UP}", "climbs"),
    "absolute": ("{canary}/kept.txt", "absolute"),
    "backslashes": (UP.replace("/", "\\"), "backslash"),
    "drive": ("C:/Windows/x.py", "drive"),
}


@pytest.mark.parametrize(("name", "words"), NAMES.values(), ids=NAMES)
def test_in_a_zip(desk: Desk, name: str, words: str) -> None:
    """A zip with such a name is refused, and nothing of it is written."""
    name = name.format(canary=desk.canary)
    desk.hand_in(zipped(Item(name.encode(), b"overwritten\n"))).rejected("ArchiveRejected", words)


FORMS: dict[str, Callable[[str], bytes]] = {
    "plain header": lambda name: member(name, b"overwritten\n"),
    "GNU long name": lambda name: member("L", f"{name}\0".encode(), b"L") + member("harmless.txt", b"overwritten\n"),
    "pax path": lambda name: pax({"path": name.encode()}) + member("harmless.txt", b"overwritten\n"),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_in_a_tar(desk: Desk, form: Callable[[str], bytes]) -> None:
    """In a tar too, also where an extension header brings the name."""
    desk.hand_in(gz(tarred(form(UP)))).rejected("ArchiveRejected", "climbs")
