"""Archives that no honest tool would write, field by field.

Zip: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT (4.3.7, 4.3.12, 4.3.16).
Tar: https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html
"""

import gzip
import io
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.attacks.attack import HONEST, REQUIREMENTS

END = bytes(1024)
"""The two blocks that end a tar."""
LOCAL = struct.Struct("<4s5H3L2H")
CENTRAL = struct.Struct("<4s6H3L5H2L")
FILE = stat.S_IFREG | 0o644
PROJECT = {"main.py": HONEST.encode(), "requirements.txt": REQUIREMENTS.encode()}


@dataclass(frozen=True)
class Item:
    """One entry of a zip, deflated, and the lies that are told of it.

    Attributes:
        name: as bytes, so that it may be anything.
        data: the contents.
        mode: Unix mode and kind.
        local: what its own header says instead: `flags`, `method`, `name`, `size`, `packed`, `crc`, `extra`.
        central: what the directory says instead; `offset` too.
        descriptor: put sizes behind the contents, as tools do that stream.
    """

    name: bytes
    data: bytes = b""
    mode: int = FILE
    local: Mapping[str, int | bytes] = field(default_factory=dict)
    central: Mapping[str, int | bytes] = field(default_factory=dict)
    descriptor: bool = False


def zipped(
    *items: Item,
    project: Mapping[str, bytes] = PROJECT,
    prefix: bytes = b"",
    comment: bytes = b"",
    **end: int,
) -> bytes:
    """A zip of the project and these items.

    Args:
        items: after the project's own.
        project: the files of the project.
        prefix: what stands in front of all.
        comment: of the archive.
        end: what the end record says instead: `entries`, `size`, `offset`.
    """
    files = [Item(name.encode(), data) for name, data in project.items()]
    body, directory = prefix, b""
    for item in [*files, *items]:
        offset = len(body)
        body += _local(item)
        directory += _central(item, offset)
    count, size, start = len(files) + len(items), len(directory), len(body)
    record = (end.get("entries", count), end.get("size", size), end.get("offset", start), len(comment))
    return body + directory + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, record[0], *record) + comment


def _packed(data: bytes) -> bytes:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    return deflate.compress(data) + deflate.flush()


def _fields(item: Item, lies: Mapping[str, int | bytes]) -> dict[str, int | bytes]:
    packed = _packed(item.data)
    flags = 0x800 | (0x8 if item.descriptor else 0)
    told: dict[str, int | bytes] = {"flags": flags, "method": 8, "name": item.name, "extra": b""}
    told |= {"crc": zlib.crc32(item.data), "packed": len(packed), "size": len(item.data), "offset": 0}
    return told | lies


def _local(item: Item) -> bytes:
    hidden = {"crc": 0, "packed": 0, "size": 0} if item.descriptor else {}
    told = _fields(item, {**hidden, **item.local})
    sizes = (told["crc"], told["packed"], told["size"], len(_bytes(told["name"])), len(_bytes(told["extra"])))
    header = LOCAL.pack(b"PK\3\4", 45, told["flags"], told["method"], 0, 33, *sizes)
    packed = _packed(item.data)
    behind = struct.pack("<4s3L", b"PK\7\x08", zlib.crc32(item.data), len(packed), len(item.data))
    return header + _bytes(told["name"]) + _bytes(told["extra"]) + packed + (behind if item.descriptor else b"")


def _central(item: Item, offset: int) -> bytes:
    told = _fields(item, {"offset": offset, **item.central})
    name, extra = _bytes(told["name"]), _bytes(told["extra"])
    sizes = (told["crc"], told["packed"], told["size"], len(name), len(extra), 0, 0, 0)
    made_by = 3 << 8 | 45  # Unix
    header = CENTRAL.pack(
        b"PK\1\2", made_by, 45, told["flags"], told["method"], 0, 33, *sizes, item.mode << 16, told["offset"]
    )
    return header + name + extra


def _bytes(value: int | bytes) -> bytes:
    assert isinstance(value, bytes)
    return value


def plain_zip(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of just these files, by the standard library."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def member(name: str, data: bytes = b"", kind: bytes = tarfile.REGTYPE, **lies: int | str) -> bytes:
    """One entry of a tar.

    Args:
        name: of the entry.
        data: the contents.
        kind: the type flag.
        lies: other fields of `tarfile.TarInfo`: `size`, `mode`, `linkname`.
    """
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, len(data)
    for attribute, value in lies.items():
        setattr(info, attribute, value)
    return info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape") + data + bytes(-len(data) % 512)


def pax(records: Mapping[str, bytes], kind: bytes = tarfile.XHDTYPE) -> bytes:
    """An extension header in front of an entry."""
    return member("pax", b"".join(_record(key, value) for key, value in records.items()), kind)


def _record(key: str, value: bytes) -> bytes:
    body = b" " + key.encode() + b"=" + value + b"\n"
    length = len(body) + 1
    while len(str(length)) + len(body) != length:
        length += 1
    return str(length).encode() + body


def tarred(*entries: bytes) -> bytes:
    """A tar of the project and these entries."""
    return b"".join(member(name, data) for name, data in PROJECT.items()) + b"".join(entries) + END


def gz(data: bytes) -> bytes:
    """Packed as small as gzip can."""
    return gzip.compress(data, 9, mtime=0)
