"""Traces by OpenTelemetry; its standard variables configure endpoint, service name and sampler.

Spans hold no exceptions: their texts may hold anything.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final, Self

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from bot import VERSION

PLACE: Final = TraceContextTextMapPropagator()
TRACEPARENT: Final = "traceparent"
SECONDS_TO_CLOSE: Final = 3
FAILURES: Final = ("4", "5", "none")
"""What the status of a failed call begins with."""


class OtelTracer:
    """Records spans for a provider."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("keysmith", VERSION)

    @classmethod
    def exporting(cls, environment: Mapping[str, str]) -> Self:
        """Send spans to the endpoint that the variables name."""
        named = {} if environment.get("OTEL_SERVICE_NAME") else {"service.name": "keysmith"}
        provider = TracerProvider(resource=Resource.create(named))
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(timeout=SECONDS_TO_CLOSE)))
        return cls(provider)

    def close(self) -> None:
        """Send what is left; it may take some seconds."""
        self._provider.shutdown()

    @contextmanager
    def span(self, name: str, parent: str = "", **about: str) -> Iterator[None]:
        """Record what the block does."""
        above = PLACE.extract({TRACEPARENT: parent}) if parent else None
        with self._tracer.start_as_current_span(
            name, above, attributes=about, record_exception=False, set_status_on_exception=False
        ):
            yield

    def call(self, name: str, **about: str) -> Callable[[str], None]:
        """Record a call to another service."""
        span = self._tracer.start_span(name, kind=SpanKind.CLIENT, attributes=about)

        def end(status: str) -> None:
            span.set_attribute("status", status)
            if status.startswith(FAILURES):
                span.set_status(StatusCode.ERROR)
            span.end()

        return end

    def here(self) -> str:
        """The current span, as a W3C traceparent."""
        carrier: dict[str, str] = {}
        PLACE.inject(carrier)
        return carrier.get(TRACEPARENT, "")
