import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.people import Actor, Profile, TurnedAway
from bot.errors import SlackAway
from bot.flows.directory import ASKED_FOR, LISTED_FOR, FreshDirectory, KeptDirectory
from tests.fakes.clock import FakeClock
from tests.fakes.directory import FakeDirectory
from tests.fakes.hints import FakeHints
from tests.flows.harness import TEAM, TECH, Harness

ANN = Profile("U1", TEAM, "Ann", "ann@lumen.example")
ACTOR = Actor(TEAM, ANN.user_id)


class SlowDirectory(FakeDirectory):
    """Answers about a profile once it may."""

    def __init__(self) -> None:
        super().__init__()
        self.may = asyncio.Event()
        self.began = asyncio.Event()

    async def profile(self, actor: Actor) -> Profile:
        """Wait before the answer."""
        found = await super().profile(actor)
        self.began.set()
        await self.may.wait()
        return found


class Lumen:
    """A workspace with Ann, as one process keeps it."""

    def __init__(self, slack: FakeDirectory | None = None, hints: FakeHints | None = None) -> None:
        self.slack, self.hints = slack or FakeDirectory(), hints or FakeHints()
        self.clock = FakeClock()
        self.slack.add(ANN)
        self.fresh = FreshDirectory(self.slack, self.clock, self.hints)
        self.kept = KeptDirectory(self.fresh)

    async def filled(self) -> "Lumen":
        """Read the list, a moment ago."""
        await self.fresh.fill()
        self.clock.go_on(seconds=1)
        return self


async def test_the_list_serves_reading_and_a_change_asks() -> None:
    """One call of `users.list` instead of one of `users.info` for each command that reads"""
    lumen = await Lumen().filled()
    for _ in range(10):
        assert ANN == await lumen.kept.profile(ACTOR)
        assert ANN == await lumen.kept.by_email("Ann@Lumen.example")
    assert {"everyone": 1} == lumen.slack.calls
    for _ in range(2):
        await lumen.fresh.profile(ACTOR)
    assert 2 == lumen.slack.calls[ANN.user_id]


async def test_reading_does_not_wait_for_slack() -> None:
    """Not while it is away or limits calls; a change waits or fails"""
    lumen = await Lumen().filled()
    lumen.slack.away = True
    assert ANN == await lumen.kept.profile(ACTOR)
    with pytest.raises(SlackAway):
        await lumen.fresh.profile(ACTOR)


@pytest.mark.parametrize("listed", [True, False])
async def test_what_is_kept_ends(listed: bool) -> None:  # noqa: FBT001  # a parameter of the test
    """An hour after the list; without a list after a minute, as no event may come either"""
    lumen = Lumen()
    if listed:
        await lumen.fresh.fill()
    await lumen.kept.profile(ACTOR)
    first = lumen.slack.calls[ANN.user_id]
    lumen.clock.at += LISTED_FOR if listed else ASKED_FOR
    await lumen.kept.profile(ACTOR)
    assert first == lumen.slack.calls[ANN.user_id]
    lumen.clock.at += timedelta(seconds=1)
    await lumen.kept.profile(ACTOR)
    assert first + 1 == lumen.slack.calls[ANN.user_id]


async def test_those_who_ask_at_the_same_time_share_one_call() -> None:
    """Also if the first of them is cancelled; a failure is each one's, and not remembered"""
    slack = SlowDirectory()
    lumen = Lumen(slack)
    asking = [asyncio.create_task(lumen.fresh.profile(ACTOR)) for _ in range(20)]
    await slack.began.wait()
    asking[0].cancel()
    slack.may.set()
    assert [ANN] * 19 == await asyncio.gather(*asking[1:])
    assert 1 == slack.calls[ANN.user_id]
    slack.away = True
    failed = [asyncio.create_task(lumen.fresh.profile(ACTOR)) for _ in range(3)]
    found = await asyncio.gather(*failed, return_exceptions=True)
    assert [SlackAway] * 3 == [type(each) for each in found]
    slack.away = False
    assert ANN == await lumen.fresh.profile(ACTOR)


