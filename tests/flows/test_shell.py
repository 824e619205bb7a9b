from dataclasses import replace

import pytest

from bot.domain.audit import AuditEvent
from bot.domain.commands.requests import Approve, Deny, ListRequests
from bot.domain.operators import Operator, operator_of
from bot.domain.outcomes.decisions import MayNotDecide, TooLate, Voted
from bot.domain.outcomes.requests import NoSuchRequest, RequestShown, RequestsListed
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor
from bot.domain.requests.machine import State
from bot.flows.shell import ShellAuditLog, ShellIntake
from tests.flows.harness import ADMIN, BILLING, NEWCOMER, TEAM, TECH, Harness
from tests.flows.requested import WISH, asked, carried_out, kept

SHELL = "(by the shell, operator ada)"
ANY = Actor(TEAM, "")


@pytest.fixture
def shelled(harness: Harness) -> Harness:
    """Build the harness as the shell of the server does."""
    harness.audit_log = ShellAuditLog(harness.clock, "ada")
    harness.rebuild()
    return harness


def intake(harness: Harness, operator: Operator) -> ShellIntake:
    """Build the intake of an operator's commands."""
    assert harness.audit_log
    return ShellIntake(
        harness.flows.dispatcher,
        harness.jobs,
        harness.requests,
        harness.audit_log,
        operator,
        harness.new_id,
    )


async def run(
    harness: Harness, command: ListRequests | Approve | Deny, *, by: Actor = TECH
) -> Outcome:
    """Run an operator's command."""
    operator = Operator("ada", by.user_id, "ada@lumen.example")
    return await intake(harness, operator).accept(command, ANY)


async def test_an_operators_vote_counts_as_at_slack(shelled: Harness) -> None:
    """The request is approved by the operator, and its job is queued."""
    request = await asked(shelled)
    assert isinstance(await run(shelled, Approve(request.id)), Voted)
    approved = await kept(shelled, request)
    assert (State.APPROVED, [TECH]) == (approved.state, [vote.by for vote in approved.approving])
    assert [request.id] == shelled.jobs.queue[-1:]
    await carried_out(shelled, request)
    assert State.CLAIMABLE is (await kept(shelled, request)).state


async def test_every_audit_entry_of_an_operator_names_the_shell(shelled: Harness) -> None:
    """The command, the vote and the answer each name the operator."""
    request = await asked(shelled)
    before = len(shelled.jobs.entries)
    await run(shelled, Deny(request.id, "not now"))
    told = [(each.event, each.actor, each.detail) for each in shelled.jobs.entries[before:]]
    assert told == [
        (AuditEvent.ASKED, TECH, SHELL),
        (AuditEvent.DECIDED, TECH, f"deny: 0 of 1 by members-request {SHELL}"),
        (AuditEvent.ANSWERED, TECH, f"voted {SHELL}"),
    ]


async def test_the_shell_allows_no_more_than_the_policy(shelled: Harness) -> None:
    """No vote on an own request, and none without the role; the audit log has the attempts."""
    request = await asked(shelled)
    for actor in (BILLING, NEWCOMER):
        assert isinstance(await run(shelled, Approve(request.id), by=actor), MayNotDecide)
    own = await asked(shelled, WISH.replace("deploy", "own"), TECH)
    assert isinstance(await run(shelled, Approve(own.id)), MayNotDecide)
    assert (await kept(shelled, request)).state is State.PENDING
    refused = [each for each in shelled.jobs.entries if each.event is AuditEvent.REFUSED]
    assert {SHELL} == {each.detail.partition(" ")[2] for each in refused}


async def test_a_vote_that_comes_too_late_changes_nothing(shelled: Harness) -> None:
    """And a vote on an unknown request finds nothing."""
    request = await asked(shelled)
    await run(shelled, Deny(request.id, "no"), by=ADMIN)
    assert isinstance(await run(shelled, Approve(request.id)), TooLate)
    assert isinstance(await run(shelled, Approve("c99r")), NoSuchRequest)


async def test_an_operator_sees_the_requests_that_wait(shelled: Harness) -> None:
    """The list has the requests that wait; the audit log has the look."""
    request = await asked(shelled)
    listed = await run(shelled, ListRequests())
    assert isinstance(listed, RequestsListed)
    assert [request.id] == [each.id for each in listed.requests]
    shown = await run(shelled, ListRequests(request.id))
    assert isinstance(shown, RequestShown)
    assert isinstance(await run(shelled, ListRequests("c99r")), NoSuchRequest)
    assert SHELL in shelled.jobs.entries[-1].detail
    await run(shelled, Deny(request.id, "no"))
    assert RequestsListed("all", (), more=False) == await run(shelled, ListRequests())


async def test_the_operators_ids_are_those_of_slacks_deliveries(shelled: Harness) -> None:
    """Also on an Enterprise Grid, so that an operator's own request is recognised."""
    request = await asked(shelled, by=TECH)
    like = replace(request.terms.requester, enterprise_id="E1")
    operator = Operator("ada", TECH.user_id, "ada@lumen.example")
    await intake(shelled, operator).accept(ListRequests(), like)
    assert replace(TECH, enterprise_id="E1") == shelled.jobs.entries[-1].actor


def test_an_operator_is_found_by_the_login_alone() -> None:
    """As in the configuration."""
    ada = Operator.parse("ada=U0ADA0001:ada@lumen.example")
    assert Operator("ada", "U0ADA0001", "ada@lumen.example") == ada
    assert ada == operator_of("ada", [ada])
    assert operator_of("Ada", [ada]) is None


@pytest.mark.parametrize(
    "text",
    ["", "ada", "ada=", "ada=U0ADA0001", "ada=X1:a@b", "ada=U0ADA0001:ada", "a b=U0ADA0001:a@b"],
)
def test_an_operator_who_is_not_named_in_full_is_none(text: str) -> None:
    """It needs login, Slack user and email address."""
    with pytest.raises(ValueError, match="needs login=SLACK_USER_ID"):
        Operator.parse(text)
