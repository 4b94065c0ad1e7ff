import time
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute
from prometheus_client import Counter, Histogram

PREDICTIONS = Counter("gateway_predictions_total", "Predictions", ["model", "version", "status", "tier"])
SECONDS = Histogram("gateway_prediction_seconds", "Duration of predictions")


class CountedRoute(APIRoute):
    """Whatever comes of a request is counted, exceptions too."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def counted(request: Request) -> Response:
            began, status = time.perf_counter(), 500
            request.state.labels = {"model": "unknown", "version": "unknown", "tier": ""}
            try:
                response = await handle(request)
                status = response.status_code
            except HTTPException as refusal:
                status = refusal.status_code
                raise
            finally:
                SECONDS.observe(time.perf_counter() - began)
                PREDICTIONS.labels(status=str(status), **request.state.labels).inc()
            return response

        return counted
