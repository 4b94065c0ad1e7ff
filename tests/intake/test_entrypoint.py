"""The application that was handed in is found by reading, whatever the layout."""

from pathlib import Path

import pytest

from grader.errors import EntryPointRejected
from grader.intake.entrypoint import find_entry_point
from grader.intake.project import read_project
from grader.intake.submission import EntryPoint, Tree

APP = "from fastapi import FastAPI\napp = FastAPI()\n"
FACTORY = "from fastapi import FastAPI\ndef create_app() -> FastAPI:\n    return FastAPI()\n"


def write(root: Path, files: dict[str, str]) -> Tree:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return Tree(root, tuple(sorted(files)), "", 0)


def find(root: Path, files: dict[str, str], app: str | None = None) -> EntryPoint:
    tree = write(root, files)
    return find_entry_point(tree, app, read_project(tree))


FILES = {
    # what the FastAPI command line finds
    "main": ({"main.py": APP}, "main:app"),
    "app": ({"app.py": APP}, "app:app"),
    "api": ({"api.py": APP}, "api:app"),
    "app.main": ({"app/main.py": APP}, "app.main:app"),
    "app.app": ({"app/app.py": APP, "app/__init__.py": ""}, "app.app:app"),
    "app.api": ({"app/api.py": APP}, "app.api:app"),
    "main before app.main": ({"main.py": APP, "app/main.py": APP}, "main:app"),
    "main without application": ({"main.py": "print(1)\n", "app/main.py": APP}, "app.main:app"),
    # beyond it
    "src/main": ({"src/main.py": APP}, "main:app"),
    "src/app/main": ({"src/app/main.py": APP, "src/app/__init__.py": ""}, "app.main:app"),
    "src/package/main": ({"src/shop/main.py": APP, "src/shop/__init__.py": ""}, "shop.main:app"),
    "src/package": ({"src/shop/__init__.py": APP}, "shop:app"),
    "src as a package": ({"src/main.py": "from src.x import y\n" + APP, "src/x.py": "y = 1\n"}, "src.main:app"),
    "package init": ({"shop/__init__.py": APP}, "shop:app"),
    "nested": ({"backend/app/main.py": APP, "README.md": "x"}, "app.main:app"),
    "nested flat": ({"backend/main.py": APP, "backend/requirements.txt": "fastapi"}, "main:app"),
    "server": ({"server.py": APP}, "server:app"),
    "odd name": ({"users_service.py": APP}, "users_service:app"),
    "nested odd": ({"service/web/entry.py": APP}, "web.entry:app"),
    # beside tests and the like
    "tests aside": ({"service.py": APP, "tests/main.py": APP, "test_app.py": APP}, "service:app"),
    "examples aside": ({"pkg/server.py": APP, "examples/main.py": APP, "docs/main.py": APP}, "pkg.server:app"),
    "included by main": (
        {"gateway/main.py": "from users.main import app as users\n" + APP, "users/main.py": APP},
        "gateway.main:app",
    ),
    "mounted": (
        {
            "service/a.py": "import fastapi\nfrom service.b import sub\nx = fastapi.FastAPI()\nx.mount('/b', sub)\n",
            "service/b.py": "from fastapi import FastAPI\nsub = FastAPI()\n",
        },
        "service.a:x",
    ),
    "re-exported": ({"main.py": "from core.web import app\n", "core/web.py": APP}, "main:app"),
    "made by a factory elsewhere": (
        {
            "main.py": "from core.make import build\napp = build()\n",
            "core/make.py": FACTORY.replace("create_app", "build"),
        },
        "main:app",
    ),
}


@pytest.mark.parametrize(("files", "target"), FILES.values(), ids=FILES)
def test_the_file_is_found(tmp_path: Path, files: dict[str, str], target: str) -> None:
    """The file that the candidate would start is found, under the name by which it can be imported."""
    assert find(tmp_path, files).target == target


