"""What a process tells of itself: its metrics, and its traces."""

from dataclasses import dataclass, field

from bot.flows.tracing import NoTracer, Tracer
from handlers.metrics import Metrics


@dataclass(frozen=True)
class Seeing:
    """The metrics and the tracer of a process; by default, no traces are recorded."""

    metrics: Metrics = field(default_factory=Metrics)
    tracer: Tracer = field(default_factory=NoTracer)
