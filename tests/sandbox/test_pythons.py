"""A submission runs on the default Python unless that shuts a right one out."""

import pytest

from grader.errors import DependenciesRejected
from grader.intake.submission import Dependencies
from grader.sandbox.pythons import another_could_help, choices
from grader.settings import Settings


@pytest.mark.parametrize(
    ("requires", "expected"),
    [
        pytest.param("", ["3.13", "3.11"], id="nothing declared"),
        pytest.param(">=3.10", ["3.13", "3.11"], id="allows both"),
        pytest.param(">=3.12", ["3.13", "3.11"], id="needs the newer"),
        pytest.param(">=3.11.4", ["3.13", "3.11"], id="names a patch release"),
        pytest.param(">=3.10,<3.13", ["3.11", "3.13"], id="shuts the newer out"),
        pytest.param("~=3.11.0", ["3.11", "3.13"], id="one series"),
        pytest.param("<3.9", ["3.13", "3.11"], id="shuts both out"),
        pytest.param("nonsense", ["3.13", "3.11"], id="not understood"),
    ],
)
def test_the_declared_python_decides_what_is_tried_first(requires: str, expected: list[str]) -> None:
    """The default comes first unless only an older one is allowed."""
    settings = Settings(python_version="3.13", older_pythons=("3.11",))
    assert choices(Dependencies(requires_python=requires), settings) == expected


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        pytest.param("Because pydantic-core==2.16.1 has no usable wheels and …", True, id="no wheel for it"),
        pytest.param("the current Python version (3.13.5) does not satisfy Python<3.12", True, id="shut out"),
        pytest.param("Because only numpy<=2.5.5 is available and you require numpy>=99", False, id="no such version"),
    ],
)
def test_another_python_is_tried_only_where_it_could_help(detail: str, expected: bool) -> None:
    """A version that does not exist does not exist on any Python."""
    assert another_could_help(DependenciesRejected("no", detail=detail)) is expected
