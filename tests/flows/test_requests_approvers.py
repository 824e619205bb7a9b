from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from bot.domain.outcomes.requests import NotAskable, Requested
from bot.domain.people import Actor, KeyRight, Profile, Role
from bot.domain.policy import Approval
from bot.domain.requests.limits import NotAskableReason
from bot.errors import SlackAway
from bot.flows.lookup_cache import KNOWN_FOR, LOOKED_UP
from bot.flows.requests.approvers import BATCH, LOOKED_AT, Approvers, Count
from tests.flows.harness import (
    BILLING,
    CHIEF,
    COLLEAGUE,
    DEV,
    PROD,
    STAGING,
    TEAM,
    TECH,
    Harness,
    staffed,
)
from tests.flows.requested import WISH, asked, leave, rule, under

ON_CALL: Final = "S012AB3CD"
FAR: Final = 300
"""A place in the account's list that no batch reaches."""


def approvers(harness: Harness) -> Approvers:
    """Who counts in this harness; nothing is remembered so far."""
    return Approvers(
        harness.account,
        harness.directory,
        harness.clock,
        team_id=TEAM,
        permissions=harness.permissions,
    )


async def counted(harness: Harness, approval: Approval, by: Approvers | None = None) -> Count:
    """Count for a request of the newcomer's in the development environment."""
    request = replace(await asked(harness), approval=approval)
    harness.directory.calls.clear()
    harness.account.calls.clear()
    return await (by or approvers(harness)).count(request)


def names(count: Count) -> set[str]:
    """Whom a count found."""
    return {each.name for each in count.able}


def crowd(harness: Harness, role: Role, many: int, *, at_slack: bool = True) -> list[Actor]:
    """Many users of one role, after those who are there already."""
    actors = [Actor(TEAM, f"U0{role.upper()}{number}") for number in range(many)]
    for actor in actors:
        harness.add_member(actor, role)
        if not at_slack:
            harness.directory.forget(actor)
    return actors


def looked_up(harness: Harness) -> list[str]:
    """The addresses that Slack was asked for, as often as it was."""
    return [about for about in harness.directory.calls.elements() if "@" in about]


@pytest.mark.parametrize("name", [f"person:U0FAR{FAR}", f"oncall:{ON_CALL}"])
async def test_whoever_is_named_is_found_however_far_down_the_list(
    harness: Harness, tmp_path: Path, name: str
) -> None:
    """One person, or who is on call, behind three hundred others"""
    crowd(harness, Role.REPORTS, FAR)
    far = Actor(TEAM, f"U0FAR{FAR}")
    harness.add_member(far, Role.MEDIA_LIBRARY_USER)
    harness.directory.groups[ON_CALL] = frozenset({far.user_id})
    under(harness, tmp_path, rule("key:request", f'@approvals("1")\n@approvers("{name}")'))
    request = await asked(harness)
    assert ("Far300",) == request.evidence.approvers
    assert [] == looked_up(harness)


async def test_the_one_whom_a_quorum_can_not_do_without_is_looked_at_first(
    harness: Harness,
) -> None:
    """However many others could agree, and however far down"""
    crowd(harness, Role.TECHNICAL_ADMIN, FAR)
    far = Actor(TEAM, "U0FAR")
    harness.add_member(far, Role.BILLING)
    approval = Approval(2, ("key_roles",), of_which=("billing", f"person:{far.user_id}"))
    count = await counted(harness, approval)
    assert {"Far", "Billing"} < names(count)
    assert count.complete


@pytest.mark.parametrize("named", ["U0NOBODY", "U0GUEST", "U0NEW", "U0LEFT"])
async def test_a_name_that_stands_for_nobody_who_may_act_counts_for_nobody(
    harness: Harness, named: str
) -> None:
    """Unknown to Slack, a guest, unknown to Cloudinary, or gone"""
    left = Actor(TEAM, "U0LEFT")
    harness.add_member(left, Role.ADMIN)
    await leave(harness, left)
    assert Count() == await counted(harness, Approval(1, (f"person:{named}",)))


