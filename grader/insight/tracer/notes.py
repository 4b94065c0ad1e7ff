"""What was seen, and the one line that says so."""

import json
import os
import threading
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from grader.insight.tracer.place import Place

MARKER = "grader-trace "
"""Begins the line that is the answer."""
MAX_PLACES = 10

_Line = tuple[str, int]


class Notes:
    """Collects places while requests are under way.

    Attributes:
        request: index of the request that is under way; None before the first, because what the application does while
            it starts up holds up nobody.
    """

    def __init__(self) -> None:
        self.request: int | None = None
        self._places: dict[_Line, Place] = {}
        self._requests: dict[_Line, set[int]] = {}
        self._weighty: set[_Line] = set()

    def add(self, place: Place | None, *, minor: bool = False) -> None:
        """Note a place, each line once.

        Args:
            place: None is no place.
            minor: whether it is told after all others, such as a look at a file's date.
        """
        if place is None or self.request is None:
            return
        line = (place.file, place.line)
        if line not in self._places or (line not in self._weighty and not minor):
            self._places[line] = place
        self._requests.setdefault(line, set()).add(self.request)
        if not minor:
            self._weighty.add(line)

    def told(self) -> list[dict[str, Any]]:
        """What is known now, the weightiest first: a place's attributes and the indexes of its `requests`."""
        ranked = sorted(self._places, key=lambda line: line not in self._weighty)[:MAX_PLACES]
        return [asdict(self._places[line]) | {"requests": sorted(self._requests[line])} for line in ranked]


class Answer:
    """The last line; the process ends with it, whatever the application still runs.

    Args:
        sink: a file descriptor that nobody else writes to.
        notes: what is told.
    """

    def __init__(self, sink: int, notes: Notes) -> None:
        self._sink = sink
        self._notes = notes
        self._turn = threading.Lock()

    def give(self) -> None:
        """Write it and end the process; who comes second waits for that. Never returns."""
        with self._turn:
            with suppress(Exception):
                os.write(self._sink, f"\n{MARKER}{json.dumps(self._notes.told())}\n".encode())
            os._exit(0)
