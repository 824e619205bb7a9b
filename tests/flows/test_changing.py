import asyncio
from dataclasses import replace
from typing import Final

import pytest

from bot.domain.environments import Environment
from bot.domain.grammar import Planned
from bot.domain.keys import Bar, Key
from bot.domain.outcomes import (
    ApprovalWanted,
    Barred,
    Change,
    Denied,
    KeyChanged,
    LastChange,
    NameTaken,
    NoSuchKey,
    NothingToChange,
)
from bot.domain.people import Role
from bot.domain.policy import Action, Why
from bot.errors import NotFound, Unavailable
from tests.flows.office import BILLING, DEV, PROD, STAGING, TECH, Office

LONE: Final = Environment("e-lone", "Test", "lone")


async def key_of(office: Office, place: Environment, name: str) -> Key:
    """A key as Cloudinary has it now."""
    return next(key for key in await office.account.keys(place.id) if key.name == name)


def lone_key(office: Office) -> Key:
    """The only key of an environment."""
    office.account.add_environment(LONE)
    return office.account.add_key(LONE.id, "lonely")


CHANGES: Final = [
    ("key disable ci-bot", Change.DISABLED, "ci-bot", False),
    ("key enable preview-bot", Change.ENABLED, "preview-bot", True),
    ("key rename ci-bot ci", Change.RENAMED, "ci", True),
]


@pytest.mark.parametrize(("text", "change", "name", "enabled"), CHANGES)
async def test_a_change_is_made_and_on_the_record(
    text: str, change: Change, name: str, *, enabled: bool, office: Office
) -> None:
    """Begun before it is done, and told with what Cloudinary answered"""
    answer = await office.says(TECH, text)
    assert isinstance(answer, KeyChanged)
    key = answer.located.key
    assert (change, name, enabled) == (answer.change, key.name, key.enabled)
    assert key in await office.account.keys(answer.located.environment.id)
    assert ["begun", "done"] == [deed for deed, _ in office.told()]
    done = office.errands.entries[-1]
    expected = {
        "key": key.api_key,
        "name": name,
        "environment": answer.located.environment.id,
        "environment_name": answer.located.environment.name,
    }
    assert (TECH, "c0", expected) == (done.actor, done.errand, done.target)


async def test_a_renamed_key_is_told_with_its_former_name(office: Office) -> None:
    """The other changes have none"""
    renamed = await office.says(TECH, "key rename ci-bot ci")
    disabled = await office.says(TECH, "key disable ci")
    assert isinstance(renamed, KeyChanged)
    assert isinstance(disabled, KeyChanged)
    assert ["ci-bot", ""] == [renamed.before, disabled.before]


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("key enable ci-bot", Change.ENABLED),
        ("key disable preview-bot", Change.DISABLED),
        ("key rename ci-bot ci-bot", Change.RENAMED),
    ],
)
async def test_what_is_so_already_is_not_changed(text: str, change: Change, office: Office) -> None:
    """Neither at Cloudinary nor on the record"""
    answer = await office.says(TECH, text)
    assert isinstance(answer, NothingToChange)
    assert (change, None) == (answer.change, answer.last)
    assert {"set_enabled", "rename"}.isdisjoint(office.account.calls)
    assert [("answered", "NothingToChange")] == office.told()


async def test_of_fifty_who_disable_at_once_one_does(office: Office) -> None:
    """The others are told who was first"""
    texts = ["key disable ci-bot"] * 50
    answers = await asyncio.gather(*(office.says(TECH, text) for text in texts))
    assert office.account.calls["set_enabled"] == 1
    done = [answer for answer in answers if isinstance(answer, KeyChanged)]
    late = [answer for answer in answers if isinstance(answer, NothingToChange)]
    assert (1, 49) == (len(done), len(late))
    first = next(e.errand for e in office.errands.entries if e.deed == "done")
    last = LastChange("disabled", "Tech", office.clock.now(), first)
    assert {last} == {answer.last for answer in late}


