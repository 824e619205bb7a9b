"""`key rotate --every`: set by a person, announced, begun in their name, and passed on."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from bot.adapters.cedar.policy import SHIPPED, CedarPolicy
from bot.cards.kit import plain
from bot.cards.outcomes import card_of
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.keys import KeyProtected, KeyShown, KeysListed
from bot.domain.outcomes.oversight import KeysReported
from bot.domain.outcomes.rotations import NotScheduled, NotScheduledReason, RotationScheduled
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor, Role
from bot.domain.reports import Concern
from bot.domain.requests.machine import Request, State
from bot.domain.requests.notifications import Audience, Notification
from bot.domain.rotation import Phase
from bot.domain.rotation_schedules import RotationNews, RotationSchedule, Standstill
from bot.errors import StoreError, Unavailable
from tests.fakes.rotation_schedules import FakeRotationSchedules
from tests.flows.harness import (
    ADMIN,
    BILLING,
    COLLEAGUE,
    DEV,
    NEWCOMER,
    PROD,
    TECH,
    Harness,
    staffed,
)
from tests.flows.requested import give_role, kept, leave, looked
from tests.flows.rotated import SOAK, opened_by_owner, phase, press, steered

EVERY: Final = "key rotate ci-bot --env shop-dev --every 90d"
DAY: Final = timedelta(days=1)
PERIOD: Final = 90 * DAY


async def scheduled(harness: Harness, text: str = EVERY, by: Actor = TECH) -> RotationSchedule:
    """Set a schedule."""
    outcome = await harness.run(by, text)
    assert isinstance(outcome, RotationScheduled), outcome
    assert outcome.schedule
    return outcome.schedule


async def kept_now(harness: Harness, schedule: RotationSchedule) -> RotationSchedule:
    """Read a schedule."""
    found = await harness.requests.rotations.find(schedule.api_key)
    assert found
    return found


async def attended(harness: Harness) -> None:
    """Look once, without a failure."""
    assert not await harness.flows.schedule_keeper.look()


async def due(harness: Harness, schedule: RotationSchedule) -> RotationSchedule:
    """Look when the rotation is due."""
    harness.clock.at = schedule.next_at
    await attended(harness)
    return await kept_now(harness, schedule)


def told(harness: Harness) -> list[Notification]:
    """What was told of schedules."""
    return harness.requests.rotations.told


def news(harness: Harness) -> RotationNews:
    """Read the last message."""
    return RotationNews.read(told(harness)[-1].text)


async def rotations(harness: Harness) -> list[Request]:
    """Every rotation that was requested."""
    found = [*await harness.requests.pending(9), *await harness.requests.closed(9)]
    return [it for it in found if it.rotation]


@pytest.fixture
def harness() -> Harness:
    """The people and keys of all flows; their keys are new."""
    return staffed()


async def test_a_schedule_is_set_and_nothing_is_rotated_yet(harness: Harness) -> None:
    """The answer, the key's card and the list say when the next one begins"""
    schedule = await scheduled(harness)
    key = await harness.key(DEV, "ci-bot")
    assert key.created_at
    assert (schedule.next_at, schedule.by) == (key.created_at + PERIOD, TECH)
    await attended(harness)
    assert not await rotations(harness)
    shown = await harness.run(TECH, "key show ci-bot --env shop-dev")
    assert isinstance(shown, KeyShown)
    assert (shown.located.rotates_at, shown.located.overdue) == (schedule.next_at, False)
    listed = await harness.run(TECH, "key list --env shop-dev")
    assert isinstance(listed, KeysListed)
    assert [it.rotates_at for it in listed.keys if it.key == key] == [schedule.next_at]


async def test_a_key_that_is_older_is_due_at_once(harness: Harness) -> None:
    """It is overdue until then"""
    harness.clock.at += 2 * PERIOD
    schedule = await scheduled(harness)
    assert schedule.next_at == harness.clock.at
    answer = await harness.run(TECH, EVERY)
    assert "a day before" not in plain(card_of(answer))
    await attended(harness)
    assert len(await rotations(harness)) == 1
    assert not told(harness)


