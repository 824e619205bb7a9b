import asyncio
from dataclasses import replace
from typing import Final

import pytest

from bot.domain.keys import Bar
from bot.domain.outcomes import Barred, Change, KeyChanged, NoSuchKey, NothingToChange
from bot.errors import NotFound, Unavailable
from tests.flows.office import DEV, STAGING, TECH, Office

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
    assert [("answered", "nothing_to_change")] == office.told()


async def test_of_fifty_who_disable_at_once_one_does(office: Office) -> None:
    """The others are told who was first"""
    texts = ["key disable ci-bot"] * 50
    answers = await asyncio.gather(*(office.says(TECH, text) for text in texts))
    assert office.account.calls["set_enabled"] == 1
    done = [answer for answer in answers if isinstance(answer, KeyChanged)]
    late = [answer for answer in answers if isinstance(answer, NothingToChange)]
    assert (1, 49) == (len(done), len(late))
    told = {(answer.last.change, answer.last.by) for answer in late if answer.last}
    assert {("disabled", "Tech")} == told
    assert all(answer.last for answer in late)


async def test_an_errand_that_is_taken_up_again_knows_its_own_work(office: Office) -> None:
    """Killed between the change and its record: done once, and told as done"""
    errand = await office.errand(TECH, "key disable ci-bot")
    key = await office.key(DEV, "ci-bot")
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
        await office.flows.dispatcher.run(errand)
    answer = await office.again(errand.id)
    assert isinstance(answer, KeyChanged)
    assert not (await office.key(DEV, "ci-bot")).enabled
    assert ["begun", "done"] == [deed for deed, _ in office.told()]


@pytest.mark.parametrize("text", ["key disable ci-bot", "key rename ci-bot ci"])
async def test_an_errand_that_is_over_changes_nothing_again(text: str, office: Office) -> None:
    """Whatever others did to the key since: the work is done once"""
    errand = await office.errand(TECH, text)
    await office.flows.dispatcher.run(errand)
    (changed,) = [k for k in await office.account.keys(DEV.id) if k.name in {"ci-bot", "ci"}]
    since = office.account.replace_key(DEV.id, replace(changed, name="ci-bot", enabled=True))
    calls, told = office.account.calls.copy(), office.told()
    await office.again(errand.id)
    assert since == await office.key(DEV, "ci-bot")
    for method in ("set_enabled", "rename"):
        assert calls[method] == office.account.calls[method]
    assert told == office.told()


async def test_a_key_that_went_away_meanwhile_is_not_there(office: Office) -> None:
    """Deleted at the Console while we waited for our turn"""
    key = await office.key(STAGING, "preview-bot")
    office.account.fail_next("set_enabled", NotFound("no such key", status=404))
    with pytest.raises(NotFound):
        await office.says(TECH, "key enable preview-bot")
    office.account.remove_key(STAGING.id, key.api_key)
    assert isinstance(await office.says(TECH, "key enable preview-bot"), NoSuchKey)


async def test_an_enable_that_was_asked_for_before_a_disable_is_overtaken(office: Office) -> None:
    """Its process died, another took it up late: the emergency has been since"""
    asked = await office.errand(TECH, "key enable preview-bot")
    office.clock.go_on(seconds=5)
    assert isinstance(await office.says(TECH, "key disable preview-bot"), NothingToChange)

    outcome = await office.flows.dispatcher.run(asked)

    assert isinstance(outcome, Barred)
    assert outcome.bar is Bar.OVERTAKEN