INSTANCES = {
    "aliased module": "import fastapi as f\napp = f.FastAPI()\n",
    "aliased class": "from fastapi import FastAPI as F\napp = F()\n",
    "annotated": "import fastapi\nshop: fastapi.FastAPI = build()\n",
    "annotated in quotes": 'from fastapi import FastAPI\napp: "FastAPI" = make()\n',
    "other name": "from fastapi import FastAPI\nusers_api = FastAPI()\n",
    "api before others": "from fastapi import FastAPI\nzoo = FastAPI()\napi = FastAPI()\n",
    "subclass": "from fastapi import FastAPI\nclass Shop(FastAPI): ...\napp = Shop()\n",
    "chained": "from fastapi import FastAPI\napp = application = FastAPI()\n",
    "in if": "from fastapi import FastAPI\nif debug:\n    app = FastAPI()\nelse:\n    app = FastAPI(debug=True)\n",
    "in try": "from fastapi import FastAPI\ntry:\n    app = FastAPI()\nexcept ValueError:\n    raise\n",
    "conditional": "from fastapi import FastAPI\napp = FastAPI() if 1 else FastAPI(docs_url=None)\n",
    "middleware around": "from fastapi import FastAPI\nfrom x import Sentry\napp = Sentry(FastAPI())\n",
    "wrapped later": "from fastapi import FastAPI\nfrom x import Sentry\napp = FastAPI()\napp = Sentry(app)\n",
    "socket.io around": "import socketio as s\nimport fastapi\napi = fastapi.FastAPI()\napp = s.ASGIApp(1, api)\n",
    "beside a test client": "import fastapi\nimport x\napp = fastapi.FastAPI()\nclient = x.TestClient(app)\n",
    "published subclass": "from fastapi_offline import FastAPIOffline\napp = FastAPIOffline()\n",
    "product of a factory": FACTORY + "app = create_app()\n",
    "product of a factory with arguments": "from fastapi import FastAPI\ndef f(x):\n    return FastAPI()\napp = f(1)\n",
    "star import": "from fastapi import *\nshop = FastAPI()\n",
    "unreadable maker": "from builder import Builder\napp = Builder().build()\n",
    "unreadable holder": "from builder import Builder\napp = Builder().app\n",
    "newer syntax": "from fastapi import FastAPI\napp = FastAPI()\nmatch = = 3\n",
    "newer syntax and type": "from fastapi import FastAPI\napp: FastAPI = FastAPI(\n)\ntype ((x\n",
    "BOM": "\ufefffrom fastapi import FastAPI\napp = FastAPI()\n",
    "invalid escape": "from fastapi import FastAPI\nx = '\\d'\napp = FastAPI()\n",
    "null byte": "from fastapi import FastAPI\napp = FastAPI()\nx = '\0'\n",
    "too deep": "from fastapi import FastAPI\napp = FastAPI()\nx = " + "-" * 50_000 + "1\n",
    "too large": "from fastapi import FastAPI\napp = FastAPI()\nx = [" + "1," * 100_000 + "]\n",
}
NAMES = {"annotated": "shop", "star import": "shop", "other name": "users_api", "api before others": "api"}


@pytest.mark.parametrize("kind", INSTANCES)
def test_an_instance_is_recognised(tmp_path: Path, kind: str) -> None:
    """However the application is bound, its name is found and it is no factory."""
    found = find(tmp_path, {"main.py": INSTANCES[kind]})
    assert (found.attribute, found.factory) == (NAMES.get(kind, "app"), False)


def test_a_latin_1_cookie_is_honoured(tmp_path: Path) -> None:
    """A file that declares another encoding than UTF-8 is read in it."""
    (tmp_path / "main.py").write_bytes(b"# -*- coding: latin-1 -*-\n# caf\xe9\n" + APP.encode())
    assert (
        find_entry_point(Tree(tmp_path, ("main.py",), "", 0), None, read_project(Tree(tmp_path, (), "", 0))).target
        == "main:app"
    )


FACTORIES = {
    "annotated": ("def create_app() -> FastAPI:\n    return make()\n", "create_app"),
    "returns one": ("def setup():\n    x = FastAPI()\n    return x\n", "setup"),
    "defaults": ("def make_app(debug: bool = False, *, x=1) -> FastAPI:\n    return FastAPI()\n", "make_app"),
    "keyword-only default": ("def build(*, x=None):\n    return FastAPI()\n", "build"),
    "by its name": ("def create_app():\n    return Builder().build()\n", "create_app"),
    "cached": ("@lru_cache\ndef get_app() -> FastAPI:\n    return FastAPI()\n", "get_app"),
    "usual before other": ("def a() -> FastAPI: ...\ndef create_app() -> FastAPI: ...\n", "create_app"),
    "beside what uses it": ("def make_app() -> FastAPI: ...\nhandler = Mangum(make_app())\n", "make_app"),
    "import inside": ("def create_app():\n    import fastapi\n    return fastapi.FastAPI()\n", "create_app"),
}


