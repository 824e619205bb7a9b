"""Whose a key is, and what it is for: chosen by key roles, with an approval in production."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.cards.kit import plain
from bot.cards.outcomes import card_of
from bot.domain.audit import AuditEvent
from bot.domain.keys import ProtectionReason
from bot.domain.outcomes.access import Denied, Unknown
from bot.domain.outcomes.decisions import MayNotDecide, Voted
from bot.domain.outcomes.key_records import (
    KeyNoted,
    OwnerAssigned,
    OwnerOvertaken,
    OwnerShown,
    RecordUnchanged,
)
from bot.domain.outcomes.keys import KeyChanged, KeyProtected
from bot.domain.outcomes.requests import NotAskable, Requested
from bot.domain.people import Actor, Profile
from bot.domain.policy import Action
from bot.domain.requests.limits import NotAskableReason
from bot.domain.requests.machine import State
from bot.domain.requests.notifications import Audience, Topic
from tests.fakes.key_records import FakeKeyRecords
from tests.flows.failing_fakes import Crash, Failing, FailurePoint
from tests.flows.harness import (
    ADMIN,
    BILLING,
    CHIEF,
    COLLEAGUE,
    CREATE,
    DEV,
    GUEST,
    NEWCOMER,
    PROD,
    TEAM,
    TECH,
    Harness,
    staffed,
)
from tests.flows.requested import carried_out, rule, under


@pytest.fixture
def harness() -> Harness:
    """Environments, keys and people."""
    return staffed()


def give(name: str, to: Actor, env: str = "shop-dev") -> str:
    """A command that makes a person the owner."""
    return f"key owner {name} @{to.user_id} --env {env}"


async def owner_of(harness: Harness, name: str = "ci-bot") -> Actor | None:
    """Whose key of DEV it is."""
    own = await harness.pending.owner_of((await harness.key(DEV, name)).api_key)
    return own.owner if own else None


async def test_a_key_of_before_gets_an_owner(harness: Harness) -> None:
    """At once in development; the owner is told, and may disable the key by themselves"""
    shown = await harness.run(TECH, "key owner ci-bot")
    assert isinstance(shown, OwnerShown)
    assert (None, True) == (shown.owner, shown.may_change)
    outcome = await harness.run(TECH, give("ci-bot", BILLING))
    assert isinstance(outcome, OwnerAssigned), outcome
    assert BILLING == await owner_of(harness)
    (told,) = harness.records.told
    assert (Audience.PERSON, Topic.OWNER, BILLING.user_id) == (
        *(told.audience, told.topic, told.to),
    )
    entry = harness.records.entries[-1]
    assert (AuditEvent.DONE, "key:owner", TECH) == (entry.event, entry.action, entry.actor)
    assert str(BILLING) == entry.target["owner"]
    assert isinstance(await harness.run(BILLING, "key disable ci-bot"), KeyChanged)


async def test_the_former_owner_is_told_too_and_has_the_key_no_longer(harness: Harness) -> None:
    """They may not disable it any more"""
    await harness.run(TECH, give("ci-bot", BILLING))
    await harness.run(ADMIN, give("ci-bot", COLLEAGUE))
    people = {told.to for told in harness.records.told[1:]}
    assert {BILLING.user_id, COLLEAGUE.user_id} == people
    assert isinstance(await harness.run(BILLING, "key disable ci-bot"), Denied)
    assert [] == await harness.pending.keys_of(BILLING)


async def test_who_requested_a_key_loses_it_with_another_owner(harness: Harness) -> None:
    """Also where their request led to it"""
    asked = await harness.run(NEWCOMER, 'request shop-dev deploy --reason "builds of the shop"')
    assert isinstance(asked, Requested)
    assert isinstance(await harness.run(TECH, f"approve {asked.request.id}"), Voted)
    await carried_out(harness, asked.request)
    harness.pending.collect(asked.request.id)
    await harness.run(ADMIN, give("deploy", COLLEAGUE))
    assert {} == await harness.flows.dispatcher.keys.planner.own.ids(NEWCOMER)
    assert isinstance(await harness.run(NEWCOMER, "key disable deploy"), Unknown)


async def test_in_production_another_key_role_approves_the_owner(harness: Harness) -> None:
    """Who may not be the new owner; the terms name them"""
    outcome = await harness.run(TECH, give("shop-web", COLLEAGUE, "shop"))
    assert isinstance(outcome, Requested), outcome
    terms = outcome.request.terms
    assert (Action.KEY_OWNER, COLLEAGUE) == (terms.action, terms.owner)
    assert replace(terms, owner=TECH).fingerprint != terms.fingerprint
    assert isinstance(await harness.run(COLLEAGUE, f"approve {outcome.request.id}"), MayNotDecide)
    assert isinstance(await harness.run(ADMIN, f"approve {outcome.request.id}"), Voted)
    assert isinstance(await carried_out(harness, outcome.request), OwnerAssigned)
    own = await harness.pending.owner_of((await harness.key(PROD, "shop-web")).api_key)
    assert own
    assert COLLEAGUE == own.owner
    request = await harness.requests.load(outcome.request.id)
    assert request
    assert State.DONE is request.state


async def test_a_new_owner_needs_no_right_of_their_own(harness: Harness, tmp_path: Path) -> None:
    """A budget in place of a vote stands on the right of the person who asks"""
    auto = '@approvals("1")\n@approvers("key_roles")\n@auto("9 a week until 2026-12-31")'
    look = 'permit (principal, action in Action::"look", resource);'
    asks = 'principal in Role::"key_roles"'
    under(harness, tmp_path, rule("key:owner", auto, asks) + f'@id("look")\n{look}')
    outcome = await harness.run(TECH, give("ci-bot", BILLING))
    assert isinstance(outcome, Requested), outcome
    assert isinstance(await carried_out(harness, outcome.request), OwnerAssigned)


async def test_an_owner_is_a_confirmed_member(harness: Harness) -> None:
    """No guest, and no bot"""
    bot = Actor(TEAM, "U0BOT")
    harness.directory.add(Profile(bot.user_id, TEAM, "Bot", "", bot=True))
    for who in (GUEST, bot):
        outcome = await harness.run(TECH, give("ci-bot", who))
        assert isinstance(outcome, NotAskable)
        assert NotAskableReason.TEAMMATE is outcome.reason
    assert await owner_of(harness) is None


async def test_who_may_not_change_keys_chooses_no_owner(harness: Harness) -> None:
    """Nor sees one"""
    for text in (give("ci-bot", BILLING), "key owner ci-bot", "key note ci-bot x"):
        assert isinstance(await harness.run(BILLING, text), Denied)
    assert {} == harness.records.kept


async def test_a_root_key_and_one_that_waits_get_no_other_owner(harness: Harness) -> None:
    """The link of the latter leads to its owner alone"""
    await harness.run(TECH, CREATE)
    waits = await harness.run(TECH, give("new", COLLEAGUE))
    assert isinstance(waits, KeyProtected)
    assert ProtectionReason.UNCLAIMED is waits.reason
    root = next(key for key in await harness.account.keys(DEV.id) if key.root)
    stopped = await harness.run(TECH, give(root.api_key, COLLEAGUE))
    assert isinstance(stopped, KeyProtected)
    assert ProtectionReason.ROOT is stopped.reason


async def test_the_same_owner_again_changes_nothing(harness: Harness) -> None:
    """And tells no one"""
    await harness.run(TECH, give("ci-bot", BILLING))
    outcome = await harness.run(ADMIN, give("ci-bot", BILLING))
    assert isinstance(outcome, RecordUnchanged)
    assert 1 == len(harness.records.told)


async def test_an_older_choice_never_undoes_a_newer_one(harness: Harness) -> None:
    """The approval came late"""
    asked = await harness.run(TECH, give("shop-web", COLLEAGUE, "shop"))
    newer = await harness.run(ADMIN, give("shop-web", BILLING, "shop"))
    assert isinstance(asked, Requested)
    assert isinstance(newer, Requested)
    harness.clock.go_on(minutes=1)
    for request, voter in ((newer.request, TECH), (asked.request, ADMIN)):
        await harness.run(voter, f"approve {request.id}")
    assert isinstance(await carried_out(harness, newer.request), OwnerAssigned)
    assert isinstance(await carried_out(harness, asked.request), OwnerOvertaken)
    own = await harness.pending.owner_of((await harness.key(PROD, "shop-web")).api_key)
    assert own
    assert BILLING == own.owner


async def test_of_two_at_once_each_is_told_what_came_of_it(harness: Harness) -> None:
    """The key has one owner, and the record has both changes"""
    each = (harness.run(who, give("ci-bot", to)) for who, to in ((TECH, BILLING), (ADMIN, CHIEF)))
    outcomes = await asyncio.gather(*each)
    assert all(isinstance(it, OwnerAssigned | OwnerOvertaken) for it in outcomes)
    assert await owner_of(harness) in {BILLING, CHIEF}


async def test_a_note_is_written_and_replaced(harness: Harness) -> None:
    """At once everywhere; what stands there already changes nothing"""
    outcome = await harness.run(TECH, 'key note shop-web "builds of the shop"')
    assert isinstance(outcome, KeyNoted), outcome
    key = await harness.key(PROD, "shop-web")
    record = await harness.records.find(key.api_key)
    assert record
    assert ("builds of the shop", "note") == (record.purpose, record.history[0].what)
    same = await harness.run(ADMIN, 'key note shop-web "builds of the shop"')
    assert isinstance(same, RecordUnchanged)
    assert "already has this note" in plain(card_of(same))
    await harness.run(ADMIN, "key note shop-web deploys")
    found = await harness.records.find(key.api_key)
    assert found
    assert ("deploys", 2) == (found.purpose, len(found.history))


class FailingRecords(Failing, FakeKeyRecords):
    """Records behind a failure point."""


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("text", [give("ci-bot", BILLING), "key note ci-bot builds"])
async def test_a_change_is_made_and_told_once_after_a_crash(
    harness: Harness, text: str, *, after: bool
) -> None:
    """Whether the process died before the step or after it"""
    records = FailingRecords()
    harness.jobs.records = records
    harness.rebuild()
    records.failure_point = FailurePoint(at=1, after=after, method="replace")
    job = await harness.job(TECH, text)
    with pytest.raises(Crash):
        await harness.flows.dispatcher.run(job)
    records.failure_point = None
    harness.clock.go_on(minutes=1)
    outcome = await harness.again(job.id)
    assert isinstance(outcome, OwnerAssigned | KeyNoted), outcome
    assert 1 == len(records.entries)
    assert ("owner" in text) == len(records.told)
