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
from bot.flows.requests.open import NAMED
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
"""A position in the account's list of users that no batch reaches."""


def approvers(harness: Harness) -> Approvers:
    """Build the approvers of a harness, with nothing remembered."""
    return Approvers(
        harness.account,
        harness.directory,
        harness.bindings,
        harness.clock,
        team_id=TEAM,
        permissions=harness.permissions,
    )


async def counted(harness: Harness, approval: Approval, by: Approvers | None = None) -> Count:
    """Count the approvers of a newcomer's request in the development environment."""
    role = " --role reports" if harness.permissions else ""
    text = f"request shop-dev {harness.new_id()}-bot --reason builds{role}"
    request = replace(await asked(harness, text), approval=approval)
    harness.directory.calls.clear()
    harness.account.calls.clear()
    return await (by or approvers(harness)).count(request)


def names(count: Count) -> set[str]:
    """List the people whom a count found."""
    return {each.name for each in count.able}


def crowd(harness: Harness, role: Role, many: int, *, at_slack: bool = True) -> list[Actor]:
    """Add many users of one role behind the others."""
    actors = [Actor(TEAM, f"U0{role.upper()}{number}") for number in range(many)]
    for actor in actors:
        harness.add_member(actor, role)
        if not at_slack:
            harness.directory.forget(actor)
    return actors


def looked_up(harness: Harness) -> list[str]:
    """List the addresses that Slack was asked for, each call once."""
    return [about for about in harness.directory.calls.elements() if "@" in about]


@pytest.mark.parametrize("name", [f"person:U0FAR{FAR}", f"oncall:{ON_CALL}"])
async def test_a_named_person_is_found_far_down_the_list(
    harness: Harness, tmp_path: Path, name: str
) -> None:
    """One named person, or one on call, is behind three hundred others."""
    crowd(harness, Role.REPORTS, FAR)
    far = Actor(TEAM, f"U0FAR{FAR}")
    harness.add_member(far, Role.MEDIA_LIBRARY_USER)
    harness.directory.groups[ON_CALL] = frozenset({far.user_id})
    under(harness, tmp_path, rule("key:request", f'@approvals("1")\n@approvers("{name}")'))
    request = await asked(harness)
    assert ("Far300",) == request.evidence.approvers
    assert [] == looked_up(harness)


async def test_the_person_whom_a_quorum_needs_is_looked_up_first(
    harness: Harness,
) -> None:
    """Many others could approve, and the person is far down the list."""
    crowd(harness, Role.TECHNICAL_ADMIN, FAR)
    far = Actor(TEAM, "U0FAR")
    harness.add_member(far, Role.BILLING)
    approval = Approval(2, ("key_roles",), of_which=("billing", f"person:{far.user_id}"))
    count = await counted(harness, approval)
    assert {"Far", "Billing"} < names(count)
    assert count.complete


@pytest.mark.parametrize("named", ["U0NOBODY", "U0GUEST", "U0NEW", "U0LEFT"])
async def test_a_name_of_a_person_who_may_not_act_counts_for_nothing(
    harness: Harness, named: str
) -> None:
    """The person is unknown to Slack, a guest, unknown to Cloudinary, or has left."""
    left = Actor(TEAM, "U0LEFT")
    harness.add_member(left, Role.ADMIN)
    await leave(harness, left)
    assert Count() == await counted(harness, Approval(1, (f"person:{named}",)))


async def test_an_outage_of_slack_proves_nothing(harness: Harness) -> None:
    """It is unknown whether the person exists, so the count fails."""
    request = replace(await asked(harness), approval=Approval(1, (f"person:{TECH.user_id}",)))
    harness.directory.away = True
    with pytest.raises(SlackAway):
        await approvers(harness).count(request)


