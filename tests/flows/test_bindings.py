from dataclasses import replace
from typing import Final

import pytest

from bot.domain.audit import AuditEvent, Entry
from bot.domain.bindings import Binding, Bound, binding_fault, slack_name
from bot.domain.outcomes.access import Denied, Unknown, UserLinked
from bot.domain.outcomes.decisions import MayNotDecide, Voided
from bot.domain.outcomes.requests import NotAskable
from bot.domain.people import Actor, IdentityReason, Profile, Role, TurnedAway
from bot.domain.requests.limits import NotAskableReason
from bot.domain.requests.machine import Request, State
from tests.flows.harness import (
    ADMIN,
    BILLING,
    CHIEF,
    COLLEAGUE,
    DEV,
    NEWCOMER,
    TEAM,
    TECH,
    Harness,
)
from tests.flows.requested import approved, asked, carried_out, kept, leave

OTHER: Final = "u-other"
LINK_TECH: Final = f"link @{TECH.user_id} --reason married"


async def move(harness: Harness, actor: Actor, email: str) -> None:
    """Change a person's address at Slack."""
    profile = await harness.directory.profile(actor)
    harness.directory.add(replace(profile, email=email))


async def moved(harness: Harness) -> None:
    """TECH is known, then gets the address of another Cloudinary user."""
    await harness.who(TECH)
    user = harness.add_member(Actor(TEAM, "U0TECHNEW"), Role.MASTER_ADMIN)
    harness.account.add_user(replace(user, id=OTHER))
    harness.account.add_user(replace(user, email="gone@lumen.example"))
    await move(harness, TECH, user.email)


async def test_the_first_use_binds_with_an_entry(harness: Harness) -> None:
    """Once, with the Slack user, the Cloudinary user, and the role"""
    for _ in range(2):
        await harness.run(TECH, "whoami")
    (entry,) = harness.bindings.entries
    assert (AuditEvent.BOUND, TECH, "u-U0TECH", "technical_admin") == (
        *(entry.event, entry.actor),
        *(entry.cloudinary_id, entry.role),
    )


@pytest.mark.parametrize("text", ["whoami", "key list", "key disable ci-bot", "request shop-dev"])
async def test_a_person_who_matches_another_user_is_stopped(harness: Harness, text: str) -> None:
    """Whatever the command; security hears of it once"""
    await moved(harness)
    harness.clock.go_on(minutes=2)
    for _ in range(3):
        told = await harness.run(TECH, text)
        assert TurnedAway(TECH, IdentityReason.OTHER_USER) == told
    (notice,) = harness.bindings.notices
    assert "u-U0TECH" in notice
    assert OTHER in notice


async def test_a_second_slack_account_with_the_address_is_stopped(harness: Harness) -> None:
    """The first one goes on"""
    await harness.who(TECH)
    second = Actor(TEAM, "U0SECOND")
    harness.directory.add(Profile(second.user_id, TEAM, "Second", "TECH@lumen.example"))
    told = await harness.run(second, "key list")
    assert TurnedAway(second, IdentityReason.OTHER_ACCOUNT) == told
    assert 1 == len(harness.bindings.notices)
    assert (await harness.who(TECH)).person.role is Role.TECHNICAL_ADMIN


@pytest.mark.parametrize("near", ["\u017fam@lumen.example", "sam@lumen\uff0eexample"])
async def test_a_near_match_is_stopped_and_told_once(harness: Harness, near: str) -> None:
    """The address only looks like that of a Cloudinary user; the role is not theirs"""
    user = harness.add_member(Actor(TEAM, "U0SAM"), Role.MASTER_ADMIN)
    harness.account.add_user(replace(user, email="sam@lumen.example"))
    await move(harness, NEWCOMER, near)
    for text in ("whoami", "key list", "request shop-dev --reason x"):
        told = await harness.run(NEWCOMER, text)
        assert TurnedAway(NEWCOMER, IdentityReason.NEAR_ADDRESS) == told
    (notice,) = harness.bindings.notices
    assert near in notice


async def link(harness: Harness, actor: Actor, text: str = LINK_TECH) -> Request:
    """Ask for a link."""
    return await asked(harness, text, actor)


async def test_an_approved_link_releases_the_person(harness: Harness) -> None:
    """The terms name both users; the record has who asked, with their role"""
    await moved(harness)
    await harness.run(TECH, "whoami")
    request = await approved(harness, LINK_TECH, ADMIN, to=CHIEF)
    assert "u-U0TECH → u-other" in request.terms.name
    assert UserLinked(TECH, OTHER) == await carried_out(harness, request)
    assert State.DONE is (await kept(harness, request)).state
    assert OTHER == (await harness.who(TECH)).person.cloudinary_id
    entry = harness.bindings.entries[-1]
    assert (AuditEvent.BOUND, ADMIN, "u-U0ADMIN", "admin") == (
        *(entry.event, entry.actor),
        *(entry.cloudinary_id, entry.role),
    )
    assert {"before": "u-U0TECH", "cloudinary": OTHER}.items() <= dict(entry.target).items()


