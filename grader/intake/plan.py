"""Judging: every entry is looked at before a byte is written, and what is to be written stands in a `Plan`."""

import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from grader.errors import ArchiveRejected
from grader.intake.caps import Cap, entry_bound, file_cap, too_many_entries, total_cap
from grader.intake.entries import Archive, Entry, Kind, shown
from grader.intake.names import Parts, environments, left_out, oversize, tame
from grader.settings import Settings

_SPECIAL_BITS = 0o7000  # setuid, setgid, sticky


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be written.

    Attributes:
        folders: relative paths, parents before children.
        files: the entry's number → relative path and what was declared.
        warnings: what was left out or looked odd, one line each.
    """

    folders: tuple[Parts, ...]
    files: dict[int, tuple[Parts, Entry]]
    warnings: tuple[str, ...]


@dataclass(slots=True)
class _Judge:
    settings: Settings
    total_cap: Cap
    # The folded path → how it was first spelt, and whether it is a folder.
    nodes: dict[Parts, tuple[Parts, bool]] = field(default_factory=dict)
    files: dict[int, tuple[Parts, Entry]] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)
    special: int = 0
    total: int = 0
    count: int = 0

    def take(self, number: int, entry: Entry, parts: Parts) -> None:
        self.count += 1
        self._judge_kind(entry)
        self._judge_size(entry, parts)
        self._place(entry, parts)
        if self.count > self.settings.max_entries or len(self.nodes) > 2 * self.settings.max_entries:
            raise too_many_entries(self.settings)
        self.special += bool(entry.mode & _SPECIAL_BITS)
        if entry.kind is Kind.FILE:
            self.files[number] = parts, entry

    def _judge_kind(self, entry: Entry) -> None:
        if entry.kind not in {Kind.FILE, Kind.FOLDER}:
            raise ArchiveRejected(
                f"entry {shown(entry.name)} is a {entry.kind}; only files and folders are taken",
                hint="replace it with a copy of what it stands for, or leave it out",
            )
        if entry.problem:
            raise ArchiveRejected(
                f"entry {shown(entry.name)} {entry.problem}", hint="pack it again with a plain zip or tar"
            )

    def _judge_size(self, entry: Entry, parts: Parts) -> None:
        if problem := oversize(parts) if parts else "is a file without a name":
            raise ArchiveRejected(f"entry {shown(entry.name)} {problem}", hint="give it a short, plain path")
        if entry.size < 0 or (entry.kind is Kind.FOLDER and entry.size):
            raise ArchiveRejected(f"entry {shown(entry.name)} has an impossible size ({entry.size:,} bytes)")
        file_cap(entry, self.settings).check(entry.size)
        self.total += entry.size
        self.total_cap.check(self.total)

    def _place(self, entry: Entry, parts: Parts) -> None:
        for depth in range(1, len(parts) + 1):
            folder = depth < len(parts) or entry.kind is Kind.FOLDER
            path = parts[:depth]
            known, known_folder = self.nodes.setdefault(_folded(path), (path, folder))
            # A folder may be named as often as it likes (tar -r does), a file only once.
            fresh = known is path
            if not fresh and (known != path or not (folder and known_folder)):
                raise ArchiveRejected(
                    f"entry {shown(entry.name)} collides with {shown('/'.join(known))}",
                    hint="give every file a name of its own, in more than upper and lower case",
                )

    def warnings(self) -> Iterator[str]:
        if self.skipped:
            rules = ", ".join(f"{rule} ({count:,})" for rule, count in sorted(self.skipped.items()))
            yield f"left out as no part of the project, {self.skipped.total():,} in all: {rules}"
        if self.special:
            yield f"setuid, setgid or sticky bits were dropped from {self.special:,} entries"


def judge(archive: Archive, settings: Settings) -> Plan:
    """Judge every entry of an archive.

    Names are judged even of what is left out; kinds and sizes are not, for an honest `.venv` is full of links.

    Args:
        archive: an opened archive of any format.
        settings: the caps.

    Returns:
        What to write.

    Raises:
        ArchiveRejected: an entry is hostile, collides or is too large, there are too many, or nothing is left.
    """
    named = [(entry, tame(entry.name)) for entry in _bounded(archive, settings)]
    venvs = environments([parts for _, parts in named])
    judge_ = _Judge(settings, total_cap(archive.packed, settings))
    for number, (entry, parts) in enumerate(named):
        if rule := left_out(parts, venvs):
            judge_.skipped[rule] += 1
        elif parts or entry.kind is not Kind.FOLDER:  # "./" is the root itself
            judge_.take(number, entry, parts)
    if not judge_.files:
        raise _nothing(judge_)
    folders = sorted(path for path, folder in judge_.nodes.values() if folder)
    return Plan(tuple(folders), judge_.files, tuple(judge_.warnings()))


def _bounded(archive: Archive, settings: Settings) -> Iterator[Entry]:
    for number, entry in enumerate(archive.entries()):
        if number >= entry_bound(settings):
            raise too_many_entries(settings)
        yield entry


def _folded(path: Parts) -> Parts:
    return tuple(unicodedata.normalize("NFC", part.casefold()) for part in path)


def _nothing(judge_: _Judge) -> ArchiveRejected:
    if judge_.skipped:
        rules = ", ".join(sorted(judge_.skipped))
        return ArchiveRejected(f"it holds no files that are kept, only {rules}", hint="pack the project's own files")
    return ArchiveRejected("it is empty: it holds no files", hint="pack the project's files")
