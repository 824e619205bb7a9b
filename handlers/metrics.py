"""Prometheus metrics of this process; labels are fixed words, never a person's or a key's name."""

import platform
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from bot import VERSION
from bot.domain.answers import Way
from bot.domain.audit import AuditEvent, Entry
from bot.domain.incidents import SECONDS
from bot.domain.jobs import Job
from bot.domain.link_visits import Visit
from bot.domain.outcomes.union import Outcome
from bot.domain.policy import Action
from bot.flows.stock import Stock
from handlers.refusals import RefusalCause

ACK_BUCKETS: Final = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 2, 3)
CALL_BUCKETS: Final = (0.03, 0.1, 0.3, 1, 3, 10)
LEAK_BUCKETS: Final = (1, 2, 5, 10, 30, 60, 300, 900, 3600, 86_400)
EFFECT_BUCKETS: Final = (0.1, 0.3, 1, 2, 5, 10, 30, 60, 300)
ACTIONS: Final = frozenset(map(str, Action))
OTHER: Final = "other"
"""In the place of an action that another version stored."""


class Metrics:
    """The metrics of this process, served at `/metrics`."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # second series, which no query reads
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        self.deliveries = self._counter(
            "keysmith_deliveries_total", "Deliveries from Slack by what became of them", "result"
        )
        self.refusals = self._counter(
            "keysmith_refusals_total", "Deliveries refused at the gate, by reason", "reason"
        )
        self.commands = self._counter(
            "keysmith_commands_total", "Commands by how intake took them", "receipt"
        )
        self.ack = self._histogram(
            "keysmith_ack_seconds", "Time until Slack has its ack", ACK_BUCKETS
        )
        self.jobs = self._counter(
            "keysmith_jobs_total", "Jobs carried out, by action and outcome", "action", "outcome"
        )
        self.effect = self._histogram(
            "keysmith_effect_seconds",
            "Time from the acceptance of a command to its recorded outcome",
            EFFECT_BUCKETS,
        )
        self.answers = self._counter(
            "keysmith_answers_total",
            "Answers by the way that they came, tries that Slack did not take (again), given up",
            "result",
        )
        self.retries = self._counter(
            "keysmith_retries_total", "Work that failed and is tried again, by kind", "what"
        )
        self.give_ups = self._counter(
            "keysmith_give_ups_total", "Work that is tried no more, by kind", "what"
        )
        self.entries = self._counter(
            "keysmith_audit_entries_total", "Audit entries written by this process", "event"
        )
        self.links = self._counter(
            "keysmith_links_total", "One-time links created, opened and refused", "event"
        )
        self.visits = self._counter(
            "keysmith_link_visits_total",
            "Visits that opened no link, by what they met; limited counts some of them again",
            "kind",
        )
        self.leaks = self._histogram(
            "keysmith_leak_disabled_seconds",
            "Time from the report of a leaked key until it was disabled at Cloudinary",
            LEAK_BUCKETS,
        )
        self.calls = CallMetrics(registry)
        self.stock = StockMetrics(registry)
        self._tell_build()
        self._begin_at_zero()

    def _tell_build(self) -> None:
        labels = ["version", "python"]
        about = "What runs; always 1"
        built = Gauge("keysmith_build_info", about, labels, registry=self.registry)
        built.labels(VERSION, platform.python_version()).set(1)

    def _begin_at_zero(self) -> None:
        """Show each word from the start: an increase from nothing to one is none to Prometheus."""
        for counter, words in (
            (self.deliveries, ("admitted", "refused")),
            (self.refusals, RefusalCause),
            (self.commands, ("accepted", "answered", "repeated", "failed")),
            (self.answers, (*Way, "form", "again", "given_up", "lost")),
            (self.retries, ("job", "notification", "notice")),
            (self.give_ups, ("job", "notification")),
            (self.links, ("created", "opened", "refused", "undone")),
            (self.visits, Visit),
            (self.entries, AuditEvent),
        ):
            for word in words:
                counter.labels(word)

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(name, about, labels, registry=self.registry)

    def _histogram(self, name: str, about: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(name, about, registry=self.registry, buckets=buckets)

    def finished(self, job: Job, outcome: Outcome, seconds: float) -> None:
        """Count a job by its outcome, and how long it took; approvals take people's time."""
        action = job.action if job.action in ACTIONS else OTHER
        self.jobs.labels(action, outcome.kind).inc()
        if not job.request:
            self.effect.observe(seconds)

    def recorded(self, entry: Entry) -> None:
        """Count an audit entry, and what it says of a link."""
        self.entries.labels(entry.event).inc()
        if entry.action == Action.REPORT_LEAK and SECONDS in entry.target:
            self.leaks.observe(float(entry.target[SECONDS]))
        match entry.event, entry.detail:
            case AuditEvent.LINKED, _:
                self.links.labels("created").inc()
            case AuditEvent.REVEALED, "":
                self.links.labels("opened").inc()
            case AuditEvent.RELEASED, "no longer allowed":
                self.links.labels("refused").inc()
            case AuditEvent.RELEASED, _:
                self.links.labels("undone").inc()

    def visited(self, visit: Visit) -> None:
        """Count a visit that opened no link."""
        self.visits.labels(visit).inc()

    def page(self) -> bytes:
        """Write the metrics in Prometheus's text format."""
        return generate_latest(self.registry)