async def test_a_link_that_ran_before_a_crash_is_not_written_twice(harness: Harness) -> None:
    """Its job recognises its own binding"""
    await moved(harness)
    request = await approved(harness, LINK_TECH, ADMIN, to=CHIEF)
    job = await harness.jobs.load(request.id)
    assert job
    await carried_out(harness, request)
    count = len(harness.bindings.entries)
    harness.requests._kept[request.id] = replace(  # as the process left it when it was killed
        await kept(harness, request), state=State.EXECUTING
    )
    assert UserLinked(TECH, OTHER) == await harness.flows.dispatcher.run(job)
    assert count == len(harness.bindings.entries)


async def test_an_address_that_changes_after_the_approval_is_not_linked(harness: Harness) -> None:
    """Approvers saw another Cloudinary user"""
    await moved(harness)
    request = await approved(harness, LINK_TECH, ADMIN, to=CHIEF)
    await move(harness, TECH, "billing@lumen.example")
    assert isinstance(await carried_out(harness, request), NotAskable)
    assert State.FAILED is (await kept(harness, request)).state
    told = await harness.run(TECH, "key disable ci-bot")
    assert TurnedAway(TECH, IdentityReason.OTHER_USER) == told


async def test_a_requester_who_lost_the_role_links_no_one(harness: Harness) -> None:
    """The rules are asked again at the execution"""
    await moved(harness)
    request = await approved(harness, LINK_TECH, ADMIN, to=CHIEF)
    harness.add_member(ADMIN, Role.BILLING)
    assert isinstance(await carried_out(harness, request), Voided)


@pytest.mark.parametrize("actor", [BILLING, COLLEAGUE, NEWCOMER, TECH])
async def test_only_admins_ask_for_a_link(harness: Harness, actor: Actor) -> None:
    """Not a technical admin either"""
    await moved(harness)
    assert isinstance(await harness.run(actor, LINK_TECH), Denied | Unknown | TurnedAway)


async def test_no_one_links_themselves(harness: Harness) -> None:
    """Nor a second account with the same mailbox, nor the Cloudinary user that they are"""
    await harness.who(ADMIN)
    second = Actor(TEAM, "U0SECOND")
    for email in ("admin@lumen.example", "admin+x@lumen.example"):
        harness.directory.add(Profile(second.user_id, TEAM, "Second", email))
        for who in (ADMIN, second):
            told = await harness.run(ADMIN, f"link @{who.user_id}")
            assert isinstance(told, NotAskable)
            assert NotAskableReason.OWN_LINK is told.reason


async def test_neither_the_requester_nor_the_linked_person_votes(harness: Harness) -> None:
    """Nor another technical admin"""
    await moved(harness)
    request = await link(harness, ADMIN)
    for actor in (ADMIN, COLLEAGUE):
        assert isinstance(await harness.run(actor, f"approve {request.id}"), MayNotDecide)
    assert isinstance(await harness.run(TECH, f"approve {request.id}"), TurnedAway)
    assert State.PENDING is (await kept(harness, request)).state


async def test_an_admin_without_access_to_all_environments_votes(harness: Harness) -> None:
    """A link concerns no environment"""
    await moved(harness)
    harness.add_member(CHIEF, Role.MASTER_ADMIN, reaches=DEV)
    request = await approved(harness, LINK_TECH, ADMIN, to=CHIEF)
    assert State.APPROVED is request.state


async def test_a_person_whom_nothing_stops_is_not_linked(harness: Harness) -> None:
    """Nor one who has left, or whom Cloudinary does not know"""
    await leave(harness, COLLEAGUE)
    reasons = {
        TECH: NotAskableReason.LINKED,
        NEWCOMER: NotAskableReason.NO_USER,
        COLLEAGUE: NotAskableReason.TEAMMATE,
    }
    for actor, reason in reasons.items():
        told = await harness.run(ADMIN, f"link @{actor.user_id}")
        assert isinstance(told, NotAskable)
        assert reason is told.reason


async def test_every_entry_of_a_run_names_who_the_actor_was(harness: Harness) -> None:
    """Except those from before the identification"""
    request = await approved(harness, "key create api --env shop --reason x", TECH, to=COLLEAGUE)
    await carried_out(harness, request)
    await harness.run(TECH, "key disable ci-bot")
    late = [it for it in entries(harness) if it.event is not AuditEvent.ASKED and it.actor]
    known = {TECH: ("u-U0TECH", "technical_admin"), COLLEAGUE: ("u-U0COLLEAGUE", "technical_admin")}
    assert len(late) > 8
    for each in late:
        assert each.actor
        assert known[each.actor] == (each.cloudinary_id, each.role), each


def entries(harness: Harness) -> list[Entry]:
    """The whole audit log."""
    return [*harness.jobs.entries, *harness.bindings.entries, *harness.pending.entries]


def test_a_binding_holds_in_both_directions_or_not_at_all() -> None:
    """A record that stands on one side alone is no binding"""
    at = Harness().clock.now()
    mine = Binding(slack_name(TECH), "c1", at)
    assert binding_fault(TECH, "c1", Bound(mine, mine)) is None
    assert binding_fault(TECH, "c1", Bound()) is None
    assert IdentityReason.OTHER_ACCOUNT is binding_fault(TECH, "c1", Bound(mine, None))
    assert IdentityReason.OTHER_ACCOUNT is binding_fault(TECH, "c1", Bound(None, mine))
    assert IdentityReason.OTHER_USER is binding_fault(TECH, "c2", Bound(mine, None))