async def test_the_owner_hears_a_week_and_a_day_before(harness: Harness) -> None:
    """Once each, whichever processes look, and not by night"""
    await harness.run(TECH, f"key owner ci-bot @{BILLING.user_id} --env shop-dev")
    schedule = await scheduled(harness)
    for before, count in ((8, 0), (7, 1), (6, 1), (1, 2), (0.5, 2)):
        harness.clock.at = schedule.next_at - before * DAY
        await attended(harness)
        await attended(harness)
        assert len(told(harness)) == count, before
    assert {it.to for it in told(harness)} == {BILLING.user_id}
    assert (news(harness).may, news(harness).later) == (False, True)


async def test_a_notice_waits_for_the_morning(harness: Harness) -> None:
    """By the clock of its reader"""
    profile = await harness.directory.profile(TECH)
    harness.directory.add(replace(profile, zone="UTC"))
    harness.clock.at = harness.clock.at.replace(hour=23)
    key = harness.account.add_key(DEV.id, "nightly")
    schedule = await scheduled(harness, "key rotate nightly --every 90d")
    harness.clock.at = schedule.next_at - 7 * DAY
    await attended(harness)
    assert not told(harness)
    harness.clock.at += timedelta(hours=9)
    await attended(harness)
    assert (len(told(harness)), news(harness).api_key) == (1, key.api_key)


async def test_at_its_date_the_rotation_begins_once_in_the_name_of_who_set_it(
    harness: Harness,
) -> None:
    """Many processes look; the owner collects as always, and the key is not overdue"""
    schedule = await scheduled(harness, f"{EVERY} --grace 48h")
    schedule = await due(harness, schedule)
    for _ in range(3):
        harness.clock.at += DAY
        await attended(harness)
    (request,) = await rotations(harness)
    assert (request.terms.requester, request.id) == (TECH, schedule.request)
    assert request.rotation
    assert request.rotation.grace == timedelta(hours=48)
    shown = await harness.run(TECH, "key show ci-bot --env shop-dev")
    assert isinstance(shown, KeyShown)
    assert not shown.located.overdue


async def test_others_approve_a_rotation_where_they_approve_the_command(harness: Harness) -> None:
    """The schedule itself gives no right"""
    outcome = await harness.run(TECH, "key rotate shop-web --env shop --every 90d")
    assert isinstance(outcome, RotationScheduled)
    assert outcome.asks
    assert outcome.schedule
    await due(harness, outcome.schedule)
    (request,) = await rotations(harness)
    assert (request.state, request.terms.environment_id) == (State.PENDING, PROD.id)


class Dying(FakeRotationSchedules):
    """Loses the connection instead of the next write."""

    dies = False

    async def replace(self, *args: object, **more: object) -> bool:
        """Die once."""
        if self.dies:
            self.dies = False
            raise StoreError("killed")
        return await super().replace(*args, **more)  # type: ignore[arg-type]


async def test_a_process_that_dies_after_opening_leaves_one_rotation(harness: Harness) -> None:
    """The next look finds what it opened"""
    dying = harness.requests.rotations = Dying()
    harness.rebuild()
    schedule = await scheduled(harness)
    dying.dies = True
    harness.clock.at = schedule.next_at
    assert [type(it) for it in await harness.flows.schedule_keeper.look()] == [StoreError]
    (request,) = await rotations(harness)
    harness.clock.at += DAY
    harness.rebuild()
    await attended(harness)
    assert [request.id] == [it.id for it in await rotations(harness)]
    assert (await kept_now(harness, schedule)).request == request.id


class Ending(FakeRotationSchedules):
    """A person ends each schedule right after it was listed."""

    async def due(self, now: datetime, most: int) -> list[RotationSchedule]:
        """List what is gone then."""
        found = await super().due(now, most)
        self.kept.clear()
        return found


async def test_a_schedule_that_a_person_ends_meanwhile_begins_nothing(harness: Harness) -> None:
    """It is read again before the rotation begins"""
    harness.requests.rotations = Ending()
    harness.rebuild()
    schedule = await scheduled(harness)
    harness.clock.at = schedule.next_at
    await attended(harness)
    assert not await rotations(harness)


