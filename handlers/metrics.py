"""Prometheus metrics; labels are fixed words, never a person's or a key's name."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from bot.domain.outcomes.union import Outcome


class Metrics:
    """The metrics of this process, served at `/metrics`."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.deliveries = Counter(
            "keysmith_deliveries_total",
            "Deliveries from Slack by what became of them",
            ["result"],
            registry=self.registry,
        )
        self.outcomes = Counter(
            "keysmith_outcomes_total",
            "Commands carried out, by outcome",
            ["outcome"],
            registry=self.registry,
        )
        self.answers = Counter(
            "keysmith_answers_total",
            "Answers by the way that they came, tries that Slack did not take (again), given up",
            ["result"],
            registry=self.registry,
        )
        self.ack = Histogram(
            "keysmith_ack_seconds",
            "Time until Slack has its ack",
            registry=self.registry,
            buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3),
        )
        self.audit_head = Gauge(
            "keysmith_audit_head",
            "Sequence number of the newest audit record: kept elsewhere, it shows a cut tail",
            registry=self.registry,
        )

    def count(self, outcome: Outcome) -> None:
        """Count an outcome by its kind."""
        self.outcomes.labels(outcome.kind).inc()

    def page(self) -> bytes:
        """Write the metrics in Prometheus's text format."""
        return generate_latest(self.registry)
