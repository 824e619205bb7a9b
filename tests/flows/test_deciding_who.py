import pytest

from bot.domain.approvals import Unfit
from bot.domain.outcomes import Outcome
from bot.domain.people import Actor, Profile, Role, TurnedAway
from bot.domain.requests import Event, State
from bot.errors import SlackError, Unavailable
from tests.flows.fuses import Fuse, fused
from tests.flows.office import (
    ADMIN,
    BILLING,
    CHIEF,
    COLLEAGUE,
    GUEST,
    NARROW,
    NEWCOMER,
    TEAM,
    TECH,
    Office,
)
from tests.flows.requested import (
    DELETE,
    WISH,
    WISH_IN_PRODUCTION,
    asked,
    event_of,
    give_role,
    kept,
    leave,
    why_not,
)

SECOND = Actor(TEAM, "U0SECOND")
"""A second Slack account, with an e-mail address of its own."""


@pytest.mark.parametrize("verb", ["approve", "deny {} --reason no; ask {} --question why"])
async def test_nobody_decides_on_their_own_request(office: Office, verb: str) -> None:
    """Not even a master admin; it stays as it was, and the try is on the record"""
    request = await asked(office, WISH, CHIEF)
    for text in verb.split("; "):
        written = text.format(request.id) if "{}" in text else f"{text} {request.id}"
        assert Unfit.OWN_REQUEST is why_not(await office.says(CHIEF, written))
        assert ("refused", "own_request") in office.told()
    assert request == await kept(office, request)


async def test_nobody_decides_on_their_own_credentials(office: Office) -> None:
    """A teammate asked for them; that teammate may not decide either"""
    request = await asked(office, f"{WISH} --for @{TECH.user_id}", COLLEAGUE)
    assert Unfit.OWN_CREDENTIALS is why_not(await office.says(TECH, f"approve {request.id}"))
    assert Unfit.OWN_REQUEST is why_not(await office.says(COLLEAGUE, f"approve {request.id}"))


@pytest.mark.parametrize("person", [TECH, COLLEAGUE])
async def test_a_second_slack_account_is_the_same_person(office: Office, person: Actor) -> None:
    """Whether it is the requester's or the owner's"""
    profile = await office.directory.profile(person)
    request = await asked(office, f"{WISH} --for @{COLLEAGUE.user_id}", TECH)
    office.directory.add(Profile(SECOND.user_id, TEAM, "Second", profile.email))
    assert Unfit.OWN_REQUEST is why_not(await office.says(SECOND, f"approve {request.id}"))


@pytest.mark.parametrize(
    ("actor", "why"),
    [
        (BILLING, Unfit.NOT_AN_APPROVER),
        (TECH, Unfit.NOT_AN_APPROVER),
        (NARROW, Unfit.NO_ACCESS),
    ],
)
async def test_a_word_counts_only_where_the_rule_and_cloudinary_say_so(
    office: Office, actor: Actor, why: Unfit
) -> None:
    """A role without keys, a role too low for production, somebody who does not reach it"""
    request = await asked(office, WISH_IN_PRODUCTION)
    assert why is why_not(await office.says(actor, f"approve {request.id}"))
    assert request == await kept(office, request)


async def test_whoever_cloudinary_does_not_know_decides_nothing(office: Office) -> None:
    """A member of the workspace, and of the channel perhaps"""
    request = await asked(office, WISH, TECH)
    assert Unfit.NOT_AT_CLOUDINARY is why_not(await decide(office, NEWCOMER, request.id))
    assert isinstance(await office.says(GUEST, f"approve {request.id}"), TurnedAway)


async def decide(office: Office, actor: Actor, request_id: str) -> Outcome:
    """Press Approve."""
    return await office.says(actor, f"approve {request_id}")


async def test_whoever_left_is_turned_away_at_the_press(office: Office) -> None:
    """However fresh what was read of them a moment ago"""
    request = await asked(office)
    await office.says(TECH, "whoami")
    await leave(office, TECH)
    assert isinstance(await decide(office, TECH, request.id), TurnedAway)
    assert request == await kept(office, request)


async def test_a_role_that_was_taken_away_counts_no_more_at_the_press(office: Office) -> None:
    """However fresh what was read of it a moment ago"""
    request = await asked(office)
    await office.says(TECH, "whoami")
    give_role(office, TECH, Role.BILLING)
    assert Unfit.NOT_AN_APPROVER is why_not(await decide(office, TECH, request.id))


@pytest.mark.parametrize(
    ("method", "error"),
    [
        ("profile", SlackError("internal_error")),
        ("users_by_email", Unavailable("away", maybe_done=False)),
    ],
)
async def test_who_can_not_be_found_out_decides_nothing(
    method: str, error: SlackError | Unavailable
) -> None:
    """Slack or Cloudinary does not answer; the next press is counted"""
    fuse = Fuse(method=method, error=error)
    office = fused(fuse)
    request = await asked(office)
    fuse.arm(1)
    with pytest.raises(type(error)):
        await decide(office, TECH, request.id)
    assert request == await kept(office, request)
    assert Event.APPROVE is event_of(await decide(office, TECH, request.id))


async def test_a_delegate_decides_in_somebodys_place_and_not_beside_them(office: Office) -> None:
    """The two have one word between them"""
    request = await asked(office, DELETE, TECH)
    await office.says(ADMIN, f"delegate @{BILLING.user_id}")
    assert Event.AGREE is event_of(await decide(office, BILLING, request.id))
    assert Event.AGREE is event_of(await decide(office, ADMIN, request.id))
    assert 1 == len((await kept(office, request)).agreeing)


async def test_a_delegate_never_decides_on_what_is_theirs_or_their_principals(
    office: Office,
) -> None:
    """Nor after the delegation has ended"""
    await office.says(ADMIN, f"delegate @{BILLING.user_id} --expires 2d")
    theirs = await asked(office, WISH, BILLING)
    principals = await asked(office, WISH, ADMIN)
    other = await asked(office)
    assert Unfit.OWN_REQUEST is why_not(await decide(office, BILLING, theirs.id))
    assert Unfit.NOT_AN_APPROVER is why_not(await decide(office, BILLING, principals.id))
    office.clock.go_on(days=2)
    fresh = await asked(office)
    assert Unfit.NOT_AN_APPROVER is why_not(await decide(office, BILLING, fresh.id))
    assert State.PENDING is (await kept(office, other)).state