async def test_an_outage_is_no_refusal(harness: Harness) -> None:
    """The next look begins the rotation"""
    schedule = await scheduled(harness)
    harness.clock.at = schedule.next_at
    harness.account.fail_next("environments", Unavailable("away", maybe_done=False))
    with pytest.raises(Unavailable):
        await harness.flows.schedule_keeper.look()
    harness.account.fail_next("keys", Unavailable("away", maybe_done=False))
    assert len(await harness.flows.schedule_keeper.look()) == 1
    harness.clock.go_on(minutes=10)
    await attended(harness)
    assert len(await rotations(harness)) == 1
    assert not told(harness)


@pytest.mark.parametrize(
    ("what", "stands"),
    [
        ("left", Standstill.LEFT),
        ("demoted", Standstill.NO_RIGHT),
        ("disabled", Standstill.DISABLED),
        ("deletion", Standstill.DELETION),
    ],
)
async def test_what_can_not_begin_is_told_once_and_waits_for_a_person(
    harness: Harness, what: str, stands: Standstill
) -> None:
    """The owner and security hear the reason; the key works as before, until it is set again"""
    schedule = await scheduled(harness)
    key = await harness.key(DEV, "ci-bot")
    if what == "left":
        await leave(harness, TECH)
    if what == "demoted":
        give_role(harness, TECH, Role.BILLING)
    if what == "disabled":
        await harness.account.set_enabled(DEV.id, key.api_key, enabled=False)
    if what == "deletion":
        await harness.run(COLLEAGUE, "key delete ci-bot --env shop-dev --reason old")
        (asked,) = await harness.requests.pending(9)
        await harness.run(ADMIN, f"approve {asked.id}")
        job = await harness.jobs.load(asked.id)
        assert job
        await harness.flows.dispatcher.run(job)
    schedule = await due(harness, schedule)
    assert schedule.stands is stands
    assert {it.audience for it in told(harness)} == {Audience.PERSON, Audience.SECURITY}
    assert news(harness).stands is stands
    for _ in range(3):
        harness.clock.at += PERIOD
        await attended(harness)
    assert not await rotations(harness)
    assert len(told(harness)) == 2
    if what in {"left", "demoted"}:
        assert (await scheduled(harness, by=COLLEAGUE)).stands is None


async def test_a_rotation_that_runs_already_counts_as_the_one_that_is_due(
    harness: Harness,
) -> None:
    """Rotate now was pressed before; where that is aborted, another one begins"""
    schedule = await scheduled(harness)
    harness.clock.at = schedule.next_at - DAY
    await harness.run(TECH, "key rotate ci-bot --env shop-dev")
    (running,) = await rotations(harness)
    schedule = await due(harness, schedule)
    assert [running.id] == [it.id for it in await rotations(harness)]
    assert (schedule.request, schedule.stands) == ("", None)


async def test_a_rotation_that_ends_without_a_successor_is_told(harness: Harness) -> None:
    """It was denied; the schedule stands still"""
    outcome = await harness.run(TECH, "key rotate shop-web --env shop --every 90d")
    assert isinstance(outcome, RotationScheduled)
    assert outcome.schedule
    schedule = await due(harness, outcome.schedule)
    await harness.run(COLLEAGUE, f"deny {schedule.request} --reason no")
    harness.clock.at += DAY
    await attended(harness)
    assert (await kept_now(harness, schedule)).stands is Standstill.ENDED
    shown = await harness.run(TECH, "key show shop-web --env shop")
    assert isinstance(shown, KeyShown)
    assert shown.located.overdue


async def replaced(harness: Harness, request: Request) -> Request:
    """Take a rotation to its end."""
    harness.clock.go_on(seconds=1)
    job = await harness.jobs.load(request.id)
    assert job
    await harness.flows.dispatcher.run(job)
    request = await opened_by_owner(harness, await kept(harness, request))
    await looked(harness)
    request = await steered(harness, await kept(harness, request), "deployed", Phase.SOAKING)
    harness.clock.at += SOAK
    await looked(harness)
    await press(harness, request, "delete --confirm ci-bot", COLLEAGUE)
    request = await kept(harness, request)
    assert phase(request) is Phase.DONE
    return request


