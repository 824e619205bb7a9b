from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from bot.domain.decided import NotAskable, Requested, Unaskable
from bot.domain.people import Actor, KeyRight, Profile, Role
from bot.domain.policy import Approval
from bot.errors import SlackAway
from bot.flows.requests.approvers import BATCH, LOOKED_AT, Approvers, Count
from bot.flows.requests.lookups import KNOWN_FOR, LOOKED_UP
from tests.flows.office import (
    BILLING,
    CHIEF,
    COLLEAGUE,
    DEV,
    PROD,
    STAGING,
    TEAM,
    TECH,
    Office,
    staffed,
)
from tests.flows.requested import WISH, asked, leave, rule, under

ON_CALL: Final = "S012AB3CD"
FAR: Final = 300
"""A place in the account's list that no batch reaches."""


def approvers(office: Office) -> Approvers:
    """Who counts in this office; nothing is remembered so far."""
    return Approvers(
        office.account,
        office.directory,
        office.clock,
        team_id=TEAM,
        permissions=office.permissions,
    )


async def counted(office: Office, approval: Approval, by: Approvers | None = None) -> Count:
    """Count for a request of the newcomer's in the development environment."""
    request = replace(await asked(office), approval=approval)
    office.directory.calls.clear()
    office.account.calls.clear()
    return await (by or approvers(office)).count(request)


def names(count: Count) -> set[str]:
    """Whom a count found."""
    return {each.name for each in count.able}


def crowd(office: Office, role: Role, many: int, *, at_slack: bool = True) -> list[Actor]:
    """Many users of one role, after those who are there already."""
    actors = [Actor(TEAM, f"U0{role.upper()}{number}") for number in range(many)]
    for actor in actors:
        office.add_member(actor, role)
        if not at_slack:
            office.directory.forget(actor)
    return actors


def looked_up(office: Office) -> list[str]:
    """The addresses that Slack was asked for, as often as it was."""
    return [about for about in office.directory.calls.elements() if "@" in about]


@pytest.mark.parametrize("name", [f"person:U0FAR{FAR}", f"oncall:{ON_CALL}"])
async def test_whoever_is_named_is_found_however_far_down_the_list(
    office: Office, tmp_path: Path, name: str
) -> None:
    """One person, or who is on call, behind three hundred others"""
    crowd(office, Role.REPORTS, FAR)
    far = Actor(TEAM, f"U0FAR{FAR}")
    office.add_member(far, Role.MEDIA_LIBRARY_USER)
    office.directory.groups[ON_CALL] = frozenset({far.user_id})
    under(office, tmp_path, rule("key:request", f'@approvals("1")\n@approvers("{name}")'))
    request = await asked(office)
    assert ("Far300",) == request.evidence.approvers
    assert [] == looked_up(office)


async def test_the_one_whom_a_quorum_can_not_do_without_is_looked_at_first(office: Office) -> None:
    """However many others could agree, and however far down"""
    crowd(office, Role.TECHNICAL_ADMIN, FAR)
    far = Actor(TEAM, "U0FAR")
    office.add_member(far, Role.BILLING)
    approval = Approval(2, ("key_roles",), of_which=("billing", f"person:{far.user_id}"))
    count = await counted(office, approval)
    assert {"Far", "Billing"} < names(count)
    assert count.complete


@pytest.mark.parametrize("named", ["U0NOBODY", "U0GUEST", "U0NEW", "U0LEFT"])
async def test_a_name_that_stands_for_nobody_who_may_act_counts_for_nobody(
    office: Office, named: str
) -> None:
    """Unknown to Slack, a guest, unknown to Cloudinary, or gone"""
    left = Actor(TEAM, "U0LEFT")
    office.add_member(left, Role.ADMIN)
    await leave(office, left)
    assert Count() == await counted(office, Approval(1, (f"person:{named}",)))


async def test_slack_away_is_no_word_on_anybody(office: Office) -> None:
    """Whether somebody is there is not known, so nothing is said"""
    request = replace(await asked(office), approval=Approval(1, (f"person:{TECH.user_id}",)))
    office.directory.away = True
    with pytest.raises(SlackAway):
        await approvers(office).count(request)


