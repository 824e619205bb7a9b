from dataclasses import replace

import pytest

from bot.domain.people import (
    Actor,
    CloudinaryUser,
    IdentityReason,
    KeyRight,
    Mismatch,
    Profile,
    Role,
    TurnedAway,
)
from bot.errors import SlackError, Unavailable
from bot.flows.build import build_flows
from bot.flows.identity import FRESH_FOR, Identified
from tests.flows.harness import (
    ADMIN,
    CHIEF,
    DEV,
    GUEST,
    NARROW,
    NEWCOMER,
    PROD,
    STAGING,
    TEAM,
    TECH,
    Harness,
    staffed,
)
from tests.flows.offboarding import offboarding
from tests.flows.requested import approved, carried_out


async def test_a_member_is_known_by_slack_first_and_cloudinary_second(harness: Harness) -> None:
    """Name and address from Slack, role and environments from Cloudinary"""
    harness.account.add_user(await narrow_user(harness), environments=[DEV.id], groups=["Web"])
    person = (await harness.who(NARROW)).person
    assert ("Narrow", "narrow@lumen.example") == (person.name, person.email)
    assert (Role.TECHNICAL_ADMIN, frozenset({DEV.id})) == (person.role, person.environments)
    assert (frozenset({"Web"}), None) == (person.groups, person.rights)


async def test_access_to_all_environments_needs_no_list_of_them(harness: Harness) -> None:
    """None means all"""
    assert (await harness.who(TECH)).person.environments is None
    assert harness.account.calls["environments_of"] == 0


async def test_cloudinary_hears_nothing_of_whom_slack_turns_away(harness: Harness) -> None:
    """Slack is checked first"""
    assert TurnedAway(GUEST, IdentityReason.GUEST) == await harness.flows.people.identify(
        GUEST, fresh=True
    )
    assert not harness.account.calls


async def test_the_profiles_own_team_decides(harness: Harness) -> None:
    """Not the payload's: a payload of a stranger can have this team's id"""
    stranger = Actor(TEAM, "U0STRANGE")
    harness.directory.add(Profile(stranger.user_id, "T2", "Eve", "tech@lumen.example"))
    expected = TurnedAway(stranger, IdentityReason.OTHER_TEAM)
    assert expected == await harness.flows.people.identify(stranger, fresh=True)


async def test_who_slack_does_not_know_is_not_identified(harness: Harness) -> None:
    """The error propagates, and nothing is remembered"""
    nobody = Actor(TEAM, "U0NOBODY")
    with pytest.raises(SlackError, match="user_not_found"):
        await harness.flows.people.identify(nobody, fresh=False)
    assert harness.flows.people.remembered(nobody) is None


@pytest.mark.parametrize(
    ("changes", "mismatch"),
    [
        ({"enabled": False}, Mismatch.DISABLED),
        ({"pending": True}, Mismatch.PENDING),
        ({"email": "other@lumen.example"}, Mismatch.NO_USER),
    ],
)
async def test_an_unusable_user_is_no_user(
    changes: dict[str, object], mismatch: Mismatch, harness: Harness
) -> None:
    """The person has no role and no environment, and a reason"""
    user = await narrow_user(harness)
    harness.account.add_user(replace(user, **changes))  # type: ignore[arg-type]  # one field each
    who = await harness.who(NARROW)
    assert mismatch is who.mismatch
    assert (None, None, frozenset()) == (
        who.person.role,
        who.person.cloudinary_id,
        who.person.environments,
    )


async def test_several_users_with_one_address_stop(harness: Harness) -> None:
    """None of them is chosen, even if one has a strong role"""
    user = await narrow_user(harness)
    harness.account.add_user(replace(user, id="u-twin", email=user.email.upper()))
    assert (await harness.who(NARROW)).mismatch is Mismatch.SEVERAL


async def test_reading_goes_by_what_was_read_within_a_minute(harness: Harness) -> None:
    """Slack and Cloudinary are called once within the minute"""
    first = await harness.flows.people.identify(TECH, fresh=False)
    harness.clock.at += FRESH_FOR
    assert first == await harness.flows.people.identify(TECH, fresh=False)
    assert first == harness.flows.people.remembered(TECH)
    harness.clock.go_on(seconds=1)
    assert harness.flows.people.remembered(TECH) is None
    await harness.flows.people.identify(TECH, fresh=False)
    assert harness.directory.calls[TECH.user_id] == 2


