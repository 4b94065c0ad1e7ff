"""One thread for each version of a model: it collects a batch, calls the runtime, and hands the outputs out."""

import json
import threading
from concurrent.futures import Future
from typing import Any

from config import MAX_BATCH, MAX_QUEUE, MODELS, RUNTIME, SECONDS, WINDOW
from transport import Broken, Late, Line

Job = tuple[list[float], "Future[float]"]


class Failed(Exception):
    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Full(Exception):
    """As many as may wait do wait."""


class Batcher:
    def __init__(self, model: str, version: str) -> None:
        self._names = {"model": model, "version": version}
        self._line = Line(RUNTIME)
        self._jobs: list[Job] = []
        self._changed = threading.Condition()
        threading.Thread(target=self._serve, daemon=True, name=f"{model} {version}").start()

    def put(self, inputs: list[float]) -> "Future[float]":
        job: Job = (inputs, Future())
        with self._changed:
            self._jobs.append(job)
            self._changed.notify()
        return job[1]

    def _serve(self) -> None:
        while True:
            batch = self._collect()
            try:
                outputs = self._infer([inputs for inputs, _ in batch])
            except Exception as error:  # noqa: BLE001  (nobody may wait for ever)
                failed = error if isinstance(error, Failed) else Failed(500)
                for _, output in batch:
                    output.set_exception(failed)
            else:
                for (_, output), value in zip(batch, outputs, strict=True):
                    output.set_result(value)

    def _collect(self) -> list[Job]:
        with self._changed:
            self._changed.wait_for(lambda: self._jobs)
            self._changed.wait_for(lambda: len(self._jobs) >= MAX_BATCH, WINDOW)
            batch, self._jobs = self._jobs[:MAX_BATCH], self._jobs[MAX_BATCH:]
            return batch

    def _infer(self, batch: list[list[float]]) -> list[float]:
        body = json.dumps({**self._names, "batch": batch}).encode()
        try:
            status, content = self._line.call("POST", "/v1/infer", body, SECONDS)
        except Late as late:
            raise Failed(504) from late
        except Broken as broken:
            raise Failed(502) from broken
        outputs = _outputs(content) if status == 200 else None
        if outputs is None or len(outputs) != len(batch):
            raise Failed(502)
        return outputs


def _outputs(content: bytes) -> list[float] | None:
    try:
        answer: Any = json.loads(content)
        outputs = answer["outputs"]
        sound = all(isinstance(each, float | int) for each in outputs)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return outputs if sound and isinstance(outputs, list) else None


class Pool:
    """All batchers, and how many requests wait for them."""

    def __init__(self) -> None:
        self._batchers = {(model, version): Batcher(model, version) for model in MODELS for version in MODELS[model]}
        self._lock = threading.Lock()
        self._waiting = 0

    def predict(self, model: str, version: str, inputs: list[float]) -> float:
        with self._lock:
            if self._waiting >= MAX_QUEUE:
                raise Full
            self._waiting += 1
        try:
            return self._batchers[model, version].put(inputs).result()
        finally:
            with self._lock:
                self._waiting -= 1
