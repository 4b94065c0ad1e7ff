"""What pyproject.toml and Pipfile declare means the same as a requirements file, and is judged as strictly."""

from pathlib import Path

import pytest

from grader.errors import DependenciesRejected
from grader.intake.dependencies import read_dependencies
from grader.intake.project import read_project
from grader.intake.submission import Dependencies, EntryPoint, Tree

PROJECT = '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.11"\n'


def read(root: Path, files: dict[str, str | bytes], entry: EntryPoint | None = None) -> Dependencies:
    files = {"main.py": "from fastapi import FastAPI\napp = FastAPI()\n", **files}
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content if isinstance(content, bytes) else content.encode())
    tree = Tree(root, tuple(sorted(files)), "", 0)
    return read_dependencies(tree, entry or EntryPoint("main", "app"), read_project(tree))


def test_pep_621_is_read(tmp_path: Path) -> None:
    """`[project] dependencies` count, the project itself does not, and requires-python is kept."""
    found = read(tmp_path, {"pyproject.toml": PROJECT + 'dependencies = ["fastapi>=0.1", "Shop[web]", "httpx"]\n'})
    assert found.requirements == ("fastapi>=0.1", "httpx")
    assert found.requires_python == ">=3.11"
    assert found.sources == ("pyproject.toml",)


def test_dynamic_dependencies_fall_to_the_requirements_file(tmp_path: Path) -> None:
    """A project that says that its dependencies stand elsewhere is believed."""
    found = read(tmp_path, {"pyproject.toml": PROJECT + 'dynamic = ["dependencies"]\n', "requirements.txt": "httpx\n"})
    assert (found.requirements, found.sources) == (("httpx",), ("requirements.txt",))
    assert found.requires_python == ">=3.11"


def test_pyproject_completes_the_requirements_file(tmp_path: Path) -> None:
    """Of a name in both, the version in requirements.txt counts; what only pyproject.toml names is added."""
    found = read(
        tmp_path,
        {
            "pyproject.toml": PROJECT + 'dependencies = ["fastapi>=0.1", "httpx"]\n',
            "requirements.txt": "FastAPI==0.2\n",
        },
    )
    assert found.requirements == ("FastAPI==0.2", "httpx")


INVALID = {
    "URL": ('dependencies = [\n  "fastapi",\n  "x @ https://evil.example/x.whl",\n]', "pyproject.toml:7: "),
    "VCS": ('dependencies = ["x @ git+https://evil.example/x"]', "pyproject.toml:5: "),
    "injected option": ("dependencies = [\"x; os_name == 'a\\n--index-url https://evil'\"]", "pyproject.toml"),
    "no text": ("dependencies = [3]", "pyproject.toml"),
    "git source": (
        'dependencies = ["x"]\n[tool.uv.sources]\nx = { git = "https://evil.example/x" }',
        "pyproject.toml:7: ",
    ),
    "path source": ('dependencies = ["x"]\n[tool.uv.sources]\nx = { path = "../x" }', "pyproject.toml:7: "),
}


@pytest.mark.parametrize(("text", "place"), INVALID.values(), ids=INVALID)
def test_pyproject_is_judged_as_strictly(tmp_path: Path, text: str, place: str) -> None:
    """What is refused in requirements.txt is refused here, with its place; nothing smuggles in a line of its own."""
    with pytest.raises(DependenciesRejected) as caught:
        read(tmp_path, {"pyproject.toml": PROJECT + text})
    assert caught.value.message.startswith(place)
    assert caught.value.message.isprintable()


def test_a_marker_cannot_begin_a_line(tmp_path: Path) -> None:
    """A line break inside a marker's string is refused as such: it would begin an option in a requirements file."""
    toml = PROJECT + "dependencies = [\"x; os_name == 'a\\n--index-url https://evil'\"]"
    with pytest.raises(DependenciesRejected, match="control characters"):
        read(tmp_path, {"pyproject.toml": toml})


def test_a_broken_pyproject_is_passed_over(tmp_path: Path) -> None:
    """Other files still count; that it could not be read is known from the project."""
    found = read(tmp_path, {"pyproject.toml": "[project\n", "requirements.txt": "httpx\n"})
    assert found.requirements == ("httpx",)


