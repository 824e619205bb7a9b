import asyncio
from dataclasses import replace
from typing import Final

import pytest

from bot.domain.keys import Change, ProtectionReason
from bot.domain.outcomes.keys import KeyChanged, KeyProtected, NoSuchKey, NothingToChange
from bot.errors import NotFound, Unavailable
from tests.flows.harness import COLLEAGUE, DEV, PROD, STAGING, TECH, Harness
from tests.flows.requested import with_sleeper

CHANGES: Final = [
    ("key disable ci-bot", Change.DISABLED, "ci-bot", False),
    ("key enable preview-bot", Change.ENABLED, "preview-bot", True),
    ("key rename ci-bot ci", Change.RENAMED, "ci", True),
]


@pytest.mark.parametrize(("text", "change", "name", "enabled"), CHANGES)
async def test_a_change_is_made_and_on_the_record(
    text: str, change: Change, name: str, *, enabled: bool, harness: Harness
) -> None:
    """The intent comes before the effect, and the answer has the key from Cloudinary"""
    answer = await harness.run(TECH, text)
    assert isinstance(answer, KeyChanged)
    key = answer.located.key
    assert (change, name, enabled) == (answer.change, key.name, key.enabled)
    assert key in await harness.account.keys(answer.located.environment.id)
    assert ["begun", "done"] == [event for event, _ in harness.told()]
    done = harness.jobs.entries[-1]
    expected = {
        "key": key.api_key,
        "name": name,
        "environment": answer.located.environment.id,
        "environment_name": answer.located.environment.name,
    }
    assert (TECH, "c0", expected) == (done.actor, done.job, done.target)


async def test_a_renamed_key_is_told_with_its_former_name(harness: Harness) -> None:
    """Other changes have no former name"""
    renamed = await harness.run(TECH, "key rename ci-bot ci")
    disabled = await harness.run(TECH, "key disable ci")
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
async def test_what_is_so_already_is_not_changed(
    text: str, change: Change, harness: Harness
) -> None:
    """Neither at Cloudinary nor in the audit log"""
    answer = await harness.run(TECH, text)
    assert isinstance(answer, NothingToChange)
    assert (change, None) == (answer.change, answer.last)
    assert {"set_enabled", "rename"}.isdisjoint(harness.account.calls)
    assert [("answered", "nothing_to_change")] == harness.told()


async def test_of_fifty_who_disable_at_once_one_does(harness: Harness) -> None:
    """The others learn who did it"""
    texts = ["key disable ci-bot"] * 50
    answers = await asyncio.gather(*(harness.run(TECH, text) for text in texts))
    assert harness.account.calls["set_enabled"] == 1
    done = [answer for answer in answers if isinstance(answer, KeyChanged)]
    late = [answer for answer in answers if isinstance(answer, NothingToChange)]
    assert (1, 49) == (len(done), len(late))
    told = {(answer.last.change, answer.last.by) for answer in late if answer.last}
    assert {("disabled", "Tech")} == told
    assert all(answer.last for answer in late)


async def test_a_job_that_is_taken_up_again_knows_its_own_work(harness: Harness) -> None:
    """Killed between the change and its audit entry: done once, and reported as done"""
    job = await harness.job(TECH, "key disable ci-bot")
    key = await harness.key(DEV, "ci-bot")
    await harness.jobs.begin(job, f"disabled:{key.api_key}", harness.jobs.entries[0])
    await harness.account.set_enabled(DEV.id, key.api_key, enabled=False)
    answer = await harness.again(job.id)
    assert isinstance(answer, KeyChanged)
    assert harness.account.calls["set_enabled"] == 1
    assert "done" == harness.told()[-1][0]


async def test_a_job_that_failed_before_its_work_does_it_when_taken_up(harness: Harness) -> None:
    """The intent is written, and Cloudinary did not answer"""
    job = await harness.job(TECH, "key disable ci-bot")
    harness.account.fail_next("set_enabled", Unavailable("gone", maybe_done=False))
    with pytest.raises(Unavailable):
        await harness.flows.dispatcher.run(job)
    answer = await harness.again(job.id)
    assert isinstance(answer, KeyChanged)
    assert not (await harness.key(DEV, "ci-bot")).enabled
    assert ["begun", "done"] == [event for event, _ in harness.told()]


@pytest.mark.parametrize("text", ["key disable ci-bot", "key rename ci-bot ci"])
async def test_a_job_that_is_over_changes_nothing_again(text: str, harness: Harness) -> None:
    """Other people may have changed the key since: the job has its effect once"""
    job = await harness.job(TECH, text)
    await harness.flows.dispatcher.run(job)
    (changed,) = [k for k in await harness.account.keys(DEV.id) if k.name in {"ci-bot", "ci"}]
    since = harness.account.replace_key(DEV.id, replace(changed, name="ci-bot", enabled=True))
    calls, told = harness.account.calls.copy(), harness.told()
    await harness.again(job.id)
    assert since == await harness.key(DEV, "ci-bot")
    for method in ("set_enabled", "rename"):
        assert calls[method] == harness.account.calls[method]
    assert told == harness.told()


async def test_a_key_that_went_away_meanwhile_is_not_there(harness: Harness) -> None:
    """Deleted in the Console while the job waited for the lock"""
    key = await harness.key(STAGING, "preview-bot")
    harness.account.fail_next("set_enabled", NotFound("no such key", status=404))
    with pytest.raises(NotFound):
        await harness.run(TECH, "key enable preview-bot")
    harness.account.remove_key(STAGING.id, key.api_key)
    assert isinstance(await harness.run(TECH, "key enable preview-bot"), NoSuchKey)


@pytest.mark.parametrize("applied", [True, False])
async def test_the_security_channel_hears_of_a_disabling_that_was_uncertain(
    harness: Harness, *, applied: bool
) -> None:
    """No answer came, and the person who disables the key next completes it"""
    key = with_sleeper(harness)
    await harness.account.set_enabled(PROD.id, key.api_key, enabled=True)
    lost = Unavailable("away", maybe_done=True)
    harness.account.fail_next("set_enabled", lost, after=applied)
    with pytest.raises(Unavailable):
        await harness.run(TECH, "key disable sleeper --env shop")
    assert [] == harness.jobs.notices

    again = await harness.run(COLLEAGUE, "key disable sleeper --env shop")
    late = await harness.run(TECH, "key disable sleeper --env shop")

    assert isinstance(again, KeyChanged)
    assert again.told_security
    assert isinstance(late, NothingToChange)
    (notice,) = harness.jobs.notices
    assert "disabled the key sleeper" in notice


async def test_an_enable_that_was_asked_for_before_a_disable_is_overtaken(harness: Harness) -> None:
    """Its process died and another one reclaimed the job after the later disabling"""
    asked = await harness.job(TECH, "key enable preview-bot")
    harness.clock.go_on(seconds=5)
    assert isinstance(await harness.run(TECH, "key disable preview-bot"), NothingToChange)

    outcome = await harness.flows.dispatcher.run(asked)

    assert isinstance(outcome, KeyProtected)
    assert outcome.reason is ProtectionReason.OVERTAKEN
