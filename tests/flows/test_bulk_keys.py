"""Many keys are disabled at once: a list to confirm, then each key by its own command."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from bot.cards.kit import offering, plain
from bot.cards.outcomes import card_of
from bot.domain.audit import AuditEvent
from bot.domain.bulk import Bulk, OutReason, PartState
from bot.domain.keys import Key
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.bulk import BulkPreviewed, BulkReported, NoSuchBulk
from bot.domain.outcomes.union import Outcome
from bot.domain.pending import PendingCredentials
from bot.domain.people import Actor, Role
from bot.domain.requests.notifications import Topic, redraw
from bot.errors import Forbidden, LockTaken, StoreError, Unavailable
from tests.fakes.locks import FakeLocks
from tests.flows.harness import ADMIN, BILLING, COLLEAGUE, DEV, PROD, STAGING, TECH, Harness
from tests.flows.requested import give_role
from tests.traps.recorded_messages import FakeMessenger, outbox

STALE: Final = "key disable --env shop-dev --stale 180d"


async def add(harness: Harness, count: int) -> list[Key]:
    """Add keys that did not change for a year, beside others that just changed."""
    old = harness.clock.now() - timedelta(days=365)
    keys = [harness.account.add_key(DEV.id, f"old-{number}") for number in range(count)]
    for key in keys:
        harness.account.replace_key(DEV.id, replace(key, created_at=old, updated_at=old))
    root = next(key for key in await harness.account.keys(DEV.id) if key.root)
    older = harness.clock.now() - timedelta(days=400)
    harness.account.replace_key(DEV.id, replace(root, created_at=older, updated_at=older))
    return keys


def listed(outcome: Outcome) -> Bulk:
    """The list that a person is to confirm."""
    assert isinstance(outcome, BulkPreviewed)
    return outcome.bulk


def report(outcome: Outcome) -> Bulk:
    """What became of it."""
    assert isinstance(outcome, BulkReported)
    return outcome.bulk


async def previewed(harness: Harness, text: str = STALE, actor: Actor = TECH) -> Bulk:
    """Ask for a list."""
    return listed(await harness.run(actor, text))


async def resumed(harness: Harness, bulk: Bulk, actor: Actor = TECH) -> Bulk:
    """Confirm the list, or resume it."""
    return report(await harness.run(actor, f"key disable --resume {bulk.id}"))


async def enabled(harness: Harness) -> set[str]:
    """Names of the enabled keys in DEV."""
    return {key.name for key in await harness.account.keys(DEV.id) if key.enabled}


def states(bulk: Bulk) -> list[str]:
    """The state of each part."""
    return [str(part.state) for part in bulk.parts]


async def test_a_list_is_shown_before_anything_changes(harness: Harness) -> None:
    """Those that changed lately are not in it, the root key is named as left out"""
    await add(harness, 2)
    bulk = await previewed(harness)
    assert ["old-0", "old-1"] == [part.name for part in bulk.parts]
    assert [OutReason.ROOT] == [each.reason for each in bulk.left_out]
    assert {"old-0", "old-1", "ci-bot"} < await enabled(harness)
    card = card_of(BulkPreviewed(bulk))
    assert "Disable 2 keys? Nothing changed yet." in plain(card)
    assert [f"key disable --resume {bulk.id}"] == [each.command for each in offering([card])]


async def test_the_confirmed_list_is_disabled(harness: Harness) -> None:
    """And no other key; each change is recorded with its key, and the audit log names the list"""
    await add(harness, 3)
    bulk = await resumed(harness, await previewed(harness))
    assert ["done"] * 3 == states(bulk)
    assert not {"old-0", "old-1", "old-2"} & await enabled(harness)
    assert {"ci-bot", "uploader", "shared"} <= await enabled(harness)
    done = [each for each in harness.jobs.entries if each.event is AuditEvent.DONE]
    assert [part.command.split()[2] for part in bulk.parts] == [each.target["key"] for each in done]
    assert "Disabled 3 of 3 keys." in plain(card_of(BulkReported(bulk)))


async def test_what_changed_since_is_left_alone_and_nothing_is_added(harness: Harness) -> None:
    """Renamed, disabled, gone: each is told; a key that matches only now is not touched"""
    renamed, disabled, gone, _ = await add(harness, 4)
    bulk = await previewed(harness)
    await harness.account.rename(DEV.id, renamed.api_key, "in-use")
    await harness.account.set_enabled(DEV.id, disabled.api_key, enabled=False)
    harness.account.remove_key(DEV.id, gone.api_key)
    harness.clock.go_on(days=200)
    bulk = await resumed(harness, bulk)
    assert ["skipped", "skipped", "skipped", "done"] == states(bulk)
    assert {"in-use", "ci-bot"} <= await enabled(harness)
    said = plain(card_of(BulkReported(bulk)))
    assert "old-0 in Shop dev changed since the list was shown." in said
    assert "old-1 in Shop dev was disabled already." in said
    assert "old-2 is no longer in Shop dev" in said
    assert not bulk.resumable


async def test_the_last_enabled_key_and_the_webhook_signer_are_left_out(harness: Harness) -> None:
    """Also where the parts before it make it the last one"""
    harness.clock.go_on(days=400)
    for key in await harness.account.keys(DEV.id):
        if key.root:
            harness.account.replace_key(DEV.id, replace(key, enabled=False))
    bulk = await previewed(harness)
    reasons = {each.name: each.reason for each in bulk.left_out}
    assert [OutReason.WEBHOOK_SIGNER] == [*reasons.values()]
    assert len(bulk.parts) == 2
    bulk = await resumed(harness, bulk)
    assert ["done", "done"] == states(bulk)
    assert {*reasons} == await enabled(harness)


async def test_the_keys_of_a_person_are_those_that_were_created_for_them(harness: Harness) -> None:
    """In each environment where the person may see keys, also with an environment named"""
    await harness.run(COLLEAGUE, "key create mine --env shop-dev")
    await harness.run(COLLEAGUE, "key create staged --env shop-stag")
    for place in (DEV, STAGING):
        for key in await harness.account.keys(place.id):
            if key.name in {"mine", "staged"}:
                await harness.account.set_enabled(place.id, key.api_key, enabled=True)
    both = await previewed(harness, f"key disable --owner @{COLLEAGUE.user_id}")
    assert {"mine", "staged"} == {part.name for part in both.parts}
    one = await previewed(harness, f"key disable --owner @{COLLEAGUE.user_id} --env shop-dev")
    assert ["mine"] == [part.name for part in one.parts]
    none = f"key disable --owner @{COLLEAGUE.user_id} --env shop-dev --stale 30d"
    empty = await previewed(harness, none)
    assert not empty.parts
    assert not offering([card_of(BulkPreviewed(empty))])
    assert ["done", "done"] == states(await resumed(harness, both))


async def test_each_part_is_decided_again_when_it_runs(harness: Harness) -> None:
    """A role that is gone by then disables nothing"""
    await add(harness, 2)
    bulk = await previewed(harness)
    give_role(harness, TECH, Role.BILLING)
    outcome = await harness.run(TECH, f"key disable --resume {bulk.id}")
    assert isinstance(outcome, Denied)
    assert {"old-0", "old-1"} < await enabled(harness)


async def test_only_the_person_who_saw_the_list_runs_it(harness: Harness) -> None:
    """Its id alone gives no right"""
    await add(harness, 1)
    bulk = await previewed(harness)
    for other in (COLLEAGUE, ADMIN):
        outcome = await harness.run(other, f"key disable --resume {bulk.id}")
        assert isinstance(outcome, NoSuchBulk)
    assert isinstance(await harness.run(TECH, "key disable --resume none"), NoSuchBulk)
    assert isinstance(await harness.run(BILLING, STALE), Denied)
    assert "old-0" in await enabled(harness)


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
async def test_it_stops_where_cloudinary_is_away_and_resumes(
    harness: Harness, *, done: bool
) -> None:
    """Before the work or after it: what is left is tried again, and has one effect"""
    keys = await add(harness, 3)
    bulk = await previewed(harness)
    harness.account.fail_next("set_enabled", Unavailable("500", maybe_done=True), after=done)
    bulk = await resumed(harness, bulk)
    assert ["failed", "waiting", "waiting"] == states(bulk)
    said = card_of(BulkReported(bulk))
    assert "It is not certain that old-0 in Shop dev is disabled" in plain(said)
    assert "It stopped with 2 keys left" in plain(said)
    assert [f"key disable --resume {bulk.id}"] == [each.command for each in offering([said])]
    bulk = await resumed(harness, bulk)
    assert not {key.name for key in keys} & await enabled(harness)
    assert ["done"] * 3 == states(bulk)


async def test_a_part_that_cloudinary_refuses_leaves_the_others(harness: Harness) -> None:
    """Its reason is in the report, and it can be tried again"""
    await add(harness, 3)
    bulk = await previewed(harness)
    harness.account.fail_next("set_enabled", Forbidden("no"))
    bulk = await resumed(harness, bulk)
    assert ["failed", "done", "done"] == states(bulk)
    assert "Cloudinary refused it" in plain(card_of(BulkReported(bulk)))
    assert ["done"] * 3 == states(await resumed(harness, bulk))


@pytest.mark.parametrize("passing", range(5))
async def test_a_crash_goes_on_at_the_first_part_that_is_not_settled(
    harness: Harness, passing: int
) -> None:
    """Wherever the record could not be written: every part has one effect, recorded once"""
    await add(harness, 4)
    bulk = await previewed(harness)
    harness.bulks.passing, harness.bulks.failures = passing, 1
    job = await harness.job(TECH, f"key disable --resume {bulk.id}")
    with pytest.raises(StoreError):
        await harness.flows.dispatcher.run(job)
    bulk = report(await harness.again(job.id))
    assert ["done"] * 4 == states(bulk)
    done = [each.target["key"] for each in harness.jobs.entries if each.event is AuditEvent.DONE]
    assert 4 == len(done) == len(set(done))
    assert ["done"] * 4 == states(report(await harness.again(job.id)))


async def test_a_part_waits_in_the_normal_lane(harness: Harness) -> None:
    """Another person's key disable comes first, and the whole job comes back for its turn"""
    harness.locks = FakeLocks()
    harness.rebuild()
    await add(harness, 1)
    bulk = await previewed(harness)
    job = await harness.job(TECH, f"key disable --resume {bulk.id}")
    other = await harness.job(COLLEAGUE, "key disable ci-bot --env shop-dev")
    async with harness.locks.hold(f"environment:{DEV.id}"):
        with pytest.raises(LockTaken) as taken:
            await harness.flows.dispatcher.run(job)
        assert 2 == await harness.locks.ahead(taken.value.name, job) + 1
        assert 1 == await harness.locks.ahead(taken.value.name, other)
        assert 2 == await harness.locks.ahead(taken.value.name, job)
    await harness.locks.leave(taken.value.name, other)
    assert ["done"] == states(report(await harness.again(job.id)))


