from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.environments import Environment, Tier
from bot.domain.keys import LastChange
from bot.domain.outcomes.access import Denied, Explained, Introduced
from bot.domain.outcomes.environments import EnvironmentShown, EnvironmentsListed, NoSuchEnvironment
from bot.domain.outcomes.keys import KeyShown, KeysListed
from bot.domain.people import Mismatch, Role
from bot.domain.policy import Allowed, NeedsApproval, Refused
from bot.flows.keys.read import PAGE_SIZE
from tests.flows.harness import BILLING, DEV, NARROW, NEWCOMER, PROD, STAGING, TECH, Harness


@pytest.mark.parametrize(("actor", "places"), [(TECH, (DEV, STAGING, PROD)), (NARROW, (DEV,))])
async def test_environments_are_those_within_reach(
    actor: object, places: tuple[Environment, ...], harness: Harness
) -> None:
    """And no others, for every role"""
    listed = await harness.run(actor, "env list")  # type: ignore[arg-type]  # one of the actors
    assert EnvironmentsListed(places) == listed


async def test_an_environment_is_shown_with_its_keys(harness: Harness) -> None:
    """If the person reaches it"""
    shown = await harness.run(NARROW, 'env show "Shop dev"')
    assert isinstance(shown, EnvironmentShown)
    assert (DEV, 4) == (shown.environment, len(shown.keys))
    hidden = await harness.run(NARROW, "env show Shop")
    assert isinstance(hidden, NoSuchEnvironment)


async def test_keys_are_listed_in_pages(harness: Harness) -> None:
    """Every key is on exactly one page"""
    for number in range(2 * PAGE_SIZE):
        harness.account.add_key(DEV.id, f"extra-{number}")
    total = 4 + 2 * PAGE_SIZE
    seen: list[str] = []
    for page in range(3):
        listed = await page_of(harness, page)
        assert (page, 3, total) == (listed.page, listed.pages, listed.total)
        seen += [here.key.api_key for here in listed.keys]
    assert sorted(seen) == sorted(key.api_key for key in await harness.account.keys(DEV.id))


async def page_of(harness: Harness, page: int) -> KeysListed:
    """One page of the keys of DEV."""
    job = replace(await harness.job(NARROW, "key list"), page=page)
    listed = await harness.flows.dispatcher.run(job)
    assert isinstance(listed, KeysListed)
    return listed


async def test_a_page_beyond_the_last_is_the_last(harness: Harness) -> None:
    """Keys may have been deleted since the button was posted"""
    assert (await page_of(harness, 99)).page == 0


async def test_stale_keys_are_those_without_a_change(harness: Harness) -> None:
    """For that many days, to the second; a key of unknown age is stale"""
    harness.clock.go_on(days=90)
    fresh, undated = (
        harness.account.add_key(DEV.id, "fresh"),
        harness.account.add_key(DEV.id, "old"),
    )
    harness.account.replace_key(DEV.id, replace(undated, created_at=None, updated_at=None))
    nearly = harness.account.add_key(DEV.id, "nearly")
    almost = harness.clock.now() - timedelta(days=90, seconds=-1)
    harness.account.replace_key(DEV.id, replace(nearly, updated_at=almost))
    listed = await harness.run(NARROW, "key list --stale 90d")
    assert isinstance(listed, KeysListed)
    names = {here.key.name for here in listed.keys}
    assert {"", "shared", "ci-bot", "uploader", "old"} == names
    assert fresh.name not in names


async def test_a_key_is_shown_with_what_keysmith_did_to_it(harness: Harness) -> None:
    """And with whether it signs webhooks"""
    await harness.run(TECH, "key disable ci-bot")
    shown = await harness.run(NARROW, "key show ci-bot")
    assert isinstance(shown, KeyShown)
    now = harness.clock.now()
    assert LastChange("disabled", "Tech", now, "c0", now) == shown.last
    assert not shown.webhooks
    root = next(key for key in await harness.account.keys(DEV.id) if key.root)
    signer = await harness.run(NARROW, f"key show {root.api_key}")
    assert isinstance(signer, KeyShown)
    assert signer.webhooks


async def test_a_person_is_introduced_with_their_environments(harness: Harness) -> None:
    """Or with the reason why Cloudinary does not know them"""
    known = await harness.run(NARROW, "whoami")
    assert isinstance(known, Introduced)
    assert ((DEV,), None) == (known.environments, known.mismatch)
    unknown = await harness.run(NEWCOMER, "whoami")
    assert isinstance(unknown, Introduced)
    assert ((), Mismatch.NO_USER) == (unknown.environments, unknown.mismatch)


async def explained(harness: Harness, text: str) -> Explained:
    """What explain answers a technical admin about a command."""
    answer = await harness.run(TECH, f"explain {text}")
    assert isinstance(answer, Explained)
    return answer


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("key create new", [DEV, STAGING, PROD]),
        ("key create new --env shop", [PROD]),
        ("key enable preview-bot", [STAGING]),
        ("key enable shared", [DEV, STAGING, PROD]),
        ("key enable nothing", [DEV, STAGING, PROD]),
        ("key enable", [DEV, STAGING, PROD]),
        ("env show shop", [PROD]),
        ("whoami", [None]),
    ],
)
async def test_a_command_is_explained_where_it_could_act(
    text: str, places: list[Environment | None], harness: Harness
) -> None:
    """In the environments that it could mean, else in all that the person reaches"""
    answer = await explained(harness, text)
    assert places == [explanation.environment for explanation in answer.explanations]


async def test_a_command_without_its_key_is_not_about_nameless_keys(harness: Harness) -> None:
    """An empty name matches no key"""
    harness.account.replace_key(
        DEV.id, replace((await harness.account.keys(DEV.id))[0], name="named root")
    )
    answer = await explained(harness, "key enable")
    assert len(answer.explanations) == 3


async def test_an_explanation_is_what_the_policy_decides(harness: Harness) -> None:
    """For the person and for each role"""
    answer = await explained(harness, "key enable shared")
    assert [Allowed, Allowed, NeedsApproval] == [type(e.own) for e in answer.explanations]
    roles = dict(answer.explanations[2].roles)
    assert isinstance(roles[Role.ADMIN], NeedsApproval)
    assert isinstance(roles[Role.BILLING], Refused)


async def test_who_reaches_nothing_has_each_tier_explained(harness: Harness) -> None:
    """By sample environments, so that the real ones are not revealed"""
    answer = await harness.run(BILLING, "explain key disable shop-web")
    assert isinstance(answer, Explained)
    assert [*Tier] == [e.environment.tier for e in answer.explanations if e.environment]
    assert {DEV.id, STAGING.id, PROD.id}.isdisjoint(
        e.environment.id for e in answer.explanations if e.environment
    )


async def test_explaining_does_nothing(harness: Harness) -> None:
    """Even if the command would be allowed at once"""
    await harness.run(TECH, "explain key disable ci-bot")
    assert {"set_enabled", "rename", "create_key"}.isdisjoint(harness.account.calls)


async def test_reading_is_refused_to_who_has_no_key_role(harness: Harness) -> None:
    """Lists too, because they reveal what exists"""
    for text in ("env list", "key list", "env show Shop"):
        assert isinstance(await harness.run(BILLING, text), Denied)
