from dataclasses import replace

import pytest

from bot.domain.people import (
    Actor,
    CloudinaryUser,
    Doubt,
    KeyRight,
    Mismatch,
    Profile,
    Role,
    TurnedAway,
)
from bot.errors import SlackError, Unavailable
from bot.flows.identity import FRESH_FOR, Identified
from tests.flows.office import (
    DEV,
    GUEST,
    NARROW,
    NEWCOMER,
    PROD,
    STAGING,
    TEAM,
    TECH,
    Office,
    staffed,
)


async def test_a_member_is_known_by_slack_first_and_cloudinary_second(office: Office) -> None:
    """Name and address by Slack, role and reach by Cloudinary"""
    office.account.add_user(await narrow_user(office), environments=[DEV.id], groups=["Web"])
    person = (await office.who(NARROW)).person
    assert ("Narrow", "narrow@lumen.example") == (person.name, person.email)
    assert (Role.TECHNICAL_ADMIN, frozenset({DEV.id})) == (person.role, person.environments)
    assert (frozenset({"Web"}), None) == (person.groups, person.rights)


async def test_access_to_all_environments_needs_no_list_of_them(office: Office) -> None:
    """None stands for all"""
    assert (await office.who(TECH)).person.environments is None
    assert office.account.calls["environments_of"] == 0


async def test_cloudinary_hears_nothing_of_whom_slack_turns_away(office: Office) -> None:
    """The gates stand in order"""
    assert TurnedAway(GUEST, Doubt.GUEST) == await office.flows.people.identify(GUEST, fresh=True)
    assert not office.account.calls


async def test_the_profiles_own_team_decides(office: Office) -> None:
    """Not the payload's: a stranger may press under our team's id"""
    stranger = Actor(TEAM, "U0STRANGE")
    office.directory.add(Profile(stranger.user_id, "T2", "Eve", "tech@lumen.example"))
    expected = TurnedAway(stranger, Doubt.OTHER_TEAM)
    assert expected == await office.flows.people.identify(stranger, fresh=True)


async def test_who_slack_does_not_know_is_not_identified(office: Office) -> None:
    """The error goes up, and nothing of it is remembered"""
    nobody = Actor(TEAM, "U0NOBODY")
    with pytest.raises(SlackError, match="user_not_found"):
        await office.flows.people.identify(nobody, fresh=False)
    assert office.flows.people.remembered(nobody) is None


@pytest.mark.parametrize(
    ("changes", "mismatch"),
    [
        ({"enabled": False}, Mismatch.DISABLED),
        ({"pending": True}, Mismatch.PENDING),
        ({"email": "other@lumen.example"}, Mismatch.NOBODY),
    ],
)
async def test_an_unusable_user_is_no_user(
    changes: dict[str, object], mismatch: Mismatch, office: Office
) -> None:
    """The person has no role and no reach, and is told why"""
    user = await narrow_user(office)
    office.account.add_user(replace(user, **changes))  # type: ignore[arg-type]  # one field each
    who = await office.who(NARROW)
    assert mismatch is who.mismatch
    assert (None, None, frozenset()) == (
        who.person.role,
        who.person.cloudinary_id,
        who.person.environments,
    )


async def test_several_users_with_one_address_stop(office: Office) -> None:
    """Nobody is guessed, though one of them may do much"""
    user = await narrow_user(office)
    office.account.add_user(replace(user, id="u-twin", email=user.email.upper()))
    assert (await office.who(NARROW)).mismatch is Mismatch.SEVERAL


async def test_reading_goes_by_what_was_read_within_a_minute(office: Office) -> None:
    """Slack and Cloudinary are asked once, until the minute is over"""
    first = await office.flows.people.identify(TECH, fresh=False)
    office.clock.at += FRESH_FOR
    assert first == await office.flows.people.identify(TECH, fresh=False)
    assert first == office.flows.people.remembered(TECH)
    office.clock.go_on(seconds=1)
    assert office.flows.people.remembered(TECH) is None
    await office.flows.people.identify(TECH, fresh=False)
    assert office.directory.calls[TECH.user_id] == 2


async def test_a_fresh_reading_sees_what_changed_a_moment_ago(office: Office) -> None:
    """And so does what is remembered from then on"""
    await office.flows.people.identify(NARROW, fresh=False)
    user = await narrow_user(office)
    office.account.add_user(replace(user, role=Role.BILLING))
    fresh = await office.flows.people.identify(NARROW, fresh=True)
    assert isinstance(fresh, Identified)
    assert fresh.person.role is Role.BILLING
    assert fresh == office.flows.people.remembered(NARROW)


async def test_a_fresh_reading_that_fails_leaves_nothing_remembered(office: Office) -> None:
    """What was true before it may be so no longer"""
    await office.flows.people.identify(TECH, fresh=False)
    office.account.fail_next("users_by_email", Unavailable("gone", maybe_done=False))
    with pytest.raises(Unavailable):
        await office.flows.people.identify(TECH, fresh=True)
    assert office.flows.people.remembered(TECH) is None


async def test_one_user_in_two_workspaces_is_two_actors(office: Office) -> None:
    """A user id means nothing without its team"""
    await office.flows.people.identify(TECH, fresh=False)
    assert office.flows.people.remembered(replace(TECH, team_id="T2")) is None
    assert office.flows.people.remembered(replace(TECH, enterprise_id="E1")) is None


async def test_rights_are_read_where_the_account_has_them() -> None:
    """In each environment within reach, and in no other"""
    office = staffed(permissions=True)
    user = await narrow_user(office)
    rights = {DEV.id: KeyRight.MANAGE, PROD.id: KeyRight.MANAGE}
    office.account.add_user(user, environments=[DEV.id, STAGING.id], rights=rights)
    person = (await office.who(NARROW)).person
    assert ((DEV.id, KeyRight.MANAGE), (STAGING.id, KeyRight.NONE)) == person.rights


async def test_who_is_not_at_cloudinary_is_still_a_member(office: Office) -> None:
    """They may ask for help, and are told that Cloudinary does not know them"""
    who = await office.who(NEWCOMER)
    assert (Mismatch.NOBODY, "New") == (who.mismatch, who.person.name)


async def narrow_user(office: Office) -> CloudinaryUser:
    """The Cloudinary user behind NARROW."""
    (user,) = await office.account.users_by_email("narrow@lumen.example")
    return user
