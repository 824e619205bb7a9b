"""`/cld report --weekly`: begun by a command, posted by the clock while its person may."""

from dataclasses import dataclass, field, replace
from functools import partial

import pytest

from bot.cards.kit import Message
from bot.domain.commands.oversight import ReportKeys
from bot.domain.jobs import Reply
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.oversight import NoWeeklyReport, WeeklyReportEnded, WeeklyReportSet
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor, Role
from bot.domain.requests.notifications import Posted
from bot.errors import CloudinaryError, SlackAway, SlackError, Unavailable
from bot.flows.weekly_reports import WeeklyKeeper
from handlers.weekly_reports import WeeklyPoster
from tests.flows.harness import ADMIN, CHIEF, DEV, TEAM, TECH, Harness, staffed

CHANNEL = "C0PLATFRM"
LIMITED = Actor(TEAM, "U0LIMITED")


@dataclass
class Messages:
    """What was posted, by place and mark; each of `refuses` is raised once instead."""

    posted: list[tuple[str, str, Message]] = field(default_factory=list)
    refuses: dict[str, list[SlackError]] = field(default_factory=dict)
    loses: bool = False
    """The next message is posted, and the answer to it is lost."""

    async def send(self, channel: str, message: Message, *, mark: str, **_: object) -> Posted:
        """Post."""
        if errors := self.refuses.get(channel):
            raise errors.pop()
        self.posted.append((channel, mark, message))
        if self.loses:
            self.loses = False
            raise SlackAway("lost")
        return Posted(channel, str(len(self.posted)))

    async def change(self, there: Posted, message: Message) -> None:
        """Nothing is changed here."""
        raise NotImplementedError

    async def find(self, channel: str, mark: str, *_: object) -> Posted | None:
        """Find by mark."""
        found = [at for at, each in enumerate(self.posted) if each[:2] == (channel, mark)]
        return Posted(channel, str(found[0])) if found else None

    async def every(self, channel: str, mark: str, thread: str | None = None) -> list[Posted]:
        """Nothing is looked for here."""
        raise NotImplementedError

    def texts(self, channel: str = CHANNEL) -> list[str]:
        """What a place reads."""
        return [message.text for place, _, message in self.posted if place == channel]


async def run(harness: Harness, text: str, by: Actor = ADMIN, channel: str = CHANNEL) -> Outcome:
    """Run a command in a channel."""
    job = replace(await harness.job(by, text), reply=Reply(channel=channel))
    return await harness.flows.dispatcher.run(job)


def keeper(harness: Harness, messages: Messages) -> WeeklyKeeper:
    """A process that posts."""
    poster = partial(WeeklyPoster, messages)
    return harness.flows.dispatcher.weekly(poster, harness.locks)


async def begun(by: Actor = ADMIN) -> tuple[Harness, Messages]:
    """A channel with a weekly report."""
    harness = staffed()
    harness.add_member(LIMITED, Role.ADMIN, reaches=DEV)
    assert isinstance(await run(harness, "report --weekly", by), WeeklyReportSet)
    return harness, Messages()


async def test_a_report_comes_at_once_and_each_week() -> None:
    """Once each; a week that was missed does not come twice"""
    harness, messages = await begun()
    for _ in range(3):
        assert not await keeper(harness, messages).look()
    assert len(messages.posted) == 1
    harness.clock.go_on(days=6)
    await keeper(harness, messages).look()
    assert len(messages.posted) == 1
    harness.clock.go_on(days=1)
    await keeper(harness, messages).look()
    assert len(messages.posted) == 2
    harness.clock.go_on(days=30)
    for _ in range(2):
        await keeper(harness, messages).look()
    assert len(messages.posted) == 3
    assert harness.schedules.kept[CHANNEL].next_at > harness.clock.now()
    assert ("done", "weekly posted") in harness.told()


async def test_a_channel_reads_numbers_alone() -> None:
    """No key and no owner is named, nor one counted that the person may not see"""
    harness, messages = await begun(LIMITED)
    await keeper(harness, messages).look()
    (text,) = messages.texts()
    assert f"{len(await harness.account.keys(DEV.id))} keys in 1 environment." in text
    ((to, files),) = harness.reports.sent.values()
    assert (to, files.names) == (CHANNEL, ())
    for name in ("ci-bot", "uploader", "U0"):
        assert name not in text + files.csv


