"""T1 to T8: who decides, how often, and on what."""

import asyncio
import inspect
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from bot.adapters.redis_requests import RedisRequests
from bot.cards.requests import posted
from bot.domain.commands import Approve
from bot.domain.outcomes import MayNotDecide, TooLate, Voided, Voted
from bot.domain.people import Actor, Profile
from bot.domain.requests import (
    TRANSITIONS,
    Cause,
    Request,
    Settled,
    State,
    vote,
)
from bot.domain.sayings import Topic, redraw
from tests.contracts.processes import carried_out as queued
from tests.contracts.processes import opened, processes
from tests.flows.office import (
    ADMIN,
    BILLING,
    CHIEF,
    COLLEAGUE,
    NARROW,
    NEWCOMER,
    TEAM,
    TECH,
    Office,
    staffed,
)
from tests.flows.requested import (
    DELETE,
    WISH,
    WISH_IN_PRODUCTION,
    agreed,
    asked,
    carried_out,
    kept,
    rule,
    under,
)
from tests.traps.hearing import APPROVALS, FakeVoice, outbox

APPROVERS = (
    *("members", "key_roles", "admins", "technical_admin", "master_admin"),
    *(f"person:{TECH.user_id}", f"person:{CHIEF.user_id}", "oncall:S0CALL"),
)
"""Everything that a rule may call TECH or CHIEF by."""


async def test_t01_a_double_approval_acts_once(redis: Redis, server: Path) -> None:
    """Guard: the version that a conditional write in Redis compares; two processes, real Redis."""
    del redis  # it is empty
    async with processes(server, 2) as both:
        request = await opened(both[0], 1)
        outcomes = await asyncio.gather(
            *(
                both[at % 2].decides((TECH, COLLEAGUE)[at % 2], Approve(request.id))
                for at in range(40)
            )
        )
        assert 1 == sum(isinstance(each, Voted) for each in outcomes)
        assert 39 == sum(isinstance(each, TooLate) for each in outcomes)
        assert [request.id] == await queued(both[0])


@settings(max_examples=25, deadline=None)
@given(
    approvers=st.lists(st.sampled_from(APPROVERS), min_size=1, unique=True),
    quorum=st.integers(1, 2),
    emergency=st.booleans(),
    text=st.sampled_from([WISH, WISH_IN_PRODUCTION]),
)
def test_t02_no_mix_of_rules_lets_somebody_approve_themselves(
    approvers: list[str], quorum: int, text: str, *, emergency: bool
) -> None:
    """Guard: the requester is unfit before any rule is read, in the one function that decides."""
    names = ", ".join(approvers)
    wanted = f'@approvals("{quorum}")\n@approvers("{names}")'
    wanted += '\n@emergency("key_roles")' if emergency else ""
    with tempfile.TemporaryDirectory() as directory, asyncio.Runner() as runner:
        runner.run(_nobody_approves_themselves(Path(directory), wanted, text))


async def _nobody_approves_themselves(directory: Path, wanted: str, text: str) -> None:
    office = under(staffed(), directory, rule("key:request", wanted))
    office.directory.groups["S0CALL"] = frozenset({TECH.user_id, CHIEF.user_id})
    for requester in (TECH, CHIEF):
        outcome = await office.says(requester, text)
        request = getattr(outcome, "request", None)
        if request is None:
            continue  # nobody could be asked
        await office.says(COLLEAGUE, f"delegate @{requester.user_id}")
        told = await office.says(requester, f"approve {request.id}")
        assert isinstance(told, MayNotDecide)
        assert State.PENDING is (await kept(office, request)).state


async def test_t03_a_quorum_counts_people_who_may_on_these_very_terms(office: Office) -> None:
    """Guard: distinct, eligible, bound to the terms, neither requester nor owner: each negated."""
    request = await asked(office, DELETE, TECH)
    profile = await office.directory.profile(ADMIN)
    again = Actor(TEAM, "U0AGAIN")
    office.directory.add(Profile(again.user_id, TEAM, "Again", profile.email))

    async def agreeing(*actors: Actor) -> int:
        for actor in actors:
            await office.says(actor, f"approve {request.id}")
        return len((await kept(office, request)).agreeing)

    assert 0 == await agreeing(TECH)  # the requester
    assert 0 == await agreeing(BILLING, NARROW)  # not eligible, and eligible elsewhere only
    assert 1 == await agreeing(ADMIN, ADMIN, again)  # one person, however often
    word = (await kept(office, request)).votes[0]
    stale = replace(word, by=COLLEAGUE, cloudinary_id="u-other", fingerprint="0000-0000")
    assert isinstance(vote(await kept(office, request), stale, office.clock.now()), Settled)
    request = await asked(office, f"{WISH} --for @{COLLEAGUE.user_id}", NEWCOMER)
    assert 0 == await agreeing(COLLEAGUE)  # the owner


