from dataclasses import replace

import pytest

from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor, IdentityReason, Profile, Role, TurnedAway
from bot.domain.requests.machine import Event, State
from bot.domain.requests.votes import IneligibleReason
from bot.errors import SlackError, Unavailable
from tests.flows.failing_fakes import FailurePoint, failing
from tests.flows.harness import (
    ADMIN,
    BILLING,
    CHIEF,
    COLLEAGUE,
    GUEST,
    NARROW,
    NEWCOMER,
    TEAM,
    TECH,
    Harness,
)
from tests.flows.requested import (
    DELETE,
    WISH,
    WISH_IN_PRODUCTION,
    asked,
    event_of,
    give_role,
    ineligible_reason,
    kept,
    leave,
)

SECOND = Actor(TEAM, "U0SECOND")
"""A second Slack account, with another email address."""


@pytest.mark.parametrize("verb", ["approve", "deny {} --reason no; ask {} --question why"])
async def test_a_requester_does_not_vote_on_their_own_request(harness: Harness, verb: str) -> None:
    """Not even a master admin; the request stays as it was, and the audit log has the attempt."""
    request = await asked(harness, WISH, CHIEF)
    for text in verb.split("; "):
        written = text.format(request.id) if "{}" in text else f"{text} {request.id}"
        assert IneligibleReason.OWN_REQUEST is ineligible_reason(await harness.run(CHIEF, written))
        assert ("refused", "own_request") in harness.told()
    assert request == await kept(harness, request)


async def test_an_owner_does_not_vote_on_their_own_credentials(harness: Harness) -> None:
    """A teammate requested them; that teammate may not vote either."""
    request = await asked(harness, f"{WISH} --for @{TECH.user_id}", COLLEAGUE)
    assert IneligibleReason.OWN_CREDENTIALS is ineligible_reason(
        await harness.run(TECH, f"approve {request.id}")
    )
    assert IneligibleReason.OWN_REQUEST is ineligible_reason(
        await harness.run(COLLEAGUE, f"approve {request.id}")
    )


@pytest.mark.parametrize("person", [TECH, COLLEAGUE])
async def test_a_second_slack_account_is_turned_away(harness: Harness, person: Actor) -> None:
    """It may be the requester's or the owner's; the Cloudinary user is bound to the first one."""
    profile = await harness.directory.profile(person)
    request = await asked(harness, f"{WISH} --for @{COLLEAGUE.user_id}", TECH)
    harness.directory.add(Profile(SECOND.user_id, TEAM, "Second", profile.email))
    told = await harness.run(SECOND, f"approve {request.id}")
    assert told == TurnedAway(SECOND, IdentityReason.OTHER_ACCOUNT)


@pytest.mark.parametrize("person", [TECH, COLLEAGUE])
@pytest.mark.parametrize("form", ["{}+ci@{}", "{}+@{}"])
async def test_one_mailbox_is_one_person(harness: Harness, person: Actor, form: str) -> None:
    """Another Cloudinary user with a tagged address neither votes nor helps to open a request."""
    profile = await harness.directory.profile(person)
    request = await asked(harness, f"{WISH} --for @{COLLEAGUE.user_id}", TECH)
    harness.add_member(SECOND, Role.MASTER_ADMIN)
    (user,) = [it for it in await harness.account.all_users() if it.id == f"u-{SECOND.user_id}"]
    email = form.format(*profile.email.split("@"))
    harness.account.add_user(replace(user, email=email))
    harness.directory.add(Profile(SECOND.user_id, TEAM, "Second", email))
    assert IneligibleReason.OWN_REQUEST is ineligible_reason(
        await harness.run(SECOND, f"approve {request.id}")
    )


async def test_a_tagged_address_that_cloudinary_does_not_know_is_no_other_person(
    harness: Harness,
) -> None:
    """The second account asks, the first one may not approve."""
    harness.directory.add(Profile(SECOND.user_id, TEAM, "Tech", "tech+ci@lumen.example"))
    request = await asked(harness, WISH, SECOND)
    assert IneligibleReason.OWN_REQUEST is ineligible_reason(
        await harness.run(TECH, f"approve {request.id}")
    )


