"""What this process asks of the Docker engine, and what the containers that it makes use.

The kernel's own accounting (cgroups), read ten times a second and before each removal: asking the engine (`docker
stats`) takes a second an answer and gives means. Other processes' containers are not counted.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import docker
import requests

from grader.sandbox.cgroup import ROOT, cpu_seconds_of
from grader.settings import MEBIBYTE

EVERY = 0.1
WAITING = ("/wait", "/attach", "/logs", "/events")
"""Calls that are answered when a container has done something, so that their time says nothing of the engine."""
_MEMORY = (
    "memory/docker/{id}/memory.usage_in_bytes",
    "memory/system.slice/docker-{id}.scope/memory.usage_in_bytes",
    "docker/{id}/memory.current",
    "system.slice/docker-{id}.scope/memory.current",
)


class EngineWatch:
    """Counts while it is entered.

    Attributes:
        calls: to the engine's API, without those that wait.
        seconds: until those were answered.
        peak_mib: most memory of all containers at one time.
    """

    def __init__(self, root: Path = ROOT) -> None:
        self.calls = 0
        self.seconds = 0.0
        self.peak_mib = 0.0
        self._root = root
        self._live: set[str] = set()
        self._used: dict[str, float] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()

    @contextmanager
    def __call__(self) -> Iterator["EngineWatch"]:
        """Watch while the block lasts."""
        thread = threading.Thread(target=self._sample, daemon=True)
        with mock.patch.object(docker.APIClient, "send", self._counted(docker.APIClient.send)):
            thread.start()
            try:
                yield self
            finally:
                self._over.set()
                thread.join()

    def cpu_seconds(self) -> float:
        """CPU time of all containers so far, and of this process."""
        with self._lock:
            self._look()
            return sum(self._used.values()) + time.process_time()

    def made(self, container: str) -> None:
        """A container is there from now on."""
        with self._lock:
            self._live.add(container)

    def leaves(self, container: str) -> None:
        """One is about to be removed: what it has used is seen a last time."""
        with self._lock:
            self._look()
            self._live.discard(container)

    def _counted(self, send: Callable[..., requests.Response]) -> Callable[..., requests.Response]:
        def counted(client: docker.APIClient, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
            path = urlsplit(request.url or "").path
            if request.method == "DELETE" and "/containers/" in path:
                self.leaves(path.rpartition("/")[2])
            began = time.perf_counter()
            response = send(client, request, **kwargs)
            if not path.endswith(WAITING):
                with self._lock:
                    self.calls += 1
                    self.seconds += time.perf_counter() - began
            if path.endswith("/containers/create") and response.ok:
                self.made(response.json()["Id"])
            return response

        return counted

    def _sample(self) -> None:
        while not self._over.wait(EVERY):
            with self._lock:
                self._look()

    def _look(self) -> None:
        for container in self._live:
            used = cpu_seconds_of(container, self._root)
            if used is not None:
                self._used[container] = used
        self.peak_mib = max(self.peak_mib, sum(map(self._held, self._live)) / MEBIBYTE)

    def _held(self, container: str) -> int:
        for place in _MEMORY:
            try:
                return int((self._root / place.format(id=container)).read_text(encoding="ascii"))
            except OSError:
                continue
        return 0
