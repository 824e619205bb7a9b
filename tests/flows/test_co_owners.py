"""Co-owners of keys: told what the owner is told, with no right of the owner."""

import asyncio
from dataclasses import replace

import pytest

from bot.cards.kit import plain
from bot.cards.outcomes import card_of
from bot.domain.audit import AuditEvent
from bot.domain.languages import ENGLISH
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.decisions import Voted
from bot.domain.outcomes.general import Repeated
from bot.domain.outcomes.key_records import (
    CoOwnerChanged,
    CoOwnerRefused,
    CoOwnerStop,
    OwnerAssigned,
    OwnerOvertaken,
    OwnerShown,
    RecordUnchanged,
)
from bot.domain.outcomes.keys import KeyShown, KeysListed
from bot.domain.outcomes.requests import NotAskable, Requested
from bot.domain.pending import OwnKey
from bot.domain.people import Actor
from bot.domain.requests.notifications import Topic
from handlers.key_messages import KeyMessages
from tests.fakes.key_records import FakeKeyRecords
from tests.fakes.offers import FakeOffers
from tests.flows.failing_fakes import Crash, Failing, FailurePoint
from tests.flows.harness import (
    ADMIN,
    BILLING,
    CHIEF,
    COLLEAGUE,
    DEV,
    GUEST,
    NEWCOMER,
    PROD,
    TECH,
    Harness,
    staffed,
)
from tests.flows.offboarding import offboarding, previewed
from tests.flows.requested import carried_out, collected, leave, looked
from tests.flows.rotated import overlapping
from tests.flows.test_keys_reconciled import compared
from tests.flows.test_leaks import answered, kept, leaked
from tests.flows.test_leaks import looked as leaks_looked

SIX = (TECH, ADMIN, CHIEF, COLLEAGUE, NEWCOMER, BILLING)


@pytest.fixture
def harness() -> Harness:
    """Environments, keys and people."""
    return staffed()


def add(to: Actor, key: str = "ci-bot --env shop-dev", how: str = "--also") -> str:
    """A command that adds a co-owner."""
    name, _, env = key.partition(" ")
    return f"key owner {name} @{to.user_id} {env} {how}"


async def own_of(harness: Harness, name: str = "ci-bot") -> OwnKey:
    """Whose key of DEV it is."""
    own = await harness.pending.owner_of((await harness.key(DEV, name)).api_key)
    assert own
    return own


async def shared(harness: Harness, name: str = "ci-bot") -> Harness:
    """A key of BILLING with COLLEAGUE as its co-owner."""
    await harness.run(TECH, f"key owner {name} @{BILLING.user_id} --env shop-dev")
    outcome = await harness.run(TECH, add(COLLEAGUE, f"{name} --env shop-dev"))
    assert isinstance(outcome, CoOwnerChanged), outcome
    return harness


async def test_a_co_owner_is_added_and_removed(harness: Harness) -> None:
    """Each is told to the person, audited, shown, and in the history of the key"""
    await shared(harness)
    assert (BILLING, (COLLEAGUE,)) == ((await own_of(harness)).owner, (await own_of(harness)).also)
    told = harness.records.told[-1]
    assert (Topic.OWNER, COLLEAGUE.user_id) == (told.topic, told.to)
    entry = harness.records.entries[-1]
    assert (AuditEvent.DONE, str(COLLEAGUE)) == (entry.event, entry.target["co_owner"])
    messages = KeyMessages(harness.records, harness.pending, FakeOffers(), lambda _: ENGLISH)
    drawn = await messages.draw(told)
    assert drawn
    assert "made you a co-owner of ci-bot" in drawn.text
    shown = await harness.run(TECH, "key owner ci-bot --env shop-dev")
    assert isinstance(shown, OwnerShown)
    assert (COLLEAGUE,) == shown.also
    seen = await harness.run(TECH, "key show ci-bot --env shop-dev")
    assert isinstance(seen, KeyShown)
    assert f"Co-owners: @{COLLEAGUE.user_id}" in plain(card_of(seen))
    assert "added a co-owner" in plain(card_of(seen))
    gone = await harness.run(ADMIN, add(COLLEAGUE, how="--remove"))
    assert isinstance(gone, CoOwnerChanged)
    assert not gone.added
    assert () == (await own_of(harness)).also
    drawn = await messages.draw(harness.records.told[-1])
    assert drawn
    assert "removed you as a co-owner" in drawn.text