async def test_not_having_looked_at_everybody_refuses_nothing(
    office: Office, tmp_path: Path
) -> None:
    """Two hundred who are of the role and not at Slack; Slack is asked for no more than it likes"""
    crowd(office, Role.REPORTS, 200, at_slack=False)
    under(office, tmp_path, rule("key:request", '@approvals("1")\n@approvers("reports")'))
    request = await asked(office)
    assert () == request.evidence.approvers
    assert isinstance(await office.says(TECH, WISH), Requested)
    assert LOOKED_UP == len(looked_up(office))


async def test_of_those_on_call_no_more_are_looked_up_than_slack_likes(office: Office) -> None:
    """Two hundred whom Cloudinary does not know"""
    many = [f"U0MORE{number}" for number in range(200)]
    for id_ in many:
        office.directory.add(Profile(id_, TEAM, id_, f"{id_}@lumen.example"))
    office.directory.groups[ON_CALL] = frozenset(many)
    assert Count(complete=False) == await counted(office, Approval(1, (f"oncall:{ON_CALL}",)))
    assert LOOKED_UP == office.directory.calls.total()


async def test_having_looked_at_everybody_refuses(office: Office, tmp_path: Path) -> None:
    """As many as one may look for, and none of them at Slack"""
    crowd(office, Role.REPORTS, LOOKED_UP, at_slack=False)
    under(office, tmp_path, rule("key:request", '@approvals("1")\n@approvers("reports")'))
    outcome = await office.says(TECH, WISH)
    assert isinstance(outcome, NotAskable)
    assert Unaskable.NOBODY is outcome.why


async def test_more_are_looked_up_when_a_minute_has_passed(office: Office) -> None:
    """And not before"""
    crowd(office, Role.REPORTS, 200, at_slack=False)
    by, approval = approvers(office), Approval(1, ("reports",))
    await counted(office, approval, by)
    again = await counted(office, approval, by)
    assert ([], False) == (looked_up(office), again.complete)
    office.clock.go_on(seconds=KNOWN_FOR.total_seconds())
    await counted(office, approval, by)
    assert LOOKED_UP == len(looked_up(office))


async def test_whoever_was_looked_up_is_known_for_a_minute(office: Office) -> None:
    """By whatever request"""
    by, approval = approvers(office), Approval(1, ("key_roles", f"person:{BILLING.user_id}"))
    first = await counted(office, approval, by)
    assert (first, 0) == (await counted(office, approval, by), len(looked_up(office)))
    assert 0 == office.directory.calls[BILLING.user_id]
    office.clock.go_on(seconds=KNOWN_FOR.total_seconds())
    assert first == await counted(office, approval, by)
    assert 1 == office.directory.calls[BILLING.user_id]


async def test_nobody_is_looked_up_whom_cloudinary_keeps_from_it(office: Office) -> None:
    """Access is read first, of so many at most"""
    for number in range(2 * LOOKED_AT):
        office.add_member(Actor(TEAM, f"U0MORE{number}"), Role.REPORTS, reaches=PROD)
    count = await counted(office, Approval(1, ("reports",)))
    assert Count(complete=False) == count
    assert ([], LOOKED_AT) == (looked_up(office), office.account.calls["environments_of"])


async def test_the_looking_stops_when_the_quorum_hangs_on_nobody(office: Office) -> None:
    """One batch of three hundred is enough, and nothing is unsure for it"""
    crowd(office, Role.REPORTS, FAR)
    count = await counted(office, Approval(2, ("reports",)))
    assert (BATCH, True) == (len(count.able), count.complete)
    assert BATCH == len(looked_up(office))


async def test_the_looking_stops_where_others_could_not_help(office: Office) -> None:
    """It hangs on the one person whom it can't do without, however many others there are"""
    crowd(office, Role.REPORTS, FAR)
    count = await counted(office, Approval(1, ("reports",), of_which=("billing",)))
    assert (BATCH, True) == (len(count.able), count.complete)
    assert BATCH == len(looked_up(office))


