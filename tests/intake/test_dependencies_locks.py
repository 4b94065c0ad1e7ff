"""A lock file wins: it says which versions, while the project still says what it needs."""

import json
from pathlib import Path

import pytest

from grader.errors import DependenciesRejected
from grader.intake.dependencies import read_dependencies
from grader.intake.project import read_project
from grader.intake.submission import Dependencies, EntryPoint, Tree

PROJECT = '[project]\nname = "shop"\nversion = "1"\ndependencies = ["fastapi>=0.1"]\n'


def read(root: Path, files: dict[str, str], entry: EntryPoint | None = None) -> Dependencies:
    files = {"main.py": "import fastapi\napp = fastapi.FastAPI()\n", **files}
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content, encoding="utf-8")
    tree = Tree(root, tuple(sorted(files)), "", 0)
    return read_dependencies(tree, entry or EntryPoint("main", "app"), read_project(tree))


UV = """version = 1
requires-python = ">=3.11"

[[package]]
name = "shop"
version = "1"
source = { editable = "." }
dependencies = [{ name = "fastapi" }]
[package.dev-dependencies]
dev = [{ name = "pytest" }, { name = "tool" }]

[[package]]
name = "fastapi"
version = "0.115.0"
source = { registry = "https://mirror.example/simple" }
dependencies = [{ name = "starlette" }, { name = "numpy", marker = "os_name == 'x'" }]
sdist = { url = "https://mirror.example/fastapi.tar.gz", hash = "sha256:aa" }

[[package]]
name = "starlette"
version = "0.38.0"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "numpy"
version = "1.0"
source = { registry = "https://pypi.org/simple" }
resolution-markers = ["python_full_version < '3.12'"]

[[package]]
name = "numpy"
version = "2.0"
source = { registry = "https://pypi.org/simple" }
resolution-markers = ["python_full_version >= '3.12' and os_name == 'x'", "python_full_version >= '3.13'"]

[[package]]
name = "pytest"
version = "8.0"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "tool"
version = "1.0"
source = { git = "https://github.com/x/tool" }
"""
POETRY = """[[package]]
name = "fastapi"
version = "0.115.0"
optional = false
groups = ["main"]
[package.dependencies]
starlette = ">=0.37"
[[package]]
name = "starlette"
version = "0.38.0"
optional = false
groups = ["main"]
markers = "python_version >= '3.8'"
[[package]]
name = "pytest"
version = "8.0"
groups = ["dev"]
"""
POETRY_1 = """[[package]]
name = "fastapi"
version = "0.115.0"
category = "main"
[package.dependencies]
starlette = {version = ">=0.37", optional = true}
[[package]]
name = "starlette"
version = "0.38.0"
category = "main"
[[package]]
name = "pytest"
version = "8.0"
category = "dev"
"""
PDM = """[[package]]
name = "fastapi"
version = "0.115.0"
groups = ["default"]
dependencies = ["starlette<1,>=0.37", "typing-extensions; python_version < '3.0'"]
[[package]]
name = "fastapi"
version = "0.115.0"
extras = ["all"]
groups = ["default"]
[[package]]
name = "starlette"
version = "0.38.0"
groups = ["default"]
[[package]]
name = "pytest"
version = "8.0"
groups = ["test"]
"""
PYLOCK = """lock-version = "1.0"
[[packages]]
name = "fastapi"
version = "0.115.0"
dependencies = [{name = "starlette"}]
[[packages]]
name = "starlette"
version = "0.38.0"
[[packages]]
name = "shop"
directory = {path = "."}
[[packages]]
name = "pytest"
version = "8.0"
marker = "'dev' in dependency_groups"
"""
PIPENV = json.dumps(
    {
        "_meta": {"requires": {"python_version": "3.12"}},
        "default": {
            "fastapi": {"version": "==0.115.0", "extras": ["all"], "hashes": ["sha256:aa"], "index": "pypi"},
            "starlette": {"version": "==0.38.0", "markers": "python_version >= '3.8'"},
            "shop": {"editable": True, "path": "."},
        },
        "develop": {"pytest": {"version": "==8.0"}},
    },
    indent=4,
)
STARLETTE = 'starlette==0.38.0; python_version >= "3.8"'
LOCKS = {
    "uv": (
        "uv.lock",
        UV,
        (
            "fastapi==0.115.0",
            "starlette==0.38.0",
            'numpy==1.0; python_full_version < "3.12"',
            'numpy==2.0; (python_full_version >= "3.12" and os_name == "x") or python_full_version >= "3.13"',
        ),
    ),
    "Poetry 2": ("poetry.lock", POETRY, ("fastapi==0.115.0", STARLETTE)),
    "Poetry 1": ("poetry.lock", POETRY_1, ("fastapi==0.115.0", "starlette==0.38.0")),
    "PDM": ("pdm.lock", PDM, ("fastapi==0.115.0", "starlette==0.38.0")),
    "pylock": ("pylock.toml", PYLOCK, ("fastapi==0.115.0", "starlette==0.38.0")),
}


