"""Leaked pairs in messages of channels, and in those that a person reports."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest

from bot.domain.incidents import IncidentState, News, Source
from bot.domain.outcomes.leaks import LeakReported
from bot.flows.intake import Accepted, Delivery
from bot.flows.leaks.report import written
from handlers.leak_watch import LeakWatch, author_of
from tests.flows.harness import ADMIN, DEV, GUEST, TECH, Harness
from tests.flows.test_leaks import kept, leaked, looked, people

BOT = "U0KEYSMITH"
LONG_PAIR = "814259367148225 Hx7pQ2-vLm9_TzR4wKc8NbYdA3e"


def delivered(event: Mapping[str, Any]) -> dict[str, Any]:
    """An event as Slack delivers it."""
    return {
        "type": "event_callback",
        "api_app_id": "A0KEYSMITH",
        "authorizations": [{"user_id": BOT, "is_bot": True}],
        "event": {"type": "message", "channel": "C1", "channel_type": "channel", **event},
    }


def shapes(text: str) -> dict[str, dict[str, Any]]:
    """Messages with a text in different places."""
    posted: dict[str, Any] = {"user": ADMIN.user_id, "ts": "1.2"}
    rich = {"type": "rich_text", "elements": [{"type": "text", "text": text}]}
    return {
        "text": {**posted, "text": f"use <{text}>"},
        "blocks": {**posted, "text": "look", "blocks": [rich]},
        "attachment": {**posted, "text": "", "attachments": [{"fallback": text}]},
        "file": {**posted, "subtype": "file_share", "files": [{"preview": text}]},
        "edited": {"subtype": "message_changed", "message": {**posted, "text": text}},
        "thread": {**posted, "thread_ts": "1.0", "text": text},
        "program": {"bot_id": "B1", "subtype": "bot_message", "ts": "1.2", "text": text},
    }


async def test_others_have_their_turn_while_a_long_text_is_searched(harness: Harness) -> None:
    """It holds as many keys and secrets as fit"""
    search = asyncio.create_task(harness.flows.leak_reporter.pairs(f"{LONG_PAIR} " * 2_000))
    turns = 0
    while not search.done():
        await asyncio.sleep(0)
        turns += 1
    assert search.result()
    assert turns > len("begun, done")


@pytest.mark.parametrize("shape", sorted(shapes("")))
async def test_a_pair_in_a_message_is_reported(harness: Harness, shape: str) -> None:
    """Wherever it is in the message; its author, unless that is a program, hears of it at once"""
    watch = LeakWatch(harness.flows.leak_reporter, watching=True)
    body = delivered(shapes(await leaked(harness))[shape])
    for _ in range(2):  # Slack may deliver an event twice
        await watch.heard(body)
    await looked(harness)
    incident = await kept(harness, (await harness.key(DEV, "ci-bot")).api_key)
    assert IncidentState.ASKED is incident.state
    (report,) = incident.reports
    assert (Source.CHANNEL, "C1", "1.2") == (report.source, report.channel, report.ts)
    author = [] if shape == "program" else [ADMIN.user_id]
    assert author == people(harness, News.POSTED)
    assert "look" not in repr(incident)


async def test_what_keysmith_writes_itself_is_no_leak(harness: Harness) -> None:
    """By its app or its user; nor what is deleted, nor anything where it does not watch"""
    text = await leaked(harness)
    watch = LeakWatch(harness.flows.leak_reporter, watching=True)
    for event in (
        {"user": BOT, "ts": "1.2", "text": text},
        {"bot_id": "B0", "app_id": "A0KEYSMITH", "ts": "1.2", "text": text},
        {"bot_profile": {"app_id": "A0KEYSMITH"}, "ts": "1.2", "text": text},
        {"subtype": "message_deleted", "previous_message": {"text": text}},
    ):
        await watch.heard(delivered(event))
    off = LeakWatch(harness.flows.leak_reporter)
    await off.heard(delivered({"user": ADMIN.user_id, "ts": "1.2", "text": text}))
    assert await harness.incidents.load((await harness.key(DEV, "ci-bot")).api_key) is None


@pytest.mark.parametrize("reporter", [TECH, GUEST])
async def test_a_person_reports_a_message(harness: Harness, reporter: Any) -> None:
    """A guest too; its author hears of it"""
    watch = LeakWatch(harness.flows.leak_reporter)
    message = shapes(await leaked(harness))["text"]
    seen = await watch.seen_in(message)
    text = written(seen, "C1", "1.2", author_of(message))
    reply = harness.asked(reporter, "").reply
    asked = Delivery(reporter, text, reply, "d1", canonical=True, checked=True)
    assert isinstance(await harness.flows.intake.accept(asked), Accepted)
    job = await harness.jobs.load(harness.jobs.queue[-1])
    assert job
    outcome = await harness.flows.dispatcher.run(job)
    assert isinstance(outcome, LeakReported)
    assert not outcome.in_command
    assert (outcome.seen[0].here is None) is (reporter is GUEST)
    assert [ADMIN.user_id] == people(harness, News.POSTED)
    assert json.dumps(message) not in repr(harness.jobs.entries)
