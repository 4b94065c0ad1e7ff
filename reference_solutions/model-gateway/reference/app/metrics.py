"""What is counted, and where: around everything, so that refusals count as well."""

import re
import time
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PREDICT = re.compile(r"/models/[^/]+/predict")


@dataclass(slots=True)
class Labels:
    """Of one prediction. Only what is known is filled in: a stranger's path must not make new series without an end."""

    model: str = ""
    version: str = ""


class Metrics:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._predictions = Counter(
            "gateway_predictions_total",
            "Answers to predictions.",
            ("model", "version", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "gateway_prediction_seconds",
            "From a prediction's request to its answer.",
            ("model", "version"),
            registry=self.registry,
        )

    def count(self, labels: Labels, status: int, seconds: float) -> None:
        self._predictions.labels(labels.model, labels.version, str(status)).inc()
        self._seconds.labels(labels.model, labels.version).observe(seconds)


class MetricsMiddleware:
    """Counts predictions before their answer is sent. Their labels are in `request.state.labels`."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or not _PREDICT.fullmatch(scope["path"]):
            await self._app(scope, receive, send)
            return
        labels, began = Labels(), time.perf_counter()
        scope.setdefault("state", {})["labels"] = labels

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._metrics.count(labels, message["status"], time.perf_counter() - began)
            await send(message)

        await self._app(scope, receive, counted)