async def test_groups_and_addresses_are_shared_too() -> None:
    """A vote on call and a search for approvers ask for them"""
    lumen = Lumen()
    lumen.slack.groups["S1"] = frozenset({"U1"})
    found = await asyncio.gather(*(lumen.fresh.members("S1") for _ in range(9)))
    assert [frozenset({"U1"})] * 9 == found
    await asyncio.gather(*(lumen.fresh.by_email(ANN.email) for _ in range(9)))
    assert (lumen.slack.group_calls, lumen.slack.calls) == ({"S1": 1}, {ANN.email: 1})
    await lumen.fresh.members("S1")
    assert lumen.slack.group_calls["S1"] == 2


async def test_a_change_that_slack_reports_counts_at_once_in_every_process() -> None:
    """The one that got the event, and another one"""
    slack, hints = FakeDirectory(), FakeHints()
    here, there = await Lumen(slack, hints).filled(), await Lumen(slack, hints).filled()
    gone = slack.add(replace(ANN, deleted=True))
    await here.fresh.changed(gone)
    assert gone == await here.kept.profile(ACTOR)
    assert gone == await there.kept.profile(ACTOR)


async def test_an_event_grants_nothing() -> None:
    """What it says is not kept: Slack is asked"""
    lumen = await Lumen().filled()
    restricted = lumen.slack.add(replace(ANN, guest=True))
    await lumen.fresh.changed(ANN)
    assert restricted == await lumen.kept.profile(ACTOR)
    await lumen.fresh.changed(replace(ANN, email="ada@lumen.example"))
    assert await lumen.kept.by_email("ada@lumen.example") is None
    assert 1 == lumen.slack.calls["ada@lumen.example"]


async def test_an_answer_that_was_on_its_way_before_the_change_is_not_kept() -> None:
    """The next one who reads asks Slack"""
    slack = SlowDirectory()
    lumen = Lumen(slack)
    early = asyncio.create_task(lumen.fresh.profile(ACTOR))
    await slack.began.wait()
    gone = slack.add(replace(ANN, deleted=True))
    lumen.clock.go_on(seconds=1)
    await lumen.fresh.changed(gone)
    lumen.clock.go_on(seconds=1)
    slack.may.set()
    assert ANN == await early
    assert lumen.fresh.kept(ANN.user_id) is None
    assert gone == await lumen.kept.profile(ACTOR)


async def test_without_redis_reading_asks_slack() -> None:
    """Whether another process knows of a change is not known"""
    lumen = await Lumen().filled()
    lumen.hints.away = True
    await lumen.kept.profile(ACTOR)
    assert 1 == lumen.slack.calls[ANN.user_id]


async def test_an_address_of_two_is_asked_for() -> None:
    """Slack decides; a deactivated user does not count"""
    lumen = Lumen()
    lumen.slack.add(replace(ANN, user_id="U2", email="ANN@lumen.example"))
    await lumen.filled()
    await lumen.kept.by_email(ANN.email)
    assert 1 == lumen.slack.calls[ANN.email]
    lumen.slack.add(replace(ANN, user_id="U2", deleted=True))
    await lumen.filled()
    await lumen.kept.by_email(ANN.email)
    assert 1 == lumen.slack.calls[ANN.email]


async def test_a_deactivated_member_reads_nothing_from_the_next_command_on(
    harness: Harness,
) -> None:
    """Though their identity is remembered for a minute, and the list is an hour old"""
    await harness.flows.directory.fill()
    harness.clock.go_on(seconds=1)
    assert not isinstance(await harness.run(TECH, "whoami"), TurnedAway)
    assert 0 == harness.directory.calls[TECH.user_id]
    gone = replace(await harness.directory.profile(TECH), deleted=True)
    harness.directory.add(gone)
    await harness.flows.directory.changed(gone)
    assert isinstance(await harness.run(TECH, "whoami"), TurnedAway)


async def test_a_persons_language_outlives_a_change_of_theirs() -> None:
    """It is what Slack said last, in an answer or in the event itself"""
    lumen = Lumen()
    assert lumen.fresh.locale(ANN.user_id) == ""
    french = replace(ANN, locale="fr-FR")
    lumen.slack.add(french)
    await lumen.filled()
    await lumen.fresh.changed(replace(french, name="Anne", locale=""))
    assert lumen.fresh.locale(ANN.user_id) == "fr-FR"
    await lumen.fresh.changed(replace(french, locale="ja-JP"))
    assert lumen.fresh.locale(ANN.user_id) == "ja-JP"
