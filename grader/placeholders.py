"""What stands in a variable's value for what only a pod knows, such as where its data lies.

A pack writes `{data}`. Until a pod fills it in, a word between two NULs stands there, which no variable can have
(execve(2)), so nothing that a pack or a user writes is taken for one.
"""

from collections.abc import Mapping
from typing import Final

from grader.verdicts import POSTGRES

DATA: Final = "data"
"""A folder that the application may write to, and that outlives its process; absolute."""
SERVICES: Final = (POSTGRES,)
"""What a pod can start beside the application; a database's place is `user:password@host:port/database`."""


def placeholder(name: str) -> str:
    """What stands for it."""
    return f"\0{name}\0"


def filled(environment: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    """The variables with what is known in place.

    Args:
        environment: the variables.
        known: name of a placeholder → what it stands for.
    """
    result = dict(environment)
    for name, text in known.items():
        result = {variable: value.replace(placeholder(name), text) for variable, value in result.items()}
    return result