async def test_a_fresh_reading_sees_what_changed_a_moment_ago(harness: Harness) -> None:
    """And updates the remembered identity"""
    await harness.flows.people.identify(NARROW, fresh=False)
    user = await narrow_user(harness)
    harness.account.add_user(replace(user, role=Role.BILLING))
    fresh = await harness.flows.people.identify(NARROW, fresh=True)
    assert isinstance(fresh, Identified)
    assert fresh.person.role is Role.BILLING
    assert fresh == harness.flows.people.remembered(NARROW)


async def test_a_fresh_reading_that_fails_leaves_nothing_remembered(harness: Harness) -> None:
    """The former identity may be outdated"""
    await harness.flows.people.identify(TECH, fresh=False)
    harness.account.fail_next("users_by_email", Unavailable("gone", maybe_done=False))
    with pytest.raises(Unavailable):
        await harness.flows.people.identify(TECH, fresh=True)
    assert harness.flows.people.remembered(TECH) is None


async def test_one_user_in_two_workspaces_is_two_actors(harness: Harness) -> None:
    """A user id means nothing without its team; the enterprise makes no other person"""
    known = await harness.flows.people.identify(TECH, fresh=False)
    assert harness.flows.people.remembered(replace(TECH, team_id="T2")) is None
    assert known == harness.flows.people.remembered(replace(TECH, enterprise_id="E1"))


async def test_another_teams_user_of_the_same_id_is_not_the_member(harness: Harness) -> None:
    """Slack's answer about the id describes the member, so the actor's own team decides"""
    stranger = replace(TECH, team_id="T2")
    expected = TurnedAway(stranger, IdentityReason.OTHER_TEAM)
    assert expected == await harness.flows.people.identify(stranger, fresh=True)
    profile = await harness.directory.profile(TECH)
    harness.directory.add(replace(profile, teams=frozenset({"T2"})))
    assert isinstance(await harness.flows.people.identify(stranger, fresh=True), Identified)


async def test_rights_are_read_where_the_account_has_them() -> None:
    """In each environment that the person reaches, and in no other"""
    harness = staffed(permissions=True)
    user = await narrow_user(harness)
    rights = {DEV.id: KeyRight.MANAGE, PROD.id: KeyRight.MANAGE}
    harness.account.add_user(user, environments=[DEV.id, STAGING.id], rights=rights)
    person = (await harness.who(NARROW)).person
    assert ((DEV.id, KeyRight.MANAGE), (STAGING.id, KeyRight.NONE)) == person.rights


async def test_who_is_not_at_cloudinary_is_still_a_member(harness: Harness) -> None:
    """They can use help, and learn that Cloudinary does not know them"""
    who = await harness.who(NEWCOMER)
    assert (Mismatch.NO_USER, "New") == (who.mismatch, who.person.name)


async def narrow_user(harness: Harness) -> CloudinaryUser:
    """The Cloudinary user of NARROW."""
    (user,) = await harness.account.users_by_email("narrow@lumen.example")
    return user


FORGETTING = {
    "user envs": ("user envs @U0TECH shop-dev", Role.TECHNICAL_ADMIN),
    "user role": ("user role @U0TECH media_library_user", Role.MEDIA_LIBRARY_USER),
    "user disable": ("user disable @U0TECH --confirm tech@lumen.example", None),
    "group drop": ("group drop Content @U0TECH", Role.TECHNICAL_ADMIN),
    "user offboard": ("", None),
}


@pytest.mark.parametrize(("text", "role"), FORGETTING.values(), ids=FORGETTING)
async def test_every_process_forgets_whom_keysmith_changed(text: str, role: Role | None) -> None:
    """Not only the one that made the change, and not only after the minute of its cache"""
    harness = staffed()
    harness.account.add_group("Content")
    tech = harness.account.user_now("u-U0TECH")
    harness.account.add_user(tech, groups=["Content"])
    other = build_flows(harness.ports)
    before = await other.people.identify(TECH, fresh=False)
    assert isinstance(before, Identified)
    assert before is await other.people.identify(TECH, fresh=False)
    harness.clock.go_on(seconds=1)
    request = await (approved(harness, text, ADMIN, to=CHIEF) if text else offboarding(harness))
    await carried_out(harness, request)
    now = await other.people.identify(TECH, fresh=False)
    assert isinstance(now, Identified)
    assert before is not now
    assert role is now.person.role
    if text.startswith("group"):
        assert not now.person.groups
    if text.startswith("user envs"):
        assert frozenset({DEV.id}) == now.person.environments


async def test_where_hints_can_not_be_read_no_identity_is_believed(harness: Harness) -> None:
    """A process that can't know of a change reads again"""
    before = await harness.flows.people.identify(TECH, fresh=False)
    harness.hints.away = True
    assert before is not await harness.flows.people.identify(TECH, fresh=False)
