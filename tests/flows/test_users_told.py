"""What people read of a change of a user: before and after, and what the user loses."""

import pytest

from bot.cards.kit import plain
from bot.cards.notifications import notification_card
from bot.cards.requests import posted
from bot.cards.users import user_card
from bot.domain.outcomes.users import UserChanged
from bot.domain.people import Role
from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import Topic, to_person
from tests.flows.harness import ADMIN, CHIEF, DEV, NARROW, PROD, STAGING, TECH, Harness
from tests.flows.requested import asked, carried_out, kept
from tests.flows.test_users_changed import given_master

CHANGES = [
    (
        "user envs @U0TECH shop-dev",
        "loses access to Shop and Shop staging: all environments → Shop dev",
    ),
    ("user role @U0TECH reports", "loses rights, role Technical admin → Reports"),
    ("user role @U0TECH admin", "gets more rights, role Technical admin → Admin"),
    ("user role @U0TECH billing", "gets the role Billing in place of Technical admin"),
]


async def told(harness: Harness, text: str) -> tuple[Request, str]:
    """Everything that people read of a change."""
    request = await asked(harness, text, CHIEF)
    assert request.terms.user
    await harness.run(ADMIN, f"approve {request.id}")
    outcome = await carried_out(harness, request)
    assert isinstance(outcome, UserChanged), outcome
    request = await kept(harness, request)
    done = notification_card(to_person(request.id, Topic.DONE, CHIEF.user_id), request)
    return request, "\n".join(map(plain, (posted(request), user_card(outcome), done)))


@pytest.mark.parametrize(("text", "said"), CHANGES)
async def test_a_change_of_a_user_names_what_was_and_what_comes(
    harness: Harness, text: str, said: str
) -> None:
    """On the card, in the answer and in the message; by names of environments"""
    _, shown = await told(harness, text)
    assert 3 == shown.count(said), shown
    assert "shop-dev" not in shown
    (notice,) = harness.jobs.notices
    assert said.partition(": ")[2].replace("Technical admin", "Technical Admin") in notice


async def test_a_requester_reads_no_names_of_environments_that_they_cannot_see(
    harness: Harness,
) -> None:
    """They are counted, in what the user has and in what the user loses"""
    harness.add_member(NARROW, Role.ADMIN, reaches=DEV)
    request = await asked(harness, "user envs @U0TECH shop-dev", NARROW)
    shown = plain(posted(request))
    assert "2 environments that the requester can't see" in shown
    assert PROD.name not in shown.replace(DEV.name, "")


async def test_terms_before_and_after_are_part_of_what_is_approved(harness: Harness) -> None:
    """Of two requests with other names, the fingerprints differ"""
    harness.add_member(TECH, Role.TECHNICAL_ADMIN, reaches=STAGING)
    request = await asked(harness, "user envs @U0TECH shop-dev", CHIEF)
    harness.add_member(TECH, Role.TECHNICAL_ADMIN, reaches=PROD)
    await harness.run(CHIEF, f"cancel {request.id}")
    other = await asked(harness, "user envs @U0TECH shop-dev", CHIEF)
    assert request.terms.command == other.terms.command
    assert request.terms.fingerprint != other.terms.fingerprint


async def test_security_hears_that_a_change_makes_or_ends_a_master_admin(harness: Harness) -> None:
    """In the first words of the notice"""
    request = await given_master(harness, "user role @U0TECH master_admin")
    await carried_out(harness, request)
    await harness.run(CHIEF, "user role @U0TECH admin")
    (notice,) = harness.jobs.notices
    assert notice.startswith("Master Admin rights change. Chief")
