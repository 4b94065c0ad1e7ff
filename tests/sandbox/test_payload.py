import io
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from grader.errors import PodError
from grader.intake.submission import Tree
from grader.sandbox.payload import File, Payload, harness_payload, submission_payload


def unpacked(payload: Payload) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(b"".join(payload.chunks()))) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]  # all are files


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    contents = {"main.py": b"app = 1\n", "a/b/" + "deep/" * 40 + "x.py": b"x" * 1_000, "naïve ☃.txt": b"", "-rf": b"-"}
    for name, content in contents.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    return Tree(tmp_path, tuple(sorted(contents)), "", 0)


def test_empty_folders_arrive_too(tree: Tree, tmp_path: Path) -> None:
    # An application that serves files from one, or writes into it, starts as it did at home.
    payload = submission_payload(replace(tree, folders=("data", "static/" + "deep/" * 40 + "images")))
    with tarfile.open(fileobj=io.BytesIO(b"".join(payload.chunks()))) as tar:
        assert [member.name for member in tar if member.isdir()] == list(payload.folders)
    payload.unpack(tmp_path / "unpacked")
    assert all((tmp_path / "unpacked" / folder).is_dir() for folder in payload.folders)


def test_a_submission_arrives_whole(tree: Tree) -> None:
    # Long names, odd names, empty files: what goes in comes out.
    assert unpacked(submission_payload(tree)) == {name: (tree.root / name).read_bytes() for name in tree.files}


@pytest.mark.parametrize("size", [0, 1, 511, 512, 513, 10_240, 300_000])
def test_the_announced_size_is_the_sent_size(tmp_path: Path, size: int) -> None:
    # The receiving side counts bytes: one too many would be read as the harness's first order.
    source = tmp_path / "file"
    source.write_bytes(b"x" * size)
    payload = Payload((File.of("file", source),))
    assert len(b"".join(payload.chunks())) == payload.size
    assert payload.size % tarfile.RECORDSIZE == 0


def test_no_piece_is_large(tmp_path: Path) -> None:
    # A submission of a hundred megabytes is never held in memory.
    source = tmp_path / "file"
    source.write_bytes(b"x" * 3_000_000)
    assert max(map(len, Payload((File.of("file", source),)).chunks())) <= 256 * 1024


def test_the_same_files_make_the_same_bytes(tree: Tree) -> None:
    # Neither time nor owner nor mode of the host's files shows.
    before = b"".join(submission_payload(tree).chunks())
    (tree.root / "main.py").chmod(0o755)
    (tree.root / "main.py").touch()
    assert b"".join(submission_payload(tree).chunks()) == before


def test_a_file_that_shrinks_meanwhile_is_told(tree: Tree) -> None:
    # Silence would shift everything that follows.
    payload = submission_payload(tree)
    (tree.root / "main.py").write_bytes(b"")
    with pytest.raises(PodError, match=r"main\.py changed"):
        list(payload.chunks())


def test_a_file_that_vanishes_is_told(tree: Tree) -> None:
    # An error of ours, not a traceback.
    (tree.root / "main.py").unlink()
    with pytest.raises(PodError, match=r"main\.py"):
        submission_payload(tree)


def test_the_harness_gets_no_answers(tmp_path: Path) -> None:
    # Of a pack: contract and checks. No mutant, no starter, no bytecode, no reference solution.
    for name in (
        "challenge.toml",
        "openapi.yaml",
        "checks/conftest.py",
        "checks/deep/a.py",
        "checks/__pycache__/a.pyc",
        "mutants.toml",
        "BRIEF.md",
        "starter/main.py",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    names = {name for name in unpacked(harness_payload(tmp_path)) if name.startswith("pack/")}
    assert names == {"pack/challenge.toml", "pack/openapi.yaml", "pack/checks/conftest.py", "pack/checks/deep/a.py"}


def test_the_harness_gets_its_own_code_and_nothing_else_of_the_grader() -> None:
    # It imports the vocabulary and nothing that knows of engines, scores or reports.
    names = set(unpacked(harness_payload(None)))
    outside = {name for name in names if not name.startswith("grader/harness/")}
    assert outside == {"grader/__init__.py", "grader/verdicts.py", "grader/text.py"}
    assert not [name for name in names if "__pycache__" in name]


def test_unpacking_on_the_host_makes_the_same_files(tree: Tree, tmp_path: Path) -> None:
    # The local sandbox sees what the container would.
    payload = submission_payload(tree)
    payload.unpack(tmp_path / "copy")
    copied = {str(path.relative_to(tmp_path / "copy")) for path in (tmp_path / "copy").rglob("*") if path.is_file()}
    assert copied == set(tree.files)