async def test_an_errand_that_is_taken_up_again_knows_its_own_work(office: Office) -> None:
    """Killed between the change and its record: done once, and told as done"""
    errand = await office.errand(TECH, "key disable ci-bot")
    key = await key_of(office, DEV, "ci-bot")
    await office.errands.begin(errand, f"disabled:{key.api_key}", office.errands.entries[0])
    await office.account.set_enabled(DEV.id, key.api_key, enabled=False)
    answer = await office.again(errand.id)
    assert isinstance(answer, KeyChanged)
    assert office.account.calls["set_enabled"] == 1
    assert "done" == office.told()[-1][0]


async def test_an_errand_that_failed_before_its_work_does_it_when_taken_up(office: Office) -> None:
    """Begun, not done: Cloudinary was away"""
    errand = await office.errand(TECH, "key disable ci-bot")
    office.account.fail_next("set_enabled", Unavailable("gone", maybe_done=False))
    with pytest.raises(Unavailable):
        await office.clerk.run(errand)
    answer = await office.again(errand.id)
    assert isinstance(answer, KeyChanged)
    assert not (await key_of(office, DEV, "ci-bot")).enabled
    assert ["begun", "done"] == [deed for deed, _ in office.told()]


@pytest.mark.parametrize("text", ["key disable ci-bot", "key rename ci-bot ci"])
async def test_an_errand_that_is_over_changes_nothing_again(text: str, office: Office) -> None:
    """Whatever others did to the key since: the work is done once"""
    errand = await office.errand(TECH, text)
    await office.clerk.run(errand)
    (changed,) = [k for k in await office.account.keys(DEV.id) if k.name in {"ci-bot", "ci"}]
    since = office.account.replace_key(DEV.id, replace(changed, name="ci-bot", enabled=True))
    calls, told = office.account.calls.copy(), office.told()
    await office.again(errand.id)
    assert since == await key_of(office, DEV, "ci-bot")
    for method in ("set_enabled", "rename"):
        assert calls[method] == office.account.calls[method]
    assert told == office.told()


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
    assert not (await key_of(office, LONE, "lonely")).enabled


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
    assert (await key_of(office, LONE, "third")).enabled


async def test_a_name_that_is_taken_is_not_given_twice(office: Office) -> None:
    """In this environment; in another it may be"""
    answer = await office.says(TECH, "key rename ci-bot uploader")
    assert isinstance(answer, NameTaken)
    assert "uploader" == answer.located.key.name
    assert isinstance(await office.says(TECH, "key rename ci-bot preview-bot"), KeyChanged)


async def test_production_disables_at_once_and_security_is_told(office: Office) -> None:
    """Stopping a leak waits for nobody; below production nobody needs to hear"""
    key = await key_of(office, PROD, "shop-web")
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
    assert isinstance(answer, ApprovalWanted)
    assert (PROD, 1) == (answer.environment, answer.decision.approval.quorum)
    assert [("refused", "needs 1 by key-roles-change-in-production")] == office.told()
    assert {"set_enabled", "rename"}.isdisjoint(office.account.calls)


@pytest.mark.parametrize(("name", "quorum"), [("ci-bot", 1), ("shop-web", 2)])
async def test_deleting_wants_approval_and_deletes_nothing(
    name: str, quorum: int, office: Office
) -> None:
    """Two, one of them an admin, in production"""
    answer = await office.says(TECH, f"key delete {name}")
    assert isinstance(answer, ApprovalWanted)
    assert quorum == answer.decision.approval.quorum
    assert not isinstance(answer, Planned)


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
    assert (await key_of(office, DEV, "ci-bot")).enabled


async def test_a_key_that_went_away_meanwhile_is_not_there(office: Office) -> None:
    """Deleted at the Console while we waited for our turn"""
    key = await key_of(office, STAGING, "preview-bot")
    office.account.fail_next("set_enabled", NotFound("no such key", status=404))
    with pytest.raises(NotFound):
        await office.says(TECH, "key enable preview-bot")
    office.account.remove_key(STAGING.id, key.api_key)
    assert isinstance(await office.says(TECH, "key enable preview-bot"), NoSuchKey)