async def test_the_successor_takes_the_schedule_over(harness: Harness) -> None:
    """It counts from when the successor worked, and begins the next one"""
    schedule = await due(harness, await scheduled(harness))
    (request,) = await rotations(harness)
    request = await replaced(harness, request)
    assert request.rotation
    assert request.rotation.tested_at
    assert await harness.requests.rotations.find(schedule.api_key) is None
    new = await harness.requests.rotations.find(request.made)
    assert new
    assert new.next_at == request.rotation.tested_at + PERIOD
    assert (new.request, new.by, new.every) == ("", TECH, PERIOD)
    await due(harness, new)
    assert len(await rotations(harness)) == 2


async def test_an_old_key_that_is_gone_keeps_its_schedule_for_the_successor(
    harness: Harness,
) -> None:
    """A person deleted it in the Console; the end of the rotation passes the schedule on"""
    schedule = await due(harness, await scheduled(harness))
    harness.account.remove_key(DEV.id, schedule.api_key)
    harness.clock.at += DAY
    await attended(harness)
    assert await kept_now(harness, schedule) == schedule


async def test_a_key_that_is_gone_ends_its_schedule(harness: Harness) -> None:
    """No one is told: the deletion was"""
    schedule = await scheduled(harness)
    harness.account.remove_key(DEV.id, schedule.api_key)
    harness.clock.at = schedule.next_at
    await attended(harness)
    assert await harness.requests.rotations.find(schedule.api_key) is None
    assert not told(harness)


async def test_the_next_rotation_can_be_put_off_twice(harness: Harness) -> None:
    """By the owner too, who may not rotate; one press that runs again counts once"""
    await harness.run(TECH, f"key owner ci-bot @{BILLING.user_id} --env shop-dev")
    schedule = await scheduled(harness)
    later = f"key rotate {schedule.api_key} --every later"
    harness.clock.at = schedule.next_at - DAY
    outcome = await harness.run(BILLING, later)
    assert isinstance(outcome, RotationScheduled)
    assert outcome.schedule
    assert outcome.schedule.next_at == schedule.next_at + 7 * DAY
    job = f"c{len([e for e in harness.jobs.entries if e.event == 'asked']) - 1}"
    assert outcome.schedule.put_off == (job,)
    await harness.run(TECH, later)
    last = await harness.run(TECH, later)
    assert isinstance(last, NotScheduled)
    assert last.reason is NotScheduledReason.PUT_OFF
    after = await kept_now(harness, schedule)
    assert after.next_at == schedule.next_at + 14 * DAY
    assert isinstance(await harness.run(NEWCOMER, later), Denied)
    asked = [it.action for it in harness.jobs.entries if it.event == "asked"]
    assert "key:request" not in asked
    assert "key:rotate" == asked[-1]


@pytest.mark.parametrize("by", [BILLING, NEWCOMER])
@pytest.mark.parametrize("every", ["90d", "off", "later"])
async def test_only_who_may_rotate_the_key_changes_its_schedule(
    harness: Harness, by: Actor, every: str
) -> None:
    """Its owner may put it off alone"""
    schedule = await scheduled(harness)
    outcome = await harness.run(by, f"key rotate ci-bot --env shop-dev --every {every}")
    assert not isinstance(outcome, RotationScheduled | NotScheduled)
    assert await kept_now(harness, schedule) == schedule


async def test_an_owner_who_may_not_rotate_neither_sets_nor_ends_a_schedule(
    harness: Harness,
) -> None:
    """Putting it off is all that they may"""
    await harness.run(TECH, f"key owner ci-bot @{BILLING.user_id} --env shop-dev")
    schedule = await scheduled(harness)
    for every in ("90d", "off"):
        assert isinstance(await harness.run(BILLING, f"key rotate ci-bot --every {every}"), Denied)
    assert await kept_now(harness, schedule) == schedule


async def test_off_ends_it(harness: Harness) -> None:
    """Nothing begins any more; a second time there is none"""
    schedule = await scheduled(harness)
    off = "key rotate ci-bot --env shop-dev --every off"
    ended = await harness.run(COLLEAGUE, off)
    assert isinstance(ended, RotationScheduled)
    assert ended.schedule is None
    harness.clock.at = schedule.next_at
    await attended(harness)
    assert not await rotations(harness)
    again = await harness.run(COLLEAGUE, off)
    assert isinstance(again, NotScheduled)
    assert again.reason is NotScheduledReason.NONE