async def test_slack_away_is_no_word_on_anybody(harness: Harness) -> None:
    """Whether somebody is there is not known, so nothing is said"""
    request = replace(await asked(harness), approval=Approval(1, (f"person:{TECH.user_id}",)))
    harness.directory.away = True
    with pytest.raises(SlackAway):
        await approvers(harness).count(request)


async def test_not_having_looked_at_everybody_refuses_nothing(
    harness: Harness, tmp_path: Path
) -> None:
    """Two hundred who are of the role and not at Slack; Slack is asked for no more than it likes"""
    crowd(harness, Role.REPORTS, 200, at_slack=False)
    under(harness, tmp_path, rule("key:request", '@approvals("1")\n@approvers("reports")'))
    request = await asked(harness)
    assert () == request.evidence.approvers
    assert isinstance(await harness.run(TECH, WISH), Requested)
    assert LOOKED_UP == len(looked_up(harness))


async def test_of_those_on_call_no_more_are_looked_up_than_slack_likes(harness: Harness) -> None:
    """Two hundred whom Cloudinary does not know"""
    many = [f"U0MORE{number}" for number in range(200)]
    for id_ in many:
        harness.directory.add(Profile(id_, TEAM, id_, f"{id_}@lumen.example"))
    harness.directory.groups[ON_CALL] = frozenset(many)
    assert Count(complete=False) == await counted(harness, Approval(1, (f"oncall:{ON_CALL}",)))
    assert LOOKED_UP == harness.directory.calls.total()


async def test_having_looked_at_everybody_refuses(harness: Harness, tmp_path: Path) -> None:
    """As many as one may look for, and none of them at Slack"""
    crowd(harness, Role.REPORTS, LOOKED_UP, at_slack=False)
    under(harness, tmp_path, rule("key:request", '@approvals("1")\n@approvers("reports")'))
    outcome = await harness.run(TECH, WISH)
    assert isinstance(outcome, NotAskable)
    assert NotAskableReason.NOBODY is outcome.reason


async def test_more_are_looked_up_when_a_minute_has_passed(harness: Harness) -> None:
    """And not before"""
    crowd(harness, Role.REPORTS, 200, at_slack=False)
    by, approval = approvers(harness), Approval(1, ("reports",))
    await counted(harness, approval, by)
    again = await counted(harness, approval, by)
    assert ([], False) == (looked_up(harness), again.complete)
    harness.clock.go_on(seconds=KNOWN_FOR.total_seconds())
    await counted(harness, approval, by)
    assert LOOKED_UP == len(looked_up(harness))


async def test_whoever_was_looked_up_is_known_for_a_minute(harness: Harness) -> None:
    """By whatever request"""
    by, approval = approvers(harness), Approval(1, ("key_roles", f"person:{BILLING.user_id}"))
    first = await counted(harness, approval, by)
    assert (first, 0) == (await counted(harness, approval, by), len(looked_up(harness)))
    assert 0 == harness.directory.calls[BILLING.user_id]
    harness.clock.go_on(seconds=KNOWN_FOR.total_seconds())
    assert first == await counted(harness, approval, by)
    assert 1 == harness.directory.calls[BILLING.user_id]


async def test_nobody_is_looked_up_whom_cloudinary_keeps_from_it(harness: Harness) -> None:
    """Access is read first, of so many at most"""
    for number in range(2 * LOOKED_AT):
        harness.add_member(Actor(TEAM, f"U0MORE{number}"), Role.REPORTS, reaches=PROD)
    count = await counted(harness, Approval(1, ("reports",)))
    assert Count(complete=False) == count
    assert ([], LOOKED_AT) == (looked_up(harness), harness.account.calls["environments_of"])


async def test_the_looking_stops_when_the_quorum_hangs_on_nobody(harness: Harness) -> None:
    """One batch of three hundred is enough, and nothing is unsure for it"""
    crowd(harness, Role.REPORTS, FAR)
    count = await counted(harness, Approval(2, ("reports",)))
    assert (BATCH, True) == (len(count.able), count.complete)
    assert BATCH == len(looked_up(harness))


