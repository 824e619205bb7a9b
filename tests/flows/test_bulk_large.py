"""Acts on many keys in a large account: a few reads at once, and no look-up for each key."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from bot.cards.kit import plain
from bot.cards.outcomes import card_of
from bot.domain.bulk import Bulk, LeftOut, OutReason, PartState
from bot.domain.environments import Environment
from bot.domain.keys import Key
from bot.domain.outcomes.bulk import BulkPreviewed, BulkReported, OffboardPreviewed
from bot.domain.people import Role
from bot.errors import Forbidden
from bot.flows import reads
from tests.fakes.clock import FakeClock
from tests.fakes.cloudinary import FakeAccount
from tests.flows.harness import ADMIN, COLLEAGUE, DEV, STAGING, TECH, Harness, staffed
from tests.flows.offboarding import OFFBOARD, has, offboarding, settled_in
from tests.flows.requested import carried_out, give_role, leave

OWNED = f"key disable --owner @{COLLEAGUE.user_id}"
NO_RIGHTS = LeftOut("", DEV.name, OutReason.NO_RIGHTS)
TOLD = "Keysmith has no rights in Shop dev, so keys may be missing here."


class BusyAccount(FakeAccount):
    """Counts how many lists of keys are read at the same time, and refuses some environments."""

    running, most = 0, 0
    refuses: frozenset[str] = frozenset()

    async def keys(self, environment_id: str) -> list[Key]:
        """List the keys, unless Keysmith has no rights there."""
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            found = await super().keys(environment_id)
        finally:
            self.running -= 1
        if environment_id in self.refuses:
            raise Forbidden("no", status=403)
        return found


def busy() -> tuple[Harness, BusyAccount]:
    """The people and environments of the harness, at such an account."""
    harness = staffed(make_account=BusyAccount)
    assert isinstance(harness.account, BusyAccount)
    return harness, harness.account


async def owning(harness: Harness) -> None:
    """Let the colleague own an enabled key in two environments."""
    for place in (DEV, STAGING):
        await harness.run(COLLEAGUE, f"key create mine --env {place.cloud_name}")
        key = await harness.key(place, "mine")
        await harness.account.set_enabled(place.id, key.api_key, enabled=True)


def crowd(harness: Harness, count: int = 60) -> None:
    """Add environments, each with an old key."""
    old = harness.clock.now() - timedelta(days=400)
    for number in range(count):
        place = Environment(f"e-{number}", f"Brand {number} dev", f"brand-{number}-dev")
        harness.account.add_environment(place)
        for name, days in (("", 1), (f"web-{number}", 0)):  # the root key signs webhooks
            key, at = harness.account.add_key(place.id, name, root=not name), old
            at -= timedelta(days=days)
            harness.account.replace_key(place.id, replace(key, created_at=at, updated_at=at))


async def test_many_environments_are_read_a_few_at_once() -> None:
    """Twelve, as for other lists"""
    harness, account = busy()
    crowd(harness)
    outcome = await harness.run(TECH, "key disable --stale 180d")
    assert isinstance(outcome, BulkPreviewed)
    assert 60 == len(outcome.bulk.parts)
    assert reads.AT_ONCE == account.most


async def test_an_environment_that_cloudinary_refuses_is_named() -> None:
    """In the list and in the report; the keys elsewhere are disabled"""
    harness, account = busy()
    await owning(harness)
    account.refuses = frozenset({DEV.id})
    outcome = await harness.run(TECH, OWNED)
    assert isinstance(outcome, BulkPreviewed)
    assert [STAGING.name] == [part.where for part in outcome.bulk.parts]
    assert (NO_RIGHTS,) == outcome.bulk.left_out
    said = plain(card_of(outcome))
    assert TOLD in said
    assert "left out:" not in said
    done = await harness.run(TECH, f"key disable --resume {outcome.bulk.id}")
    assert isinstance(done, BulkReported)
    assert "Disabled 1 of 1 key." in plain(card_of(done))
    assert TOLD in plain(card_of(done))


async def test_nothing_can_be_read_at_all() -> None:
    """The answer says why no key is listed"""
    harness, account = busy()
    await owning(harness)
    account.refuses = frozenset({DEV.id, STAGING.id})
    outcome = await harness.run(TECH, OWNED)
    assert isinstance(outcome, BulkPreviewed)
    assert not outcome.bulk.parts
    assert "Keysmith has no rights in Shop dev and Shop staging" in plain(card_of(outcome))


async def test_offboarding_names_an_environment_that_cloudinary_refuses() -> None:
    """In the preview and in the report; what the person has elsewhere ends"""
    harness, account = busy()
    await settled_in(harness)
    account.refuses = frozenset({DEV.id})
    outcome = await harness.run(ADMIN, OFFBOARD)
    assert isinstance(outcome, OffboardPreviewed)
    assert (NO_RIGHTS,) == outcome.bulk.left_out
    assert TOLD in plain(card_of(outcome))
    request = await offboarding(harness)
    done = await carried_out(harness, request)
    assert isinstance(done, BulkReported)
    assert TOLD in plain(card_of(done))
    account.refuses = frozenset()
    assert ["key", "link"] == await has(harness)


async def test_offboarding_does_not_name_what_the_admin_cannot_see() -> None:
    """The keys there are counted, as those of other environments out of sight"""
    harness, account = busy()
    await settled_in(harness)
    account.refuses = frozenset({DEV.id})
    give_role(harness, ADMIN, Role.ADMIN, reaches=STAGING)
    outcome = await harness.run(ADMIN, OFFBOARD)
    assert isinstance(outcome, OffboardPreviewed)
    assert ((), 2) == (outcome.bulk.left_out, outcome.hidden)
    assert DEV.name not in plain(card_of(outcome))


async def test_offboarding_reads_only_where_the_person_has_keys() -> None:
    """Each environment once, however many others there are"""
    harness, account = busy()
    await settled_in(harness)
    crowd(harness)
    account.calls.clear()
    await harness.run(ADMIN, OFFBOARD)
    assert 1 == account.calls["keys"]


class SlowAccount(FakeAccount):
    """Each change takes a second."""

    clock: FakeClock

    async def set_enabled(self, environment_id: str, api_key: str, *, enabled: bool) -> Key:
        """Disable a key, a second later."""
        self.clock.go_on(seconds=1)
        return await super().set_enabled(environment_id, api_key, enabled=enabled)


async def slowly(count: int) -> tuple[Harness, SlowAccount, Bulk]:
    """A list of many keys at such an account, which its person is about to confirm."""
    harness = staffed(make_account=SlowAccount)
    assert isinstance(harness.account, SlowAccount)
    harness.account.clock = harness.clock
    crowd(harness, count)
    outcome = await harness.run(TECH, "key disable --stale 180d")
    assert isinstance(outcome, BulkPreviewed)
    assert count == len(outcome.bulk.parts)
    harness.directory.calls.clear()
    harness.account.calls.clear()
    return harness, harness.account, outcome.bulk


async def test_an_act_looks_its_person_up_every_few_seconds() -> None:
    """Not for each part: Slack allows some fifty a minute"""
    harness, account, bulk = await slowly(100)
    done = await harness.run(TECH, f"key disable --resume {bulk.id}")
    assert isinstance(done, BulkReported)
    assert done.bulk.complete
    assert 100 // 5 - 10 <= harness.directory.calls[TECH.user_id] <= 100 // 5 + 1
    assert account.calls["users_by_email"] == harness.directory.calls[TECH.user_id]


async def test_a_right_that_ends_meanwhile_stops_the_rest_within_seconds() -> None:
    """At Cloudinary: five seconds; at Slack: with the next part, by its event"""
    harness, account, bulk = await slowly(30)
    running = asyncio.create_task(harness.run(TECH, f"key disable --resume {bulk.id}"))
    while account.calls["set_enabled"] < 10:  # noqa: ASYNC110  # another task goes on
        await asyncio.sleep(0)
    give_role(harness, TECH, Role.BILLING)
    done = await running
    assert isinstance(done, BulkReported)
    assert 10 <= done.bulk.count(PartState.DONE) <= 10 + 6
    assert {"denied"} == {it.outcome for it in done.bulk.parts if it.state is PartState.FAILED}


async def test_who_leaves_slack_meanwhile_does_nothing_more() -> None:
    """The event counts for the next part"""
    harness, account, bulk = await slowly(30)
    running = asyncio.create_task(harness.run(TECH, f"key disable --resume {bulk.id}"))
    while account.calls["set_enabled"] < 10:  # noqa: ASYNC110  # another task goes on
        await asyncio.sleep(0)
    await leave(harness, TECH)
    await harness.flows.directory.changed(await harness.directory.profile(TECH))
    done = await running
    assert isinstance(done, BulkReported)
    assert 10 <= done.bulk.count(PartState.DONE) <= 11
    assert "turned_away" in {it.outcome for it in done.bulk.parts}


async def test_what_only_reads_makes_no_part_fresh() -> None:
    """An identity that a list was shown to does not count as one that was read for a change"""
    harness, _, _ = await slowly(3)
    harness.clock.go_on(minutes=2)
    await harness.flows.people.identify(TECH, fresh=False)
    harness.directory.calls.clear()
    await harness.flows.people.identify_for_part(TECH)
    assert 1 == harness.directory.calls[TECH.user_id]
