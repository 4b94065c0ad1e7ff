"""What becomes of a prediction: a token, a place, a version, a batch."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from app.batching import Batcher
from app.config import Settings
from app.errors import OverloadedError
from app.limits import Limits
from app.routing import RoutingTable
from app.runtime import Runtime


class Places:
    """How many requests may wait or be outstanding, over all models and versions."""

    def __init__(self, number: int) -> None:
        self._free = number

    @contextmanager
    def one(self) -> Iterator[None]:
        """Hold a place while the block lasts; `OverloadedError` if there is none."""
        if self._free == 0:
            raise OverloadedError
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1


class Gateway:
    def __init__(self, settings: Settings, runtime: Runtime) -> None:
        self.routing = RoutingTable(settings.models)
        self._limits = Limits(settings.api_keys)
        self._places = Places(settings.max_queue)
        self._batchers = {
            (model, version): Batcher(
                partial(runtime.infer, model, version), settings.batch_window_ms / 1000, settings.max_batch
            )
            for model, versions in settings.models.items()
            for version in versions
        }

    async def predict(self, key: str, model: str, version: str, inputs: Sequence[float]) -> float:
        """Return the output of one version of a model for these inputs.

        Raises:
            TooManyRequestsError, OverloadedError: it is not tried.
            RuntimeFailedError, RuntimeLateError: its batch got no good answer.
        """
        self._limits.take(key)
        with self._places.one():
            return await self._batchers[model, version].predict(inputs)