@pytest.mark.parametrize(("name", "text", "pins"), LOCKS.values(), ids=LOCKS)
def test_pins_are_what_runs(tmp_path: Path, name: str, text: str, pins: tuple[str, ...]) -> None:
    """What the project declares stays the requirement; the lock's packages for running, and no others, are pins."""
    found = read(tmp_path, {"pyproject.toml": PROJECT, name: text, "requirements.txt": "-i https://ignored\n"})
    assert found.requirements == ("fastapi>=0.1",)
    assert found.pins == pins
    assert found.sources == ("pyproject.toml", name)


@pytest.mark.parametrize(("name", "text", "pins"), LOCKS.values(), ids=LOCKS)
def test_a_lock_alone_is_installed_whole(tmp_path: Path, name: str, text: str, pins: tuple[str, ...]) -> None:
    """Without a declaration beside it, everything for running that a lock holds is required."""
    found = read(tmp_path, {name: text})
    assert set(pins) >= set(found.requirements) >= {"fastapi==0.115.0"}
    assert any(item.startswith("starlette==0.38.0") for item in found.requirements)


def test_pipfile_lock_alone(tmp_path: Path) -> None:
    """The default section counts with its extras and markers; the project itself and `develop` do not."""
    found = read(tmp_path, {"Pipfile.lock": PIPENV})
    assert found.requirements == ("fastapi[all]==0.115.0", STARLETTE)
    assert found.pins == ("fastapi==0.115.0", STARLETTE)
    assert found.sources == ("Pipfile.lock",)


def test_pipfile_lock_beside_its_pipfile(tmp_path: Path) -> None:
    """The Pipfile says what is needed, the lock which versions."""
    found = read(tmp_path, {"Pipfile.lock": PIPENV, "Pipfile": '[packages]\nfastapi = "*"\nstarlette = "*"\n'})
    assert found.requirements == ("fastapi", "starlette")
    assert found.pins == ("fastapi==0.115.0", STARLETTE)


ELSEWHERE = {
    "uv": ("uv.lock", UV.replace('registry = "https://mirror.example/simple"', 'git = "https://evil.example"'), 13),
    "Poetry": (
        "poetry.lock",
        POETRY
        + '[package.source]\ntype = "legacy"\n'
        + '[[package]]\nname = "fastapi"\nversion = "1"\n[package.source]\ntype = "git"\n',
        2,
    ),
    "PDM": ("pdm.lock", PDM.replace('groups = ["default"]\ndep', 'git = "https://evil.example"\ndep'), 2),
    "pylock": (
        "pylock.toml",
        PYLOCK.replace('dependencies = [{name = "starlette"}]', 'archive = {url = "https://evil.example"}'),
        3,
    ),
    "pipenv": ("Pipfile.lock", PIPENV.replace('"version": "==0.115.0"', '"git": "https://evil.example"'), 8),
}


