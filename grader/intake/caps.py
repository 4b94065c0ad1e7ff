"""How much of an archive is looked at, and what is said of one that is larger."""

from dataclasses import dataclass

from grader.errors import ArchiveRejected
from grader.intake.entries import Entry, shown
from grader.settings import MEBIBYTE, Settings

# Unpacked bytes up to which the ratio is of no interest: small repetitive files compress very well.
_RATIO_FLOOR = MEBIBYTE
# A virtual environment or node_modules that was zipped along is left out and costs the candidate nothing, but what it
# costs the grader to step over it stays bounded: this many times the caps of what is kept.
_LEFT_OUT_ENTRIES = 10
_LEFT_OUT_BYTES = 5


@dataclass(frozen=True, slots=True)
class Cap:
    """A number of bytes, and the refusal of what passes it."""

    limit: int
    refusal: ArchiveRejected

    def check(self, size: int) -> None:
        """Raise the refusal if `size` passes the cap.

        Raises:
            ArchiveRejected: it does.
        """
        if size > self.limit:
            raise self.refusal


def file_cap(entry: Entry, settings: Settings) -> Cap:
    """The cap on one file's contents."""
    what = f"entry {shown(entry.name)}"
    refusal = ArchiveRejected(
        f"{what} is too large; a file may have {settings.max_file_bytes:,} bytes", hint="leave large data out"
    )
    return _with_ratio(Cap(settings.max_file_bytes, refusal), what, entry.packed, settings)


def total_cap(packed: int, settings: Settings) -> Cap:
    """The cap on the contents of all files that are kept; `packed` is the archive's own size, 0 for a folder."""
    return _with_ratio(Cap(settings.max_total_bytes, _too_large(settings)), "the archive", packed, settings)


def stream_cap(packed: int, settings: Settings) -> Cap:
    """The cap on all that a compressed archive unpacks to, headers and what is left out included."""
    return _with_ratio(Cap(packed_cap(settings).limit, _too_large(settings)), "the archive", packed, settings)


def packed_cap(settings: Settings) -> Cap:
    """The cap on the archive's own size."""
    return Cap(settings.max_total_bytes * (1 + _LEFT_OUT_BYTES), _too_large(settings))


def entry_bound(settings: Settings) -> int:
    """How many entries are looked at, those that are left out included."""
    return settings.max_entries * (1 + _LEFT_OUT_ENTRIES)


def too_many_entries(settings: Settings) -> ArchiveRejected:
    """The refusal of an archive with too many entries."""
    return ArchiveRejected(
        f"it has too many entries; {settings.max_entries:,} files and folders are taken",
        hint="leave generated files and data out",
    )


def _too_large(settings: Settings) -> ArchiveRejected:
    return ArchiveRejected(
        f"it is too large; {settings.max_total_bytes:,} bytes are taken in all, unpacked", hint="leave large data out"
    )


def _with_ratio(cap: Cap, what: str, packed: int, settings: Settings) -> Cap:
    limit = max(_RATIO_FLOOR, packed * settings.max_ratio)
    if not packed or limit >= cap.limit:
        return cap
    message = f"{what} unpacks to more than {settings.max_ratio:,} times its packed size (compression ratio)"
    return Cap(limit, ArchiveRejected(message, hint="leave generated data out"))
