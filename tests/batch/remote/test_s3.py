"""A store on S3, played by moto: what claims and reports need of it."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from grader.batch.remote.store import Store, open_store
from grader.errors import StoreUnavailable

pytestmark = pytest.mark.filterwarnings("ignore")  # of libraries that only this test needs


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Of an S3 that has a bucket `grader`."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    made = boto3.client(
        "s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id="id", aws_secret_access_key="key"
    )
    made.create_bucket(Bucket="grader")
    yield url
    server.stop()


@pytest.fixture
def s3(address: str, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store in it, as the environment names it."""
    for name, value in {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "key",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    return open_store("s3://grader/batches-of-ours")


def test_it_does_what_a_store_does(s3: Store, tmp_path: Path) -> None:
    s3.write("a/1", b"one")
    s3.write("a/1", b"two")
    s3.upload("a/b/2", [b"gra", b"der"])
    assert (s3.read("a/1"), s3.read("a/9"), s3.exists("a/b/2")) == (b"two", None, True)
    assert s3.download("a/b/2", tmp_path / "copy") is not None
    assert ((tmp_path / "copy").read_bytes(), s3.files("a")) == (b"grader", {"a/1", "a/b/2"})
    s3.remove("a")
    assert (s3.files("a"), s3.download("a/b/2", tmp_path / "copy")) == (set(), None)


def test_a_file_is_created_once(s3: Store) -> None:
    assert (s3.create("c/claim", b"one"), s3.create("c/claim", b"two")) == (True, False)
    assert s3.read("c/claim") == b"one"


def test_what_another_writes_is_seen_at_once(s3: Store, address: str) -> None:
    """Nothing of the store is remembered."""
    assert s3.files("d") == set()
    other = boto3.client(
        "s3", endpoint_url=address, region_name="us-east-1", aws_access_key_id="id", aws_secret_access_key="key"
    )
    other.put_object(Bucket="grader", Key="batches-of-ours/d/report.json", Body=b"{}")
    assert (s3.files("d"), s3.read("d/report.json")) == ({"d/report.json"}, b"{}")


def test_a_bucket_that_is_not_there_is_one_line(s3: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert s3 is not None
    monkeypatch.setattr("grader.batch.remote.store._PAUSES", ())
    with pytest.raises(StoreUnavailable, match="the store s3://nowhere/x does not answer: "):
        open_store("s3://key:secret@nowhere/x")
