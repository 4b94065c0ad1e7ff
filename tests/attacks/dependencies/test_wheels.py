"""Packages of a hostile author: their code runs where the candidate's runs, and nowhere else."""

import pytest

from tests.attacks.dependencies.conftest import Index
from tests.attacks.dependencies.shelf import Files, raw_wheel, served, wheel

SPRING = b"import pathlib, os; pathlib.Path('/opt/deps/sprung').touch(); print('sprung', flush=True)\n"
INFORMATION = {
    "METADATA": b"Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n",
    "WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "RECORD": b"",
}


def evil(**changed: bytes) -> Files:
    """A wheel called `evil` whose own description is changed; nothing of a part that is empty."""
    parts = INFORMATION | changed
    return raw_wheel(
        "evil", "1.0", {f"evil-1.0.dist-info/{name}": data for name, data in parts.items() if data != b"-"}
    )


def test_code_at_the_installer(index: Index) -> None:
    """A wheel that puts a file over the installer's own, and a `.pth` file that runs code at every start of Python.

    Neither runs where there is a network: the volume holds no trace, and the solution earns what it earns.
    """
    over = {"evil-1.0.data/data/.grader/installer.py": SPRING, "evil.pth": SPRING}
    modules = {f"module{number}.py": b"x = 1\n" for number in range(20)}  # something to compile
    index.stock(wheel("evil", "1.0", {**over, **modules}))
    outcome = index.hand_in("evil\n")
    report = outcome.graded(score=100)
    assert index.look("find /opt/deps -name sprung").strip() == ""
    assert report.submission.dependencies is not None
    assert "evil==1.0" in report.submission.dependencies.installed


def test_the_grader_file_as_a_folder(index: Index) -> None:
    """A wheel that takes the places of the grader's own files in the volume costs nothing and gains nothing."""
    places = {
        "zzzz-grader.pth/x": b"",
        "evil-1.0.data/data/.grader/log/x": b"",
        "evil-1.0.data/data/.grader/cache": b"",
    }
    index.stock(wheel("evil", "1.0", places))
    index.hand_in("evil\n").graded(score=100)


def test_names_that_climb_in_a_wheel(index: Index) -> None:
    """Files of a wheel that lead out of the environment end up nowhere, and the solution is graded."""
    climbing = {"../../../../../../tmp/climbed": b"x", "/opt/deps/climbed": b"x"}
    index.stock(wheel("evil", "1.0", climbing))
    index.hand_in("evil\n").graded(score=100)
    assert index.look("find / -xdev -name climbed; find /opt/deps -name climbed").strip() == ""


def test_the_environment_is_read_only(index: Index) -> None:
    """What was installed cannot be changed by the application: a later one that shares it gets what was installed."""
    index.stock(wheel("shared", "1.0", {"shared.py": b"WORD = 'as installed'\n"}))
    write = """
import errno, glob, json, os, shared
tried = []
for path in [*glob.glob("/opt/deps/lib/python3*/site-packages/shared.py"), "/opt/deps/bin/new", "/opt/venv/bin/new"]:
    try:
        open(path, "w").close()
    except OSError as error:
        tried.append(errno.errorcode[error.errno])
print("FOUND", json.dumps([shared.WORD, tried]), flush=True)
"""
    outcome = index.hand_in("shared\n", before=write)
    outcome.graded(score=100)
    assert outcome.findings() == ["as installed", ["EROFS"] * 3]


def test_runner_packages_replaced(index: Index) -> None:
    """A dependency that stands in for the server breaks its own submission's start, and nobody else's."""
    index.stock(wheel("evil", "1.0", {"uvicorn/__init__.py": b"raise SystemExit('replaced')\n"}))
    index.hand_in("evil\n").rejected("StartRejected", "replaced")
    index.hand_in("").graded(score=100)
    index.stock(wheel("honest", "1.0", {"honest.py": b""}))
    index.hand_in("honest\n", before="import honest\n").graded(score=100)
    assert len(index.volumes()) == 2


BROKEN: dict[str, tuple[Files, str]] = {
    "a requirement with an address": (
        evil(METADATA=INFORMATION["METADATA"] + b"Requires-Dist: x @ http://127.0.0.1:1/x-1.0-py3-none-any.whl\n"),
        "URL",
    ),
    "a format of the future": (
        evil(WHEEL=b"Wheel-Version: 9.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
        "invalid",
    ),
    "no record": (evil(RECORD=b"-"), "evil"),
    "source only": (served("evil", "evil-1.0.tar.gz", b"never opened"), "evil"),
}


@pytest.mark.parametrize(("files", "words"), BROKEN.values(), ids=BROKEN)
def test_broken_packages(index: Index, files: Files, words: str) -> None:
    """A package that cannot be installed is the declaration's fault, with the resolver's reason."""
    index.stock(files)
    index.hand_in("evil\n").rejected("DependenciesRejected", words)


def test_a_flood_of_empty_files(index: Index) -> None:
    """Files without contents take inodes: they count against the limit as well."""
    index.stock(wheel("evil", "1.0", {f"flood/{number}": b"" for number in range(30_000)}))
    outcome = index.hand_in("evil\n", GRADER_INSTALL_BYTES=str(50 * 2**20))
    outcome.rejected("DependenciesRejected", "take more than 50 MiB")


def test_something_else_than_a_wheel(index: Index) -> None:
    """A sign-in page in place of a wheel is the network's doing: no verdict on the candidate."""
    index.stock(served("evil", "evil-1.0-py3-none-any.whl", b"<!DOCTYPE html><title>Sign in"))
    index.hand_in("evil\n").at_fault("InfrastructureError", "could not be downloaded")


def test_an_index_that_never_answers(index: Index) -> None:
    """It is waited for no longer than the deadline, and it is nobody's fault but the network's."""
    outcome = index.hand_in("evil\n", port=8001, GRADER_INSTALL_DEADLINE="3")
    outcome.at_fault("InfrastructureError", "took more than 3 s")
