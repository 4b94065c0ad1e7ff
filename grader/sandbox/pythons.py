"""Which Python a submission runs on.

Almost everything runs on the default. A submission that shuts it out (`requires-python`), or that pins a version from
before it existed and so has no wheel for it, is right by its own lights, and gets an older one.
"""

import re

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from grader.errors import DependenciesRejected
from grader.intake.submission import Dependencies
from grader.settings import Settings

_TOO_NEW = re.compile(r"no usable wheels|no wheels with a matching Python|does not satisfy Python", re.IGNORECASE)
"""What uv says where another Python could help."""


def choices(dependencies: Dependencies, settings: Settings) -> list[str]:
    """The Python versions that may run a submission, such as "3.13", best first.

    Args:
        dependencies: `requires_python` brings those that it allows to the front.
        settings: the default and the older versions.
    """
    known = [settings.python_version, *settings.older_pythons]
    try:
        allowed = SpecifierSet(dependencies.requires_python)
    except InvalidSpecifier:
        return known
    # A release of the series that is high enough for any `>=3.11.4`.
    return sorted(dict.fromkeys(known), key=lambda version: not allowed.contains(f"{version}.99"))


def another_could_help(error: DependenciesRejected) -> bool:
    """Whether an installation failed because the Python is too new."""
    return bool(_TOO_NEW.search(error.detail))
