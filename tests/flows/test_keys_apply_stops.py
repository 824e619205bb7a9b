import asyncio
from dataclasses import replace
from typing import Final

import pytest

from bot.domain.environments import Environment
from bot.domain.keys import Key, LastChange, ProtectionReason
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.keys import KeyChanged, KeyProtected, NameTaken
from bot.domain.outcomes.requests import Requested
from bot.domain.people import Role
from bot.domain.policy import Action, RefusalReason
from bot.errors import AlteredRecord
from tests.fakes.jobs import FakeJobs
from tests.flows.harness import BILLING, DEV, PROD, TECH, Harness, staffed

LONE: Final = Environment("e-lone", "Test", "lone")


def lone_key(harness: Harness) -> Key:
    """The only key of an environment."""
    harness.account.add_environment(LONE)
    return harness.account.add_key(LONE.id, "lonely")


@pytest.mark.parametrize("verb", ["disable", "rename"])
async def test_a_root_key_is_left_alone(verb: str, harness: Harness) -> None:
    """For every person, with or without a confirmation"""
    root = next(key for key in await harness.account.keys(DEV.id) if key.root)
    more = "new" if verb == "rename" else f"--confirm {root.api_key}"
    answer = await harness.run(TECH, f"key {verb} {root.api_key} {more}")
    assert isinstance(answer, KeyProtected)
    assert (ProtectionReason.ROOT, None) == (answer.reason, answer.retry)
    assert root in await harness.account.keys(DEV.id)


async def test_the_last_enabled_key_wants_its_name_typed_again(harness: Harness) -> None:
    """The answer has the confirmed command"""
    key = lone_key(harness)
    answer = await harness.run(TECH, "key disable lonely")
    assert isinstance(answer, KeyProtected)
    assert ProtectionReason.LAST_ENABLED is answer.reason
    assert key in await harness.account.keys(LONE.id)
    assert answer.retry
    assert isinstance(await harness.run(TECH, answer.retry), KeyChanged)
    assert not (await harness.key(LONE, "lonely")).enabled


async def test_the_signer_of_webhooks_wants_its_name_typed_again(harness: Harness) -> None:
    """Otherwise signatures would change unnoticed"""
    lone_key(harness)
    harness.account.add_key(LONE.id, "second")
    answer = await harness.run(TECH, "key disable lonely --confirm second")
    assert isinstance(answer, KeyProtected)
    assert ProtectionReason.WEBHOOK_SIGNER is answer.reason
    assert isinstance(await harness.run(TECH, "key disable lonely --confirm lonely"), KeyChanged)


@pytest.mark.parametrize("named_by", ["name", "api_key"])
async def test_the_confirmed_command_has_the_name_that_a_person_types(
    named_by: str, harness: Harness
) -> None:
    """An API key says nothing to a person who has to be sure"""
    key = lone_key(harness)
    answer = await harness.run(TECH, f"key disable {getattr(key, named_by)}")
    assert isinstance(answer, KeyProtected)
    assert answer.retry == f"key disable lonely --env {LONE.cloud_name} --confirm lonely"


async def test_the_confirmed_command_has_the_api_key_of_a_key_with_a_namesake(
    harness: Harness,
) -> None:
    """Its name would ask which"""
    key = lone_key(harness)
    harness.account.add_key(LONE.id, "lonely", enabled=False)
    answer = await harness.run(TECH, f"key disable {key.api_key}")
    assert isinstance(answer, KeyProtected)
    assert answer.retry == f"key disable {key.api_key} --env {LONE.cloud_name} --confirm lonely"


async def test_a_nameless_key_is_confirmed_by_its_api_key(harness: Harness) -> None:
    """It has no other label"""
    key = harness.account.replace_key(LONE.id, replace(lone_key(harness), name=""))
    answer = await harness.run(TECH, f"key disable {key.api_key}")
    assert isinstance(answer, KeyProtected)
    assert answer.retry
    assert isinstance(await harness.run(TECH, answer.retry), KeyChanged)


