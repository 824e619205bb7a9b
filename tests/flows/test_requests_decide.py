from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.audit import AuditEvent
from bot.domain.outcomes.decisions import MoreNeeded, QuestionSent, TooLate, Voted
from bot.domain.outcomes.requests import NoSuchRequest, RequestShown
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor, Role
from bot.domain.requests.machine import Event, State
from bot.domain.requests.notifications import Audience, Topic
from bot.domain.requests.votes import IneligibleReason
from bot.errors import Unread
from tests.flows.failing_fakes import Crash, FailurePoint, failing
from tests.flows.harness import ADMIN, COLLEAGUE, NARROW, NEWCOMER, TECH, Harness
from tests.flows.requested import (
    DELETE,
    approved,
    asked,
    carried_out,
    event_of,
    give_role,
    granted,
    ineligible_reason,
    kept,
    rule,
    topics,
    under,
)


async def test_one_vote_is_enough_if_the_rule_requires_one(harness: Harness) -> None:
    """It is approved, its job is queued, and people get a message; no key exists yet."""
    request = await asked(harness)
    assert Event.APPROVE is event_of(await harness.run(TECH, f"approve {request.id}"))
    assert State.APPROVED is (await kept(harness, request)).state
    assert [request.id] == harness.jobs.queue[-1:]
    assert [Topic.ASKED, Topic.APPROVED] == topics(harness)
    assert harness.account.calls["create_key"] == 0


async def test_a_denial_ends_a_request_with_a_reason(harness: Harness) -> None:
    """Nothing is executed, and the requester reads the reason."""
    request = await asked(harness)
    outcome = await harness.run(TECH, f'deny {request.id} --reason "use ci-bot"')
    assert Event.DENY is event_of(outcome)
    assert await harness.jobs.load(request.id) is None
    told = [said for said in harness.requests.notifications if said.to == NEWCOMER.user_id]
    assert [("use ci-bot", TECH.user_id)] == [(said.text, said.by) for said in told]


async def decide(harness: Harness, actor: Actor, request_id: str) -> Outcome:
    """Press Approve."""
    return await harness.run(actor, f"approve {request_id}")


async def test_two_have_to_approve_with_an_admin_among_them(harness: Harness) -> None:
    """Two votes without an admin are not enough; the third is enough."""
    request = await asked(harness, DELETE, TECH)
    wider = give_role(harness, NARROW, Role.TECHNICAL_ADMIN)
    assert wider.all_environments
    events = [
        event_of(await decide(harness, actor, request.id)) for actor in (COLLEAGUE, NARROW, ADMIN)
    ]
    assert [Event.VOTE_FOR, Event.VOTE_FOR, Event.APPROVE] == events


async def test_pressing_twice_counts_once(harness: Harness) -> None:
    """The second press gets an answer and changes nothing."""
    request = await asked(harness, DELETE, TECH)
    assert Event.VOTE_FOR is event_of(await decide(harness, ADMIN, request.id))
    assert isinstance(await decide(harness, ADMIN, request.id), TooLate)
    assert 1 == len((await kept(harness, request)).approving)


async def test_a_press_that_comes_too_late_is_closed_in_the_audit_log(harness: Harness) -> None:
    """Only the execution of a request that still waits is left open: it runs again."""
    request = await asked(harness)
    for actor in (TECH, ADMIN):
        job = await harness.job(actor, f"approve {request.id}")
        await harness.flows.dispatcher.run(job)
        assert AuditEvent.ANSWERED in [it.event for it in harness.jobs.entries if it.job == job.id]


@pytest.mark.parametrize("withdrawn", [True, False])
async def test_a_vote_counts_once_although_its_process_dies(*, withdrawn: bool) -> None:
    """Its job runs again: it brings no withdrawn vote back, and is not too late for its own."""
    died = FailurePoint(method="finish")
    harness = failing(died)
    request = await asked(harness)
    job = await harness.job(TECH, f"approve {request.id}")
    died.arm(1)
    with pytest.raises(Crash):
        await harness.flows.dispatcher.run(job)
    died.arm(0)
    if withdrawn:
        await harness.run(TECH, f"withdraw {request.id}")

    outcome = await harness.again(job.id)

    after = await kept(harness, request)
    assert outcome == (RequestShown(after) if withdrawn else Voted(after, Event.APPROVE))
    assert after.state is (State.PENDING if withdrawn else State.APPROVED)
    assert (() if withdrawn else (TECH,)) == tuple(it.by for it in after.approving)