async def test_an_incomplete_count_refuses_nothing(harness: Harness, tmp_path: Path) -> None:
    """Two hundred users have the role and are not at Slack; Slack's limit holds."""
    crowd(harness, Role.REPORTS, 200, at_slack=False)
    under(harness, tmp_path, rule("key:request", '@approvals("1")\n@approvers("reports")'))
    request = await asked(harness)
    assert () == request.evidence.approvers
    assert isinstance(await harness.run(TECH, WISH), Requested)
    assert LOOKED_UP == len(looked_up(harness))


async def test_look_ups_of_people_on_call_keep_slacks_limit(harness: Harness) -> None:
    """Two hundred are on call, and Cloudinary knows none of them."""
    many = [f"U0MORE{number}" for number in range(200)]
    for id_ in many:
        harness.directory.add(Profile(id_, TEAM, id_, f"{id_}@lumen.example"))
    harness.directory.groups[ON_CALL] = frozenset(many)
    assert Count(complete=False) == await counted(harness, Approval(1, (f"oncall:{ON_CALL}",)))
    assert LOOKED_UP == harness.directory.calls.total()


async def test_a_complete_count_refuses(harness: Harness, tmp_path: Path) -> None:
    """The limit is just enough, and none of them is at Slack."""
    crowd(harness, Role.REPORTS, LOOKED_UP, at_slack=False)
    under(harness, tmp_path, rule("key:request", '@approvals("1")\n@approvers("reports")'))
    outcome = await harness.run(TECH, WISH)
    assert isinstance(outcome, NotAskable)
    assert NotAskableReason.NO_APPROVER is outcome.reason


async def test_more_people_are_looked_up_after_a_minute(harness: Harness) -> None:
    """Before that, no more are looked up."""
    crowd(harness, Role.REPORTS, 200, at_slack=False)
    by, approval = approvers(harness), Approval(1, ("reports",))
    await counted(harness, approval, by)
    again = await counted(harness, approval, by)
    assert ([], False) == (looked_up(harness), again.complete)
    harness.clock.go_on(seconds=KNOWN_FOR.total_seconds())
    await counted(harness, approval, by)
    assert LOOKED_UP == len(looked_up(harness))


async def test_a_look_up_is_remembered_for_a_minute(harness: Harness) -> None:
    """A second request does not look the person up again."""
    by, approval = approvers(harness), Approval(1, ("key_roles", f"person:{BILLING.user_id}"))
    first = await counted(harness, approval, by)
    assert (first, 0) == (await counted(harness, approval, by), len(looked_up(harness)))
    assert 0 == harness.directory.calls[BILLING.user_id]
    harness.clock.go_on(seconds=KNOWN_FOR.total_seconds())
    assert first == await counted(harness, approval, by)
    assert 1 == harness.directory.calls[BILLING.user_id]


async def test_users_without_access_are_not_looked_up(harness: Harness) -> None:
    """Access is read first, up to a limit."""
    for number in range(2 * LOOKED_AT):
        harness.add_member(Actor(TEAM, f"U0MORE{number}"), Role.REPORTS, reaches=PROD)
    count = await counted(harness, Approval(1, ("reports",)))
    assert Count(complete=False) == count
    assert ([], LOOKED_AT) == (looked_up(harness), harness.account.calls["environments_of"])


async def test_the_count_stops_when_no_single_person_is_needed(harness: Harness) -> None:
    """One batch of three hundred is enough, and the count is complete."""
    crowd(harness, Role.REPORTS, FAR)
    count = await counted(harness, Approval(2, ("reports",)))
    assert (BATCH, True) == (len(count.able), count.complete)
    assert BATCH == len(looked_up(harness))


async def test_the_count_stops_when_others_could_not_help(harness: Harness) -> None:
    """The quorum needs one certain person, and more of the others change nothing."""
    crowd(harness, Role.REPORTS, FAR)
    count = await counted(harness, Approval(1, ("reports",), of_which=("billing",)))
    assert (BATCH, True) == (len(count.able), count.complete)
    assert BATCH == len(looked_up(harness))


