"""What the caller or the submission names is taken, if it is there."""

from pathlib import Path

import pytest

from grader.errors import EntryPointRejected
from grader.intake.entrypoint import find_entry_point
from grader.intake.project import read_project
from grader.intake.submission import EntryPoint, Tree

APP = "from fastapi import FastAPI\napp = FastAPI()\n"
FACTORY = "from fastapi import FastAPI\ndef create_app() -> FastAPI:\n    return FastAPI()\n"


def find(root: Path, files: dict[str, str], app: str | None = None) -> EntryPoint:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    tree = Tree(root, tuple(sorted(files)), "", 0)
    return find_entry_point(tree, app, read_project(tree))


FILES = {
    "main.py": APP,
    "other.py": APP + "second = FastAPI()\n" + FACTORY + "async def asgi(scope, receive, send): ...\n",
    "pkg/web.py": "from .make import create_app\n",
    "pkg/make.py": FACTORY,
    "src/shop/site.py": APP,
    "tests/main2.py": APP,
    "holder.py": "class State: ...\nstate = State()\n",
    "star.py": "from other import *\n",
}
NAMED = {
    "module and attribute": ("other:second", "other:second", False),
    "module alone": ("other", "other:app", False),
    "path": ("other.py", "other:app", False),
    "path and attribute": ("./other.py:second", "other:second", False),
    "factory": ("other:create_app", "other:create_app", True),
    "factory as a call": ("other:create_app()", "other:create_app", True),
    "imported factory": ("pkg.web:create_app", "pkg.web:create_app", True),
    "path of a package's file": ("pkg/make.py", "pkg.make:create_app", True),
    "ASGI function": ("other:asgi", "other:asgi", False),
    "below src": ("shop.site:app", "shop.site:app", False),
    "below src by its path": ("src/shop/site.py:app", "shop.site:app", False),
    "below src with src": ("src.shop.site:app", "src.shop.site:app", False),
    "set aside": ("tests/main2.py", "tests.main2:app", False),
    "attribute of an attribute": ("holder:state.app", "holder:state.app", False),
    "through a star import": ("star:app", "star:app", False),
}


@pytest.mark.parametrize(("app", "target", "factory"), NAMED.values(), ids=NAMED)
def test_what_the_caller_names_is_taken(tmp_path: Path, app: str, target: str, factory: bool) -> None:
    """`--app` goes before everything that could be found, in each form that people write."""
    found = find(tmp_path, FILES, app)
    assert (found.target, found.factory, found.source) == (target, factory, "--app")


REFUSED = {
    "no form": ("main app", "not of the form"),
    "empty": ("", "not of the form"),
    "shell": ("main:app; rm -rf /", "not of the form"),
    "option": ("--reload", "no --reload"),
    "no module": ("nothing:app", "there is no nothing.py"),
    "outside": ("../main.py", "there is no"),
    "absolute": ("/etc/passwd", "there is no"),
    "no attribute": ("main:application", "main.py has no 'application'"),
    "nothing in it": ("holder", "no application was found in holder.py"),
    "escape sequence": ("ma\x1b[31min:app", r"\\x1b"),
}


@pytest.mark.parametrize(("app", "said"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_there_is_refused(tmp_path: Path, app: str, said: str) -> None:
    """A name that fits nothing is refused in one line, which shows it harmlessly and says where to look."""
    with pytest.raises(EntryPointRejected) as caught:
        find(tmp_path, FILES, app)
    assert said.replace("\\\\", "\\") in caught.value.message
    assert "\x1b" not in caught.value.message


def test_a_factory_that_needs_arguments_is_refused(tmp_path: Path) -> None:
    """The reason is said before a server fails with it."""
    files = {"main.py": "from fastapi import FastAPI\ndef make(x) -> FastAPI:\n    return FastAPI()\n"}
    with pytest.raises(EntryPointRejected, match="without arguments"):
        find(tmp_path, files, "main:make")


def test_a_name_that_fits_two_services_is_refused(tmp_path: Path) -> None:
    """A dotted name that fits several files is not resolved by chance."""
    files = {"users/app/main.py": APP, "orders/app/main.py": APP}
    with pytest.raises(EntryPointRejected, match=r"orders/app/main\.py, users/app/main\.py"):
        find(tmp_path, files, "app.main:app")
    assert find(tmp_path, files, "users/app/main.py").directory == "users"


@pytest.mark.parametrize(
    ("toml", "target"),
    [
        ('[tool.grader]\napp = "second:app"\n[tool.fastapi]\nentrypoint = "third:app"\n', "second:app"),
        ('[tool.fastapi]\nentrypoint = "third:app"\n', "third:app"),
        ('[tool.fastapi]\nentrypoint = 3\n[tool.grader]\napp = ["x"]\n', "main:app"),
        ("[tool]\nfastapi = 1\ngrader = 'x'\n", "main:app"),
        ("[tool.fastapi\n", "main:app"),
        ("a = " + "[" * 5_000, "main:app"),
    ],
    ids=["grader first", "fastapi", "wrong types", "no tables", "not TOML", "too deep"],
)
def test_pyproject_names_the_application(tmp_path: Path, toml: str, target: str) -> None:
    """`[tool.grader] app` goes before `[tool.fastapi] entrypoint`, and both before what could be found."""
    files = {"main.py": APP, "second.py": APP, "third.py": APP, "pyproject.toml": toml}
    assert find(tmp_path, files).target == target


def test_a_nested_pyproject_counts_from_its_folder(tmp_path: Path) -> None:
    """The name in backend/pyproject.toml is seen from backend/."""
    files = {"backend/pyproject.toml": '[tool.fastapi]\nentrypoint = "web.site:app"\n', "backend/web/site.py": APP}
    found = find(tmp_path, files)
    assert (found.target, found.directory) == ("web.site:app", "backend")
