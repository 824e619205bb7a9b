import asyncio
from dataclasses import replace
from typing import Final

import pytest

from bot.domain.environments import Environment
from bot.domain.keys import Generated
from bot.domain.outcomes.environments import WhichEnvironment
from bot.domain.outcomes.keys import KeyCreated, KeyShown, NameTaken
from bot.domain.outcomes.links import LinkReady
from bot.domain.outcomes.requests import Requested
from bot.errors import Conflict, StoreError, Unavailable
from tests.fakes.cloudinary import FakeAccount
from tests.fakes.hasty_loop import HastyLoop
from tests.flows.harness import CREATE, DEV, NARROW, TECH, Harness, ready, staffed

UNCLEAR: Final = Unavailable("no clear answer", status=500, maybe_done=True)


class CarelessAccount(FakeAccount):
    """Creates keys that are enabled, like an API that ignores a parameter."""

    async def create_key(self, environment: Environment, name: str) -> Generated:
        """Make a key, enabled."""
        made = await super().create_key(environment, name)
        key = self.replace_key(environment.id, replace(made.key, enabled=True))
        return replace(made, key=key)


async def test_a_new_key_is_disabled_and_behind_a_link(harness: Harness) -> None:
    """It is enabled when its owner opens the link, not before"""
    link = ready(await harness.run(TECH, CREATE))
    assert not (await harness.key(DEV, "new")).enabled
    pending = link.pending
    assert (TECH, DEV.id, "new") == (pending.owner, pending.environment_id, pending.name)
    assert harness.links.sealed[link.url].api_key == pending.api_key


async def test_a_new_key_is_on_the_record_without_its_secret(harness: Harness) -> None:
    """Intent, creation and answer, with the fingerprint of the card"""
    link = ready(await harness.run(TECH, CREATE))
    assert [("begun", "key-roles-change"), ("answered", "link_ready")] == harness.told()
    (made,) = harness.pending.entries
    assert link.pending.fingerprint == made.target["fingerprint"]
    secret = harness.links.sealed[link.url].api_secret.show()
    bodies = [entry.body() for entry in (*harness.jobs.entries, made)]
    assert not any(secret in body or link.url.show() in body for body in bodies)


async def test_a_name_that_is_taken_makes_no_key(harness: Harness) -> None:
    """Whether that key is enabled or not"""
    answer = await harness.run(TECH, "key create ci-bot --env shop-dev")
    assert isinstance(answer, NameTaken)
    assert "ci-bot" == answer.located.key.name
    assert harness.account.calls["create_key"] == 0


async def test_of_two_who_make_one_name_at_once_one_does(harness: Harness) -> None:
    """The other one learns that the name is taken"""
    answers = await asyncio.gather(harness.run(TECH, CREATE), harness.run(NARROW, CREATE))
    assert [LinkReady, NameTaken] == [type(answer) for answer in answers]
    assert harness.account.calls["create_key"] == 1


async def test_a_key_needs_one_environment(harness: Harness) -> None:
    """No key is created before the environment is clear"""
    assert isinstance(await harness.run(TECH, "key create new"), WhichEnvironment)
    assert harness.account.calls["create_key"] == 0


async def test_production_wants_approval(harness: Harness) -> None:
    """No key is created before it"""
    assert isinstance(await harness.run(TECH, "key create new --env shop"), Requested)
    assert harness.account.calls["create_key"] == 0


def test_a_key_whose_making_got_no_clear_answer_is_found_by_its_name() -> None:
    """The call is never repeated: it may have succeeded"""
    harness = staffed()
    harness.account.fail_next("create_key", UNCLEAR, after=True)
    with asyncio.Runner(loop_factory=HastyLoop) as runner:
        link = ready(runner.run(harness.run(TECH, CREATE)))
    assert harness.account.calls["create_key"] == 1
    assert harness.links.sealed[link.url].api_key == link.pending.api_key


