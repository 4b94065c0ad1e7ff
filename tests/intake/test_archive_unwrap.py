"""An enclosing folder goes where it only encloses, and stays where the code needs its name."""

import zipfile
from pathlib import Path

import pytest

from grader.intake.archive import unpack
from grader.intake.unwrap import enclosing
from grader.settings import Settings

APP = "from fastapi import FastAPI\napp = FastAPI()\n"


@pytest.mark.parametrize(
    ("files", "root"),
    [
        pytest.param({"main.py": APP}, "", id="flat"),
        pytest.param({"p/main.py": APP, "p/requirements.txt": ""}, "p", id="project folder"),
        pytest.param({"my-app/__init__.py": "", "my-app/main.py": APP}, "my-app", id="no identifier"),
        pytest.param({"p/main.py": APP, "README.md": ""}, "", id="a file beside"),
        pytest.param({"p/main.py": APP, "data/": ""}, "", id="an empty folder beside"),
        pytest.param({"p/main.py": APP, "__MACOSX/p/._main.py": ""}, "p", id="only junk beside"),
        pytest.param({"a/b-c/main.py": APP, "a/b-c/pyproject.toml": ""}, "a/b-c", id="nested"),
        pytest.param(
            {"repo-main/app/__init__.py": "", "repo-main/app/main.py": APP}, "repo-main", id="package in a project"
        ),
        pytest.param({"app/__init__.py": "", "app/main.py": APP}, "", id="package"),
        pytest.param({"app/main.py": "from app.models import X", "app/models.py": ""}, "", id="imports itself"),
        pytest.param({"app/main.py": "import app.models as m", "app/models.py": ""}, "", id="imports itself plainly"),
        pytest.param(
            {"app/main.py": "from app import models", "app/models.py": ""}, "", id="imports a module of itself"
        ),
        pytest.param({"app/main.py": "from app import (\n    models,\n)", "app/models.py": ""}, "", id="in brackets"),
        pytest.param({"app/main.py": "from app.api import x", "app/api/x.py": ""}, "", id="imports a folder of itself"),
        pytest.param({"app/main.py": "from .models import X", "app/models.py": ""}, "", id="relative"),
        pytest.param(
            {"app/main.py": APP, "app/api/users.py": "from ..models import X", "app/models.py": ""}, "", id="upwards"
        ),
        pytest.param(
            {"p/main.py": APP, "p/api/users.py": "from .models import X", "p/api/models.py": ""}, "p", id="inner"
        ),
        pytest.param({"app/main.py": "from models import X", "app/models.py": ""}, "app", id="flat imports"),
        pytest.param(
            {"app/main.py": "from app.models import X", "app/models.py": "", "app/requirements.txt": ""},
            "",
            id="despite marker",
        ),
        pytest.param({"p/__init__.py": "", "p/main.py": APP, "p/requirements.txt": ""}, "p", id="stray __init__.py"),
        pytest.param(
            {"app/__init__.py": "db = 1", "app/main.py": "from app import db", "app/Dockerfile": ""},
            "",
            id="name in __init__",
        ),
        pytest.param({"fastapi/main.py": APP, "fastapi/models.py": ""}, "fastapi", id="called like a library"),
        pytest.param(
            {"app/app/__init__.py": "", "app/app/main.py": "from app.models import X", "app/app/models.py": ""},
            "app",
            id="twice the same name",
        ),
        pytest.param(
            {
                "app/requirements.txt": "",
                "app/__init__.py": "",
                "app/main.py": "from app import create_app",
                "app/app/__init__.py": "def create_app(): ...",
            },
            "app",
            id="means the inner one",
        ),
        pytest.param({"src/app/main.py": "from app.db import x", "src/app/db.py": ""}, "src", id="src layout"),
        pytest.param({"src/main.py": "from src.db import x", "src/db.py": ""}, "", id="src as a package"),
        pytest.param(
            {"application/main.py": "from app.x import y", "application/app/x.py": ""}, "application", id="prefix"
        ),
        pytest.param({"app/app.py": APP}, "app", id="one file"),
        pytest.param({"class/main.py": "from class.x import y", "class/x.py": ""}, "class", id="keyword"),
    ],
)
def test_the_root_is_where_the_imports_work(files: dict[str, str], root: str, tmp_path: Path) -> None:
    """The tree begins in the innermost folder that only encloses; paths are relative to it."""
    with zipfile.ZipFile(tmp_path / "s.zip", "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    (tmp_path / "out").mkdir()
    tree = unpack(tmp_path / "s.zip", tmp_path / "out", Settings())
    assert tree.root == tmp_path / "out" / root
    assert all((tree.root / name).is_file() for name in tree.files)


def test_unwrapping_does_not_change_the_digest(tmp_path: Path) -> None:
    """The same project is the same submission, packed with its folder or without."""
    digests = set()
    for prefix in ("", "project/", "a/b-b/c-c/"):
        target = tmp_path / f"out{len(prefix)}"
        target.mkdir()
        with zipfile.ZipFile(tmp_path / "s.zip", "w") as archive:
            archive.writestr(f"{prefix}main.py", APP)
            archive.writestr(f"{prefix}requirements.txt", "fastapi\n")
        digests.add(unpack(tmp_path / "s.zip", target, Settings()).digest)
    assert len(digests) == 1


def test_reading_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once more source was read than the budget allows, on whatever level of folders, nothing more is unwrapped."""
    asked: list[str] = []
    files = ["a/b/c/main.py"]
    monkeypatch.setattr("grader.intake.unwrap._BUDGET", 15)
    assert enclosing(files, [], lambda path: (asked.append(path), b"import os\n")[1]) == "a/b"
    assert asked == files * 2