async def test_a_list_is_not_widened_by_a_second_run(harness: Harness) -> None:
    """A finished job that runs again shows what there is"""
    await add(harness, 1)
    bulk = await previewed(harness)
    await resumed(harness, bulk)
    key = await harness.key(DEV, "old-0")
    await harness.account.set_enabled(DEV.id, key.api_key, enabled=True)
    again = await resumed(harness, bulk)
    assert ["done"] == states(again)
    assert "old-0" in await enabled(harness)
    assert 1 == again.count(PartState.DONE)


async def test_production_tells_security_of_each_key(harness: Harness) -> None:
    """As a command about one key does"""
    harness.clock.go_on(days=400)
    bulk = await previewed(harness, "key disable --env shop --stale 180d")
    await resumed(harness, bulk)
    assert len(bulk.parts) == len(harness.jobs.notices) == 2
    assert {"shared", "shop-web"} == {part.name for part in bulk.parts}
    assert not [key for key in await harness.account.keys(PROD.id) if key.enabled and not key.root]


async def test_one_message_follows_the_act(harness: Harness) -> None:
    """It is updated, at most once a second, and ends as the report with its button"""
    await add(harness, 5)
    bulk = await previewed(harness)
    messenger = FakeMessenger()
    post = outbox(harness, messenger)
    harness.account.fail_next("set_enabled", Forbidden("no"))
    await resumed(harness, bulk)
    assert 2 == len(harness.bulks.told)  # at its begin and at its end: no second has passed
    for number in range(2):
        message = redraw(bulk.id, Topic.PROGRESS, TECH.user_id)
        await post(f"{number}-0", message, again=False)
    (said,) = messenger.texts(TECH.user_id)
    assert "Disabled 4 of 5 keys." in said
    assert "Resume" in str(messenger.said[TECH.user_id][-1][1].blocks)
    harness.clock.go_on(hours=1)
    await resumed(harness, bulk)
    await post("2-0", redraw(bulk.id, Topic.PROGRESS, TECH.user_id), again=True)
    (said,) = messenger.texts(TECH.user_id)
    assert "Disabled 5 of 5 keys." in said


async def test_a_list_names_owner_and_last_change(harness: Harness) -> None:
    """A person sees whose key stops, and how old it is, before they confirm"""
    (key,) = await add(harness, 1)
    await previewed(harness)
    where = (DEV.id, DEV.name, DEV.cloud_name, key.api_key, key.name)
    own = PendingCredentials("p1", COLLEAGUE, *where, harness.clock.now())
    await harness.pending.add_pending(own, harness.jobs.entries[-1])
    drawn = plain(card_of(BulkPreviewed(await previewed(harness))))

    assert "old-0 in Shop dev, last changed" in drawn
    assert f"owner: @{COLLEAGUE.user_id}" in drawn


async def test_a_report_offers_the_way_back(harness: Harness) -> None:
    """Each key that was disabled can be enabled again from a menu"""
    keys = await add(harness, 2)
    done = await resumed(harness, await previewed(harness))
    (menu,) = card_of(BulkReported(done)).menus

    assert [f"key enable {key.api_key} --env shop-dev" for key in keys] == [
        each.command for each in menu.choices
    ]
