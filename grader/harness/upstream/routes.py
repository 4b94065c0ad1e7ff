"""Which script a call is answered with: by its path, and by the how manyth attempt it is."""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from grader.harness.upstream import computed
from grader.harness.upstream.script import Script, answer

UNKNOWN: Final[Script] = answer({"detail": "no such route"}, status=404)


@dataclass(frozen=True, slots=True)
class Part:
    """What is played for a call.

    Attributes:
        script: what it is answered with.
        variables: what stood in place of `{name}` in the route's path.
        attempt: the how manyth call of its kind it is, from 1.
        routed: whether the check has an answer for it.
    """

    script: Script
    variables: dict[str, str]
    attempt: int
    routed: bool


@dataclass(frozen=True, slots=True)
class _Route:
    upstream: str
    method: str
    path: re.Pattern[str]
    scripts: list[Script]


class Routes:
    """The routes of one check, and how often each target was called."""

    def __init__(self) -> None:
        self.tag = ""
        """A request header in lower case, each value of which is counted by itself; empty for none."""
        self._routes: list[_Route] = []
        self._attempts: Counter[tuple[str, ...]] = Counter()

    def add(self, upstream: str, method: str, path: str, scripts: list[Script]) -> None:
        """Answer calls to a path, in which `{name}` stands for one segment. A later route wins.

        Raises:
            Exception: a function that computes answers cannot be had; whatever its file raises.
        """
        for step in (step for script in scripts for step in script if step[0] == "computed"):
            computed.function(*step[1:3])  # now, rather than while a call waits
        parts = re.split(r"\{(\w+)\}", path)
        pattern = "".join(f"(?P<{part}>[^/]+)" if i % 2 else re.escape(part) for i, part in enumerate(parts))
        self._routes.insert(0, _Route(upstream, method, re.compile(pattern), scripts))

    def part(self, call: dict[str, Any]) -> Part:
        """What a call is answered with. It is counted as an attempt.

        Args:
            call: upstream, method, target, path and headers.
        """
        attempt = self._attempt(call)
        for route in self._routes:
            found = route.path.fullmatch(call["path"])
            if found and (route.upstream, route.method) == (call["upstream"], call["method"]):
                script = route.scripts[min(attempt, len(route.scripts)) - 1]
                return Part(script, found.groupdict(), attempt, routed=True)
        return Part(UNKNOWN, {}, attempt, routed=False)

    def _attempt(self, call: dict[str, Any]) -> int:
        tags = [value for name, value in call["headers"] if name == self.tag]
        key = (call["upstream"], call["method"], call["target"], *tags[:1])
        self._attempts[key] += 1
        return self._attempts[key]


def path_of(target: str) -> str:
    """The path of a request's target (RFC 9112 section 3.2), percent-decoded, since clients differ in what they encode.

    Args:
        target: in origin form, or absolute; the query is left out.
    """
    if not target.startswith("/"):
        target = "/" + target.partition("://")[2].partition("/")[2]
    return unquote(target.partition("?")[0])