@pytest.mark.parametrize("how", ["role", "left", "guest"])
async def test_it_ends_with_the_right_of_its_person(how: str) -> None:
    """Both the channel and the person are told, once; no number is posted"""
    harness, messages = await begun()
    profile = await harness.directory.profile(ADMIN)
    if how == "role":
        user = harness.account.user_now(f"u-{ADMIN.user_id}")
        harness.account.remove_user(user.id)
        harness.account.add_user(replace(user, role=Role.TECHNICAL_ADMIN), environments=[])
    else:
        harness.directory.add(replace(profile, deleted=how == "left", guest=how == "guest"))
    harness.rebuild()
    for _ in range(2):
        assert not await keeper(harness, messages).look()
    assert [len(messages.texts(place)) for place in (CHANNEL, ADMIN.user_id)] == [1, 1]
    assert "has ended" in messages.texts()[0]
    assert (harness.schedules.kept, harness.reports.sends) == ({}, 0)
    assert ("refused", "weekly ended: no_right") in harness.told()


async def test_it_ends_where_keysmith_is_not_in_the_channel() -> None:
    """Its person is told"""
    harness, messages = await begun()
    messages.refuses[CHANNEL] = [SlackError("not_in_channel"), SlackError("not_in_channel")]
    assert not await keeper(harness, messages).look()
    assert "can't post there" in messages.texts(ADMIN.user_id)[0]
    assert harness.schedules.kept == {}


async def test_an_outage_is_tried_again() -> None:
    """Of Cloudinary, of Slack before and after it posted, of the files"""
    harness, messages = await begun()
    harness.account.fail_next("environments", Unavailable("down", maybe_done=False))
    (error,) = await keeper(harness, messages).look()
    assert isinstance(error, CloudinaryError)
    messages.refuses[CHANNEL] = [SlackAway("timeout")]
    assert len(await keeper(harness, messages).look()) == 1
    messages.loses = True
    assert len(await keeper(harness, messages).look()) == 1
    harness.reports.fails = SlackAway("timeout")
    assert len(await keeper(harness, messages).look()) == 1
    assert not await keeper(harness, messages).look()
    assert len(messages.posted) == harness.reports.sends == 1


async def test_a_process_that_dies_before_it_moves_the_schedule_on_posts_once() -> None:
    """What is there already is found by its mark"""
    harness, messages = await begun()
    before = harness.schedules.kept[CHANNEL]
    await keeper(harness, messages).look()
    harness.schedules.kept[CHANNEL] = before
    await keeper(harness, messages).look()
    assert (len(messages.posted), harness.reports.sends) == (1, 1)


async def test_numbers_come_where_slack_takes_no_table_and_no_file() -> None:
    """As lines"""
    harness, messages = await begun()
    messages.refuses[CHANNEL] = [SlackError("invalid_blocks")]
    harness.reports.fails = SlackError("missing_scope")
    assert not await keeper(harness, messages).look()
    ((_, _, message),) = messages.posted
    assert "table" not in {block["type"] for block in message.blocks}
    assert "Never collected: 0" in message.text


async def test_any_admin_ends_it() -> None:
    """One who stops it a second time finds none"""
    harness, messages = await begun()
    assert isinstance(await run(harness, "report --stop", TECH), Denied)
    assert await run(harness, "report --stop", CHIEF) == WeeklyReportEnded(CHANNEL)
    assert await run(harness, "report --stop", CHIEF) == NoWeeklyReport(in_channel=True)
    await keeper(harness, messages).look()
    assert messages.posted == []


@pytest.mark.parametrize("channel", ["", "D0ADMIN01"])
async def test_it_is_for_channels(channel: str) -> None:
    """Nothing is stored elsewhere"""
    harness = staffed()
    assert await run(harness, "report --weekly", channel=channel) == NoWeeklyReport(
        in_channel=False
    )
    assert harness.schedules.kept == {}


async def test_a_command_that_runs_again_changes_nothing() -> None:
    """Its process died after the schedule was stored, and a report was posted meanwhile"""
    harness, messages = await begun()
    first = harness.schedules.kept[CHANNEL]
    await keeper(harness, messages).look()
    harness.clock.go_on(hours=1)
    job = await harness.jobs.load(first.job)
    assert job
    who = await harness.who(ADMIN)
    dispatcher = harness.flows.dispatcher
    again = replace(job, reply=Reply(channel=CHANNEL))
    answer = await dispatcher.reports.run(again, who.person, ReportKeys(weekly=True))
    assert isinstance(answer, WeeklyReportSet)
    await keeper(harness, messages).look()
    assert len(messages.posted) == 1