class CallMetrics:
    """Calls to Slack and Cloudinary."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._calls = Histogram(
            "keysmith_call_duration_seconds",
            "Calls to other services by method and HTTP status, each try",
            ["service", "method", "status"],
            registry=registry,
            buckets=CALL_BUCKETS,
        )
        self._waits = Counter(
            "keysmith_rate_limit_wait_seconds_total",
            "Seconds that services asked Keysmith to wait, because of too many calls",
            ["service"],
            registry=registry,
        )
        about = "Calls that Slack answered with ok: false"
        self._refusals = Counter(
            "keysmith_slack_refusals_total", about, ["method"], registry=registry
        )

    def called(self, service: str, method: str, status: str, seconds: float, wait: float) -> None:
        """Count one try of a call; `wait` is how many seconds the service asks to wait."""
        self._calls.labels(service, method, status).observe(seconds)
        if wait:
            self._waits.labels(service).inc(wait)

    def refused_by_slack(self, method: str) -> None:
        """Count a call that Slack answered with `ok: false`."""
        self._refusals.labels(method).inc()


class StockMetrics:
    """What waits in the store, the same in every process; absent where the store is away."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.errors = Counter(
            "keysmith_scrape_errors_total",
            "Pages of metrics without what is in the store, which did not answer",
            registry=registry,
        )
        self.audit_head = Gauge(
            "keysmith_audit_head",
            "Sequence number of the newest audit record: kept elsewhere, it shows a cut tail",
            registry=registry,
        )
        self.half_open = Gauge(
            "keysmith_links_opening", "Links that are being opened", registry=registry
        )
        about_opening = "Time since the oldest of them was begun or last compared with Cloudinary"
        self.opening_oldest = Gauge(
            "keysmith_links_opening_oldest_seconds", about_opening, registry=registry
        )
        about_uncollected = "Credentials that no person has seen, by their link"
        self.uncollected = Gauge(
            "keysmith_credentials_uncollected", about_uncollected, ["link"], registry=registry
        )
        about_items = "Items of a queue that wait or run"
        self.items = Gauge("keysmith_queue_items", about_items, ["queue"], registry=registry)
        about_oldest = "Age of a queue's oldest item"
        self.oldest = Gauge(
            "keysmith_queue_oldest_seconds", about_oldest, ["queue"], registry=registry
        )
        about_aside = "Jobs that wait for an outage to end"
        self.aside = Gauge("keysmith_jobs_aside", about_aside, ["lane"], registry=registry)
        about_pending = "Requests that wait for a vote or a review, by age"
        self.pending = Gauge("keysmith_requests_pending", about_pending, ["age"], registry=registry)
        about_role = "1 for the role of the Redis that this process is connected to"
        self.role = Gauge("keysmith_redis_role", about_role, ["role"], registry=registry)
        about_working = "1 while any process runs jobs, 0 where none did for half a minute"
        self.working = Gauge("keysmith_working", about_working, registry=registry)

    def forget(self) -> None:
        """Show nothing rather than what was: the store did not answer."""
        self.errors.inc()
        for single in (self.audit_head, self.half_open, self.opening_oldest, self.working):
            single.set(float("nan"))
        by_label = (self.items, self.oldest, self.aside, self.pending, self.role)
        for gauge in (*by_label, self.uncollected):
            gauge.clear()

    def show(self, stock: Stock) -> None:
        """Show what is there now."""
        self.audit_head.set(stock.head.seq)
        self.half_open.set(stock.half_open.items)
        self.opening_oldest.set(stock.half_open.oldest)
        self.working.set(stock.working)
        for link, count in stock.uncollected.items():
            self.uncollected.labels(link).set(count)
        for name, queue in stock.queues.items():
            self.items.labels(name).set(queue.items)
            self.oldest.labels(name).set(queue.oldest)
        for lane, count in stock.aside.items():
            self.aside.labels(lane).set(count)
        for age, count in stock.pending.items():
            self.pending.labels(age).set(count)
        self.role.clear()
        self.role.labels(stock.role).set(1)