async def test_the_looking_stops_where_others_could_not_help(harness: Harness) -> None:
    """It hangs on the one person whom it can't do without, however many others there are"""
    crowd(harness, Role.REPORTS, FAR)
    count = await counted(harness, Approval(1, ("reports",), of_which=("billing",)))
    assert (BATCH, True) == (len(count.able), count.complete)
    assert BATCH == len(looked_up(harness))


async def test_the_looking_goes_on_while_the_quorum_hangs_on_somebody(harness: Harness) -> None:
    """A first batch with just enough of them; the next makes it comfortable"""
    for actor in crowd(harness, Role.REPORTS, BATCH)[1:]:
        await leave(harness, actor)
    crowd(harness, Role.MEDIA_LIBRARY_USER, BATCH)
    count = await counted(harness, Approval(1, ("reports", "media_library_user")))
    assert 1 + BATCH == len(count.able)


async def test_two_accounts_at_slack_are_one_person(harness: Harness) -> None:
    """Named by both ids, one Cloudinary user agrees once"""
    profile = await harness.directory.profile(TECH)
    harness.directory.add(replace(profile, user_id="U0SECOND"))
    both = (f"person:{TECH.user_id}", "person:U0SECOND")
    count = await counted(harness, Approval(1, both))
    assert ["Tech"] == [each.name for each in count.able]


async def test_a_second_account_of_the_owners_is_not_counted_on(harness: Harness) -> None:
    """At the click it would be refused"""
    profile = await harness.directory.profile(TECH)
    request = await asked(harness, f"{WISH} --for @{TECH.user_id}", COLLEAGUE)
    harness.directory.add(Profile("U0SECOND", TEAM, "Second", profile.email))
    required = Approval(1, ("person:U0SECOND",))
    assert Count() == await approvers(harness).count(replace(request, approval=required))


async def test_an_address_that_two_users_share_at_cloudinary_counts_for_nobody(
    harness: Harness,
) -> None:
    """At the click it could not be said who decides"""
    user = harness.add_member(BILLING, Role.BILLING)
    harness.account.add_user(replace(user, id="u-again"))
    assert Count() == await counted(harness, Approval(1, ("billing",)))


async def test_roles_come_before_those_who_might_be_in_a_group(harness: Harness) -> None:
    """Any of three hundred might be, and the one of the role is behind them"""
    crowd(harness, Role.REPORTS, FAR)
    harness.add_member(Actor(TEAM, "U0FAR"), Role.MEDIA_LIBRARY_USER)
    count = await counted(harness, Approval(1, ("group:Platform", "media_library_user")))
    assert {"Far"} == names(count)


async def test_a_group_is_found_among_people_of_any_role(harness: Harness) -> None:
    """Behind those whose role fits"""
    user = harness.add_member(BILLING, Role.BILLING)
    harness.account.add_user(user, groups=["Platform"])
    assert {"Billing"} == names(await counted(harness, Approval(1, ("group:Platform",))))


def with_rights(right: KeyRight | None, role: Role) -> Harness:
    """An account whose own policies speak, with one person who has some right everywhere."""
    harness = staffed(permissions=True)
    places = (DEV, STAGING, PROD) if right else ()
    user = harness.add_member(TECH, role)
    harness.account.add_user(user, rights={place.id: right for place in places if right})
    manages = {place.id: KeyRight.MANAGE for place in (DEV, STAGING, PROD)}
    harness.account.add_user(harness.add_member(CHIEF, Role.BILLING), rights=manages)
    return harness


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
    harness = with_rights(right, role)
    found = names(await counted(harness, Approval(1, ("key_roles",))))
    assert ({"Chief", "Tech"} if counts else {"Chief"}) == found


async def test_rights_are_not_asked_for_where_the_account_has_none(harness: Harness) -> None:
    """The role speaks"""
    assert {"Admin", "Tech"} < names(await counted(harness, Approval(1, ("key_roles",))))
    assert 0 == harness.account.calls["key_right"]
