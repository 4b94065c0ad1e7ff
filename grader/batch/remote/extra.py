"""What the extra `workers` brings, asked for before it is used."""

from importlib.util import find_spec
from typing import Final

from grader.errors import UsageError

_NEEDED: Final = ("celery", "redis", "fsspec")


def require_extra() -> None:
    """See that Celery and fsspec are installed.

    Raises:
        UsageError: they are not.
    """
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        raise UsageError(f"a broker needs {missing[0]}, which is not installed", hint="pip install 'grader[workers]'")
