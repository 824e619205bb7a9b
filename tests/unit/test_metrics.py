import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from bot import VERSION
from bot.domain.audit import AuditEvent, Entry, Head
from bot.domain.jobs import Job, Reply
from bot.domain.outcomes.general import Failed, Fault
from bot.domain.people import Actor
from bot.errors import StoreError
from bot.flows.stock import Queue, Stock
from handlers.health import Health
from handlers.metrics import Metrics
from tests.promtool import ROOT, needs_promtool, promtool

AT: Final = datetime(2026, 3, 1, tzinfo=UTC)
JOB: Final = Job("j1", Actor("T1", "U0ANN"), "key show ann", "key:show", Reply(), AT)
FAILED: Final = Failed(Fault.STORE, "j1")
STOCK: Final = Stock(
    Head(7),
    "master",
    {"jobs": Queue(3, 4.5)},
    {"normal": 1},
    {"over_1d": 2},
    Queue(1, 2.0),
    {"expired": 3},
    working=True,
)
WAITING: Final = (
    "queue_items{",
    "queue_oldest",
    "jobs_aside{",
    "requests_pending{",
    "redis_role{",
    "credentials_uncollected{",
)


class Store:
    """A store that answers with what it is given, or not at all."""

    def __init__(self, answer: Callable[[], Stock]) -> None:
        self.answer = answer

    async def take_stock(self) -> Stock:
        """Answer."""
        return self.answer()


def away() -> Stock:
    """No answer."""
    raise StoreError("ConnectionError")


def late() -> Stock:
    """No answer in time."""
    raise TimeoutError


def page(metrics: Metrics, answer: Callable[[], Stock]) -> str:
    """The page while the store answers like this."""
    health = Health(metrics, stock=Store(answer))
    found = asyncio.run(health.page(make_mocked_request("GET", "/metrics", app=web.Application())))
    assert isinstance(found.body, bytes)
    return found.body.decode()


@pytest.mark.parametrize("silence", [away, late])
def test_what_the_store_does_not_say_is_absent(silence: Callable[[], Stock]) -> None:
    """Not the value of before, and no zero; everything else is there, and the failure is counted"""
    metrics = Metrics()
    before = page(metrics, lambda: STOCK)
    assert all(f"keysmith_{name}" in before for name in WAITING)
    assert 'keysmith_queue_oldest_seconds{queue="jobs"} 4.5' in before
    metrics.finished(JOB, FAILED, 1.0)
    after = page(metrics, silence)
    assert not [
        name for name in WAITING if re.search(f"^keysmith_{re.escape(name)}", after, re.MULTILINE)
    ]
    assert "keysmith_audit_head NaN" in after
    assert "keysmith_scrape_errors_total 1.0" in after
    assert 'keysmith_jobs_total{action="key:show",outcome="failed"} 1.0' in after
    assert 'keysmith_redis_role{role="replica"} 1.0' in page(
        metrics, lambda: replace(STOCK, role="replica")
    )


def test_a_label_is_a_word_of_the_code_whatever_is_stored() -> None:
    """No name, no id, no text"""
    metrics = Metrics()
    metrics.finished(replace(JOB, action="made up by a person"), FAILED, 1.0)
    text = metrics.page().decode()
    assert 'action="other"' in text
    assert not re.search(r"made up|\bann\b|U0ANN|j1", text)


def test_approvals_take_people_s_time_and_count_for_no_speed() -> None:
    """The execution of a request is counted as a job all the same"""
    metrics = Metrics()
    metrics.finished(replace(JOB, request="j1r"), FAILED, 9000.0)
    assert "keysmith_effect_seconds_count 0.0" in metrics.page().decode()


@pytest.mark.parametrize(
    ("event", "detail", "counted"),
    [
        (AuditEvent.LINKED, "", "created"),
        (AuditEvent.REVEALED, "", "opened"),
        (AuditEvent.RELEASED, "no longer allowed", "refused"),
        (AuditEvent.RELEASED, "not opened", "undone"),
        (AuditEvent.REVEALED, "again, to the same page", None),
    ],
)
def test_links_are_counted_by_their_audit_entries(
    event: AuditEvent, detail: str, counted: str | None
) -> None:
    """So that the count is that of the record"""
    metrics = Metrics()
    metrics.recorded(Entry(AT, event, "link:open", job="j1", detail=detail))
    found = re.findall(r'keysmith_links_total{event="(\w+)"} 1', metrics.page().decode())
    assert found == ([counted] if counted else [])


def test_the_version_is_the_package_s_own() -> None:
    """The image has no `pyproject.toml`"""
    project = (ROOT / "pyproject.toml").read_text()
    assert f'version = "{VERSION}"' in project
    assert f'keysmith_build_info{{python="{"3."}' in Metrics().page().decode()


@needs_promtool
def test_promtool_finds_no_fault_in_a_page_with_everything() -> None:
    """Names, units, helps and types"""
    metrics = Metrics()
    metrics.finished(JOB, FAILED, 1.0)
    metrics.calls.called("slack", "users.info", "429", 0.1, 30.0)
    metrics.calls.refused_by_slack("users.info")
    assert promtool("check", "metrics", given=page(metrics, lambda: STOCK).encode()) == ""