async def test_the_looking_goes_on_while_the_quorum_hangs_on_somebody(office: Office) -> None:
    """A first batch with just enough of them; the next makes it comfortable"""
    for actor in crowd(office, Role.REPORTS, BATCH)[1:]:
        await leave(office, actor)
    crowd(office, Role.MEDIA_LIBRARY_USER, BATCH)
    count = await counted(office, Approval(1, ("reports", "media_library_user")))
    assert 1 + BATCH == len(count.able)


async def test_two_accounts_at_slack_are_one_person(office: Office) -> None:
    """Named by both ids, one Cloudinary user agrees once"""
    profile = await office.directory.profile(TECH)
    office.directory.add(replace(profile, user_id="U0SECOND"))
    both = (f"person:{TECH.user_id}", "person:U0SECOND")
    count = await counted(office, Approval(1, both))
    assert ["Tech"] == [each.name for each in count.able]


async def test_a_second_account_of_the_owners_is_not_counted_on(office: Office) -> None:
    """At the click it would be refused"""
    profile = await office.directory.profile(TECH)
    request = await asked(office, f"{WISH} --for @{TECH.user_id}", COLLEAGUE)
    office.directory.add(Profile("U0SECOND", TEAM, "Second", profile.email))
    wanted = Approval(1, ("person:U0SECOND",))
    assert Count() == await approvers(office).count(replace(request, approval=wanted))


async def test_an_address_that_two_users_share_at_cloudinary_counts_for_nobody(
    office: Office,
) -> None:
    """At the click it could not be said who decides"""
    user = office.add_member(BILLING, Role.BILLING)
    office.account.add_user(replace(user, id="u-again"))
    assert Count() == await counted(office, Approval(1, ("billing",)))


async def test_roles_come_before_those_who_might_be_in_a_group(office: Office) -> None:
    """Any of three hundred might be, and the one of the role is behind them"""
    crowd(office, Role.REPORTS, FAR)
    office.add_member(Actor(TEAM, "U0FAR"), Role.MEDIA_LIBRARY_USER)
    count = await counted(office, Approval(1, ("group:Platform", "media_library_user")))
    assert {"Far"} == names(count)


async def test_a_group_is_found_among_people_of_any_role(office: Office) -> None:
    """Behind those whose role fits"""
    user = office.add_member(BILLING, Role.BILLING)
    office.account.add_user(user, groups=["Platform"])
    assert {"Billing"} == names(await counted(office, Approval(1, ("group:Platform",))))


def with_rights(right: KeyRight | None, role: Role) -> Office:
    """An account whose own policies speak, with one person who has some right everywhere."""
    office = staffed(permissions=True)
    places = (DEV, STAGING, PROD) if right else ()
    user = office.add_member(TECH, role)
    office.account.add_user(user, rights={place.id: right for place in places if right})
    manages = {place.id: KeyRight.MANAGE for place in (DEV, STAGING, PROD)}
    office.account.add_user(office.add_member(CHIEF, Role.BILLING), rights=manages)
    return office


@pytest.mark.parametrize(
    ("right", "role", "counts"),
    [
        (KeyRight.MANAGE, Role.MEDIA_LIBRARY_USER, True),
        (KeyRight.MANAGE, Role.TECHNICAL_ADMIN, True),
        (KeyRight.VIEW, Role.TECHNICAL_ADMIN, False),
        (KeyRight.VIEW, Role.MASTER_ADMIN, False),
        (None, Role.TECHNICAL_ADMIN, False),
    ],
)
async def test_where_cloudinarys_own_policies_speak_they_say_who_counts(
    right: KeyRight | None, role: Role, *, counts: bool
) -> None:
    """Whoever manages keys there, whatever the role; nobody who may only look, or not even that"""
    office = with_rights(right, role)
    found = names(await counted(office, Approval(1, ("key_roles",))))
    assert ({"Chief", "Tech"} if counts else {"Chief"}) == found


async def test_rights_are_not_asked_for_where_the_account_has_none(office: Office) -> None:
    """The role speaks"""
    assert {"Admin", "Tech"} < names(await counted(office, Approval(1, ("key_roles",))))
    assert 0 == office.account.calls["key_right"]
