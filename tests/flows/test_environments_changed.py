"""Environments are created, renamed, disabled and enabled, each once and by the policy."""

import asyncio
from typing import Final

import pytest

from bot.domain.audit import AuditEvent
from bot.domain.environment_names import PlaceNameReason
from bot.domain.environments import Environment, Tier
from bot.domain.outcomes.access import Denied, Explained
from bot.domain.outcomes.decisions import Voided
from bot.domain.outcomes.environment_changes import (
    EnvironmentChanged,
    EnvironmentCreated,
    EnvironmentOvertaken,
    EnvironmentProtected,
    EnvironmentUnchanged,
    PlaceNameRefused,
    PlaceState,
)
from bot.domain.outcomes.environments import NoSuchEnvironment
from bot.domain.outcomes.requests import Requested
from bot.domain.people import Actor, KeyRight, Role
from bot.domain.policy import Approval, NeedsApproval, RefusalReason
from bot.domain.requests.machine import State
from bot.errors import Conflict, Unavailable
from tests.fakes.hasty_loop import HastyLoop
from tests.flows.harness import (
    ADMIN,
    BILLING,
    CHIEF,
    DEV,
    NARROW,
    NEWCOMER,
    PROD,
    STAGING,
    TECH,
    Harness,
)
from tests.flows.requested import approved, asked, carried_out, give_role, kept, rule, under
from tests.flows.with_roles import with_roles

CREATE: Final = 'env create "Shop preview"'
DISABLE: Final = 'env disable shop-dev --confirm "Shop dev"'
ONE: Final = Approval(1, ("admins",))


async def place(harness: Harness, id_: str) -> Environment:
    """An environment as it is at Cloudinary now."""
    return next(it for it in await harness.account.environments() if it.id == id_)


async def named(harness: Harness, name: str) -> list[Environment]:
    """Every environment with this name."""
    return [it for it in await harness.account.environments() if it.name == name]


async def test_an_admin_creates_one_for_staging_at_once(harness: Harness) -> None:
    """With a cloud name of its name, the settings of another, and on the record"""
    outcome = await harness.run(ADMIN, f"{CREATE} --copy-from shop-stag")

    assert isinstance(outcome, EnvironmentCreated), outcome
    made = outcome.environment
    assert ("Shop preview", "shop-preview", Tier.STAGING) == (
        made.name,
        made.cloud_name,
        made.tier,
    )
    assert STAGING.id == harness.account.bases[made.id]
    assert outcome.offers
    assert not outcome.closed
    done = [it for it in harness.jobs.entries if it.event is AuditEvent.DONE]
    assert [("env:create", made.id, "shop-preview")] == [
        (it.action, it.target["environment"], it.target["cloud_name"]) for it in done
    ]


@pytest.mark.parametrize("name", ["Archive", "Shop live", "dev and prod", "d\u0435v"])
async def test_one_for_production_needs_an_approval(harness: Harness, name: str) -> None:
    """The tier of the new name decides, and an unclear one is production"""
    text = f'env create "{name}" --cloud-name archive-2'
    request = await approved(harness, text, ADMIN, to=CHIEF)
    assert ONE == request.approval
    assert not await named(harness, name)

    outcome = await carried_out(harness, request)

    assert isinstance(outcome, EnvironmentCreated), outcome
    assert State.DONE is (await kept(harness, request)).state
    assert 1 == len(await named(harness, name))


@pytest.mark.parametrize("actor", [TECH, BILLING, NARROW])
async def test_who_is_no_admin_creates_none(harness: Harness, actor: Actor) -> None:
    """Nor asks for one"""
    assert isinstance(await harness.run(actor, CREATE), Denied)
    assert isinstance(await harness.run(actor, "env create Archive"), Denied)


async def test_an_admin_of_some_environments_creates_none(harness: Harness) -> None:
    """And is not told which names exist; nor do they approve one"""
    give_role(harness, NARROW, Role.ADMIN, reaches=DEV)

    for name in ("Shop preview", "Shop staging", "Archive"):
        outcome = await harness.run(NARROW, f'env create "{name}"')
        assert isinstance(outcome, Denied), outcome
        assert RefusalReason.NO_ACCESS is outcome.refusal.reason
    request = await asked(harness, "env create Archive", ADMIN)
    await harness.run(NARROW, f"approve {request.id}")
    assert State.PENDING is (await kept(harness, request)).state


