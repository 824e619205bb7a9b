"""Weekly reports in Redis, and the files of reports at Slack."""

import importlib.util
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from redis.asyncio import Redis

from bot.adapters.chart import Panel
from bot.adapters.chart_process import LIBRARY, drawn
from bot.adapters.report_upload import ReportUpload
from bot.adapters.slack.client import Slack
from bot.adapters.slack.files import SlackFiles
from bot.domain.people import Actor
from bot.domain.report_schedules import WEEK, ReportSchedule
from bot.domain.reports import as_csv, figure_rows, figures
from bot.errors import SlackError
from bot.flows.report_ports import ReportFiles, ReportSchedules
from tests.contracts.records_kept import ENTRY, Storage
from tests.contracts.redis_server import redis, server
from tests.contracts.slack_lab import PLATFORM, SCOPES, TOM, Lab, lab
from tests.fakes.jobs import FakeJobs
from tests.fakes.reports import FakeReportSchedules

__all__ = ["redis", "server"]

AT: Final = datetime(2026, 3, 1, tzinfo=UTC)
FILES: Final = SCOPES | {"files:write", "im:history", "channels:history"}
COUNTED: Final = figures([])
REPORT: Final = ReportFiles("0123456789abcdef", as_csv(figure_rows(COUNTED)), COUNTED)
FIRST: Final = ReportSchedule("C1", Actor("T1", "U1", "E1"), AT, AT, "j1")
DRAWS: Final = importlib.util.find_spec(LIBRARY) is not None


@pytest.fixture
async def slack() -> AsyncIterator[Lab]:
    """A workspace where the bot may send files."""
    async with lab(scopes=FILES) as running:
        yield running


def upload(it: Lab) -> ReportUpload:
    """What sends reports to that workspace."""
    url = f"{it.url}/api/"
    return ReportUpload(SlackFiles(Slack(it.config.bot_token, url, it.session), it.session, url))


async def names_in(it: Lab, user: str, channel: str) -> list[str]:
    """Names of the files that a person sees."""
    shown = await it.messages(user, channel)
    return [file["name"] for each in shown for file in each.get("files") or ()]


async def held(schedules: ReportSchedules) -> None:
    """What holds of the fake and of Redis."""
    later = FIRST.later(AT + timedelta(days=10))
    assert later.next_at == AT + 2 * WEEK
    assert await schedules.find("C1") is None
    assert not await schedules.replace("C1", FIRST, later, ENTRY)
    assert await schedules.replace("C1", None, FIRST, ENTRY)
    assert not await schedules.replace("C1", None, later, ENTRY)
    assert await schedules.find("C1") == FIRST
    assert await schedules.due(AT - timedelta(seconds=1)) == []
    assert await schedules.due(AT) == [FIRST]
    assert await schedules.replace("C1", FIRST, later, ENTRY)
    assert await schedules.due(AT) == []
    assert not await schedules.replace("C1", FIRST, None, ENTRY)
    assert await schedules.replace("C1", later, None, ENTRY)
    assert await schedules.find("C1") is None
    assert await schedules.due(AT + 4 * WEEK) == []
    assert await schedules.replace("C1", None, FIRST, ENTRY)


@pytest.mark.parametrize("make", [lambda _: FakeReportSchedules(FakeJobs()), None])
async def test_a_schedule_changes_as_it_was_read(
    make: Callable[[Redis], ReportSchedules] | None, redis: Redis
) -> None:
    """Of two writers one wins; an ended one can begin again"""
    await held(make(redis) if make else Storage(redis).stores.schedules)


async def test_the_files_come_once_to_a_person_or_a_channel(slack: Lab) -> None:
    """Also where Slack took them, and answered with an error"""
    sender = upload(slack)
    await slack.act("faults", method="files.completeUploadExternal", kind="lost")
    for _ in range(2):
        assert await sender.to_person(TOM, REPORT) is DRAWS
        assert await sender.to_channel(PLATFORM, REPORT) is DRAWS
    for place in (f"D{TOM[1:]}", PLATFORM):
        names = await names_in(slack, TOM, place)
        assert names.count("keys-0123456789abcdef.csv") == 1
        assert len(names) == 1 + DRAWS


async def test_a_channel_without_keysmith_is_a_refusal(slack: Lab) -> None:
    """By Slack's own code"""
    await slack.act("channel", id=PLATFORM, members=[TOM])
    with pytest.raises(SlackError, match="not_in_channel"):
        await upload(slack).to_channel(PLATFORM, REPORT)


async def test_no_picture_is_drawn_without_its_library_or_in_time(tmp_path: Path) -> None:
    """A report comes without it"""
    panels = [Panel("By age", (("Up to 30 days", 3), ("$x^2$ \u65e5\u672c", 0)))]
    assert await drawn(panels, tmp_path, library="no_such_library") is None
    assert await drawn(panels, tmp_path, within=0.01, library="json") is None
    if DRAWS:
        png = await drawn(panels, tmp_path)
        assert png
        assert png.startswith(b"\x89PNG")
    else:
        assert await drawn(panels, tmp_path, library="json") is None