@pytest.mark.parametrize(
    "text", [f"{EVERY} --compromised", f"{EVERY} --role ml_user", f"{EVERY} --emergency"]
)
async def test_what_is_urgent_or_changes_roles_is_no_schedule(harness: Harness, text: str) -> None:
    """The key is not touched"""
    outcome = await harness.run(TECH, f"{text} --reason now")
    assert isinstance(outcome, NotScheduled), outcome
    assert (await harness.key(DEV, "ci-bot")).enabled
    assert not harness.requests.rotations.kept


async def test_the_root_key_has_no_schedule(harness: Harness) -> None:
    """It is never rotated"""
    root = next(key for key in await harness.account.keys(DEV.id) if key.root)
    assert isinstance(
        await harness.run(TECH, f"key rotate {root.api_key} --every 90d"), KeyProtected
    )


POLICY: Final = """
@id("in-time")
@rotate_every("60d")
@window("Sat 09:00-10:00 UTC")
permit (principal in Role::"key_roles", action == Action::"key:rotate", resource);
"""


@pytest.fixture
def obliged(harness: Harness, tmp_path: Path) -> Harness:
    """By the policy keys are rotated every 60 days, on Saturdays."""
    shipped = (SHIPPED / "keysmith.cedar").read_text()
    (tmp_path / "own.cedar").write_text(shipped + POLICY)
    harness.policy = CedarPolicy.load(tmp_path)
    harness.rebuild()
    return harness


async def test_a_rotation_begins_within_the_window(obliged: Harness) -> None:
    """The answer says when that is"""
    outcome: Outcome = await obliged.run(TECH, EVERY.replace("90d", "30d"))
    assert isinstance(outcome, RotationScheduled)
    assert outcome.schedule
    assert outcome.begins
    assert outcome.begins > outcome.schedule.next_at
    await due(obliged, outcome.schedule)
    assert not await rotations(obliged)
    assert max(obliged.requests.rotations.looks.values()) - obliged.clock.at <= DAY
    obliged.clock.at = outcome.begins
    await attended(obliged)
    assert len(await rotations(obliged)) == 1


async def test_no_schedule_is_longer_than_the_policy_demands(obliged: Harness) -> None:
    """It would let a key be older"""
    outcome = await obliged.run(TECH, EVERY)
    assert isinstance(outcome, NotScheduled)
    assert (outcome.reason, outcome.most) == (NotScheduledReason.POLICY, 60 * DAY)


async def test_owners_are_reminded_of_what_the_policy_demands(obliged: Harness) -> None:
    """A week and a day before, and then; a key with a schedule or no owner is left out"""
    owned = (await obliged.key(DEV, "ci-bot")).api_key
    for name in ("ci-bot", "uploader"):
        await obliged.run(TECH, f"key owner {name} @{BILLING.user_id} --env shop-dev")
    await scheduled(obliged, "key rotate uploader --every 60d")
    start, said = obliged.clock.at, obliged.records.told
    said.clear()
    for day, count in ((52, 0), (53, 1), (54, 1), (59, 2), (60, 3), (61, 3), (90, 3)):
        obliged.clock.at = start + day * DAY
        for _ in range(2):
            assert not await obliged.flows.schedule_keeper.look()
        assert len(said) == count, day
    assert {RotationNews.read(it.text).api_key for it in said} == {owned}
    assert {it.to for it in said} == {BILLING.user_id}
    listed = await obliged.run(TECH, "key list --env shop-dev")
    assert isinstance(listed, KeysListed)
    late = {it.key.name for it in listed.keys if it.overdue}
    assert late == {"ci-bot", "uploader", "shared"}


async def test_a_report_counts_what_is_overdue(obliged: Harness) -> None:
    """Past its schedule, or past what the policy demands"""
    obliged.clock.at += 60 * DAY
    outcome = await obliged.run(ADMIN, "report")
    assert isinstance(outcome, KeysReported)
    assert dict(outcome.figures.concerns)[Concern.OVERDUE] == 6
