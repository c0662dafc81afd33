"""What Prometheus asks for."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from pipeline.transcript import Transcript

_SECONDS = (0.1, 0.3, 1, 3, 10, 30, 60, 120, 300, 600)


class Metrics:
    """Of one server. `under_way` tells how many pages the engine has."""

    def __init__(self, under_way: Callable[[], int]) -> None:
        self._registry = registry = CollectorRegistry()
        labels = ["path", "status"]
        self._requests = Counter("ocr2_requests", "Requests that were answered.", labels, registry=registry)
        self._seconds = Histogram(
            "ocr2_request_seconds",
            "From a request to the end of its answer.",
            ["path"],
            registry=registry,
            buckets=_SECONDS,
        )
        self.busy = Gauge("ocr2_requests_in_house", "Requests that are not answered yet.", registry=registry)
        self._pages = Counter("ocr2_pages", "Pages that were read, by how it ended.", ["finish"], registry=registry)
        self._tokens = Counter("ocr2_tokens", "Tokens that were written.", registry=registry)
        self.gone = Counter("ocr2_clients_gone", "Requests whose client went away.", registry=registry)
        waiting = Gauge("ocr2_pages_under_way", "Pages that the engine has or is about to get.", registry=registry)
        waiting.set_function(under_way)

    def answered(self, path: str, status: int, seconds: float) -> None:
        """A request is over."""
        self._requests.labels(path, str(status)).inc()
        self._seconds.labels(path).observe(seconds)

    def page(self, page: Transcript) -> None:
        """A page is read."""
        self._pages.labels(page.finish.value).inc()
        self._tokens.inc(page.output_tokens)

    def text(self) -> bytes:
        """In Prometheus' own format."""
        return generate_latest(self._registry)
