"""What was found really starts: a fresh interpreter imports it with the directory and the paths that were computed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from grader.intake.entrypoint import find_entry_point
from grader.intake.project import read_project
from grader.intake.submission import EntryPoint, Tree

APP = "from fastapi import FastAPI\napp = FastAPI()\n"
# Stands in for FastAPI, so that an import takes milliseconds; found on the path after everything of the submission.
FAKE = "class FastAPI:\n    def __init__(self, **k): ...\n"

LAYOUTS = {
    "flat": ({"main.py": "import models\n" + APP, "models.py": ""}, "main", ".", (".",)),
    "package, absolute": (
        {"app/main.py": "from app.models import x\n" + APP, "app/models.py": "x = 1"},
        "app.main",
        ".",
        (".",),
    ),
    "package, relative": (
        {"app/main.py": "from .models import x\n" + APP, "app/models.py": "x = 1"},
        "app.main",
        ".",
        (".",),
    ),
    "package, relative above": (
        {"app/api/main.py": "from ..models import x\n" + APP, "app/models.py": "x = 1", "app/api/__init__.py": ""},
        *("app.api.main", ".", (".",)),
    ),
    "folder, flat imports": (
        {"app/main.py": "from models import x\n" + APP, "app/models.py": "x = 1"},
        "main",
        "app",
        ("app", "."),
    ),
    "folder, flat imports, deep": (
        {
            "app/main.py": "from routers import users\n" + APP,
            "app/routers/users.py": "from db import x",
            "app/db.py": "x=1",
        },
        *("main", "app", ("app", ".")),
    ),
    "folder, mixed imports": (
        {"app/main.py": "from app.a import x\nfrom b import y\n" + APP, "app/a.py": "x = 1", "app/b.py": "y = 1"},
        *("app.main", ".", (".", "app")),
    ),
    "src layout": (
        {"src/shop/main.py": "from shop.db import x\n" + APP, "src/shop/db.py": "x = 1", "pyproject.toml": ""},
        *("shop.main", ".", ("src", ".")),
    ),
    "src layout, relative": (
        {"src/shop/main.py": "from .db import x\n" + APP, "src/shop/db.py": "x = 1"},
        *("shop.main", ".", ("src", ".")),
    ),
    "src, flat": ({"src/main.py": "from db import x\n" + APP, "src/db.py": "x = 1"}, "main", ".", ("src", ".")),
    "src as a package": (
        {"src/main.py": "from src.db import x\n" + APP, "src/db.py": "x = 1"},
        "src.main",
        ".",
        (".",),
    ),
    "src as a package, relative": (
        {"src/main.py": "from .db import x\n" + APP, "src/db.py": "x = 1"},
        "src.main",
        ".",
        (".",),
    ),
    "src as a package, app below": (
        {"src/app/main.py": "from src.app.db import x\n" + APP, "src/app/db.py": "x = 1"},
        *("src.app.main", ".", (".",)),
    ),
    "src both ways": (
        {
            "src/app/main.py": "from src.a import x\nfrom app.b import y\n" + APP,
            "src/a.py": "x=1",
            "src/app/b.py": "y=1",
        },
        *("app.main", ".", ("src", ".")),
    ),
    "nested": (
        {"backend/app/main.py": "from app.db import x\n" + APP, "backend/app/db.py": "x = 1", "README.md": ""},
        *("app.main", "backend", ("backend", ".")),
    ),
    "nested, from the root": (
        {"backend/app/main.py": "from backend.app.db import x\n" + APP, "backend/app/db.py": "x = 1"},
        *("backend.app.main", ".", (".",)),
    ),
    "nested, flat": (
        {"backend/main.py": "import db\n" + APP, "backend/db.py": "", "frontend/index.js": ""},
        *("main", "backend", ("backend", ".")),
    ),
    "nested src": (
        {"backend/src/shop/main.py": "from shop.db import x\n" + APP, "backend/src/shop/db.py": "x = 1", "a/b.py": ""},
        *("shop.main", "backend", ("backend/src", "backend", ".")),
    ),
    "shared library beside": (
        {"service/main.py": "from common.log import x\n" + APP, "libs/common/log.py": "x = 1"},
        *("service.main", ".", (".", "libs")),
    ),
    "main above the package": (
        {"main.py": "from app.web import app\n", "app/web.py": "from app.db import x\n" + APP, "app/db.py": "x = 1"},
        *("main", ".", (".",)),
    ),
    "a module that is named like the standard library": (
        {
            "app/main.py": "from app.types import x\nimport logging\n" + APP,
            "app/types.py": "x = 1",
            "app/logging.py": "1/0",
        },
        *("app.main", ".", (".",)),
    ),
    "a module that is named like a distribution": (
        {
            "app/main.py": "from app.redis import x\n" + APP,
            "app/redis.py": "import fake_redis_client\nimport redis\nx = redis.real",
            "requirements.txt": "redis\nfake-redis-client\n",
        },
        *("app.main", ".", (".",)),
    ),
    "a module that wraps an undeclared distribution": (
        {"app/main.py": "from app.redis import x\n" + APP, "app/redis.py": "import redis\nx = redis.real"},
        *("app.main", ".", (".",)),
    ),
    "a module that is named like an unused distribution": (
        {"app/main.py": "from emails import x\n" + APP, "app/emails.py": "x = 1"},
        *("main", "app", ("app", ".")),
    ),
    "a module that is named like a declared distribution": (
        {"app/main.py": "import redis\nredis.real\n" + APP, "app/redis.py": "", "requirements.txt": "redis==5\n"},
        *("app.main", ".", (".",)),
    ),
    "a folder that is named like the standard library": (
        {"app/main.py": "import xml.dom\n" + APP, "xml/notes.py": ""},
        *("app.main", ".", (".",)),
    ),
    "a doubtful import beside what would shadow": (
        {
            "app/main.py": "import logging\ndef later():\n    import helper\n" + APP,
            "app/helper.py": "",
            "app/logging.py": "1/0",
        },
        *("app.main", ".", (".",)),
    ),
    "a root that would shadow": (
        {"api/main.py": "import db\nimport json\n" + APP, "api/db.py": "", "json.py": "1/0", "api/Dockerfile": ""},
        *("main", "api", ("api",)),
    ),
    "main under one name only": (
        {
            "app/main.py": "from app.db import x\nimport routes\n" + APP,
            "app/db.py": "x = 1",
            "app/routes.py": "def later():\n    from main import app",
        },
        *("main", "app", ("app", ".")),
    ),
    "a package init that imports": (
        {
            "app/__init__.py": "from app.main import app",
            "app/main.py": "from app.db import x\n" + APP,
            "app/db.py": "x=1",
        },
        *("app.main", ".", (".",)),
    ),
    "type checking only": (
        {
            "app/main.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from models import X\n" + APP,
            "app/models.py": "",
        },
        *("app.main", ".", (".",)),
    ),
    "a fallback in a try": (
        {
            "app/main.py": "try:\n    from app.db import x\nexcept ImportError:\n    from db import x\n" + APP,
            "app/db.py": "x = 1",
        },
        *("app.main", ".", (".",)),
    ),
    "files beside the package": (
        {
            "app/main.py": "from db import x\nopen('data/users.json').close()\n" + APP,
            "app/db.py": "x = 1",
            "data/users.json": "{}",
        },
        *("main", ".", ("app", ".")),
    ),
    "files inside the folder": (
        {
            "api/main.py": "from db import x\nopen('users.json').close()\n" + APP,
            "api/db.py": "x = 1",
            "api/users.json": "{}",
        },
        *("main", "api", ("api", ".")),
    ),
    "same file under one name only": (
        {
            "app/main.py": "from models import a\nfrom routers.users import b\n" + APP,
            "app/models.py": "a = 1",
            "app/routers/users.py": "from models import a\nb = a",
        },
        *("main", "app", ("app", ".")),
    ),
    "a submodule through its package": (
        {
            "app/main.py": "import app.core.db\nfrom app import core\n" + APP,
            "app/core/db.py": "",
            "app/core/__init__.py": "",
        },
        *("app.main", ".", (".",)),
    ),
}


@pytest.mark.parametrize(("files", "module", "directory", "paths"), LAYOUTS.values(), ids=LAYOUTS)
def test_it_can_be_imported(
    tmp_path: Path, files: dict[str, str], module: str, directory: str, paths: tuple[str, ...]
) -> None:
    """The computed name, directory and paths are those of the layout, and the application imports with them."""
    root = tmp_path / "submission"
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    tree = Tree(root, tuple(sorted(files)), "", 0)
    found = find_entry_point(tree, None, read_project(tree))
    assert (found.module, found.directory, found.import_paths) == (module, directory, paths)
    assert imports(found, root, tmp_path / "installed") == "FastAPI"


def imports(found: EntryPoint, root: Path, installed: Path) -> str:
    """Import what was found in a fresh interpreter; gives the name of the class of the application."""
    installed.mkdir()
    for name, text in {"fastapi": FAKE, "redis": "real = 1", "fake_redis_client": ""}.items():
        (installed / f"{name}.py").write_text(text)
    path = [*(root / folder for folder in found.import_paths), installed]
    code = f"import {found.module} as m; print(type(m.{found.attribute}).__name__)"
    done = subprocess.run(
        [sys.executable, "-S", "-B", "-P", "-c", code],
        cwd=root / found.directory,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout.strip() or done.stderr