@pytest.mark.parametrize(("text", "name"), FACTORIES.values(), ids=FACTORIES)
def test_a_factory_is_recognised(tmp_path: Path, text: str, name: str) -> None:
    """A function that can be called without arguments and gives an application is found, as a factory."""
    found = find(tmp_path, {"main.py": "from fastapi import FastAPI\n" + text})
    assert (found.attribute, found.factory) == (name, True)


NOT_FACTORIES = {
    "async": "async def create_app() -> FastAPI:\n    return FastAPI()\n",
    "needs arguments": "def create_app(settings) -> FastAPI:\n    return FastAPI()\n",
    "needs keywords": "def create_app(*, settings) -> FastAPI:\n    return FastAPI()\n",
    "generator": "def create_app():\n    x = FastAPI()\n    yield x\n",
    "fixture": "@pytest.fixture\ndef app() -> FastAPI:\n    return FastAPI()\n",
    "route": "@router.get('/')\ndef app() -> FastAPI:\n    return FastAPI()\n",
}


@pytest.mark.parametrize("text", NOT_FACTORIES.values(), ids=NOT_FACTORIES)
def test_what_a_server_cannot_call_is_no_factory(tmp_path: Path, text: str) -> None:
    """Coroutines, generators, routes and functions with required arguments are not started."""
    with pytest.raises(EntryPointRejected, match="no FastAPI application"):
        find(tmp_path, {"main.py": "from fastapi import FastAPI\n" + text})


TWO = {"users/main.py": APP, "orders/main.py": APP}
HINTS = {
    "Dockerfile": ({"Dockerfile": 'CMD ["uvicorn", "orders.main:app", "--host", "0.0.0.0"]\n'}, "orders.main:app"),
    "Dockerfile continued": ({"Dockerfile": "CMD uvicorn --port 80 \\\n  orders.main:app\n"}, "orders.main:app"),
    "Dockerfile fastapi run": (
        {"Dockerfile": 'CMD ["fastapi", "run", "orders/main.py", "--port", "80"]'},
        "orders.main:app",
    ),
    "Procfile": (
        {"Procfile": "web: gunicorn -k uvicorn.workers.UvicornWorker -b 0.0.0.0:$PORT orders.main:app\n"},
        "orders.main:app",
    ),
    "compose": (
        {"docker-compose.yml": "services:\n  a:\n    command: uvicorn orders.main:app --reload\n"},
        "orders.main:app",
    ),
    "README": ({"README.md": "```\nuvicorn orders.main:app --reload\n```\n"}, "orders.main:app"),
    "README with cd": ({"README.md": "```\ncd orders\nuvicorn main:app\n```\n"}, "main:app"),
    "Makefile": ({"Makefile": "run:\n\tuv run uvicorn orders.main:app\n"}, "orders.main:app"),
    "shell": ({"start.sh": "#!/bin/sh\nexec uvicorn orders.main:app\n"}, "orders.main:app"),
    "uvicorn.run": (
        {"run.py": "import uvicorn\nif __name__ == '__main__':\n    uvicorn.run('orders.main:app')\n"},
        "orders.main:app",
    ),
    "uvicorn.run in a function": (
        {"run.py": "from uvicorn import run\nfrom orders.main import app\ndef main():\n    run(app, port=1)\n"},
        "orders.main:app",
    ),
}


@pytest.mark.parametrize(("hint", "target"), HINTS.values(), ids=HINTS)
def test_a_command_line_breaks_a_tie(tmp_path: Path, hint: dict[str, str], target: str) -> None:
    """Of two applications that are equally good, the one that the submission's own command lines start is taken."""
    found = find(tmp_path, TWO | hint)
    assert found.target in {target, "run:app"}
    assert "users" not in f"{found.source} {found.directory}"