async def test_an_account_with_roles_has_no_right_on_keys_there_yet() -> None:
    """So none is asked for; Keysmith's missing role in the new one is told"""
    harness = with_roles()

    outcome = await harness.run(ADMIN, CREATE)

    assert isinstance(outcome, EnvironmentCreated), outcome
    assert (True, False) == (outcome.closed, outcome.offers)


@pytest.mark.parametrize(
    ("text", "reason", "instead"),
    [
        ('"Shop dev"', PlaceNameReason.TAKEN, ("Shop dev 2", "shop-dev-2")),
        ('"shop DEV"', PlaceNameReason.TAKEN, ("shop DEV 2", "shop-dev-2")),
        ('"Sh\u043ep dev"', PlaceNameReason.ALIKE, None),
        ("shop-stag", PlaceNameReason.ALIKE, ("shop-stag 2", "shop-stag-2")),
        ('"Shop\u200b qa"', PlaceNameReason.HIDDEN, None),
        ("Demo", PlaceNameReason.CLOUD_TAKEN, ("Demo", "demo-2")),
        ("qa --cloud-name Shop-Dev", PlaceNameReason.CLOUD_TAKEN, ("qa", "Shop-Dev-2")),
        ("\u6771\u4eac", PlaceNameReason.NO_CLOUD_NAME, None),
    ],
)
async def test_a_name_that_is_not_free_is_told_with_one_that_is(
    harness: Harness, text: str, reason: PlaceNameReason, instead: tuple[str, str] | None
) -> None:
    """Names and cloud names of all environments count, and cloud names of other accounts"""
    before = await harness.account.environments()
    outcome = await harness.run(CHIEF, f"env create {text}")
    if isinstance(outcome, Requested):
        await harness.run(ADMIN, f"approve {outcome.request.id}")
        outcome = await carried_out(harness, outcome.request)

    assert isinstance(outcome, PlaceNameRefused), outcome
    assert reason is outcome.reason
    named_ = outcome.instead and vars(outcome.instead)
    assert instead == (named_ and (named_["name"], named_["cloud_name"]))
    assert before == await harness.account.environments()


async def test_the_suggested_name_is_free(harness: Harness) -> None:
    """Also where the first suggestion is taken elsewhere"""
    harness.account.clouds_elsewhere |= {"shop-qa", "shop-qa-2"}
    first = await harness.run(ADMIN, "env create shop-qa")
    assert isinstance(first, PlaceNameRefused)
    second = await harness.run(ADMIN, "env create shop-qa --cloud-name shop-qa-2")
    assert isinstance(second, PlaceNameRefused)
    third = await harness.run(ADMIN, "env create shop-qa --cloud-name shop-qa-3")
    assert isinstance(third, EnvironmentCreated)


async def test_what_is_copied_exists(harness: Harness) -> None:
    """A name that no environment has copies nothing"""
    outcome = await harness.run(ADMIN, f"{CREATE} --copy-from nowhere")
    assert isinstance(outcome, NoSuchEnvironment)
    assert not await named(harness, "Shop preview")


async def test_two_at_once_create_one(harness: Harness) -> None:
    """The other one is told that the name is taken"""
    outcomes = await asyncio.gather(*(harness.run(it, CREATE) for it in (ADMIN, CHIEF)))
    assert ["EnvironmentCreated", "PlaceNameRefused"] == sorted(
        type(each).__name__ for each in outcomes
    )
    assert 1 == len(await named(harness, "Shop preview"))


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        (CREATE, "create_environment", "Shop preview"),
        ('env rename shop-dev "Shop test"', "rename_environment", "Shop test"),
        (DISABLE, "switch_environment", "Shop dev"),
    ],
)
def test_an_answer_that_is_lost_after_the_work_is_no_failure(
    harness: Harness, text: str, where: str, what: str
) -> None:
    """What Cloudinary shows counts; before the work, nothing changed"""
    error = Unavailable("away", status=500, maybe_done=True)

    async def run() -> None:
        harness.account.fail_next(where, error, after=True)
        outcome = await harness.run(ADMIN, text)
        assert isinstance(outcome, EnvironmentCreated | EnvironmentChanged), outcome
        assert 1 == len(await named(harness, what))

    with asyncio.Runner(loop_factory=HastyLoop) as runner:
        runner.run(run())


