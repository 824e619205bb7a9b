import asyncio
from dataclasses import replace
from typing import Final

import pytest

from bot.domain.decided import Requested
from bot.domain.environments import Environment
from bot.domain.keys import Bar, Key
from bot.domain.outcomes import Barred, Denied, KeyChanged, NameTaken
from bot.domain.people import Role
from bot.domain.policy import Action, Why
from tests.flows.office import BILLING, DEV, PROD, TECH, Office

LONE: Final = Environment("e-lone", "Test", "lone")


def lone_key(office: Office) -> Key:
    """The only key of an environment."""
    office.account.add_environment(LONE)
    return office.account.add_key(LONE.id, "lonely")


@pytest.mark.parametrize("verb", ["disable", "rename"])
async def test_a_root_key_is_left_alone(verb: str, office: Office) -> None:
    """Whoever asks, and however they confirm it"""
    root = next(key for key in await office.account.keys(DEV.id) if key.root)
    more = "new" if verb == "rename" else f"--confirm {root.api_key}"
    answer = await office.says(TECH, f"key {verb} {root.api_key} {more}")
    assert isinstance(answer, Barred)
    assert (Bar.ROOT, None) == (answer.bar, answer.retry)
    assert root in await office.account.keys(DEV.id)


async def test_the_last_enabled_key_wants_its_name_typed_again(office: Office) -> None:
    """The answer holds the command that does it"""
    key = lone_key(office)
    answer = await office.says(TECH, "key disable lonely")
    assert isinstance(answer, Barred)
    assert Bar.LAST_ENABLED is answer.bar
    assert key in await office.account.keys(LONE.id)
    assert answer.retry
    assert isinstance(await office.says(TECH, answer.retry), KeyChanged)
    assert not (await office.key(LONE, "lonely")).enabled


async def test_the_signer_of_webhooks_wants_its_name_typed_again(office: Office) -> None:
    """The signature would change without a word"""
    lone_key(office)
    office.account.add_key(LONE.id, "second")
    answer = await office.says(TECH, "key disable lonely --confirm second")
    assert isinstance(answer, Barred)
    assert Bar.WEBHOOK_SIGNER is answer.bar
    assert isinstance(await office.says(TECH, "key disable lonely --confirm lonely"), KeyChanged)


async def test_a_nameless_key_is_confirmed_by_its_api_key(office: Office) -> None:
    """It has nothing else to be called by"""
    key = office.account.replace_key(LONE.id, replace(lone_key(office), name=""))
    answer = await office.says(TECH, f"key disable {key.api_key}")
    assert isinstance(answer, Barred)
    assert answer.retry
    assert isinstance(await office.says(TECH, answer.retry), KeyChanged)


async def test_of_two_who_disable_the_last_two_keys_one_is_stopped(office: Office) -> None:
    """Each is decided on what stands after the other"""
    office.account.add_environment(LONE)
    office.account.add_key(LONE.id, "first")
    office.account.add_key(LONE.id, "second")
    office.account.add_key(LONE.id, "third")
    await office.says(TECH, "key disable first --confirm first")
    confirmed = "key disable second --confirm second"
    answers = await asyncio.gather(
        office.says(TECH, confirmed), office.says(TECH, "key disable third")
    )
    assert [KeyChanged, Barred] == [type(answer) for answer in answers]
    assert (await office.key(LONE, "third")).enabled


async def test_a_name_that_is_taken_is_not_given_twice(office: Office) -> None:
    """In this environment; in another it may be"""
    answer = await office.says(TECH, "key rename ci-bot uploader")
    assert isinstance(answer, NameTaken)
    assert "uploader" == answer.located.key.name
    assert isinstance(await office.says(TECH, "key rename ci-bot preview-bot"), KeyChanged)


async def test_production_disables_at_once_and_security_is_told(office: Office) -> None:
    """Stopping a leak waits for nobody; below production nobody needs to hear"""
    key = await office.key(PROD, "shop-web")
    answer = await office.says(TECH, "key disable shop-web")
    assert isinstance(answer, KeyChanged)
    assert answer.told_security
    assert [f"Tech disabled the key shop-web ({key.api_key}) in Shop."] == office.errands.notices
    quiet = await office.says(TECH, "key disable ci-bot")
    assert isinstance(quiet, KeyChanged)
    assert not quiet.told_security
    assert len(office.errands.notices) == 1


@pytest.mark.parametrize("verb", ["enable shop-web", "rename shop-web web"])
async def test_production_changes_want_approval(verb: str, office: Office) -> None:
    """Nothing is changed before it is given, and the record says what it needs"""
    answer = await office.says(TECH, f"key {verb}")
    assert isinstance(answer, Requested)
    asked = answer.request
    assert (PROD.id, 1) == (asked.terms.environment_id, asked.approval.quorum)
    assert [("requested", "key-roles-change-in-production"), ("answered", "requested")] == (
        office.told()
    )
    assert {"set_enabled", "rename"}.isdisjoint(office.account.calls)


@pytest.mark.parametrize(("name", "quorum"), [("ci-bot", 1), ("shop-web", 2)])
async def test_deleting_wants_approval_and_deletes_nothing(
    name: str, quorum: int, office: Office
) -> None:
    """Two, one of them an admin, in production"""
    answer = await office.says(TECH, f"key delete {name}")
    assert isinstance(answer, Requested)
    assert quorum == answer.request.approval.quorum
    assert "delete" not in str(office.account.calls)


async def test_who_may_not_is_refused_by_role(office: Office) -> None:
    """On the record, with the reason"""
    answer = await office.says(BILLING, "key disable ci-bot")
    assert isinstance(answer, Denied)
    assert (Action.KEY_DISABLE, Why.ROLE) == (answer.action, answer.refusal.why)
    assert [("refused", "role")] == office.told()


async def test_a_role_that_was_lost_a_moment_ago_changes_nothing(office: Office) -> None:
    """What was remembered for reading does not do for changing"""
    await office.says(TECH, "key list")
    office.add_member(TECH, Role.REPORTS)
    assert isinstance(await office.says(TECH, "key disable ci-bot"), Denied)
    assert (await office.key(DEV, "ci-bot")).enabled