async def test_of_two_who_disable_the_last_two_keys_one_is_stopped(harness: Harness) -> None:
    """Each decision reads the keys after the other change"""
    harness.account.add_environment(LONE)
    harness.account.add_key(LONE.id, "first")
    harness.account.add_key(LONE.id, "second")
    harness.account.add_key(LONE.id, "third")
    await harness.run(TECH, "key disable first --confirm first")
    confirmed = "key disable second --confirm second"
    answers = await asyncio.gather(
        harness.run(TECH, confirmed), harness.run(TECH, "key disable third")
    )
    assert [KeyChanged, KeyProtected] == [type(answer) for answer in answers]
    assert (await harness.key(LONE, "third")).enabled


async def test_a_name_that_is_taken_is_not_given_twice(harness: Harness) -> None:
    """In this environment; in another one it can be"""
    answer = await harness.run(TECH, "key rename ci-bot uploader")
    assert isinstance(answer, NameTaken)
    assert "uploader" == answer.located.key.name
    assert isinstance(await harness.run(TECH, "key rename ci-bot preview-bot"), KeyChanged)


async def test_production_disables_at_once_and_security_is_told(harness: Harness) -> None:
    """Stopping a leak needs no approval; outside production security gets no notice"""
    key = await harness.key(PROD, "shop-web")
    answer = await harness.run(TECH, "key disable shop-web")
    assert isinstance(answer, KeyChanged)
    assert answer.told_security
    assert [f"Tech disabled the key shop-web ({key.api_key}) in Shop."] == harness.jobs.notices
    quiet = await harness.run(TECH, "key disable ci-bot")
    assert isinstance(quiet, KeyChanged)
    assert not quiet.told_security
    assert len(harness.jobs.notices) == 1


@pytest.mark.parametrize("verb", ["enable shop-web", "rename shop-web web"])
async def test_production_changes_want_approval(verb: str, harness: Harness) -> None:
    """Nothing changes before it, and the audit log has the rule"""
    answer = await harness.run(TECH, f"key {verb}")
    assert isinstance(answer, Requested)
    asked = answer.request
    assert (PROD.id, 1) == (asked.terms.environment_id, asked.approval.quorum)
    assert [("requested", "key-roles-change-in-production"), ("answered", "requested")] == (
        harness.told()
    )
    assert {"set_enabled", "rename"}.isdisjoint(harness.account.calls)


@pytest.mark.parametrize(("name", "quorum"), [("ci-bot", 1), ("shop-web", 2)])
async def test_deleting_wants_approval_and_deletes_nothing(
    name: str, quorum: int, harness: Harness
) -> None:
    """In production two people, one of them an admin"""
    answer = await harness.run(TECH, f"key delete {name}")
    assert isinstance(answer, Requested)
    assert quorum == answer.request.approval.quorum
    assert "delete" not in str(harness.account.calls)


async def test_who_may_not_is_refused_by_role(harness: Harness) -> None:
    """With an audit entry and the reason"""
    answer = await harness.run(BILLING, "key disable ci-bot")
    assert isinstance(answer, Denied)
    assert (Action.KEY_DISABLE, RefusalReason.ROLE) == (answer.action, answer.refusal.reason)
    assert [("refused", "role")] == harness.told()


async def test_a_role_that_was_lost_a_moment_ago_changes_nothing(harness: Harness) -> None:
    """An identity that serves reading is read again for a change"""
    await harness.run(TECH, "key list")
    harness.add_member(TECH, Role.REPORTS)
    assert isinstance(await harness.run(TECH, "key disable ci-bot"), Denied)
    assert (await harness.key(DEV, "ci-bot")).enabled


class Altered(FakeJobs):
    """Jobs in a Redis to which others write."""

    async def last_change(self, api_key: str) -> LastChange | None:
        """Refuse what Keysmith did not write."""
        raise AlteredRecord(api_key)


async def test_an_altered_record_keeps_no_key_from_being_disabled() -> None:
    """It keeps one from being enabled: a person may have disabled it"""
    harness = staffed(jobs=Altered())
    assert isinstance(await harness.run(TECH, "key disable ci-bot"), KeyChanged)
    assert not (await harness.key(DEV, "ci-bot")).enabled
    with pytest.raises(AlteredRecord):
        await harness.run(TECH, "key enable ci-bot")
