"""A submission that declares nothing gets what it imports."""

from pathlib import Path

import pytest

from grader.intake.dependencies import read_dependencies
from grader.intake.project import read_project
from grader.intake.submission import Dependencies, EntryPoint, Tree


def read(root: Path, files: dict[str, str]) -> Dependencies:
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content, encoding="utf-8")
    tree = Tree(root, tuple(sorted(files)), "", 0)
    return read_dependencies(tree, EntryPoint("app.main", "app"), read_project(tree))


IMPORTS = {
    "itself": ("import fastapi", ["fastapi"]),
    "submodule": ("from sqlalchemy.ext.asyncio import AsyncSession", ["sqlalchemy"]),
    "other name": ("import jwt, yaml\nfrom jose import jwt as j", ["pyjwt", "python-jose[cryptography]", "pyyaml"]),
    "more names": (
        "import dotenv, multipart, PIL, sklearn, bs4",
        ["pillow", "beautifulsoup4", "python-dotenv", "python-multipart", "scikit-learn"],
    ),
    "underscore": ("import pydantic_settings", ["pydantic-settings"]),
    "standard library": ("import os, asyncio, tomllib", []),
    "its own": ("from app import db\nimport app.db", []),
    "relative": ("from .db import x\nfrom . import db", []),
    "unknown": ("import unheard_of", ["unheard_of"]),
    "unknown, optional": ("try:\n    import unheard_of\nexcept ImportError: ...", []),
    "unknown, in a function": ("def f():\n    import unheard_of", []),
    "known, in a function": ("def f():\n    import redis", ["redis"]),
    "for type checking": ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import numpy", []),
    "reached": ("import app.deep", ["httpx"]),
}


@pytest.mark.parametrize(("text", "expected"), IMPORTS.values(), ids=IMPORTS)
def test_imports_tell(tmp_path: Path, text: str, expected: list[str]) -> None:
    """Import names become distributions; what is of the standard library, its own, or of tests does not."""
    found = read(
        tmp_path,
        {
            "app/main.py": text,
            "app/db.py": "",
            "app/deep.py": "import httpx",
            "app/unused.py": "import torch",
            "tests/test_x.py": "import pytest",
        },
    )
    assert sorted(found.requirements) == sorted(expected)
    assert found.sources == ()
    assert len(found.imports) == len(expected)


def test_computed_imports_make_every_file_count(tmp_path: Path) -> None:
    """Where modules are loaded by computed names, all of the submission's files but tests are looked at."""
    files = {
        "app/main.py": "import importlib\nimportlib.import_module('app.' + x)",
        "app/routes.py": "import httpx",
        "tests/test_x.py": "import pytest",
    }
    assert read(tmp_path, files).requirements == ("httpx",)


@pytest.mark.parametrize("text", ["", "# nothing\n"], ids=["empty", "comment"])
def test_an_empty_requirements_file_declares_nothing(tmp_path: Path, text: str) -> None:
    """Imports tell where a file is there but says nothing."""
    assert read(tmp_path, {"app/main.py": "import httpx", "requirements.txt": text}).requirements == ("httpx",)
