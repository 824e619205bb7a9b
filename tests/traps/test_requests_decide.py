"""T1 to T4: who votes, and how often."""

import asyncio
import inspect
import tempfile
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from bot.adapters.redis.requests import RedisRequests
from bot.domain.commands.requests import Approve
from bot.domain.outcomes.decisions import MayNotDecide, TooLate, Voted
from bot.domain.people import Actor, Profile
from bot.domain.requests.changes import vote
from bot.domain.requests.machine import TRANSITIONS, Cause, State, Unchanged
from tests.contracts.processes import carried_out as queued
from tests.contracts.processes import opened, processes
from tests.flows.harness import (
    ADMIN,
    BILLING,
    CHIEF,
    COLLEAGUE,
    NARROW,
    NEWCOMER,
    TEAM,
    TECH,
    Harness,
    staffed,
)
from tests.flows.requested import (
    DELETE,
    WISH,
    WISH_IN_PRODUCTION,
    asked,
    kept,
    rule,
    under,
)

APPROVERS = (
    *("members", "key_roles", "admins", "technical_admin", "master_admin"),
    *(f"person:{TECH.user_id}", f"person:{CHIEF.user_id}", "oncall:S0CALL"),
)
"""Every name that a rule may call TECH or CHIEF by."""


async def test_t01_a_double_approval_acts_once(redis: Redis, server: Path) -> None:
    """Guard: a conditional write in Redis compares the version; two processes, real Redis."""
    del redis  # it is empty
    async with processes(server, 2) as both:
        for number in range(10):
            request = await opened(both[0], number)
            words = [(both[at % 2], (TECH, COLLEAGUE)[at % 2]) for at in range(10)]
            outcomes = await asyncio.gather(
                *(process.decides(actor, Approve(request.id)) for process, actor in words)
            )
            kinds = [type(each) for each in outcomes]
            assert [1, 9] == [kinds.count(Voted), kinds.count(TooLate)]
            assert 1 == (await queued(both[0])).count(request.id)


@settings(max_examples=25, deadline=None)
@given(
    approvers=st.lists(st.sampled_from(APPROVERS), min_size=1, unique=True),
    quorum=st.integers(1, 2),
    emergency=st.booleans(),
    text=st.sampled_from([WISH, WISH_IN_PRODUCTION]),
)
def test_t02_no_mix_of_rules_allows_an_approval_of_an_own_request(
    approvers: list[str], quorum: int, text: str, *, emergency: bool
) -> None:
    """Guard: the requester is ineligible before any rule is read, in the one place that decides."""
    names = ", ".join(approvers)
    required = f'@approvals("{quorum}")\n@approvers("{names}")'
    required += '\n@emergency("key_roles")' if emergency else ""
    with tempfile.TemporaryDirectory() as directory, asyncio.Runner() as runner:
        runner.run(_refuses_own_requests(Path(directory), required, text))


async def _refuses_own_requests(directory: Path, required: str, text: str) -> None:
    harness = under(staffed(), directory, rule("key:request", required))
    harness.directory.groups["S0CALL"] = frozenset({TECH.user_id, CHIEF.user_id})
    for requester in (TECH, CHIEF):
        outcome = await harness.run(requester, text)
        request = getattr(outcome, "request", None)
        if request is None:
            continue  # no approver exists
        await harness.run(COLLEAGUE, f"delegate @{requester.user_id}")
        told = await harness.run(requester, f"approve {request.id}")
        assert isinstance(told, MayNotDecide)
        assert State.PENDING is (await kept(harness, request)).state


async def test_t03_a_quorum_counts_eligible_people_on_these_terms(harness: Harness) -> None:
    """Guard: distinct, eligible, on these terms, neither requester nor owner: each one negated."""
    request = await asked(harness, DELETE, TECH)
    profile = await harness.directory.profile(ADMIN)
    again = Actor(TEAM, "U0AGAIN")
    harness.directory.add(Profile(again.user_id, TEAM, "Again", profile.email))

    async def approving(*actors: Actor) -> int:
        for actor in actors:
            await harness.run(actor, f"approve {request.id}")
        return len((await kept(harness, request)).approving)

    assert 0 == await approving(TECH)  # the requester
    assert 0 == await approving(BILLING, NARROW)  # not eligible, and eligible elsewhere only
    assert 1 == await approving(ADMIN, ADMIN, again)  # one person, however often
    first = (await kept(harness, request)).votes[0]
    stale = replace(first, by=COLLEAGUE, cloudinary_id="u-other", fingerprint="0000-0000")
    assert isinstance(vote(await kept(harness, request), stale, harness.clock.now()), Unchanged)
    request = await asked(harness, f"{WISH} --for @{COLLEAGUE.user_id}", NEWCOMER)
    assert 0 == await approving(COLLEAGUE)  # the owner


def test_t04_a_requester_cannot_write_the_decision() -> None:
    """Guard: no generic update of a request; its requester's events never lead to approval."""
    verbs = {name for name in vars(RedisRequests) if not name.startswith("_")}
    reading = {"load", "opened_by", "pending", "closed", "beginning", "due", "request_at_card"}
    reading |= {"rotation_of"}
    writing = verbs - reading
    assert {"open", "replace", "schedule", "postpone", "note", "place"} == writing
    for name in writing:
        parameters = inspect.signature(getattr(RedisRequests, name)).parameters.values()
        assert not any(each.kind is each.VAR_KEYWORD for each in parameters)
    reached = {t.to for t in TRANSITIONS.values() if Cause.REQUESTER in t.by}
    assert {State.PENDING, State.CANCELLED} == reached
