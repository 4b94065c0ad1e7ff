"""Where submissions and reports pass: whole or not at all, and created by one alone."""

import hashlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from grader.batch.remote.store import Store, open_store
from grader.errors import ArchiveRejected, StoreUnavailable, UsageError


def test_what_is_put_is_read(store: Store) -> None:
    store.write("a/b", b"one")
    store.write("a/b", b"two")
    assert (store.read("a/b"), store.read("a/c"), store.exists("a/b"), store.exists("a/c")) == (
        b"two", None, True, False,
    )  # fmt: skip


def test_files_are_those_below_a_folder(store: Store) -> None:
    for path in ("a/1", "a/b/2", "ab/3"):
        store.write(path, b"")
    assert (store.files("a"), store.files("nowhere")) == ({"a/1", "a/b/2"}, set())


def test_a_removed_folder_is_gone(store: Store) -> None:
    store.write("a/b/c", b"one")
    store.remove("a")
    store.remove("a")
    assert store.files("a") == set()


def test_of_many_that_create_a_file_one_gets_it(folder_store: Store) -> None:
    """Whoever got it finds what it has put."""
    together = threading.Barrier(8)

    def create(number: int) -> bool:
        together.wait()
        return folder_store.create("claim", str(number).encode())

    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(create, range(8)))
    assert (got.count(True), folder_store.read("claim")) == (1, str(got.index(True)).encode())


def test_a_file_is_created_once(store: Store) -> None:
    assert (store.create("a/claim", b"one"), store.create("a/claim", b"two")) == (True, False)
    assert store.read("a/claim") == b"one"


def test_an_upload_that_fails_puts_nothing(store: Store, tmp_path: Path) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"half"
        raise ArchiveRejected("cannot be read")

    with pytest.raises(ArchiveRejected):
        store.upload("a/b", chunks())
    assert (store.files("a"), store.download("a/b", tmp_path / "copy")) == (set(), None)


def test_a_download_tells_its_digest(store: Store, tmp_path: Path) -> None:
    store.upload("a/b", [b"gra", b"der"])
    digest = store.download("a/b", tmp_path / "copy")
    assert (digest, (tmp_path / "copy").read_bytes()) == (hashlib.sha256(b"grader").hexdigest(), b"grader")


def test_a_store_that_refuses_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable, match=r"Not a directory|File exists"):
        open_store(str(tmp_path / "file" / "store"))


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "no store is named"),
        ("nothing://user:secret@host/x", "--store nothing://host/x: this is no address of a store"),
    ],
)
def test_a_wrong_address_is_one_line_without_its_password(url: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_store(url)
    assert caught.value.message == says