async def test_what_does_not_fit_changes_nothing(harness: Harness) -> None:
    """A key without an owner, the owner, one who is there already or not, a guest, too many"""
    free = await harness.run(TECH, add(COLLEAGUE))
    assert isinstance(free, CoOwnerRefused)
    assert CoOwnerStop.NO_OWNER is free.reason
    await shared(harness)
    for how in ("--also", "--remove"):
        owner = await harness.run(TECH, add(BILLING, how=how))
        assert isinstance(owner, CoOwnerRefused)
        assert CoOwnerStop.OWNER is owner.reason
    same = await harness.run(TECH, add(COLLEAGUE))
    assert isinstance(same, RecordUnchanged)
    assert "already" in plain(card_of(same))
    none = await harness.run(TECH, add(CHIEF, how="--remove"))
    assert isinstance(none, RecordUnchanged)
    assert isinstance(await harness.run(TECH, add(GUEST)), NotAskable)
    key = (await harness.key(DEV, "ci-bot")).api_key
    own = await own_of(harness)
    five = tuple(replace(COLLEAGUE, user_id=f"U0MANY{n}") for n in range(5))
    harness.records.owners[key] = replace(own, also=five)
    many = await harness.run(TECH, add(CHIEF))
    assert isinstance(many, CoOwnerRefused)
    assert CoOwnerStop.TOO_MANY is many.reason
    assert five == (await own_of(harness)).also


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (add(COLLEAGUE, how="--also --remove"), "not both"),
        ("key owner ci-bot --env shop-dev --also", "Add the person"),
    ],
)
async def test_options_that_do_not_fit_are_told(harness: Harness, text: str, said: str) -> None:
    """Nothing changes"""
    assert said in plain(card_of(await harness.run(TECH, text)))


async def test_a_co_owner_has_no_right_of_the_owner(harness: Harness) -> None:
    """They may not disable the key, and their own keys are others"""
    await harness.run(TECH, f"key owner ci-bot @{COLLEAGUE.user_id} --env shop-dev")
    await harness.run(TECH, add(BILLING))
    assert isinstance(await harness.run(BILLING, "key disable ci-bot"), Denied)
    assert {} == await harness.flows.dispatcher.keys.planner.own.ids(BILLING)
    key = await harness.key(DEV, "ci-bot")
    assert not await harness.flows.dispatcher.keys.planner.own.owns(BILLING, key.api_key, DEV.id)


async def test_the_key_counts_as_theirs_in_the_list(harness: Harness) -> None:
    """Until they are removed"""
    await shared(harness)
    for how, count in (("", 1), ("--remove", 0)):
        if how:
            await harness.run(TECH, add(COLLEAGUE, how=how))
        listed = await harness.run(COLLEAGUE, "key list --mine")
        assert isinstance(listed, KeysListed)
        assert count == listed.total


async def test_a_key_is_no_orphan_while_one_of_them_is_here(harness: Harness) -> None:
    """And one once the last has left"""
    await shared(harness)
    for who, orphaned in ((BILLING, False), (COLLEAGUE, True)):
        await leave(harness, who)
        harness.clock.go_on(days=2)
        listed = await harness.run(TECH, "key list --env shop-dev --orphaned")
        assert isinstance(listed, KeysListed)
        assert orphaned is ("ci-bot" in {here.key.name for here in listed.keys})


async def test_another_owner_keeps_the_co_owners(harness: Harness) -> None:
    """One of whom may become the owner"""
    await shared(harness)
    await harness.run(TECH, f"key owner ci-bot @{CHIEF.user_id} --env shop-dev")
    assert (COLLEAGUE,) == (await own_of(harness)).also
    await harness.run(TECH, f"key owner ci-bot @{COLLEAGUE.user_id} --env shop-dev")
    own = await own_of(harness)
    assert (COLLEAGUE, ()) == (own.owner, own.also)


async def test_in_production_another_key_role_approves(harness: Harness) -> None:
    """The card names the co-owner, who may not approve; both ways"""
    await harness.run(TECH, f"key owner shop-web @{BILLING.user_id} --env shop")
    (first,) = await harness.requests.opened_by(TECH, 10)
    await harness.run(ADMIN, f"approve {first.id}")
    await carried_out(harness, first)
    for how, added in (("--also", True), ("--remove", False)):
        asked = await harness.run(TECH, add(COLLEAGUE, "shop-web --env shop", how))
        assert isinstance(asked, Requested), asked
        assert "co-owner" in plain(card_of(asked))
        voted = await harness.run(ADMIN, f"approve {asked.request.id}")
        assert isinstance(voted, Voted)
        done = await carried_out(harness, asked.request)
        assert isinstance(done, CoOwnerChanged), done
        own = await harness.pending.owner_of((await harness.key(PROD, "shop-web")).api_key)
        assert own
        assert added is (COLLEAGUE in own.also)
        assert BILLING == own.owner


async def test_of_two_changes_at_once_both_land(harness: Harness) -> None:
    """Two co-owners and a tag: the record of each is read again"""
    await shared(harness)
    texts = (add(CHIEF), add(ADMIN), "key tag ci-bot add ci --env shop-dev")
    jobs = [await harness.job(TECH, text) for text in texts]
    await asyncio.gather(*map(harness.flows.dispatcher.run, jobs))
    assert {COLLEAGUE, CHIEF, ADMIN} == {*(await own_of(harness)).also}
    record = await harness.records.find((await harness.key(DEV, "ci-bot")).api_key)
    assert record
    assert ("ci",) == record.tags


