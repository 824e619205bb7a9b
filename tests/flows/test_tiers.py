import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.domain.audit import AuditEvent
from bot.domain.commands.environments import SetTier
from bot.domain.environments import Environment, FixedTier, Tier, TierReason, UnreadableTier
from bot.domain.jobs import Job
from bot.domain.outcomes.access import Denied, Explained, Unknown
from bot.domain.outcomes.decisions import MayNotDecide, Voided
from bot.domain.outcomes.environments import (
    EnvironmentShown,
    TierFixed,
    TierOvertaken,
    TierUnchanged,
    WhichEnvironment,
)
from bot.domain.outcomes.keys import KeyChanged
from bot.domain.outcomes.links import LinkReady
from bot.domain.outcomes.requests import Requested
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor
from bot.domain.policy import Allowed, Approval, NeedsApproval
from bot.domain.requests.machine import State
from bot.errors import StoreError
from bot.flows.accounts.tiered import TieredAccount
from bot.flows.accounts.tiers import TierFixer
from bot.flows.audit import AuditLog
from bot.flows.plan import Plan
from tests.flows.harness import ADMIN, CHIEF, COLLEAGUE, DEV, NEWCOMER, PROD, TECH, Harness
from tests.flows.requested import (
    approved,
    asked,
    carried_out,
    collected,
    kept,
    under,
)

LOWER = "env tier shop development"
"""Makes production development: as dangerous as anything in production."""
RAISE = "env tier shop-dev production"


async def fixed(harness: Harness, text: str) -> Environment:
    """Fix a tier: an admin asks, a master admin approves, and it is carried out."""
    request = await approved(harness, text, ADMIN, to=CHIEF)
    outcome = await carried_out(harness, request)
    assert isinstance(outcome, TierFixed), outcome
    assert State.DONE is (await kept(harness, request)).state
    return outcome.environment


@pytest.mark.parametrize("text", [LOWER, RAISE, "env tier shop-stag staging"])
async def test_a_tier_needs_what_production_needs(harness: Harness, text: str) -> None:
    """In every environment: an admin asks, and another admin or master admin approves"""
    request = await asked(harness, text, ADMIN)
    assert Approval(1, ("admins",)) == request.approval
    for actor in (ADMIN, TECH, NEWCOMER):
        assert isinstance(await harness.run(actor, f"approve {request.id}"), MayNotDecide)
    assert not harness.tiers.kept


@pytest.mark.parametrize("actor", [TECH, COLLEAGUE, NEWCOMER])
async def test_only_admins_fix_a_tier(harness: Harness, actor: Actor) -> None:
    """And no request of another person is opened"""
    assert isinstance(await harness.run(actor, RAISE), Denied | Unknown)
    assert not harness.requests.notifications


async def test_a_fixed_tier_is_stored_and_on_the_record(harness: Harness) -> None:
    """With the entry and the notice of the same step"""
    place = await fixed(harness, LOWER)
    record = harness.tiers.kept[PROD.id]
    assert isinstance(record, FixedTier)
    assert (Tier.DEVELOPMENT, ADMIN, "Admin", 1) == (
        record.tier,
        record.by,
        record.name,
        record.version,
    )
    assert (Tier.DEVELOPMENT, TierReason.FIXED) == place.tier_and_reason
    (entry,) = harness.tiers.entries
    assert (AuditEvent.DONE, "env:tier", ADMIN) == (entry.event, entry.action, entry.actor)
    assert {"environment": "e-prod", "tier": "development", "before": "production"}.items() <= (
        entry.target.items()
    )
    assert "request" in entry.detail
    assert ["Admin fixed the tier of Shop at development; it was production."] == (
        harness.tiers.notices
    )


async def test_it_is_by_the_environments_id(harness: Harness) -> None:
    """Another environment with the same words in its name is not affected"""
    twin = harness.account.add_environment(Environment("e-twin", "Shop", "shop-2"))
    assert isinstance(await harness.run(ADMIN, "env tier Shop development"), WhichEnvironment)
    await fixed(harness, "env tier e-prod development")
    shown = await harness.run(ADMIN, "env show shop-2")
    assert isinstance(shown, EnvironmentShown)
    assert (twin.id, Tier.PRODUCTION) == (shown.environment.id, shown.environment.tier)


