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
    """The harness as a shell of the server opens it."""
    harness.audit_log = ShellAuditLog(harness.clock, "ada")
    harness.rebuild()
    return harness


def intake(harness: Harness, operator: Operator) -> ShellIntake:
    """What takes an operator's commands in."""
    assert harness.audit_log
    return ShellIntake(
        harness.flows.dispatcher,
        harness.jobs,
        harness.requests,
        harness.audit_log,
        operator,
        harness.new_id,
    )


async def does(
    harness: Harness, command: ListRequests | Approve | Deny, *, by: Actor = TECH
) -> Outcome:
    """Carry out what an operator types."""
    operator = Operator("ada", by.user_id, "ada@lumen.example")
    return await intake(harness, operator).accept(command, ANY)


async def test_an_operators_word_counts_as_it_would_at_slack(shelled: Harness) -> None:
    """Approved, queued to be carried out, and the operator is who agreed"""
    request = await asked(shelled)
    assert isinstance(await does(shelled, Approve(request.id)), Voted)
    approved = await kept(shelled, request)
    assert (State.APPROVED, [TECH]) == (approved.state, [vote.by for vote in approved.approving])
    assert [request.id] == shelled.jobs.queue[-1:]
    await carried_out(shelled, request)
    assert State.CLAIMABLE is (await kept(shelled, request)).state


async def test_everything_that_an_operator_does_says_so_on_the_record(shelled: Harness) -> None:
    """The asking, the word and the answer, each with who it was"""
    request = await asked(shelled)
    before = len(shelled.jobs.entries)
    await does(shelled, Deny(request.id, "not now"))
    told = [(each.event, each.actor, each.detail) for each in shelled.jobs.entries[before:]]
    assert told == [
        (AuditEvent.ASKED, TECH, SHELL),
        (AuditEvent.DECIDED, TECH, f"deny: 0 of 1 by members-request {SHELL}"),
        (AuditEvent.ANSWERED, TECH, f"voted {SHELL}"),
    ]


async def test_the_shell_is_no_wider_than_the_policy(shelled: Harness) -> None:
    """Nobody decides on their own request, nor without the role; that is on the record too"""
    request = await asked(shelled)
    for actor in (BILLING, NEWCOMER):
        assert isinstance(await does(shelled, Approve(request.id), by=actor), MayNotDecide)
    own = await asked(shelled, WISH.replace("deploy", "own"), TECH)
    assert isinstance(await does(shelled, Approve(own.id)), MayNotDecide)
    assert (await kept(shelled, request)).state is State.PENDING
    refused = [each for each in shelled.jobs.entries if each.event is AuditEvent.REFUSED]
    assert {SHELL} == {each.detail.partition(" ")[2] for each in refused}


async def test_a_word_that_comes_too_late_changes_nothing(shelled: Harness) -> None:
    """And one about nothing finds nothing"""
    request = await asked(shelled)
    await does(shelled, Deny(request.id, "no"), by=ADMIN)
    assert isinstance(await does(shelled, Approve(request.id)), TooLate)
    assert isinstance(await does(shelled, Approve("c99r")), NoSuchRequest)


async def test_an_operator_sees_what_waits_and_each_of_it(shelled: Harness) -> None:
    """The list is of those that wait; looking is on the record"""
    request = await asked(shelled)
    listed = await does(shelled, ListRequests())
    assert isinstance(listed, RequestsListed)
    assert [request.id] == [each.id for each in listed.requests]
    shown = await does(shelled, ListRequests(request.id))
    assert isinstance(shown, RequestShown)
    assert isinstance(await does(shelled, ListRequests("c99r")), NoSuchRequest)
    assert SHELL in shelled.jobs.entries[-1].detail
    await does(shelled, Deny(request.id, "no"))
    assert RequestsListed("all", (), more=False) == await does(shelled, ListRequests())


async def test_the_operators_ids_are_those_of_slacks_deliveries(shelled: Harness) -> None:
    """Also on an Enterprise Grid, so that a request of one's own is known for one"""
    request = await asked(shelled, by=TECH)
    like = replace(request.terms.requester, enterprise_id="E1")
    operator = Operator("ada", TECH.user_id, "ada@lumen.example")
    await intake(shelled, operator).accept(ListRequests(), like)
    assert replace(TECH, enterprise_id="E1") == shelled.jobs.entries[-1].actor


def test_an_operator_is_found_by_the_login_alone() -> None:
    """As the configuration writes it"""
    ada = Operator.parse("ada=U0ADA0001:ada@lumen.example")
    assert Operator("ada", "U0ADA0001", "ada@lumen.example") == ada
    assert ada == operator_of("ada", [ada])
    assert operator_of("Ada", [ada]) is None


@pytest.mark.parametrize(
    "text",
    ["", "ada", "ada=", "ada=U0ADA0001", "ada=X1:a@b", "ada=U0ADA0001:ada", "a b=U0ADA0001:a@b"],
)
def test_an_operator_who_is_not_named_in_full_is_none(text: str) -> None:
    """Login, Slack user and e-mail address"""
    with pytest.raises(ValueError, match="wants login=SLACK_USER_ID"):
        Operator.parse(text)
