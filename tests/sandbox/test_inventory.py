"""Whether an inventory satisfies what a submission declares."""

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.markers import default_environment

from grader.errors import DependenciesRejected, ImageError
from grader.intake.submission import Dependencies
from grader.sandbox import census
from grader.sandbox.inventory import (
    CENSUS,
    Distribution,
    Inventory,
    from_census,
    local_inventory,
    python_mismatch,
    unsatisfied,
    write_atomically,
)

LINUX = {**census.markers(), "sys_platform": "linux", "python_version": "3.13", "python_full_version": "3.13.5"}


def inventory(**packages: tuple[str, ...]) -> Inventory:
    """An inventory of `name=(version, requirement, ...)`; an underscore in a name stands for a hyphen."""
    held = {
        name.replace("_", "-"): Distribution(name, version, tuple(requires))
        for name, (version, *requires) in packages.items()
    }
    return Inventory("3.13.5", held, LINUX, frozenset({"jose"}))


SHELF = inventory(
    fastapi=("0.115.2", "starlette>=0.40", "httpx>=0.23; extra == 'standard'", "ujson>=4; extra == 'all'"),
    starlette=("0.41.0", "anyio>=3"),
    anyio=("4.8.0",),
    httpx=("0.28.1", "anyio"),
    circle=("1.0", "circle[a]; extra == 'all'", "circle[all]; extra == 'a'", "anyio; extra == 'a'"),
    deep=("1.0", "fastapi[all]; extra == 'web'"),
    beta=("2.0rc1",),
    python_jose=("3.4.0",),
)


@pytest.mark.parametrize(
    ("line", "missing"),
    [
        pytest.param("fastapi", [], id="no version"),
        pytest.param("fastapi>=0.100", [], id="a range that holds it"),
        pytest.param("FastAPI>=0.100", [], id="another spelling"),
        pytest.param("python_jose", [], id="underscore for hyphen"),
        pytest.param("fastapi==0.110.0", ["fastapi==0.110.0"], id="another version pinned"),
        pytest.param("fastapi<0.100", ["fastapi<0.100"], id="a range without it"),
        pytest.param("flask", ["flask"], id="not there"),
        pytest.param("flask; sys_platform == 'win32'", [], id="for another platform"),
        pytest.param('flask; python_version < "3.9"', [], id="for another Python"),
        pytest.param('flask; python_version >= "3.9"', ['flask; python_version >= "3.9"'], id="for this Python"),
        pytest.param("flask; extra == 'dev'", [], id="of an extra nobody asked for"),
        pytest.param("fastapi[standard]", [], id="an extra that is there"),
        pytest.param("fastapi[all]", ["fastapi[all]"], id="an extra that is not there"),
        pytest.param("fastapi[nonsense]", [], id="an extra that does not exist"),
        pytest.param("deep[web]", ["deep[web]"], id="an extra of an extra that is not there"),
        pytest.param("circle[all]", [], id="extras that name each other"),
        pytest.param("beta>=2.0rc1", [], id="a pre-release"),
        pytest.param("beta<3", [], id="a pre-release within a range"),
    ],
)
def test_one_requirement(line: str, missing: list[str]) -> None:
    # A requirement is unsatisfied exactly when the inventory does not hold what PEP 508 says it asks for.
    assert unsatisfied(Dependencies(requirements=(line,)), SHELF) == missing


@pytest.mark.parametrize(
    ("pins", "missing"),
    [
        pytest.param(("starlette==0.41.0", "anyio==4.8.0"), [], id="as installed"),
        pytest.param(("starlette==0.40.0",), ["starlette==0.40.0"], id="of what is required"),
        pytest.param(("anyio==4.0.0",), ["anyio==4.0.0"], id="two steps away"),
        pytest.param(("httpx==0.20.0",), [], id="of an extra nobody asked for"),
        pytest.param(("ruff==0.9.0",), [], id="of a tool"),
        pytest.param(("starlette==0.40.0; sys_platform == 'win32'",), [], id="for another platform"),
    ],
)
def test_pins_count_where_the_requirements_lead(pins: tuple[str, ...], missing: list[str]) -> None:
    # A pin matters only for a package that the requirements lead to.
    assert unsatisfied(Dependencies(requirements=("fastapi",), pins=pins), SHELF) == missing


def test_an_extra_leads_to_its_pins() -> None:
    # What an extra pulls in is under the lock file's pins as well.
    asked = Dependencies(requirements=("fastapi[standard]",), pins=("httpx==0.20.0",))
    assert unsatisfied(asked, SHELF) == ["httpx==0.20.0"]


def test_imports_count_only_where_nothing_is_declared() -> None:
    # Undeclared imports are looked at when there is no declaration, by distribution or by module name.
    found = ("jose", "python-jose", "FastAPI")
    assert unsatisfied(Dependencies(imports=(*found, "slugify")), SHELF) == ["slugify"]
    assert unsatisfied(Dependencies(requirements=("fastapi",), imports=("slugify",)), SHELF) == []


@pytest.mark.parametrize(
    "line", [pytest.param("fastapi @ https://example.org/x.whl", id="address"), pytest.param("-r other", id="option")]
)
def test_what_is_no_name_and_version_is_rejected(line: str) -> None:
    # Addresses and option lines never reach an installer.
    with pytest.raises(DependenciesRejected):
        unsatisfied(Dependencies(requirements=(line,)), SHELF)


@pytest.mark.parametrize(
    ("declared", "warned"),
    [
        pytest.param("", False, id="nothing"),
        pytest.param(">=3.11", False, id="a range"),
        pytest.param("==3.11.*", True, id="another"),
        pytest.param("three", True, id="nonsense"),
    ],
)
def test_a_python_that_does_not_fit_is_a_warning(declared: str, warned: bool) -> None:
    # requires-python is compared with the image's Python, and never raises.
    assert bool(python_mismatch(Dependencies(requires_python=declared), SHELF)) == warned


def test_the_census_of_this_interpreter() -> None:
    # The local inventory holds what this interpreter can import, with the marker values that packaging gives.
    held = local_inventory()
    assert held.versions["pytest"] == pytest.__version__
    assert "pytest" in held.modules
    assert held.environment == {
        name: value for name, value in default_environment().items() if name in held.environment
    }


def test_the_census_runs_as_a_bare_script() -> None:
    # Its text alone, without the grader on the path, answers in base64.
    done = subprocess.run([sys.executable, "-I", "-c", CENSUS], capture_output=True, check=True)
    answer = from_census(json.loads(base64.b64decode(done.stdout)))
    assert answer.versions == local_inventory().versions


def test_a_cache_file_that_cannot_be_written_is_the_machines_fault(tmp_path: Path) -> None:
    # A full or forbidden cache folder is named, with what to do.
    (tmp_path / "file").write_text("")
    with pytest.raises(ImageError) as caught:
        write_atomically(tmp_path / "file" / "x.json", "{}")
    assert "GRADER_CACHE_DIR" in caught.value.hint
