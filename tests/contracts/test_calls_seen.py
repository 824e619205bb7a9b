"""What is seen of the calls to Slack and Cloudinary, and of one command's trace."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import pairwise
from typing import Final

import aiohttp
import pytest
from aiohttp import web
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from structlog.testing import capture_logs

from bot.adapters.calls import open_session
from bot.adapters.cloudinary.account import AccountCredentials
from bot.adapters.cloudinary.calls import list_keys, update_key
from bot.adapters.cloudinary.retry import Retries
from bot.adapters.cloudinary.transport import Transport
from bot.adapters.otel import OtelTracer
from bot.adapters.slack.client import Slack
from bot.adapters.traces import tracing
from bot.cards.kit import Message
from bot.domain.jobs import Reply
from bot.domain.offers import Offer
from bot.errors import CloudinaryError, SlackError
from bot.flows.audit import AuditLog
from bot.flows.correlation import about, current_id, now_about
from bot.flows.intake import Delivery
from bot.flows.tracing import NoTracer
from handlers.answer_ways import Ways
from handlers.background import Background
from handlers.home import AppHome
from handlers.job_runner import JobRunner
from handlers.seeing import Seeing
from handlers.submit import Submitter
from sandbox.ports import served
from tests.fakes.answering import answers_over
from tests.flows.harness import TECH, english, goes_on, staffed
from tests.flows.test_outages import Unreachable

TOKEN: Final = "T0/B0/s3cretcapability"
SECRETS: Final = ("s3cretcapability", "xoxb-made-up", "c1oudsecret")


class Twin:
    """Slack and Cloudinary at one address; keeps the headers of each call."""

    def __init__(self) -> None:
        self.headers: list[Mapping[str, str]] = []

    async def answer(self, request: web.Request) -> web.Response:
        """Refuse a user, ask to wait for keys, and take everything else."""
        self.headers.append(request.headers)
        if request.path.endswith("users.info"):
            return web.json_response({"ok": False, "error": "user_not_found"})
        if request.path.endswith("access_keys"):
            return web.json_response({}, status=429, headers={"Retry-After": "30"})
        return web.json_response({"ok": True})


@asynccontextmanager
async def twin() -> AsyncIterator[tuple[Twin, str]]:
    """Serve one; gives its URL."""
    one, application = Twin(), web.Application()
    application.router.add_route("*", "/{path:.*}", one.answer)
    async with served(application) as url:
        yield one, url


class Spans:
    """A tracer, and the spans that it recorded."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.tracer = OtelTracer(provider)

    def by_name(self) -> dict[str, ReadableSpan]:
        """Every span that has ended."""
        return {span.name: span for span in self.exporter.get_finished_spans()}


def cloudinary(session: aiohttp.ClientSession, url: str) -> Transport:
    """Cloudinary at this address, tried once."""
    account = AccountCredentials.parse("account://814814814814814:c1oudsecret@acc-1")
    return Transport(session, account, url, Retries(attempts=1))


async def test_every_call_is_counted_by_fixed_words() -> None:
    """Slack's methods, Cloudinary's operations, statuses, waits; no id, no token, no address"""
    seeing, spans = Seeing(), Spans()
    async with (
        twin() as (_, url),
        open_session(seeing.metrics.calls.called, spans.tracer) as session,
    ):
        slack = Slack("xoxb-made-up", f"{url}/api/", session)
        slack.watch(seeing.metrics.calls.refused_by_slack)
        with capture_logs() as lines:
            with pytest.raises(SlackError):
                await slack.profile(TECH)
            await slack.open_view("t1", {"type": "modal"})
            await slack.respond(Reply(f"{url}/services/{TOKEN}"), Message("x", ()))
            with pytest.raises(CloudinaryError):
                await cloudinary(session, url).send(list_keys("env-77", 1))
        with pytest.raises(CloudinaryError):
            await cloudinary(session, "http://127.0.0.1:9").send(
                update_key("env-77", "814814814814814", enabled=False)
            )
    page = seeing.metrics.page().decode()
    for method, service, status in (
        ("users.info", "slack", "200"),
        ("views.open", "slack", "200"),
        ("response_url", "slack", "200"),
        ("get_sub_accounts_access_keys", "cloudinary", "429"),
        ("put_sub_accounts_access_keys", "cloudinary", "none"),
    ):
        labels = f'method="{method}",service="{service}",status="{status}"'
        assert f"keysmith_call_duration_seconds_count{{{labels}}} 1.0" in page
    assert 'keysmith_rate_limit_wait_seconds_total{service="cloudinary"} 30.0' in page
    assert 'keysmith_slack_refusals_total{method="users.info"} 1.0' in page
    seen = page + json.dumps([lines, [span.to_json() for span in spans.by_name().values()]])
    assert not any(
        secret in seen for secret in (*SECRETS, "env-77", "acc-1", "814814814814814", url[7:])
    )
    assert len(spans.by_name()) == 5