@pytest.mark.parametrize(
    ("actor", "reason"),
    [
        (BILLING, IneligibleReason.NOT_AN_APPROVER),
        (TECH, IneligibleReason.NOT_AN_APPROVER),
        (NARROW, IneligibleReason.NO_ACCESS),
    ],
)
async def test_a_vote_counts_only_if_the_rule_and_cloudinary_allow_it(
    harness: Harness, actor: Actor, reason: IneligibleReason
) -> None:
    """A role without keys, a role too low for production, a person without access."""
    request = await asked(harness, WISH_IN_PRODUCTION)
    assert reason is ineligible_reason(await harness.run(actor, f"approve {request.id}"))
    assert request == await kept(harness, request)


async def test_a_person_unknown_to_cloudinary_decides_nothing(harness: Harness) -> None:
    """The person is a member of the workspace."""
    request = await asked(harness, WISH, TECH)
    assert IneligibleReason.NOT_AT_CLOUDINARY is ineligible_reason(
        await decide(harness, NEWCOMER, request.id)
    )
    assert isinstance(await harness.run(GUEST, f"approve {request.id}"), TurnedAway)


async def decide(harness: Harness, actor: Actor, request_id: str) -> Outcome:
    """Press Approve."""
    return await harness.run(actor, f"approve {request_id}")


async def test_a_person_who_left_is_turned_away_at_the_press(harness: Harness) -> None:
    """What was read a moment ago does not count."""
    request = await asked(harness)
    await harness.run(TECH, "whoami")
    await leave(harness, TECH)
    assert isinstance(await decide(harness, TECH, request.id), TurnedAway)
    assert request == await kept(harness, request)


async def test_a_role_that_was_removed_does_not_count_at_the_press(harness: Harness) -> None:
    """What was read a moment ago does not count."""
    request = await asked(harness)
    await harness.run(TECH, "whoami")
    give_role(harness, TECH, Role.BILLING)
    assert IneligibleReason.NOT_AN_APPROVER is ineligible_reason(
        await decide(harness, TECH, request.id)
    )


@pytest.mark.parametrize(
    ("method", "error"),
    [
        ("profile", SlackError("internal_error")),
        ("users_by_email", Unavailable("away", maybe_done=False)),
    ],
)
async def test_a_person_who_cannot_be_identified_decides_nothing(
    method: str, error: SlackError | Unavailable
) -> None:
    """Slack or Cloudinary does not answer; the next press counts."""
    failure_point = FailurePoint(method=method, error=error)
    harness = failing(failure_point)
    request = await asked(harness)
    failure_point.arm(1)
    with pytest.raises(type(error)):
        await decide(harness, TECH, request.id)
    assert request == await kept(harness, request)
    assert Event.APPROVE is event_of(await decide(harness, TECH, request.id))


async def test_a_delegate_votes_instead_of_a_colleague_and_not_besides_them(
    harness: Harness,
) -> None:
    """The two people have one vote."""
    request = await asked(harness, DELETE, TECH)
    await harness.run(ADMIN, f"delegate @{BILLING.user_id}")
    assert Event.VOTE_FOR is event_of(await decide(harness, BILLING, request.id))
    assert Event.VOTE_FOR is event_of(await decide(harness, ADMIN, request.id))
    assert 1 == len((await kept(harness, request)).approving)


async def test_a_delegate_never_votes_on_their_own_or_their_colleagues_request(
    harness: Harness,
) -> None:
    """The same after the delegation has ended."""
    await harness.run(ADMIN, f"delegate @{BILLING.user_id} --expires 2d")
    theirs = await asked(harness, WISH, BILLING)
    principals = await asked(harness, WISH, ADMIN)
    other = await asked(harness)
    assert IneligibleReason.OWN_REQUEST is ineligible_reason(
        await decide(harness, BILLING, theirs.id)
    )
    assert IneligibleReason.NOT_AN_APPROVER is ineligible_reason(
        await decide(harness, BILLING, principals.id)
    )
    harness.clock.go_on(days=2)
    fresh = await asked(harness)
    assert IneligibleReason.NOT_AN_APPROVER is ineligible_reason(
        await decide(harness, BILLING, fresh.id)
    )
    assert State.PENDING is (await kept(harness, other)).state
