"""A person who left Slack is proposed for offboarding once, in the security channel."""

from dataclasses import replace

import pytest

from bot.adapters.slack.profiles import read_profile
from bot.domain.people import Actor
from bot.domain.requests.notifications import Audience, Topic
from bot.flows.directory import FreshDirectory
from bot.flows.keys.own import OwnKeys
from bot.flows.offboard.departures import Departures
from handlers.actions import VERBS
from handlers.directory import UserEvents
from tests.fakes.departures import FakeDepartures
from tests.flows.harness import ADMIN, BILLING, NEWCOMER, TEAM, TECH, Harness
from tests.flows.offboarding import previewed, settled_in
from tests.flows.requested import WISH, asked
from tests.traps.recorded_messages import SECURITY, FakeMessenger, outbox


def departures(harness: Harness, fake: FakeDepartures) -> Departures:
    """Hears over the fakes."""
    own = OwnKeys(harness.account, harness.pending, harness.requests)
    return Departures(harness.bindings, own, harness.requests, fake, harness.clock, TEAM)


async def left(
    harness: Harness, fake: FakeDepartures, actor: Actor, *, deleted: bool = True
) -> None:
    """Slack tells that a user changed."""
    heard = departures(harness, fake)
    fresh = FreshDirectory(harness.directory, harness.clock, harness.hints)
    user = {"id": actor.user_id, "team_id": TEAM, "deleted": deleted, "profile": {}}
    events = UserEvents(fresh, read_profile, [heard.changed])
    await events.changed({"event": {"type": "user_change", "user": user}})


@pytest.mark.parametrize("known", ["bound", "keys", "requests"])
async def test_a_person_whom_keysmith_knows_is_proposed_once(harness: Harness, known: str) -> None:
    """By any of what they have; another event about them says nothing"""
    fake, who = FakeDepartures(), NEWCOMER if known == "requests" else TECH
    if known == "bound":
        await harness.run(who, "whoami")
    elif known == "keys":
        await harness.run(who, "key create mine --env shop-dev")
    else:
        await asked(harness, WISH, who)
    await left(harness, fake, who, deleted=False)
    assert [] == fake.queued
    for _ in range(2):
        await left(harness, fake, who)
    (proposal,) = fake.queued
    assert (Audience.SECURITY, Topic.LEFT, who.user_id) == (
        proposal.audience,
        proposal.topic,
        proposal.to,
    )


async def test_others_are_not_proposed(harness: Harness) -> None:
    """Who has nothing here, and who is of another workspace"""
    fake = FakeDepartures()
    await left(harness, fake, BILLING)
    await harness.run(TECH, "whoami")
    profile = await harness.directory.profile(TECH)
    stranger = replace(profile, team_id="T9", deleted=True)
    await departures(harness, fake).changed(stranger)
    assert [] == fake.queued


async def test_the_proposal_has_a_button_that_opens_the_list(harness: Harness) -> None:
    """For those who may see it by the command; it changes nothing"""
    await settled_in(harness)
    fake, messenger = FakeDepartures(), FakeMessenger()
    await left(harness, fake, TECH)
    await outbox(harness, messenger)("1-0", fake.queued[0], again=False)
    (said,) = messenger.texts(SECURITY)
    assert "left Slack" in said
    ((_, message),) = messenger.said[SECURITY]
    assert "request:offboard:@U0TECH" in str(message.blocks)
    bulk = await previewed(harness, VERBS["offboard"].format('"@U0TECH"'), ADMIN)
    assert 7 == len(bulk.parts)