class NoOffers(Unreachable):
    """Stores no buttons."""

    async def make(self, offers: Sequence[Offer]) -> list[str]:
        """Keep nothing."""
        return [""] * len(offers)


async def test_one_trace_goes_from_the_delivery_to_the_answer() -> None:
    """Through the job, which stores where the trace goes on, and a call to Slack"""
    harness, spans = staffed(), Spans()
    seeing = Seeing(tracer=spans.tracer)
    async with (
        twin() as (_, url),
        open_session(seeing.metrics.calls.called, spans.tracer) as session,
    ):
        slack, offers = Slack("xoxb-made-up", f"{url}/api/", session), NoOffers()
        background = Background()
        home = AppHome(harness.flows.home, offers, slack, background, goes_on, english)
        ways = Ways(slack, home, harness.clock, seeing.metrics, english, spans.tracer)
        answers = answers_over(ways, offers, offers, background)
        reply = Reply(f"{url}/services/{TOKEN}")
        with about("a1"), spans.tracer.span("delivery"):
            asked = Delivery(TECH, "key disable ci-bot", reply, "d1")
            assert await Submitter(harness.flows.intake, offers, seeing).submit(asked) is None
        flows, log = harness.flows, AuditLog(harness.clock)
        wired = (harness.jobs, flows.dispatcher, flows.executor, answers, log, seeing.metrics)
        runner = JobRunner(*wired, harness.locks, goes_on, tracer=spans.tracer)
        await asyncio.create_task(_run(runner, "a1"))
    found = spans.by_name()
    assert {*found} == {"delivery", "job", "answer", "slack response_url"}
    assert len({_place(span)[0] for span in found.values()}) == 1
    chain = ["delivery", "job", "answer", "slack response_url"]
    for above, below in pairwise(chain):
        assert _above(found[below]) == _place(found[above])[1]
    told = json.dumps([span.to_json() for span in found.values()])
    assert not any(secret in told for secret in (*SECRETS, "ci-bot"))


async def _run(runner: JobRunner, job_id: str) -> None:
    await runner(job_id, worn_out=False)


def _place(span: ReadableSpan) -> tuple[int, int]:
    context = span.get_span_context()
    assert context
    return context.trace_id, context.span_id


def _above(span: ReadableSpan) -> int:
    assert span.parent
    return span.parent.span_id


async def test_without_an_endpoint_nothing_is_recorded() -> None:
    """And no library for it is imported"""
    async with tracing({}) as nothing:
        assert isinstance(nothing, NoTracer)
        with nothing.span("any", "parent", about="it"):
            assert nothing.here() == ""


async def test_a_call_to_cloudinary_carries_the_id_of_its_command() -> None:
    """So that Cloudinary's support can find it; a call outside of any has none"""
    async with (
        twin() as (one, url),
        open_session(Seeing().metrics.calls.called, NoTracer()) as session,
    ):
        for id_ in ("a1", ""):
            with about(id_), suppress(CloudinaryError):
                await cloudinary(session, url).send(list_keys("env-77", 1))
    assert [headers.get("X-Request-Id") for headers in one.headers] == ["a1", None]


async def test_an_id_ends_with_what_it_is_about() -> None:
    """Also where it was learned in between"""
    with about("visit"):
        now_about("a1")
        assert current_id() == "a1"
    assert current_id() == ""
