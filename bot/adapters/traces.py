"""Opens the traces of a process: by OpenTelemetry, where an endpoint and the extra are there."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

import structlog

from bot.flows.tracing import NoTracer, Tracer

_log = structlog.get_logger("keysmith.traces")

ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
"""OpenTelemetry's own variables; one of them switches traces on."""


@asynccontextmanager
async def tracing(environment: Mapping[str, str]) -> AsyncIterator[Tracer]:
    """Record traces while the block lasts, then send what is left."""
    if not any(environment.get(name) for name in ENDPOINTS):
        yield NoTracer()
        return
    try:
        from bot.adapters.otel import OtelTracer  # noqa: PLC0415  # an extra, and slow to import
    except ImportError:
        _log.warning("no_traces", mend="pip install 'keysmith[otel]', or unset the OTEL variables")
        yield NoTracer()
        return
    tracer = OtelTracer.exporting(environment)
    try:
        yield tracer
    finally:
        await asyncio.to_thread(tracer.close)