def test_a_key_that_was_not_made_after_all_is_not_made_again() -> None:
    """The answer reports that the result is uncertain"""
    harness = staffed()
    harness.account.fail_next("create_key", UNCLEAR)
    with asyncio.Runner(loop_factory=HastyLoop) as runner, pytest.raises(Unavailable):
        runner.run(harness.run(TECH, CREATE))
    assert harness.account.calls["create_key"] == 1


@pytest.mark.parametrize(
    "error", [Unavailable("not reached", maybe_done=False), Conflict("taken", status=409)]
)
async def test_a_clear_no_is_not_looked_into(
    error: Unavailable | Conflict, harness: Harness
) -> None:
    """Keys are read for the plan and again under the lock, and not a third time"""
    harness.account.fail_next("create_key", error)
    with pytest.raises(type(error)):
        await harness.run(TECH, CREATE)
    assert not harness.pending.entries
    assert harness.account.calls["keys"] == 2


async def test_a_key_that_works_by_mistake_is_disabled() -> None:
    """Before its owner gets a link"""
    harness = staffed(make_account=CarelessAccount)
    ready(await harness.run(TECH, CREATE))
    assert not (await harness.key(DEV, "new")).enabled


async def test_a_job_that_died_after_the_making_finds_its_key(harness: Harness) -> None:
    """One key, one set of pending credentials, and a new link for the lost one"""
    job = await harness.job(TECH, CREATE)
    harness.pending.failures = 1
    with pytest.raises(StoreError):
        await harness.flows.dispatcher.run(job)
    ready(await harness.again(job.id))
    assert harness.account.calls["create_key"] == 1
    assert ["c0"] == [pending.id for pending in await harness.pending.pending_of(TECH)]


async def test_a_job_that_died_before_the_making_makes_its_key(harness: Harness) -> None:
    """The intent is written, and Cloudinary was not reached"""
    job = await harness.job(TECH, CREATE)
    harness.account.fail_next("create_key", Unavailable("not reached", maybe_done=False))
    with pytest.raises(Unavailable):
        await harness.flows.dispatcher.run(job)
    ready(await harness.again(job.id))
    assert ["begun", "answered"] == [event for event, _ in harness.told()]


async def test_a_job_that_is_over_leads_to_a_new_link_to_the_same_key(harness: Harness) -> None:
    """Killed before its answer was sent, so the first link is lost: its owner claims"""
    job = await harness.job(TECH, CREATE)
    first = ready(await harness.flows.dispatcher.run(job))
    assert KeyCreated(first.pending) == await harness.again(job.id)
    second = ready(await harness.run(TECH, "claim new"))
    assert first.pending == second.pending
    assert first.url != second.url
    assert harness.account.calls["create_key"] == 1


async def test_a_job_that_is_over_leaves_a_collected_key_alone(harness: Harness) -> None:
    """Its owner has opened the link, and the key stays enabled"""
    job = await harness.job(TECH, CREATE)
    pending = ready(await harness.flows.dispatcher.run(job)).pending
    await harness.account.set_enabled(DEV.id, pending.api_key, enabled=True)
    harness.pending.collect(pending.id)
    assert isinstance(await harness.again(job.id), KeyShown)
    assert (await harness.key(DEV, "new")).enabled


async def test_a_job_that_died_adopts_no_other_persons_key(harness: Harness) -> None:
    """Another person created a key of this name and collected it: it stays theirs and enabled"""
    dead = await harness.job(TECH, CREATE)
    effect = f"created:{DEV.id}:new"
    await harness.jobs.begin(dead, effect, harness.jobs.entries[0])
    theirs = await harness.run(NARROW, CREATE)
    assert isinstance(theirs, LinkReady)
    harness.pending.collect(theirs.pending.id)
    await harness.account.set_enabled(DEV.id, theirs.pending.api_key, enabled=True)

    outcome = await harness.again(dead.id)

    assert isinstance(outcome, NameTaken)
    assert (await harness.key(DEV, "new")).enabled