async def test_changes_follow_the_fixed_tier(harness: Harness) -> None:
    """A key in Shop dev needs an approval from now on, and one in Shop none"""
    await fixed(harness, RAISE)
    await fixed(harness, LOWER)
    assert isinstance(await harness.run(TECH, "key rename ci-bot ci --env shop-dev"), Requested)
    assert isinstance(await harness.run(TECH, "key rename shop-web web --env shop"), KeyChanged)
    request = await asked(harness, "request shop-dev deploy --reason builds")
    assert ("production", ("admins",)) == (request.terms.tier, request.approval.approvers)
    explained = await harness.run(TECH, "explain key create x --env shop-dev")
    assert isinstance(explained, Explained)
    assert [NeedsApproval] == [type(each.own) for each in explained.explanations]


async def test_claiming_follows_the_fixed_tier(harness: Harness) -> None:
    """What may be created at once may not be collected once an approval is needed"""
    created = await harness.run(TECH, "key create new --env shop-dev")
    assert isinstance(created, LinkReady)
    (pending,) = await harness.pending.pending_of(TECH)
    assert await harness.flows.access.may_still_claim(pending)
    await fixed(harness, RAISE)
    assert not await harness.flows.access.may_still_claim(pending)


async def test_a_renewal_follows_the_fixed_tier(harness: Harness) -> None:
    """Access to what was development is renewed by admins alone"""
    old = await collected(harness, "request shop-dev deploy --reason builds --expires 7d")
    await fixed(harness, RAISE)
    renewal = await asked(harness, f"renew {old.id} --reason more --expires 7d")
    assert ("admins",) == renewal.approval.approvers


@pytest.mark.parametrize("when", ["vote", "execution"])
async def test_an_open_request_is_void_once_the_tier_changed(harness: Harness, when: str) -> None:
    """Its approvers agreed under other rules, to terms with another tier in them"""
    request = await asked(harness, "request shop-dev deploy --reason builds")
    if when == "vote":
        await fixed(harness, RAISE)
        assert isinstance(await harness.run(TECH, f"approve {request.id}"), Voided)
    else:
        await harness.run(TECH, f"approve {request.id}")
        await fixed(harness, RAISE)
        assert isinstance(await carried_out(harness, request), Voided)
    assert "deploy" not in [key.name for key in await harness.account.keys(DEV.id)]


def damaged(harness: Harness) -> None:
    """Let one record be unreadable."""
    harness.tiers.kept[DEV.id] = UnreadableTier()


def away(harness: Harness) -> None:
    """Let Redis fail when tiers are read."""
    harness.tiers.away = True


@pytest.mark.parametrize("fail", [damaged, away])
async def test_what_cannot_be_read_is_production(
    harness: Harness, fail: Callable[[Harness], None]
) -> None:
    """Although its name says development"""
    fail(harness)
    assert isinstance(await harness.run(TECH, "key rename ci-bot ci --env shop-dev"), Requested)
    shown = await harness.run(TECH, "env show shop-dev")
    assert isinstance(shown, EnvironmentShown)
    assert (Tier.PRODUCTION, TierReason.UNREADABLE) == shown.environment.tier_and_reason


async def test_an_older_request_never_undoes_a_newer_tier(harness: Harness) -> None:
    """Approved before or after the newer one: it is void"""
    waiting = await asked(harness, LOWER, ADMIN)
    agreed = await approved(harness, "env tier shop staging", ADMIN, to=CHIEF)
    harness.clock.go_on(hours=1)
    newer = await fixed(harness, "env tier shop production")
    assert isinstance(await harness.run(CHIEF, f"approve {waiting.id}"), Voided)
    assert isinstance(await carried_out(harness, agreed), Voided)
    assert newer.fixed == harness.tiers.kept[PROD.id]


async def test_what_is_fixed_already_asks_no_one(harness: Harness) -> None:
    """The answer says so"""
    await fixed(harness, LOWER)
    assert isinstance(await harness.run(ADMIN, LOWER), TierUnchanged)


