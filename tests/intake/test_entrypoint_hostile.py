"""Files that are made to trouble a reader end in an answer, not in a crash of the host."""

from pathlib import Path

import pytest

from grader.errors import EntryPointRejected
from grader.intake.entrypoint import find_entry_point
from grader.intake.project import read_project
from grader.intake.submission import EntryPoint, Tree

APP = "from fastapi import FastAPI\napp = FastAPI()\n"


def find(root: Path, files: dict[str, str]) -> EntryPoint:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    tree = Tree(root, tuple(sorted(files)), "", 0)
    return find_entry_point(tree, None, read_project(tree))


def answer(root: Path, files: dict[str, str]) -> list[str]:
    """What people are told: the source of the entry point, or the refusal and its detail."""
    try:
        return [find(root, files).source]
    except EntryPointRejected as refusal:
        return [refusal.message, *refusal.detail.splitlines()]


BESIDE = {
    "star imports in a circle": {f"m{number}.py": f"from m{(number + 1) % 50} import *\n" for number in range(50)},
    "names in a circle": {"a.py": "from b import x\nfrom b import y as app\n", "b.py": "from a import x, app as y\n"},
    "a name that is itself": {"a.py": "app = app\napi = api()\n"},
    "a function that returns itself": {"a.py": "def create_app():\n    return create_app()\n"},
    "a class of its own base": {"a.py": "class A(A): ...\nclass B(C): ...\nclass C(B): ...\napp = B()\n"},
    "a long chain": {f"c{number}.py": f"from c{number + 1} import app\n" for number in range(400)},
    "deep attributes": {"a.py": "x = a" + ".a" * 2_000 + "\n"},
    "deep calls": {"a.py": "x = " + "f(" * 90 + ")" * 90 + "\n"},
    "many blanks": {"a.py": "x = = 1\n" + " " * 100_000 + "import " + "\n" * 20_000},
    "many dots": {"README.md": "uvicorn " + "a." * 30_000 + "b:" * 1_000},
    "deep folders": {"/".join(["d"] * 60) + "/x.py": "import y\n"},
    "key of many parts": {"pyproject.toml": ".".join(["a"] * 100_000) + " = 1\n"},
    "many keys": {"pyproject.toml": "".join(f"k{number}.a.b = 1\n" for number in range(18_000))},
    "large pyproject": {"pyproject.toml": "#" * 300_000},
    "names to steer a terminal": {"\x1b[2J/\u202e.py": "from fastapi import APIRouter\nrouter = APIRouter()\n"},
}


@pytest.mark.parametrize("files", BESIDE.values(), ids=BESIDE)
def test_the_application_beside_it_is_found(tmp_path: Path, files: dict[str, str]) -> None:
    """What stands beside main.py cannot keep it from being found."""
    assert find(tmp_path, {**files, "main.py": APP}).target == "main:app"


@pytest.mark.parametrize("files", BESIDE.values(), ids=BESIDE)
def test_alone_it_is_answered_in_one_printable_line(tmp_path: Path, files: dict[str, str]) -> None:
    """Without an application beside it the answer is an entry point or a refusal that can be shown."""
    lines = answer(tmp_path, files)
    assert all(line.isprintable() for line in lines)
    assert len(lines[0]) < 2_000


def test_reading_ends_with_the_budget(tmp_path: Path) -> None:
    """More Python than the budget allows is not read, and the likely files are read first."""
    bulk = {f"pkg/m{number}.py": "x = '" + "a" * 120_000 + "'\n" for number in range(40)}
    assert find(tmp_path, {**bulk, "main.py": APP}).target == "main:app"
    with pytest.raises(EntryPointRejected, match="too much Python code"):
        find(tmp_path / "x", bulk)