@pytest.mark.parametrize(
    ("first", "later"),
    [
        ("withdraw {id}", "approve {id}"),
        ("withdraw {id}", ""),
        ("deny {id} --reason wait", "approve {id}"),
        ("deny {id} --reason wait", "withdraw {id}"),
        ("deny {id} --reason wait", ""),
        ("approve {id}", "deny {id} --reason wait"),
    ],
)
async def test_a_job_that_runs_again_answers_with_what_counts(
    first: str, later: str, tmp_path: Path
) -> None:
    """Where the person has decided otherwise since, that is the request as it is now."""
    died = FailurePoint(method="finish")
    harness = failing(died)
    required = '@approvals("2")\n@approvers("key_roles")\n@denials("2")'
    under(harness, tmp_path, rule("key:request", required))
    request = await asked(harness)
    if first.startswith("withdraw"):
        await harness.run(COLLEAGUE, f"approve {request.id}")
    job = await harness.job(COLLEAGUE, first.format(id=request.id))
    died.arm(1)
    with pytest.raises(Crash):
        await harness.flows.dispatcher.run(job)
    died.arm(0)
    if later:
        await harness.run(COLLEAGUE, later.format(id=request.id))
    outcome = await harness.again(job.id)
    assert isinstance(outcome, RequestShown if later else Voted)


async def test_a_worker_that_comes_late_brings_no_withdrawn_vote_back(harness: Harness) -> None:
    """It read the job before the one that took the job over voted, and died before its end."""
    request = await asked(harness, DELETE, TECH)
    job = await harness.job(COLLEAGUE, f"approve {request.id}")
    harness.jobs.mark(replace(job, effect=f"decided:{Event.VOTE_FOR}"))
    assert isinstance(await harness.flows.dispatcher.run(job), RequestShown)
    assert not (await kept(harness, request)).approving


@pytest.mark.parametrize("finished", [False, True])
async def test_a_worker_that_comes_late_is_not_too_late_for_the_vote_of_its_job(
    *, finished: bool
) -> None:
    """Another one took the job over, and voted: that vote counts, and the answer says so."""
    died = FailurePoint(method="finish")
    harness = failing(died)
    request = await asked(harness)
    job = await harness.job(TECH, f"approve {request.id}")
    died.arm(0 if finished else 1)
    with suppress(Crash):
        await harness.flows.dispatcher.run(job)
    died.arm(0)
    outcome = await harness.flows.dispatcher.run(job)
    assert isinstance(outcome, RequestShown if finished else Voted)


@pytest.mark.parametrize("late", [False, True])
async def test_a_question_is_asked_once_although_its_process_dies(*, late: bool) -> None:
    """Nor does a worker ask it that comes late, and read the job before."""
    died = FailurePoint(method="finish")
    harness = failing(died)
    request = await asked(harness)
    job = await harness.job(TECH, f'ask {request.id} --question "Why?"')
    died.arm(1)
    with pytest.raises(Crash):
        await harness.flows.dispatcher.run(job)
    died.arm(0)
    run_again = harness.flows.dispatcher.run(job) if late else harness.again(job.id)
    assert isinstance(await run_again, QuestionSent)
    told = [it.audience for it in harness.requests.notifications if it.topic is Topic.QUESTION]
    assert [Audience.THREAD, Audience.PERSON] == told


async def test_a_job_that_a_newer_version_marked_is_left_to_it(harness: Harness) -> None:
    """This one does not know what was decided, and says no more than that."""
    request = await asked(harness, DELETE, TECH)
    job = await harness.job(COLLEAGUE, f"approve {request.id}")
    harness.jobs.mark(replace(job, effect="decided:vote_twice"))
    with pytest.raises(Unread, match="another version"):
        await harness.again(job.id)


async def test_a_later_vote_replaces_the_former(harness: Harness) -> None:
    """A person who approved may deny, and that settles the request."""
    request = await asked(harness, DELETE, TECH)
    await decide(harness, ADMIN, request.id)
    outcome = await harness.run(ADMIN, f"deny {request.id} --reason wait")
    assert Event.DENY is event_of(outcome)
    assert () == (await kept(harness, request)).approving