@pytest.mark.parametrize("text", [LOWER, RAISE, f"link @{TECH.user_id} --reason x"])
async def test_a_permit_for_everything_lets_nothing_grave_run_at_once(
    harness: Harness, tmp_path: Path, text: str
) -> None:
    """An admin asks, another one approves, and no one else even asks"""
    await harness.who(TECH)
    harness.account.remove_user("u-U0TECH")
    under(harness, tmp_path, '@id("all") @approvals("0") permit (principal, action, resource);')
    request = await asked(harness, text, ADMIN)
    assert Approval(1, ("admins",)) == request.approval
    assert State.PENDING is request.state
    for actor in (NEWCOMER, COLLEAGUE):
        assert isinstance(await harness.run(actor, text), Denied | Unknown)


async def fix(harness: Harness, job: Job, tier: Tier) -> Outcome:
    """Apply what was approved, as the executor does."""
    (place,) = [it for it in await harness.account.environments() if it.id == PROD.id]
    plan = Plan(SetTier("shop", tier), place, place.name)
    person = (await harness.who(ADMIN)).person
    account = TieredAccount(harness.account, harness.tiers)
    fixer = TierFixer(account, harness.tiers, harness.locks, AuditLog(harness.clock))
    return await fixer.fix(job, person, plan, SetTier("shop", tier), Allowed("rule"))


async def test_a_late_change_never_undoes_a_newer_one(harness: Harness) -> None:
    """A job that runs again recognizes its record, one that comes late changes nothing"""
    late = await harness.job(ADMIN, "env tier shop staging")
    job = await harness.job(ADMIN, LOWER)
    harness.clock.go_on(hours=1)
    for _ in range(2):
        outcome = await fix(harness, job, Tier.DEVELOPMENT)
        assert isinstance(outcome, TierFixed), outcome
    assert 1 == len(harness.tiers.entries)
    assert isinstance(await fix(harness, late, Tier.STAGING), TierOvertaken)
    newer = await harness.job(ADMIN, "env tier shop staging")
    assert isinstance(await fix(harness, newer, Tier.STAGING), TierFixed)
    record = harness.tiers.kept[PROD.id]
    assert isinstance(record, FixedTier)
    assert 2 == record.version


async def test_of_two_at_the_same_time_one_is_overtaken(harness: Harness) -> None:
    """One record, one entry for each that was written"""
    jobs = [(await harness.job(ADMIN, f"env tier shop {tier}"), tier) for tier in Tier]
    harness.clock.go_on(hours=1)
    outcomes = await asyncio.gather(*(fix(harness, job, tier) for job, tier in jobs))
    assert [TierFixed, TierOvertaken, TierOvertaken] == sorted(
        map(type, outcomes), key=lambda kind: kind.__name__
    )
    assert 1 == len(harness.tiers.entries)


async def test_a_damaged_tier_is_fixed_again(harness: Harness) -> None:
    """With an approval, as in production; the new record counts"""
    harness.tiers.kept[DEV.id] = UnreadableTier()
    request = await asked(harness, "env tier shop-dev development", ADMIN)
    assert "production" == request.terms.tier
    await harness.run(CHIEF, f"approve {request.id}")
    outcome = await carried_out(harness, request)
    assert isinstance(outcome, TierFixed), outcome
    record = harness.tiers.kept[DEV.id]
    assert isinstance(record, FixedTier)
    assert (Tier.DEVELOPMENT, 1) == (record.tier, record.version)
    assert isinstance(await harness.run(TECH, "key rename ci-bot ci --env shop-dev"), KeyChanged)


async def test_a_tier_is_not_fixed_while_redis_is_away(harness: Harness) -> None:
    """What is stored is not known then, which is not a damage"""
    request = await approved(harness, LOWER, ADMIN, to=CHIEF)
    harness.tiers.away = True
    with pytest.raises(StoreError):
        await carried_out(harness, request)
    assert not harness.tiers.entries


async def test_an_approved_request_waits_for_a_redis_that_is_away(harness: Harness) -> None:
    """For that moment the environment counts as production: no request is void by that"""
    request = await approved(harness, "key delete ci-bot --env shop-dev", TECH, to=COLLEAGUE)
    harness.tiers.away = True
    with pytest.raises(StoreError):
        await carried_out(harness, request)
    harness.tiers.away = False
    await carried_out(harness, request)
    assert State.DONE is (await kept(harness, request)).state
