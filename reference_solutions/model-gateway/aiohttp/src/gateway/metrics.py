"""Prometheus' text format, written by hand."""

from collections import Counter

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    def __init__(self) -> None:
        self._answers: Counter[tuple[str, str, int]] = Counter()
        self._buckets = [0] * len(BOUNDS)
        self._count = 0
        self._sum = 0.0

    def add(self, model: str, version: str, status: int, seconds: float) -> None:
        self._answers[model, version, status] += 1
        self._count += 1
        self._sum += seconds
        for index, bound in enumerate(BOUNDS):
            self._buckets[index] += seconds <= bound

    def text(self) -> str:
        return "\n".join([*self._counter(), *self._histogram(), ""])

    def _counter(self) -> list[str]:
        lines = ["# HELP gateway_predictions_total Predictions by status.", "# TYPE gateway_predictions_total counter"]
        for (model, version, status), count in self._answers.items():
            labels = f'model="{_escaped(model)}",version="{_escaped(version)}",status="{status}"'
            lines.append(f"gateway_predictions_total{{{labels}}} {count}")
        return lines

    def _histogram(self) -> list[str]:
        name = "gateway_prediction_seconds"
        return [
            f"# HELP {name} How long predictions take.",
            f"# TYPE {name} histogram",
            *(f'{name}_bucket{{le="{bound}"}} {count}' for bound, count in zip(BOUNDS, self._buckets, strict=True)),
            f'{name}_bucket{{le="+Inf"}} {self._count}',
            f"{name}_sum {self._sum}",
            f"{name}_count {self._count}",
        ]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
