"""A restored key is as it was before its deletion; until then, its deletion is in sight."""

from datetime import timedelta

import pytest

from bot.cards.home import home as home_cards
from bot.cards.kit import offering, plain
from bot.cards.outcomes import card_of
from bot.cards.requests import posted, what
from bot.domain.keys import Change
from bot.domain.outcomes.keys import KeyChanged, KeyShown, KeysListed, NothingToChange
from bot.domain.outcomes.requests import Requested, RequestsListed
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor
from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import Topic
from bot.flows.audit import AuditLog
from bot.flows.keys.deletions import Deletions
from bot.flows.request_writer import RequestWriter
from bot.flows.requests.execute import SOAK
from tests.flows.failing_fakes import Crash, FailurePoint, failing
from tests.flows.harness import ADMIN, CHIEF, COLLEAGUE, DEV, PROD, TECH, Harness
from tests.flows.requested import approved, asked, carried_out, enabled, kept, looked, topics

NAME = "ci-bot"
CALLS = 60
RESTORE = f"key restore {NAME} --env shop-dev"
DISABLE = f"key disable {NAME} --env shop-dev"
ENABLE = f"key enable {NAME} --env shop-dev"


async def deleted(harness: Harness) -> Request:
    """Request the deletion of a key, and approve it."""
    request = await approved(harness, f"key delete {NAME} --env shop-dev", TECH, to=COLLEAGUE)
    harness.clock.go_on(seconds=1)
    await carried_out(harness, request)
    harness.clock.go_on(minutes=1)
    return await kept(harness, request)


def labels(outcome: Outcome) -> list[str]:
    """The texts of the buttons that carry a command."""
    return [str(button.label) for button in offering([card_of(outcome)])]


@pytest.mark.parametrize("worked", [True, False])
async def test_restore_brings_back_the_state_before_the_deletion(
    harness: Harness, *, worked: bool
) -> None:
    """A key that was disabled stays so, and is kept all the same"""
    if not worked:
        await harness.run(TECH, DISABLE)
    request = await deleted(harness)
    restored = await harness.run(TECH, RESTORE)
    assert isinstance(restored, KeyChanged)
    assert (Change.RESTORED, worked) == (restored.change, restored.located.key.enabled)
    assert await enabled(harness, NAME) is worked
    over = await kept(harness, request)
    assert (None, Topic.RESTORED) == (over.delete_at, over.outcome)
    harness.clock.at += SOAK
    await looked(harness)
    assert await enabled(harness, NAME) is worked
    assert Topic.DELETED not in topics(harness)


@pytest.mark.parametrize("when", ["asked", "soaking"])
async def test_restore_enables_no_key_that_a_person_disabled_meanwhile(
    harness: Harness, when: str
) -> None:
    """It may have leaked: only enabling it says that it is to work"""
    request = await asked(harness, f"key delete {NAME} --env shop-dev", TECH)
    harness.clock.go_on(minutes=1)
    if when == "asked":
        await harness.run(ADMIN, DISABLE)
    await harness.run(COLLEAGUE, f"approve {request.id}")
    harness.clock.go_on(minutes=1)
    await carried_out(harness, request)
    harness.clock.go_on(minutes=1)
    if when == "soaking":
        await harness.run(ADMIN, DISABLE)
    harness.clock.go_on(minutes=1)
    assert isinstance(await harness.run(TECH, RESTORE), KeyChanged)
    assert not await enabled(harness, NAME)
    assert (await kept(harness, request)).delete_at is None


async def test_restore_changes_no_key_without_a_deletion(harness: Harness) -> None:
    """A disabled key is not enabled by it, and no approver is asked"""
    harness.account.add_key(PROD.id, "sleeper", enabled=False)
    for text in ("key restore sleeper --env shop", "key restore preview-bot"):
        assert isinstance(await harness.run(TECH, text), NothingToChange)
    assert not (await harness.key(PROD, "sleeper")).enabled


async def test_a_restore_that_is_approved_is_called_so(harness: Harness) -> None:
    """In the request, the audit log and what it led to"""
    deletion = await approved(harness, "key delete shop-web --env shop", TECH, to=CHIEF)
    await harness.run(COLLEAGUE, f"approve {deletion.id}")
    harness.clock.go_on(minutes=1)
    await carried_out(harness, deletion)
    harness.clock.go_on(minutes=1)
    request = await approved(harness, "key restore shop-web --env shop", TECH, to=COLLEAGUE)
    assert str(what(request)) == "restore a key"
    await carried_out(harness, request)
    assert (await harness.key(PROD, "shop-web")).enabled
    assert (await kept(harness, deletion)).delete_at is None
    details = [detail for event, detail in harness.told() if event in {"requested", "done"}]
    assert 2 == len([detail for detail in details if detail.startswith("restore")]), details
    shown = await harness.run(TECH, "key show shop-web --env shop")
    assert isinstance(shown, KeyShown)
    assert shown.last
    assert "restored" == shown.last.change