async def test_the_count_goes_on_while_one_person_is_needed(harness: Harness) -> None:
    """The first batch has just enough people; the next one has one more."""
    for actor in crowd(harness, Role.REPORTS, BATCH)[1:]:
        await leave(harness, actor)
    crowd(harness, Role.MEDIA_LIBRARY_USER, BATCH)
    count = await counted(harness, Approval(1, ("reports", "media_library_user")))
    assert 1 + BATCH == len(count.able)


async def test_two_accounts_at_slack_are_one_person(harness: Harness) -> None:
    """A rule names both ids; the one Cloudinary user has one vote."""
    profile = await harness.directory.profile(TECH)
    harness.directory.add(replace(profile, user_id="U0SECOND"))
    both = (f"person:{TECH.user_id}", "person:U0SECOND")
    count = await counted(harness, Approval(1, both))
    assert ["Tech"] == [each.name for each in count.able]


async def test_a_second_account_of_the_owner_does_not_count(harness: Harness) -> None:
    """Its vote would be refused."""
    profile = await harness.directory.profile(TECH)
    request = await asked(harness, f"{WISH} --for @{TECH.user_id}", COLLEAGUE)
    harness.directory.add(Profile("U0SECOND", TEAM, "Second", profile.email))
    required = Approval(1, ("person:U0SECOND",))
    assert Count() == await approvers(harness).count(replace(request, approval=required))


async def test_an_address_of_two_cloudinary_users_counts_for_neither(
    harness: Harness,
) -> None:
    """At the vote it would be unclear who votes."""
    user = harness.add_member(BILLING, Role.BILLING)
    harness.account.add_user(replace(user, id="u-again"))
    assert Count() == await counted(harness, Approval(1, ("billing",)))


async def test_roles_come_before_possible_members_of_a_group(harness: Harness) -> None:
    """Any of three hundred may be in the group; the user with the role is behind them."""
    crowd(harness, Role.REPORTS, FAR)
    harness.add_member(Actor(TEAM, "U0FAR"), Role.MEDIA_LIBRARY_USER)
    count = await counted(harness, Approval(1, ("group:Platform", "media_library_user")))
    assert {"Far"} == names(count)


async def test_a_group_is_found_among_people_of_any_role(harness: Harness) -> None:
    """The user is found behind the ones whose role fits."""
    user = harness.add_member(BILLING, Role.BILLING)
    harness.account.add_user(user, groups=["Platform"])
    assert {"Billing"} == names(await counted(harness, Approval(1, ("group:Platform",))))


def with_rights(right: KeyRight | None, role: Role) -> Harness:
    """Build an account with its own policies, and one person with a right in all environments."""
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
async def test_the_accounts_own_policies_decide_who_counts(
    right: KeyRight | None, role: Role, *, counts: bool
) -> None:
    """Users who may manage keys count, whatever their role; users who may only view do not."""
    harness = with_rights(right, role)
    found = names(await counted(harness, Approval(1, ("key_roles",))))
    assert ({"Chief", "Tech"} if counts else {"Chief"}) == found


async def test_rights_are_not_read_if_the_account_has_no_policies(harness: Harness) -> None:
    """The role decides."""
    assert {"Admin", "Tech"} < names(await counted(harness, Approval(1, ("key_roles",))))
    assert 0 == harness.account.calls["key_right"]


@pytest.mark.parametrize("many", [NAMED, FAR])
async def test_a_card_names_those_first_who_may_approve_now(
    harness: Harness, tmp_path: Path, many: int
) -> None:
    """Not those whom the rule lets approve later, however many there are"""
    required = '@approvals("1")\n@approvers("master_admin, billing")\n@escalate("1h key_roles")'
    under(harness, tmp_path, rule("key:request", required))
    harness.account.remove_user(f"u-{CHIEF.user_id}")
    crowd(harness, Role.TECHNICAL_ADMIN, many)
    harness.add_member(CHIEF, Role.MASTER_ADMIN)
    request = await asked(harness)
    assert {"Chief", "Billing"} == set(request.evidence.approvers[:2])
    assert NAMED == len(request.evidence.approvers)