async def test_a_rule_may_require_several_denials(harness: Harness, tmp_path: Path) -> None:
    """One denial is not enough."""
    required = '@approvals("1")\n@approvers("key_roles")\n@denials("2")'
    under(harness, tmp_path, rule("key:request", required))
    request = await asked(harness)
    deny = f"deny {request.id} --reason no"
    events = [event_of(await harness.run(actor, deny)) for actor in (TECH, COLLEAGUE)]
    assert [Event.VOTE_AGAINST, Event.DENY] == events


async def test_a_vote_can_be_withdrawn_until_the_execution(harness: Harness) -> None:
    """An approved request too; its queued job then does nothing."""
    request = await approved(harness)
    outcome = await harness.run(TECH, f"withdraw {request.id}")
    assert Event.WITHDRAW is event_of(outcome)
    assert isinstance(await carried_out(harness, request), TooLate)
    assert harness.account.calls["create_key"] == 0
    assert isinstance(await harness.run(COLLEAGUE, f"withdraw {request.id}"), TooLate)


async def test_a_request_can_be_approved_again_after_a_withdrawal(harness: Harness) -> None:
    """It is then executed once."""
    request = await approved(harness)
    await harness.run(TECH, f"withdraw {request.id}")
    await carried_out(harness, request)
    await decide(harness, COLLEAGUE, request.id)
    await carried_out(harness, request)
    assert State.CLAIMABLE is (await kept(harness, request)).state
    assert harness.account.calls["create_key"] == 1


async def test_nothing_can_be_withdrawn_after_the_execution(harness: Harness) -> None:
    """Neither the vote nor the request; its owner disables the key instead."""
    request = await granted(harness)
    for actor, verb in ((TECH, "withdraw"), (COLLEAGUE, "approve")):
        assert isinstance(await harness.run(actor, f"{verb} {request.id}"), TooLate)


async def test_only_the_requester_cancels_a_request(harness: Harness) -> None:
    """Pending or approved; its queued job then does nothing."""
    pending = await asked(harness, "request shop-dev new --reason builds")
    for request in (pending, await approved(harness)):
        refused = await harness.run(TECH, f"cancel {request.id}")
        assert IneligibleReason.NOT_YOURS is ineligible_reason(refused)
        assert Event.CANCEL is event_of(await harness.run(NEWCOMER, f"cancel {request.id}"))
        assert State.CANCELLED is (await kept(harness, request)).state
    assert isinstance(await carried_out(harness, request), TooLate)
    assert harness.account.calls["create_key"] == 0


async def test_a_question_goes_to_the_thread_and_to_the_requester(harness: Harness) -> None:
    """It decides nothing."""
    request = await asked(harness)
    assert isinstance(
        await harness.run(TECH, f'ask {request.id} --question "which repo?"'), QuestionSent
    )
    asking = [said for said in harness.requests.notifications if said.topic is Topic.QUESTION]
    assert ["", NEWCOMER.user_id] == [said.to for said in asking]
    assert {"which repo?"} == {said.text for said in asking}
    assert request == await kept(harness, request)


async def test_a_rule_may_require_more_than_a_press(harness: Harness, tmp_path: Path) -> None:
    """It needs a comment and the typed name; without both there is no vote."""
    required = '@approvals("1")\n@approvers("key_roles")\n@comment("required")\n@risk("high")'
    under(harness, tmp_path, rule("key:request", required))
    request = await asked(harness)
    for words, missing in (("", ("comment", "confirm")), (" --comment fine", ("confirm",))):
        outcome = await harness.run(TECH, f"approve {request.id}{words}")
        assert isinstance(outcome, MoreNeeded)
        assert missing == outcome.missing
    said = f"approve {request.id} --comment fine --confirm deploy"
    assert Event.APPROVE is event_of(await harness.run(TECH, said))
    assert ["fine"] == [vote.comment for vote in (await kept(harness, request)).votes]


async def test_an_unknown_request_is_not_found(harness: Harness) -> None:
    """Every decision has the same answer."""
    for text in (
        "approve nr",
        "deny nr --reason x",
        "cancel nr",
        "withdraw nr",
        "ask nr --question why",
    ):
        assert isinstance(await harness.run(TECH, text), NoSuchRequest)