@pytest.mark.parametrize("worked", [True, False])
async def test_a_restore_that_dies_is_finished_by_another_process(*, worked: bool) -> None:
    """Before and after each of its calls, once, to the state before the deletion"""
    for call in range(1, CALLS):
        for after in (False, True):
            died = FailurePoint()
            harness = failing(died)
            if not worked:
                await harness.run(TECH, DISABLE)
            request = await deleted(harness)
            job = await harness.job(TECH, RESTORE)
            died.arm(call, after=after)
            try:
                await harness.flows.dispatcher.run(job)
            except Crash:
                died.arm(0)
            else:
                return
            await harness.again(job.id)
            assert await enabled(harness, NAME) is worked
            over = await kept(harness, request)
            assert (None, Topic.RESTORED) == (over.delete_at, over.outcome)
            told = [it for it in harness.requests.notifications if it.topic is Topic.RESTORED]
            assert 2 == len(told), "the card, and its thread"
    pytest.fail("it never ended")


async def test_a_scheduled_deletion_is_in_sight_until_it_is_restored(harness: Harness) -> None:
    """In the key, the lists and the request, each with its date and a button"""
    request = await deleted(harness)
    at = request.delete_at
    shown, listed = await seen(harness, TECH)
    mine = await harness.run(TECH, "requests mine")
    again = await harness.run(TECH, f"key delete {NAME} --env shop-dev")
    assert isinstance(mine, RequestsListed)
    assert isinstance(again, NothingToChange)
    assert at == shown.located.deletes_at == again.located.deletes_at
    assert [at] == [here.deletes_at for here in listed.keys if here.key.name == NAME]
    for outcome in (shown, listed, mine, again):
        assert "eletes on" in plain(card_of(outcome)), outcome.kind
        assert "Restore" in " ".join(labels(outcome)), outcome.kind
    assert RESTORE in plain(posted(request))
    await harness.run(TECH, RESTORE)
    shown, listed = await seen(harness, TECH)
    assert not shown.located.deletes_at
    assert not any(here.deletes_at for here in listed.keys)


async def seen(harness: Harness, actor: Actor) -> tuple[KeyShown, KeysListed]:
    """What the person sees of the key."""
    shown = await harness.run(actor, f"key show {NAME}")
    listed = await harness.run(actor, "key list --env shop-dev")
    assert isinstance(shown, KeyShown)
    assert isinstance(listed, KeysListed)
    return shown, listed


async def test_a_deletion_is_out_of_sight_where_it_will_not_happen(harness: Harness) -> None:
    """The key was enabled in Cloudinary's Console"""
    await deleted(harness)
    key = await harness.key(DEV, NAME)
    await harness.account.set_enabled(DEV.id, key.api_key, enabled=True)
    shown, listed = await seen(harness, TECH)
    assert not shown.located.deletes_at
    assert not any(here.deletes_at for here in listed.keys)


async def test_enabling_a_key_ends_its_deletion_at_once(harness: Harness) -> None:
    """Not a week later"""
    request = await deleted(harness)
    await harness.run(TECH, ENABLE)
    assert (await kept(harness, request)).delete_at is None


async def test_only_the_latest_deletion_of_a_key_is_carried_out(harness: Harness) -> None:
    """One that was approved before another, and taken back since, deletes nothing"""
    text = f"key delete {NAME} --env shop-dev"
    first, second = await asked(harness, text, TECH), await asked(harness, text, ADMIN)
    for each in (first, second):
        await harness.run(COLLEAGUE, f"approve {each.id}")
        harness.clock.go_on(minutes=1)
        await carried_out(harness, each)
        harness.clock.go_on(minutes=1)
    restored = await harness.run(TECH, RESTORE)
    assert isinstance(restored, KeyChanged)
    assert restored.located.key.enabled
    harness.clock.at += SOAK + timedelta(hours=1)
    await looked(harness)
    assert await enabled(harness, NAME)
    assert Topic.DELETED not in topics(harness)


async def test_a_deletion_that_was_taken_back_since_the_look_deletes_nothing(
    harness: Harness,
) -> None:
    """Even where the restore has not yet stored what the key is now"""
    request = await deleted(harness)
    harness.clock.at += SOAK
    deletions = Deletions(harness.jobs, RequestWriter(harness.requests, AuditLog(harness.clock)))
    await deletions.take_back(await harness.job(TECH, RESTORE), request.id)
    await harness.flows.deadline_keeper._delete(request)
    assert await enabled(harness, NAME) is False
    assert Topic.DELETED not in topics(harness)


async def test_home_shows_the_scheduled_deletion_of_an_own_request(harness: Harness) -> None:
    """With the button that takes it back"""
    request = await deleted(harness)
    home = await harness.flows.home.of(TECH)
    drawn = home_cards(home)
    assert "eletes on" in "\n".join(map(plain, drawn))
    assert "Restore" in " ".join(str(button.label) for button in offering(drawn))
    assert request.delete_at


async def test_a_disabled_key_says_how_it_is_enabled(harness: Harness) -> None:
    """At once, or by a request: a button in either case, and none for who may not"""
    at_once = await harness.run(TECH, DISABLE)
    assert [f"Enable {NAME}"] == labels(at_once)
    voted = await harness.run(TECH, "key disable shared --env shop")
    assert ["Request enabling shared"] == labels(voted)
    assert "needs approval" in plain(card_of(voted))
    assert not isinstance(voted, Requested)