def test_t04_whoever_asks_can_not_write_the_decision() -> None:
    """Guard: no generic update of a request; its requester's events never lead to approval."""
    verbs = {name for name in vars(RedisRequests) if not name.startswith("_")}
    writing = verbs - {"load", "opened_by", "pending", "due", "standing_at"}
    assert {"open", "replace", "settle", "postpone", "note", "place"} == writing
    for name in writing:
        parameters = inspect.signature(getattr(RedisRequests, name)).parameters.values()
        assert not any(each.kind is each.VAR_KEYWORD for each in parameters)
    reached = {t.to for t in TRANSITIONS.values() if Cause.REQUESTER in t.by}
    assert {State.PENDING, State.CANCELLED} == reached


CHANGES: dict[str, Any] = {
    "command": 'request shop-dev other --reason "builds of the shop"',
    "environment_id": "e-stag",
    "environment_name": "Elsewhere",
    "cloud_name": "elsewhere",
    "tier": "production",
    "key": "700000000000001",
    "name": "other",
    "owner": BILLING,
    "requester": BILLING,
    "reason": "another",
    "lasts": None,
}
"""Another value for every field of the terms, but for the action."""


@pytest.mark.parametrize("field", CHANGES)
async def test_t05_no_term_changes_after_the_approval(field: str, office: Office) -> None:
    """Guard: a word carries the fingerprint of the terms; on others it counts for nothing."""
    request = await agreed(office, f"{WISH} --expires 7d")
    terms = replace(request.terms, **{field: CHANGES[field]})
    assert request.terms.fingerprint != terms.fingerprint
    tampered = replace(request, terms=terms, version=request.version + 1)
    entry = office.errands.entries[-1]
    assert await office.requests.replace(request, tampered, entry)
    assert () == tampered.agreeing
    assert isinstance(await carried_out(office, tampered), Voided)
    assert office.account.calls["create_key"] == 0


@pytest.mark.parametrize("moment", ["click", "execution"])
async def test_t06_an_approval_is_worth_nothing_once_the_world_has_moved(
    moment: str, office: Office
) -> None:
    """Guard: target and people are read again at the click, and again at the execution."""
    key = office.account.add_key("e-prod", "sleeper", enabled=False)
    wish = await asked(office, "key enable sleeper --env shop", TECH)
    if moment == "execution":
        await office.says(COLLEAGUE, f"approve {wish.id}")
    office.account.replace_key("e-prod", replace(key, name="another"))
    if moment == "click":
        assert isinstance(await office.says(COLLEAGUE, f"approve {wish.id}"), Voided)
    else:
        assert isinstance(await carried_out(office, wish), Voided)
    assert office.account.calls["set_enabled"] == 0


async def test_t07_being_in_the_channel_gives_no_authority(office: Office) -> None:
    """Guard: the policy's approvers decide who may; the request stays pending."""
    request = await asked(office, WISH_IN_PRODUCTION)
    for member in (BILLING, TECH, COLLEAGUE):
        told = await office.says(member, f"approve {request.id}")
        assert isinstance(told, MayNotDecide)
    assert request == await kept(office, request)


async def test_t08_a_card_shows_what_is_kept_and_not_what_was_pressed(office: Office) -> None:
    """Guard: the outbox draws from the stored request; a saying names a topic and no state."""
    request = await asked(office)
    voice = FakeVoice()
    says = outbox(office, voice)
    await says("1-0", redraw(request.id, Topic.ASKED), again=False)
    await says("2-0", redraw(request.id, Topic.APPROVED), again=False)  # as a wrong press would
    assert "Waiting for approval" in voice.texts(APPROVALS)[0]
    await office.says(TECH, f"approve {request.id}")
    await says("3-0", redraw(request.id, Topic.AGREED), again=False)
    assert "Approved, about to be carried out" in voice.texts(APPROVALS)[0]
    parameters = inspect.signature(posted).parameters
    assert [Request] == [each.annotation for each in parameters.values()]
