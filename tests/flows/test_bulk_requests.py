"""Many keys are rotated or deleted at once: each by a request of its own, as for one key."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Final

import pytest

from bot.cards.kit import offering, plain
from bot.cards.outcomes import card_of
from bot.domain.bulk import Bulk, OutReason
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.bulk import BulkPreviewed, BulkReported, NoSuchBulk
from bot.domain.outcomes.keys import KeysListed
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Role
from bot.domain.policy import OPEN_AT_MOST
from bot.domain.requests.machine import Request, State
from bot.domain.rotation import Phase
from bot.errors import Forbidden, StoreError, Unavailable
from tests.fakes.bulks import FakeBulks
from tests.flows.failing_fakes import Crash, Failing, FailurePoint, failing
from tests.flows.harness import (
    ADMIN,
    COLLEAGUE,
    DEV,
    PROD,
    STAGING,
    TECH,
    Harness,
    staffed,
)
from tests.flows.requested import approved, asked, carried_out, give_role, rule, under
from tests.flows.rotated import key_of, opened_by_owner, phase, rotated
from tests.flows.test_bulk_keys import add, previewed, report, states

ROTATE: Final = "key rotate --env shop-dev --stale 90d --grace 8h"
DELETE: Final = "key delete --env shop-dev --stale 180d --reason unused"
MANY: Final = ("rotate", "disable", "delete")
BOTH: Final = ("rotate", "delete")
TEXTS: Final = {"rotate": ROTATE, "delete": DELETE}


async def confirmed(harness: Harness, bulk: Bulk) -> Bulk:
    """Confirm a list, or resume it."""
    verb = bulk.command.split()[1]
    return report(await harness.run(TECH, f"key {verb} --resume {bulk.id}"))


async def opened(harness: Harness, bulk: Bulk) -> list[Request]:
    """The requests that the parts opened, as they are now."""
    found = [await harness.requests.load(part.request) for part in bulk.parts if part.request]
    return [request for request in found if request]


async def requests_of(harness: Harness) -> list[Request]:
    """Every request."""
    people = (TECH, COLLEAGUE)
    return [it for by in people for it in await harness.requests.opened_by(by, 99)]


async def of_keys(harness: Harness) -> dict[str, int]:
    """How many requests there are about each key."""
    return Counter(it.terms.key for it in await requests_of(harness))


def reasons(bulk: Bulk) -> dict[str, OutReason]:
    """Why each key is left out."""
    return {each.name: each.reason for each in bulk.left_out}


async def test_each_key_of_a_list_is_rotated(harness: Harness) -> None:
    """At once where one key would be: its request, its grace, its successor"""
    keys = await add(harness, 3)
    bulk = await previewed(harness, ROTATE)
    assert "Rotate 3 keys? Nothing changed yet." in plain(card_of(BulkPreviewed(bulk)))
    assert not await requests_of(harness)
    done = await confirmed(harness, bulk)
    requests = await opened(harness, done)
    assert [key.api_key for key in keys] == [it.terms.key for it in requests]
    for request in requests:
        harness.clock.go_on(seconds=1)
        await carried_out(harness, request)
    names = {key.name for key in await harness.account.keys(DEV.id)}
    for request in await opened(harness, done):
        assert (State.CLAIMABLE, Phase.CREATED) == (request.state, phase(request))
        assert timedelta(hours=8) == request.terms.rotation.grace  # type: ignore[union-attr]
        assert request.terms.rotation.successor in names  # type: ignore[union-attr]
        assert (await key_of(harness, request.terms.key)).enabled  # type: ignore[union-attr]
    said = plain(card_of(BulkReported(done)))
    assert "Started the rotation of 3 of 3 keys." in said
    assert all(request.id in said for request in requests)


async def test_each_key_of_a_list_waits_for_the_approval_of_its_deletion(harness: Harness) -> None:
    """Nothing is disabled before; then it is disabled, and restored until its date"""
    keys = await add(harness, 2)
    done = await confirmed(harness, await previewed(harness, DELETE))
    requests = await opened(harness, done)
    assert [State.PENDING] * 2 == [it.state for it in requests]
    assert {"unused"} == {it.terms.reason for it in requests}
    said = plain(card_of(BulkReported(done)))
    assert "Started the deletion of 0 of 2 keys." in said
    assert "2 requests wait for approval: " in said
    for request in requests:
        await harness.run(COLLEAGUE, f"approve {request.id}")
        await carried_out(harness, request)
    for key in keys:
        now = await key_of(harness, key.api_key)
        assert now
        assert not now.enabled
    await harness.run(TECH, f"key restore {keys[0].api_key} --env shop-dev")
    assert "old-0" in {key.name for key in await harness.account.keys(DEV.id) if key.enabled}


async def test_a_disabled_key_is_deleted_and_not_rotated(harness: Harness) -> None:
    """A list to rotate has no use for it"""
    (key,) = await add(harness, 1)
    harness.account.replace_key(DEV.id, replace(key, enabled=False, updated_at=key.created_at))
    harness.clock.go_on(days=365)
    assert "old-0" not in {it.name for it in (await previewed(harness, ROTATE)).parts}
    assert "old-0" in {it.name for it in (await previewed(harness, DELETE)).parts}


@pytest.mark.parametrize("verb", BOTH)
async def test_what_needs_a_look_of_its_own_is_left_out(harness: Harness, verb: str) -> None:
    """Root, rotating, its successor, never collected, deleting; each with its reason"""
    await add(harness, 4)
    rotating = await rotated(harness, "key rotate old-0 --env shop-dev")
    await opened_by_owner(harness, rotating)
    deletion = await approved(
        harness, "key delete old-1 --env shop-dev --reason x", TECH, to=COLLEAGUE
    )
    harness.clock.go_on(seconds=1)
    await carried_out(harness, deletion)
    await harness.run(COLLEAGUE, "key create waiting --env shop-dev")
    (own,) = await harness.pending.pending_of(COLLEAGUE)
    await harness.account.set_enabled(DEV.id, own.api_key, enabled=True)
    text = f"key {verb} --env shop-dev --stale 1d --reason x"
    for key in await harness.account.keys(DEV.id):
        past = harness.clock.now() - timedelta(days=9)
        harness.account.replace_key(DEV.id, replace(key, updated_at=past))
    bulk = await previewed(harness, text)
    assert {"old-0", "old-1", "waiting"}.isdisjoint(part.name for part in bulk.parts)
    assert {"old-2", "old-3"} < {part.name for part in bulk.parts}
    why = reasons(bulk)
    new = rotating.terms.rotation.successor  # type: ignore[union-attr]
    assert (OutReason.ROTATING,) * 2 == (why["old-0"], why[new])
    assert OutReason.UNCLAIMED is why["waiting"]
    assert OutReason.ROOT in why.values()
    if verb == "delete":
        assert OutReason.DELETING is why["old-1"]
    said = plain(card_of(BulkPreviewed(bulk)))
    assert "old-0 in Shop dev is being rotated." in said


async def test_the_last_key_and_the_signer_are_rotated_and_not_deleted(harness: Harness) -> None:
    """A rotation asks before it moves the signer; a deletion has to be typed for that key"""
    harness.clock.go_on(days=400)
    for key in await harness.account.keys(DEV.id):
        if key.root:
            harness.account.replace_key(DEV.id, replace(key, enabled=False))
    left = reasons(await previewed(harness, DELETE))
    assert OutReason.WEBHOOK_SIGNER in left.values()
    rotated_ = {part.name for part in (await previewed(harness, ROTATE)).parts}
    assert {name for name, why in left.items() if why is OutReason.WEBHOOK_SIGNER} <= rotated_


async def test_a_reason_that_the_rules_need_is_asked_for(harness: Harness, tmp_path: Path) -> None:
    """Before anything is opened: each key would be refused for itself"""
    conditions = '@approvals("1")\n@approvers("key_roles")\n@reason("[A-Z]+-[0-9]+")'
    rules = rule("key:delete", conditions)
    rules += '@id("l") permit (principal, action == Action::"key:list", resource);'
    under(harness, tmp_path, rules)
    await add(harness, 1)
    bulk = await previewed(harness, DELETE)
    assert OutReason.NEEDS_REASON is reasons(bulk)["old-0"]
    assert not offering([card_of(BulkPreviewed(bulk))])
    named = DELETE.replace("unused", "OPS-812")
    assert ["old-0"] == [part.name for part in (await previewed(harness, named)).parts]


async def test_a_list_opens_no_more_requests_than_may_wait(harness: Harness) -> None:
    """The others are counted, and come with the next list; what needs no vote has no such limit"""
    await add(harness, OPEN_AT_MOST + 3)
    bulk = await previewed(harness, DELETE)
    assert (OPEN_AT_MOST, 3) == (len(bulk.parts), bulk.more)
    assert ["done"] * OPEN_AT_MOST == states(await confirmed(harness, bulk))
    full = await previewed(harness, DELETE)
    assert (0, 3) == (len(full.parts), full.more)
    assert [OutReason.ASKED] * OPEN_AT_MOST == [*reasons(full).values()][1:]
    assert "3 keys match, but" in plain(card_of(BulkPreviewed(full)))
    decided, *_ = await requests_of(harness)
    await harness.run(COLLEAGUE, f"deny {decided.id} --reason used")
    assert 1 == len((await previewed(harness, DELETE)).parts)
    assert OPEN_AT_MOST + 3 == len((await previewed(harness, ROTATE)).parts)


async def test_a_list_of_one_command_is_not_run_by_another(harness: Harness) -> None:
    """Each has an authority of its own; and so has each person"""
    await add(harness, 1)
    bulk = await previewed(harness, ROTATE)
    for text in (f"key delete --resume {bulk.id}", f"key disable --resume {bulk.id}"):
        assert isinstance(await harness.run(TECH, text), NoSuchBulk)
    for other in (COLLEAGUE, ADMIN):
        assert isinstance(await harness.run(other, f"key rotate --resume {bulk.id}"), NoSuchBulk)
    assert not await requests_of(harness)


async def test_requests_that_wait_meanwhile_leave_parts_to_resume(harness: Harness) -> None:
    """As many as may wait: the rest fails with its reason, and comes when some are decided"""
    await add(harness, OPEN_AT_MOST)
    bulk = await previewed(harness, DELETE)
    await asked(harness, "key delete ci-bot --env shop-dev --reason x", TECH)
    full = await confirmed(harness, bulk)
    assert ["done"] * (OPEN_AT_MOST - 1) + ["failed"] == states(full)
    assert "too many of your requests wait" in plain(card_of(BulkReported(full)))
    await harness.run(COLLEAGUE, f"deny {full.parts[0].request} --reason used")
    assert ["done"] * OPEN_AT_MOST == states(await confirmed(harness, bulk))


@pytest.mark.parametrize("verb", BOTH)
async def test_a_key_that_changed_meanwhile_is_left_alone(harness: Harness, verb: str) -> None:
    """Renamed, disabled, gone, rotated by a person: only the last one is as the list showed it"""
    renamed, disabled, gone, *_ = await add(harness, 5)
    bulk = await previewed(harness, TEXTS[verb])
    await harness.account.rename(DEV.id, renamed.api_key, "in-use")
    harness.clock.go_on(seconds=1)
    await harness.account.set_enabled(DEV.id, disabled.api_key, enabled=False)
    harness.account.remove_key(DEV.id, gone.api_key)
    running = await asked(harness, "key rotate old-3 --env shop-dev", COLLEAGUE)
    done = await confirmed(harness, bulk)
    assert ["skipped"] * 4 + ["done"] == states(done)
    assert ["old-4"] == [it.terms.name for it in await opened(harness, done)]
    assert 1 == (await of_keys(harness))[running.terms.key]
    assert "old-3 in Shop dev changed since the list was shown" in plain(
        card_of(BulkReported(done))
    )


async def test_a_key_that_another_person_rotates_at_the_same_moment_is_told() -> None:
    """However close they are: one rotation of it runs, and the list goes on"""
    for lag in range(0, 60, 4):
        harness = staffed()
        await add(harness, 2)
        bulk = await previewed(harness, ROTATE)
        first = asyncio.create_task(confirmed(harness, bulk))
        for _ in range(lag):
            await asyncio.sleep(0)
        await harness.run(COLLEAGUE, "key rotate old-1 --env shop-dev")
        done = await first
        assert [1, 1] == [*(await of_keys(harness)).values()], lag
        assert states(done)[0] == "done"
        assert states(done)[1] in {"done", "skipped"}


START: Final = {case: at for at, case in enumerate(product(BOTH, (False, True), (False, True)))}
"""Each case begins at another call, and skips those of the others."""


class FailingBulks(Failing, FakeBulks):
    """Bulk acts behind a failure point."""


async def fragile(point: FailurePoint, verb: str) -> tuple[Harness, Bulk, str]:
    """A list that is about to be confirmed, by a job of this id, at which any call may fail."""
    harness = failing(point)
    bulks = FailingBulks()
    harness.bulks, bulks.failure_point = bulks, point
    harness.rebuild()
    await add(harness, 2)
    bulk = await previewed(harness, TEXTS[verb])
    job = await harness.job(TECH, f"key {verb} --resume {bulk.id}")
    return harness, bulk, job.id


@pytest.mark.parametrize("verb", BOTH)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("resumed", [False, True], ids=["same job", "resumed"])
async def test_a_crash_at_any_call_opens_each_request_once(
    verb: str, *, after: bool, resumed: bool
) -> None:
    """Each call of every port: the job runs again, or is given up and its person resumes"""
    at, ended = START[verb, after, resumed], False
    while not ended:
        at += len(START)
        point = FailurePoint()
        harness, bulk, job = await fragile(point, verb)
        point.arm(at, after=after)
        try:
            await harness.again(job)
        except Crash:
            point.arm(0)
            if not resumed:
                await harness.again(job)
            elif stored := await harness.jobs.load(job):
                await harness.flows.dispatcher.give_up(stored)
        else:
            ended = True
        point.arm(0)
        done = await confirmed(harness, bulk)
        assert (at, ["done", "done"]) == (at, states(done))
        every = await requests_of(harness)
        assert (at, [1, 1]) == (at, [*Counter(it.terms.key for it in every).values()])
        assert {it.id for it in every} == {part.request for part in done.parts}
    assert at > 20, "the loop above met no call"


@pytest.mark.parametrize("verb", BOTH)
async def test_cloudinary_that_fails_stops_no_key_and_is_resumed(
    harness: Harness, verb: str
) -> None:
    """Away: the rest waits; refused: only that key; each has one request at the end"""
    await add(harness, 3)
    bulk = await previewed(harness, TEXTS[verb])
    harness.account.fail_next("keys", Unavailable("503", maybe_done=False))
    stopped = await confirmed(harness, bulk)
    assert ["failed", "waiting", "waiting"] == states(stopped)
    assert "It stopped with 2 keys left" in plain(card_of(BulkReported(stopped)))
    harness.account.fail_next("keys", Forbidden("no"))
    assert ["failed", "done", "done"] == states(await confirmed(harness, bulk))
    assert ["done"] * 3 == states(await confirmed(harness, bulk))
    assert [1, 1, 1] == [*(await of_keys(harness)).values()]


@pytest.mark.parametrize("verb", BOTH)
async def test_a_right_that_ends_meanwhile_opens_nothing_more(harness: Harness, verb: str) -> None:
    """What was opened is decided again when it runs"""
    await add(harness, 3)
    bulk = await previewed(harness, TEXTS[verb])
    harness.bulks.passing, harness.bulks.failures = 2, 1
    job = await harness.job(TECH, f"key {verb} --resume {bulk.id}")
    with pytest.raises(StoreError):
        await harness.flows.dispatcher.run(job)
    give_role(harness, TECH, Role.BILLING)
    assert isinstance(await harness.again(job.id), Denied)
    assert 1 <= len(await requests_of(harness)) <= 2
    for request in await requests_of(harness):
        if request.state is not State.PENDING:
            await carried_out(harness, request)
    assert not [key for key in await harness.account.keys(DEV.id) if key.name.startswith("old-0-")]


async def test_of_two_presses_at_once_each_key_has_one_request() -> None:
    """Both are told the whole"""
    for lag in range(0, 40, 5):
        harness = staffed()
        await add(harness, 2)
        bulk = await previewed(harness, ROTATE)
        first = asyncio.create_task(confirmed(harness, bulk))
        for _ in range(lag):
            await asyncio.sleep(0)
        both = [await confirmed(harness, bulk), await first]
        assert [["done"] * 2] * 2 == [states(each) for each in both]
        assert [1, 1] == [*(await of_keys(harness)).values()], lag


async def test_the_keys_of_a_person_are_rotated_in_each_environment(harness: Harness) -> None:
    """With the approval that each place needs, and for their owner"""
    for place in (DEV, STAGING):
        await harness.run(COLLEAGUE, f"key create mine --env {place.cloud_name}")
    for own in await harness.pending.pending_of(COLLEAGUE):
        await harness.account.set_enabled(own.environment_id, own.api_key, enabled=True)
        harness.pending.collect(own.id)
    done = await confirmed(
        harness, await previewed(harness, f"key rotate --owner @{COLLEAGUE.user_id}")
    )
    assert {DEV.id, STAGING.id} == {it.terms.environment_id for it in await opened(harness, done)}
    assert {COLLEAGUE} == {it.terms.owner for it in await opened(harness, done)}
    harness.clock.go_on(days=400)
    held = await confirmed(harness, await previewed(harness, "key rotate --env shop --stale 90d"))
    assert {State.PENDING} == {it.state for it in await opened(harness, held)}
    assert {PROD.id} == {it.terms.environment_id for it in await opened(harness, held)}


def of_many(outcome: Outcome) -> list[str]:
    """What the answer offers to do to all of its keys."""
    return [
        it.command
        for it in offering([card_of(outcome)])
        if it.command.startswith(tuple(f"key {verb} --" for verb in MANY))
    ]


@pytest.mark.parametrize("text", ["--stale 90d", "--orphaned", "--expiring 14d"])
async def test_a_list_of_keys_offers_what_can_be_done_to_all_of_them(
    harness: Harness, text: str
) -> None:
    """Its buttons show the same keys before anything changes; only where the person may"""
    await harness.run(TECH, "key create soon --env shop-dev --expires 7d")
    await harness.run(TECH, "whoami")
    harness.clock.go_on(days=100 if "stale" in text else 0)
    found = await harness.run(TECH, f"key list --env shop-dev {text}")
    assert isinstance(found, KeysListed)
    verbs = [*MANY] if found.total and "expiring" not in text else [*MANY][1:]
    wanted = [f"key {verb} --env shop-dev {text}" for verb in verbs] if found.total else []
    assert wanted == of_many(found)
    for command in wanted:
        assert isinstance(await harness.run(TECH, command), BulkPreviewed)


@pytest.mark.parametrize("text", ["", "--mine --stale 9d", "--state disabled --stale 9d"])
async def test_a_list_that_a_command_can_not_mean_offers_none(harness: Harness, text: str) -> None:
    """The button would be about more keys than the person sees"""
    harness.clock.go_on(days=100)
    assert not of_many(await harness.run(TECH, f"key list {text}"))


async def test_a_list_offers_only_what_its_person_may_do(harness: Harness, tmp_path: Path) -> None:
    """One who may list keys and rotate them is offered no deletion"""
    rules = '@id("l") permit (principal, action == Action::"key:list", resource);'
    under(harness, tmp_path, rule("key:rotate", "") + rules)
    harness.clock.go_on(days=100)
    found = await harness.run(TECH, "key list --stale 90d")
    assert ["key rotate --stale 90d"] == of_many(found)
