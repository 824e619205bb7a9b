import asyncio
from dataclasses import replace
from typing import Final

import pytest

from bot.domain.decided import Requested
from bot.domain.environments import Environment
from bot.domain.keys import Generated
from bot.domain.outcomes import LinkReady, NameTaken, NothingToClaim, WhichEnvironment
from bot.errors import Conflict, StoreError, Unavailable
from tests.fakes.cloudinary import FakeAccount
from tests.fakes.hasty_loop import HastyLoop
from tests.flows.office import CREATE, DEV, NARROW, TECH, Office, ready, staffed

UNCLEAR: Final = Unavailable("no clear answer", status=500, maybe_done=True)


class CarelessAccount(FakeAccount):
    """Makes keys that work from the start, as one might whose API ignores what was asked."""

    async def create_key(self, environment: Environment, name: str) -> Generated:
        """Make a key, enabled."""
        made = await super().create_key(environment, name)
        key = self.replace_key(environment.id, replace(made.key, enabled=True))
        return replace(made, key=key)


async def test_a_new_key_is_disabled_and_behind_a_link(office: Office) -> None:
    """It works once its owner opens the link, not before"""
    link = ready(await office.says(TECH, CREATE))
    assert not (await office.key(DEV, "new")).enabled
    claim = link.claim
    assert (TECH, DEV.id, "new") == (claim.owner, claim.environment_id, claim.name)
    assert office.links.sealed[link.url].api_key == claim.api_key


async def test_a_new_key_is_on_the_record_without_its_secret(office: Office) -> None:
    """Begun, made and answered, with the fingerprint that the card shows"""
    link = ready(await office.says(TECH, CREATE))
    assert [("begun", "key-roles-change"), ("answered", "link_ready")] == office.told()
    (made,) = office.claims.entries
    assert link.claim.fingerprint == made.target["fingerprint"]
    secret = office.links.sealed[link.url].api_secret
    bodies = [entry.body() for entry in (*office.errands.entries, made)]
    assert not any(secret in body or link.url in body for body in bodies)


async def test_a_name_that_is_taken_makes_no_key(office: Office) -> None:
    """Whether the key works or not"""
    answer = await office.says(TECH, "key create ci-bot --env shop-dev")
    assert isinstance(answer, NameTaken)
    assert "ci-bot" == answer.located.key.name
    assert office.account.calls["create_key"] == 0


async def test_of_two_who_make_one_name_at_once_one_does(office: Office) -> None:
    """The other is told that it is taken"""
    answers = await asyncio.gather(office.says(TECH, CREATE), office.says(NARROW, CREATE))
    assert [LinkReady, NameTaken] == [type(answer) for answer in answers]
    assert office.account.calls["create_key"] == 1


async def test_a_key_needs_one_environment(office: Office) -> None:
    """No key is made before it is clear where"""
    assert isinstance(await office.says(TECH, "key create new"), WhichEnvironment)
    assert office.account.calls["create_key"] == 0


async def test_production_wants_approval(office: Office) -> None:
    """No key is made before it is given"""
    assert isinstance(await office.says(TECH, "key create new --env shop"), Requested)
    assert office.account.calls["create_key"] == 0


def test_a_key_whose_making_got_no_clear_answer_is_found_by_its_name() -> None:
    """The call is never repeated: it may have worked"""
    office = staffed()
    office.account.fail_next("create_key", UNCLEAR, after=True)
    with asyncio.Runner(loop_factory=HastyLoop) as runner:
        link = ready(runner.run(office.says(TECH, CREATE)))
    assert office.account.calls["create_key"] == 1
    assert office.links.sealed[link.url].api_key == link.claim.api_key


def test_a_key_that_was_not_made_after_all_is_not_made_again() -> None:
    """The doubt is told as it is"""
    office = staffed()
    office.account.fail_next("create_key", UNCLEAR)
    with asyncio.Runner(loop_factory=HastyLoop) as runner, pytest.raises(Unavailable):
        runner.run(office.says(TECH, CREATE))
    assert office.account.calls["create_key"] == 1


@pytest.mark.parametrize(
    "error", [Unavailable("not reached", maybe_done=False), Conflict("taken", status=409)]
)
async def test_a_clear_no_is_not_looked_into(error: Unavailable | Conflict, office: Office) -> None:
    """Keys are read for the plan and again in its turn, and not a third time"""
    office.account.fail_next("create_key", error)
    with pytest.raises(type(error)):
        await office.says(TECH, CREATE)
    assert not office.claims.entries
    assert office.account.calls["keys"] == 2


async def test_a_key_that_works_by_mistake_is_disabled() -> None:
    """Before anybody hears of it"""
    office = staffed(make_account=CarelessAccount)
    ready(await office.says(TECH, CREATE))
    assert not (await office.key(DEV, "new")).enabled


async def test_an_errand_that_died_after_the_making_finds_its_key(office: Office) -> None:
    """One key, one claim, and the link that was never told is made anew"""
    errand = await office.errand(TECH, CREATE)
    office.claims.failures = 1
    with pytest.raises(StoreError):
        await office.flows.dispatcher.run(errand)
    ready(await office.again(errand.id))
    assert office.account.calls["create_key"] == 1
    assert ["c0"] == [claim.id for claim in await office.claims.claims_of(TECH)]


async def test_an_errand_that_died_before_the_making_makes_its_key(office: Office) -> None:
    """Begun, and Cloudinary was not reached"""
    errand = await office.errand(TECH, CREATE)
    office.account.fail_next("create_key", Unavailable("not reached", maybe_done=False))
    with pytest.raises(Unavailable):
        await office.flows.dispatcher.run(errand)
    ready(await office.again(errand.id))
    assert ["begun", "answered"] == [deed for deed, _ in office.told()]


async def test_an_errand_that_is_over_makes_a_new_link_to_the_same_key(office: Office) -> None:
    """Killed before its answer was sent: nobody has the first link"""
    errand = await office.errand(TECH, CREATE)
    first = ready(await office.flows.dispatcher.run(errand))
    second = ready(await office.again(errand.id))
    assert first.claim == second.claim
    assert first.url != second.url
    assert office.account.calls["create_key"] == 1


async def test_an_errand_that_is_over_leaves_a_collected_key_alone(office: Office) -> None:
    """Its owner has opened the link, and the key works"""
    errand = await office.errand(TECH, CREATE)
    claim = ready(await office.flows.dispatcher.run(errand)).claim
    await office.account.set_enabled(DEV.id, claim.api_key, enabled=True)
    office.claims.collect(claim.id)
    assert isinstance(await office.again(errand.id), NothingToClaim)
    assert (await office.key(DEV, "new")).enabled


async def test_an_errand_that_died_adopts_nobody_elses_key(office: Office) -> None:
    """Somebody made the name meanwhile and collected it: it stays theirs, and stays enabled"""
    dead = await office.errand(TECH, CREATE)
    effect = f"created:{DEV.id}:new"
    await office.errands.begin(dead, effect, office.errands.entries[0])
    theirs = await office.says(NARROW, CREATE)
    assert isinstance(theirs, LinkReady)
    office.claims.collect(theirs.claim.id)
    await office.account.set_enabled(DEV.id, theirs.claim.api_key, enabled=True)

    outcome = await office.again(dead.id)

    assert isinstance(outcome, NameTaken)
    assert (await office.key(DEV, "new")).enabled