def test_main_guard_is_a_hint(tmp_path: Path) -> None:
    """Of two equal applications, the one that serves itself when run is taken."""
    serve = "import uvicorn\nif __name__ == '__main__':\n    uvicorn.run(app)\n"
    assert find(tmp_path, {"users/main.py": APP, "orders/main.py": APP + serve}).target == "orders.main:app"


def test_a_dockerfile_at_the_root_outweighs_a_left_over_main(tmp_path: Path) -> None:
    """What the whole submission deploys is what was handed in, even beside a main.py of a template."""
    files = {"main.py": APP, "app/main.py": APP, "Dockerfile": 'CMD ["uvicorn", "app.main:app"]'}
    assert find(tmp_path, files).target == "app.main:app"


@pytest.mark.parametrize(
    "extra",
    [
        {},
        {"Dockerfile": "CMD uvicorn nothing.here:app"},
        {"README.md": "uvicorn users.main:app, uvicorn orders.main:app"},
    ],
    ids=["no hint", "hint to nothing", "hints to both"],
)
def test_equally_good_ones_are_listed(tmp_path: Path, extra: dict[str, str]) -> None:
    """Nothing is picked by chance: the error names each, and how to choose."""
    with pytest.raises(EntryPointRejected) as caught:
        find(tmp_path, TWO | extra)
    assert "users/main.py (app)" in caught.value.message
    assert "orders/main.py (app)" in caught.value.message
    assert "--app" in caught.value.hint
    assert "[tool.fastapi]" in caught.value.hint


def test_two_unusual_names_in_one_file_are_listed(tmp_path: Path) -> None:
    """Two instances of equal standing in one file are not told apart by the alphabet."""
    with pytest.raises(EntryPointRejected, match=r"internal.*public"):
        find(tmp_path, {"main.py": "from fastapi import FastAPI\npublic = FastAPI()\ninternal = FastAPI()\n"})


MISSES = {
    "router": ({"main.py": "from fastapi import APIRouter\nrouter = APIRouter()\n"}, "APIRouter"),
    "Flask": ({"main.py": "from flask import Flask\napp = Flask(__name__)\n"}, "Flask"),
    "Starlette": ({"app.py": "from starlette.applications import Starlette\napp = Starlette()\n"}, "Starlette"),
    "Django": (
        {"asgi.py": "from django.core.asgi import get_asgi_application\napplication = get_asgi_application()\n"},
        "Django",
    ),
    "syntax error": ({"main.py": "from fastapi import FastAPI\n  app = FastAPI()\n"}, "syntax error in line 2"),
    "too large": ({"main.py": "x = [" + "1, " * 50_000 + "]\n"}, "larger than 128 KiB"),
    "in a function": (
        {"main.py": "from fastapi import FastAPI\ndef main():\n    app = FastAPI()\n    run(app)\n"},
        "inside main",
    ),
    "in the guard": (
        {"main.py": "from fastapi import FastAPI\nif __name__ == '__main__':\n    app = FastAPI()\n"},
        "__main__",
    ),
    "only tests": ({"tests/main.py": APP}, "tests/main.py"),
    "no Python": ({"README.md": "hello"}, "no Python file"),
    "command line tool": ({"main.py": "import typer\napp = typer.Typer()\n"}, "no FastAPI application"),
}


@pytest.mark.parametrize(("files", "said"), MISSES.values(), ids=MISSES)
def test_nothing_found_says_what_came_near(tmp_path: Path, files: dict[str, str], said: str) -> None:
    """A submission without an application is refused, and the nearest miss is named."""
    with pytest.raises(EntryPointRejected) as caught:
        find(tmp_path, files)
    assert said in caught.value.message
    assert "main.py, app.py, api.py" in caught.value.detail


def test_several_projects_with_an_entrypoint_each_are_listed(tmp_path: Path) -> None:
    """Two nested projects that both name their application are equally good."""
    toml = '[tool.fastapi]\nentrypoint = "main:app"\n'
    files = {"a/main.py": APP, "b/main.py": APP, "a/pyproject.toml": toml, "b/pyproject.toml": toml}
    with pytest.raises(EntryPointRejected, match=r"a/pyproject\.toml, b/pyproject\.toml"):
        find(tmp_path, files)