@pytest.mark.parametrize(("name", "text", "line"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_what_runs_comes_from_an_index(tmp_path: Path, name: str, text: str, line: int) -> None:
    """A package for running that comes from elsewhere is refused with its line."""
    with pytest.raises(DependenciesRejected) as caught:
        read(tmp_path, {"pyproject.toml": PROJECT, name: text})
    assert caught.value.message.startswith(f"{name}:{line}: fastapi comes from a")


DAMAGED = {
    "conflict markers": ("uv.lock", "<<<<<<< HEAD\nversion = 1\n", 1),
    "no list": ("poetry.lock", "package = 3\n", 1),
    "not JSON": ("Pipfile.lock", "{", 1),
    "deep JSON": ("Pipfile.lock", "[" * 100_000, 1),
    "huge number": ("Pipfile.lock", '{"default": ' + "9" * 10_000 + "}", 1),
    "too large": ("pdm.lock", "#" * (4 * 1024 * 1024 + 1), 1),
    "odd shapes": ("Pipfile.lock", '{"default": {"x": 3, "y": {"version": ["1"]}}}', 0),
    "odd packages": ("uv.lock", 'package = [3, {name = 4}, {name = "x", version = 1, dependencies = "z"}]\n', 0),
}


@pytest.mark.parametrize(("name", "text", "told"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_lock_does_not_stop(tmp_path: Path, name: str, text: str, told: int) -> None:
    """What is declared still counts, and a lock that cannot be read is told of."""
    found = read(tmp_path, {"pyproject.toml": PROJECT, name: text})
    assert found.requirements == ("fastapi>=0.1",)
    assert found.pins == ()
    assert len(found.warnings) == told


@pytest.mark.parametrize("version", ["1.0\n--index-url https://evil", "1.0 ; x", "${X}", "../x"])
def test_a_version_is_a_version(tmp_path: Path, version: str) -> None:
    """Nothing but a version gets into a pin."""
    text = f'[[package]]\nname = "fastapi"\nversion = {json.dumps(version)}\n'
    with pytest.raises(DependenciesRejected, match="no version"):
        read(tmp_path, {"pyproject.toml": PROJECT, "uv.lock": text})


def test_pins_are_capped(tmp_path: Path) -> None:
    """A lock with more than two thousand packages for running is refused."""
    text = "".join(f'[[package]]\nname = "p{number}"\nversion = "1"\n' for number in range(2_001))
    with pytest.raises(DependenciesRejected, match="more than 2000"):
        read(tmp_path, {"uv.lock": text})


def test_a_workspace_has_one_lock(tmp_path: Path) -> None:
    """The lock at the root of a workspace pins what a member needs; other members are not installed."""
    member = (
        PROJECT.replace('"fastapi>=0.1"', '"fastapi>=0.1", "common"')
        + "[tool.uv.sources]\ncommon = {workspace = true}\n"
    )
    found = read(tmp_path, {"uv.lock": UV, "api/pyproject.toml": member}, EntryPoint("main", "app", directory="api"))
    assert found.requirements == ("fastapi>=0.1",)
    assert "fastapi==0.115.0" in found.pins
    assert "workspace" in found.warnings[0]


def test_the_lock_of_another_project_does_not_count(tmp_path: Path) -> None:
    """A uv.lock further up that does not know this project says nothing of it."""
    member = PROJECT.replace("shop", "other")
    found = read(tmp_path, {"uv.lock": UV, "api/pyproject.toml": member}, EntryPoint("main", "app", directory="api"))
    assert (found.pins, found.sources) == ((), ("api/pyproject.toml",))


def test_versions_without_a_word_when_are_left_to_the_resolver(tmp_path: Path) -> None:
    """Of two versions of one package without markers neither is a pin."""
    two = '[[package]]\nname = "fastapi"\nversion = "1"\n[[package]]\nname = "fastapi"\nversion = "2"\n'
    assert read(tmp_path, {"pyproject.toml": PROJECT, "poetry.lock": two}).pins == ()