POETRY = {
    "caret": ('"^1.2.3"', "x<2.0.0,>=1.2.3"),
    "caret of zero": ('"^0.2.3"', "x<0.3.0,>=0.2.3"),
    "caret of two zeros": ('"^0.0.3"', "x<0.0.4,>=0.0.3"),
    "short caret": ('"^1"', "x<2,>=1"),
    "caret of nothing": ('"^0.0"', "x<0.1,>=0.0"),
    "tilde": ('"~1.2.3"', "x<1.3.0,>=1.2.3"),
    "short tilde": ('"~1"', "x<2,>=1"),
    "compatible": ('"~=1.4.2"', "x~=1.4.2"),
    "wildcard": ('"1.*"', "x==1.*"),
    "any": ('"*"', "x"),
    "exact": ('"1.2.3"', "x==1.2.3"),
    "range": ('">=1.0,<2.0"', "x<2.0,>=1.0"),
    "range with blanks": ('">= 1.0 < 2.0"', "x<2.0,>=1.0"),
    "alternatives": ('"^1.0 || ^2.0"', "x<3.0,>=1.0"),
    "open alternatives": ('"<1.0 || >=2.0"', "x"),
    "extras": ('{version = "^1.0", extras = ["a", "b"]}', "x[a,b]<2.0,>=1.0"),
    "python": ('{version = "*", python = "^3.11"}', 'x; python_full_version < "4.0" and python_full_version >= "3.11"'),
    "markers": ('{version = "1.0", markers = "os_name == \'nt\'"}', 'x==1.0; os_name == "nt"'),
    "platform": ('{version = "1.0", platform = "win32"}', 'x==1.0; sys_platform == "win32"'),
    "own source": ('{version = "1.0", source = "private"}', "x==1.0"),
}


@pytest.mark.parametrize(("value", "expected"), POETRY.values(), ids=POETRY)
def test_poetry_constraints_are_translated(tmp_path: Path, value: str, expected: str) -> None:
    """Poetry's constraints mean the same as PEP 508."""
    toml = f'[tool.poetry]\nname = "shop"\n[tool.poetry.dependencies]\npython = "^3.11"\nx = {value}\n'
    found = read(tmp_path, {"pyproject.toml": toml})
    assert found.requirements == (expected,)
    assert found.requires_python == "<4.0,>=3.11"


def test_poetry_takes_what_is_for_running(tmp_path: Path) -> None:
    """Several constraints of one name are all kept; optional ones and those of development groups are not."""
    toml = (
        "[tool.poetry.dependencies]\npython = '^3.11'\nextra = {version = '1', optional = true}\n"
        "x = [{version = '^1.0', python = '<3.12'}, {version = '^2.0', python = '>=3.12'}]\n"
        "[tool.poetry.group.dev.dependencies]\npytest = '*'\n[tool.poetry.group.server.dependencies]\nuvicorn = '*'\n"
        "[tool.poetry.group.more]\noptional = true\n[tool.poetry.group.more.dependencies]\ny = '*'\n"
    )
    found = read(tmp_path, {"pyproject.toml": toml})
    assert found.requirements == (
        'x<2.0,>=1.0; python_full_version < "3.12"',
        'x<3.0,>=2.0; python_full_version >= "3.12"',
        "uvicorn",
    )


@pytest.mark.parametrize(
    "value", ['{git = "https://e/x"}', '{path = "../x"}', '{url = "https://e/x.whl"}', '"not a version"', '">="']
)
def test_poetry_from_elsewhere_is_refused(tmp_path: Path, value: str) -> None:
    """Sources other than an index, and what is no constraint, are refused with their line."""
    with pytest.raises(DependenciesRejected, match=r"^pyproject\.toml:3: "):
        read(tmp_path, {"pyproject.toml": f"[tool.poetry]\n[tool.poetry.dependencies]\nxyz = {value}\n"})


def test_poetry_2_takes_the_project_table(tmp_path: Path) -> None:
    """Where `[project]` lists dependencies, Poetry's own table only enriches them."""
    toml = PROJECT + 'dependencies = ["x>=1"]\n[tool.poetry.dependencies]\nx = {source = "private"}\n'
    assert read(tmp_path, {"pyproject.toml": toml}).requirements == ("x>=1",)


def test_a_pipfile_is_read(tmp_path: Path) -> None:
    """`[packages]` count, `[dev-packages]` do not, and the project itself is passed over."""
    text = (
        '[[source]]\nurl = "https://pypi.org/simple"\nname = "pypi"\n[packages]\nfastapi = "*"\nhttpx = ">=0.27"\n'
        'shop = {path = ".", editable = true}\n'
        'uvicorn = {extras = ["standard"], version = "~=0.30", sys_platform = "== \'linux\'"}\n'
        '[dev-packages]\npytest = "*"\n'
    )
    found = read(tmp_path, {"Pipfile": text})
    assert found.requirements == ("fastapi", "httpx>=0.27", 'uvicorn[standard]~=0.30; sys_platform == "linux"')


def test_a_pipfile_from_elsewhere_is_refused(tmp_path: Path) -> None:
    """A package from version control is refused with its line."""
    with pytest.raises(DependenciesRejected, match=r"^Pipfile:2: .*git"):
        read(tmp_path, {"Pipfile": '[packages]\nx = {git = "https://evil.example/x.git"}\n'})