def test_a_creation_that_did_not_happen_is_a_failure(harness: Harness) -> None:
    """And the same job creates it later, once"""

    async def run() -> None:
        error = Unavailable("away", status=500, maybe_done=True)
        harness.account.fail_next("create_environment", error)
        job = await harness.job(ADMIN, CREATE)
        with pytest.raises(Unavailable):
            await harness.flows.dispatcher.run(job)
        assert isinstance(await harness.again(job.id), EnvironmentCreated)
        assert 1 == len(await named(harness, "Shop preview"))

    with asyncio.Runner(loop_factory=HastyLoop) as runner:
        runner.run(run())


async def test_an_environment_of_another_job_is_not_ones_own(harness: Harness) -> None:
    """Even where the intent of this one has the same names"""
    harness.account.fail_next("create_environment", Unavailable("away", maybe_done=False))
    job = await harness.job(ADMIN, CREATE)
    with pytest.raises(Unavailable):
        await harness.flows.dispatcher.run(job)
    assert isinstance(await harness.run(CHIEF, CREATE), EnvironmentCreated)

    assert isinstance(await harness.again(job.id), PlaceNameRefused)


async def test_a_cloud_name_of_another_account_is_told(harness: Harness) -> None:
    """As Cloudinary says it, although no environment here has it"""
    harness.account.fail_next("create_environment", Conflict("Already exists", status=409))
    outcome = await harness.run(ADMIN, CREATE)
    assert isinstance(outcome, PlaceNameRefused)
    assert PlaceNameReason.CLOUD_TAKEN is outcome.reason


async def test_disabling_shows_what_stops_and_wants_the_name(harness: Harness) -> None:
    """Before anything happens, and before any approver is asked"""
    for text in ("env disable shop-dev", "env disable shop-dev --confirm shop-dev"):
        outcome = await harness.run(ADMIN, text)
        assert isinstance(outcome, EnvironmentProtected), outcome
        assert (4, harness.clock.now()) == (outcome.uses.enabled, outcome.uses.changed_at)
        assert ("shop-dev", "Shop dev") == (outcome.retry.env, outcome.retry.confirm)
    assert isinstance(await harness.run(ADMIN, "env disable shop"), EnvironmentProtected)
    assert (await place(harness, DEV.id)).enabled


async def test_one_is_disabled_and_enabled_again(harness: Harness) -> None:
    """The second time changes nothing"""
    off = await harness.run(ADMIN, DISABLE)
    assert isinstance(off, EnvironmentChanged), off
    assert (PlaceState.DISABLED, 4) == (off.change, off.uses.enabled)
    assert not (await place(harness, DEV.id)).enabled
    assert isinstance(await harness.run(ADMIN, DISABLE), EnvironmentUnchanged)

    back = await harness.run(ADMIN, "env enable shop-dev")
    assert isinstance(back, EnvironmentChanged), back
    assert (PlaceState.ENABLED, 4) == (back.change, back.uses.enabled)
    assert (await place(harness, DEV.id)).enabled
    assert isinstance(await harness.run(ADMIN, "env enable shop-dev"), EnvironmentUnchanged)


@pytest.mark.parametrize("text", ["env disable shop --confirm Shop", "env rename shop Web"])
async def test_in_production_another_admin_approves(harness: Harness, text: str) -> None:
    """And what was approved happens once"""
    request = await approved(harness, text, ADMIN, to=CHIEF)
    assert ONE == request.approval
    outcome = await carried_out(harness, request)
    assert isinstance(outcome, EnvironmentChanged), outcome
    assert State.DONE is (await kept(harness, request)).state


async def test_an_enabling_that_was_overtaken_does_nothing(harness: Harness) -> None:
    """A person disabled the environment again while its request waited"""
    harness.account._replace(
        PROD.id, lambda it: Environment(it.id, it.name, it.cloud_name, enabled=False)
    )
    request = await asked(harness, "env enable shop", ADMIN)
    harness.account._replace(PROD.id, lambda it: Environment(it.id, it.name, it.cloud_name))
    harness.clock.go_on(seconds=5)
    off = await approved(harness, "env disable shop --confirm Shop", CHIEF, to=ADMIN)
    assert isinstance(await carried_out(harness, off), EnvironmentChanged)

    await harness.run(CHIEF, f"approve {request.id}")
    assert isinstance(await carried_out(harness, request), EnvironmentOvertaken)
    assert not (await place(harness, PROD.id)).enabled