async def test_an_owner_who_was_chosen_meanwhile_stops_it(harness: Harness) -> None:
    """As it stops the choice of an owner"""
    await shared(harness)
    job = await harness.job(TECH, add(CHIEF))
    harness.clock.go_on(minutes=1)
    assert isinstance(
        await harness.run(ADMIN, f"key owner ci-bot @{NEWCOMER.user_id} --env shop-dev"),
        OwnerAssigned,
    )
    assert isinstance(await harness.flows.dispatcher.run(job), OwnerOvertaken)
    assert (COLLEAGUE,) == (await own_of(harness)).also


class FailingRecords(Failing, FakeKeyRecords):
    """Records behind a failure point."""


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_it_is_made_and_told_once_after_a_crash(harness: Harness, *, after: bool) -> None:
    """Whether the process died before the step or after it"""
    records = FailingRecords()
    harness.jobs.records = records
    harness.rebuild()
    await harness.run(TECH, f"key owner ci-bot @{BILLING.user_id} --env shop-dev")
    told = len(records.told)
    records.failure_point = FailurePoint(at=1, after=after, method="replace")
    job = await harness.job(TECH, add(COLLEAGUE))
    with pytest.raises(Crash):
        await harness.flows.dispatcher.run(job)
    records.failure_point = None
    harness.clock.go_on(minutes=1)
    outcome = await harness.again(job.id)
    assert isinstance(outcome, CoOwnerChanged | Repeated), outcome
    assert 1 == len(records.told) - told


async def test_they_are_told_what_the_owner_is_told_of_drift(harness: Harness) -> None:
    """One message to each"""
    await shared(harness)
    await compared(harness)
    key = await harness.key(DEV, "ci-bot")
    harness.clock.go_on(minutes=5)
    harness.account.replace_key(DEV.id, replace(key, name="other"))
    await compared(harness)
    people = [it.to for it in harness.records.told if it.topic is Topic.DRIFT and it.to]
    assert [BILLING.user_id, COLLEAGUE.user_id] == sorted(people)


async def test_they_are_told_of_the_end_of_access(harness: Harness) -> None:
    """The warning, and the end"""
    request = await collected(harness, "request shop-dev deploy --reason builds --expires 2d")
    await harness.run(TECH, add(COLLEAGUE, "deploy --env shop-dev"))
    for hours in (25, 24):
        harness.clock.go_on(hours=hours)
        await looked(harness)
    told = [(it.topic, it.to) for it in harness.requests.notifications if it.to]
    for topic in (Topic.ENDING, Topic.ENDED):
        assert {(topic, NEWCOMER.user_id), (topic, COLLEAGUE.user_id)} <= {*told}
    assert NEWCOMER == request.terms.owner


async def test_a_rotation_tells_them_and_hands_them_on(harness: Harness) -> None:
    """With the tags; only the owner collects"""
    await harness.run(TECH, f"key owner ci-bot @{TECH.user_id} --env shop-dev")
    await harness.run(TECH, add(BILLING))
    await harness.run(TECH, "key tag ci-bot add ci --env shop-dev")
    request = await overlapping(harness)
    told = {it.to for it in harness.requests.notifications if it.topic is Topic.ROTATION}
    assert BILLING.user_id in told
    own = await harness.pending.owner_of(request.made)
    assert own
    assert (TECH, (BILLING,)) == (own.owner, own.also)
    record = await harness.records.find(request.made)
    assert record
    assert ("ci",) == record.tags
    assert [] == await harness.pending.pending_of(BILLING)


async def test_they_are_asked_about_a_leak(harness: Harness) -> None:
    """Beside the owner"""
    await shared(harness)
    key = await harness.key(DEV, "ci-bot")
    await answered(harness, TECH, await leaked(harness))
    await leaks_looked(harness)
    assert {BILLING.user_id, COLLEAGUE.user_id} <= {*(await kept(harness, key.api_key)).asked}


async def test_offboarding_removes_them(harness: Harness) -> None:
    """As a part of the list; the key works as before"""
    await harness.run(CHIEF, f"key owner ci-bot @{BILLING.user_id} --env shop-dev")
    await harness.run(CHIEF, add(TECH))
    bulk = await previewed(harness)
    named = [part for part in bulk.parts if part.command.startswith("key owner ")]
    assert ["ci-bot"] == [part.name for part in named]
    request = await offboarding(harness)
    await carried_out(harness, request)
    assert () == (await own_of(harness)).also
    assert (await harness.key(DEV, "ci-bot")).enabled
    assert "no_co_owner" in harness.records.entries[-1].target