async def test_a_new_name_within_the_tier_is_given_at_once(harness: Harness) -> None:
    """The cloud name stays; the record has both names"""
    outcome = await harness.run(ADMIN, 'env rename shop-dev "Shop test"')
    assert isinstance(outcome, EnvironmentChanged), outcome
    assert ("Shop test", "shop-dev", "Shop dev") == (
        outcome.environment.name,
        outcome.environment.cloud_name,
        outcome.before.name,
    )
    (entry,) = [it for it in harness.jobs.entries if it.event is AuditEvent.DONE]
    assert ("Shop test", "Shop dev") == (entry.target["environment_name"], entry.target["before"])


@pytest.mark.parametrize(
    "text", ['env rename shop-dev "Shop live"', 'env rename shop "Shop dev 2"', "env rename shop W"]
)
async def test_a_new_name_counts_in_both_tiers(harness: Harness, text: str) -> None:
    """The graver one decides"""
    request = await approved(harness, text, ADMIN, to=CHIEF)
    assert ONE == request.approval
    assert isinstance(await carried_out(harness, request), EnvironmentChanged)


async def test_a_name_that_lowers_the_tier_needs_what_a_tier_needs(harness: Harness) -> None:
    """Also under rules by which a renaming needs nothing"""
    assert isinstance(await harness.run(ADMIN, 'env rename shop-stag "Shop dev 2"'), Requested)
    explained = await harness.run(ADMIN, 'explain env rename shop-stag "Shop dev 2"')
    assert isinstance(explained, Explained)
    assert [NeedsApproval] == [type(each.own) for each in explained.explanations]


async def test_rules_that_let_rename_do_not_let_lower_a_tier(
    harness: Harness, tmp_path: object
) -> None:
    """Who may not fix a tier may not rename it away"""
    rules = (
        rule("env:rename", "")
        + '@id("see")\npermit (principal, action in [\n'
        + ('Action::"env:show", Action::"env:list"], resource);')
    )
    under(harness, tmp_path, rules)  # type: ignore[arg-type]
    assert isinstance(await harness.run(TECH, "env rename shop Web"), EnvironmentChanged)
    outcome = await harness.run(TECH, 'env rename shop "Shop dev 2"')
    assert isinstance(outcome, Denied), outcome


async def test_a_fixed_tier_is_not_changed_by_a_name(harness: Harness) -> None:
    """So a name with other words lowers nothing"""
    request = await approved(harness, "env tier shop-dev staging", ADMIN, to=CHIEF)
    await carried_out(harness, request)
    outcome = await harness.run(ADMIN, 'env rename shop-dev "Shop development"')
    assert isinstance(outcome, EnvironmentChanged), outcome
    assert Tier.STAGING is outcome.environment.tier


@pytest.mark.parametrize("new", ['"Shop staging"', "shop-stag", '"Sh\u043ep"', "e-prod"])
async def test_a_name_of_another_environment_is_refused(harness: Harness, new: str) -> None:
    """Or one that looks like its name, cloud name or id"""
    outcome = await harness.run(ADMIN, f"env rename shop-dev {new}")
    assert isinstance(outcome, PlaceNameRefused), outcome
    assert outcome.other
    assert "Shop dev" == (await place(harness, DEV.id)).name


async def test_a_refused_name_tells_nothing_of_what_a_person_may_not_see(harness: Harness) -> None:
    """Only that it is taken"""
    give_role(harness, NARROW, Role.ADMIN, reaches=DEV)
    outcome = await harness.run(NARROW, 'env rename shop-dev "Shop staging"')
    assert isinstance(outcome, PlaceNameRefused), outcome
    assert outcome.other is None


async def test_a_request_holds_for_the_environment_as_it_was(harness: Harness) -> None:
    """Renamed meanwhile, it is another one"""
    request = await asked(harness, "env disable shop --confirm Shop", ADMIN)
    harness.account._replace(PROD.id, lambda it: Environment(it.id, "Web", it.cloud_name))
    outcome = await harness.run(CHIEF, f"approve {request.id}")
    assert isinstance(outcome, Voided), outcome
    assert (await place(harness, PROD.id)).enabled


async def test_a_newcomer_changes_nothing(harness: Harness) -> None:
    """Nor does a right on keys make an admin"""
    roles = with_roles()
    user = roles.add_member(BILLING, Role.BILLING)
    roles.account.add_user(user, rights={DEV.id: KeyRight.MANAGE})
    for text in (CREATE, DISABLE, "env enable shop-dev", 'env rename shop-dev "Shop test"'):
        assert isinstance(await roles.run(BILLING, text), Denied), text
        assert not isinstance(
            await harness.run(NEWCOMER, text), EnvironmentCreated | EnvironmentChanged
        )
