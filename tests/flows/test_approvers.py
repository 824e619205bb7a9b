"""Who could agree: found in accounts of any size, without asking Slack too often."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.decided import NotAskable, Requested, Unaskable
from bot.domain.people import Actor, KeyRight, Role
from bot.domain.policy import Approval
from bot.flows.approvers import MOST_LOOKED_UP, TOGETHER, Approvers, Count, plenty
from tests.flows.office import (
    ADMIN,
    CHIEF,
    COLLEAGUE,
    DEV,
    NARROW,
    NEWCOMER,
    STAGING,
    TEAM,
    TECH,
    Office,
    staffed,
)
from tests.flows.requested import WISH, asked, give_role, rule, under
from tests.flows.test_linting import Listening

LAST = Actor(TEAM, "U0LAST")
KEY_ROLES = (TECH, NARROW, COLLEAGUE, ADMIN, CHIEF)


def crowd(office: Office, role: Role, many: int = 300) -> None:
    """People who come before everybody that is seeded later."""
    for number in range(many):
        office.add_member(Actor(TEAM, f"U0CROWD{number}"), role)


def wants(office: Office, directory: Path, who: str) -> Office:
    """Let nobody but these agree to credentials."""
    return under(office, directory, rule("key:request", f'@approvals("1")\n@approvers("{who}")'))


def finder(office: Office, slack: Listening, *, permissions: bool = False) -> Approvers:
    """Who finds them, with a Slack that counts."""
    return Approvers(office.account, slack, TEAM, office.clock, permissions)


def names(count: Count) -> set[str]:
    """Of those who were found."""
    return {each.name for each in count.able}


@pytest.mark.parametrize("who", [f"person:{LAST.user_id}", "oncall:S0DUTY"])
async def test_whom_a_rule_names_is_found_among_hundreds(
    office: Office, tmp_path: Path, who: str
) -> None:
    """By their id at Slack, wherever they stand in the account's list"""
    crowd(office, Role.MEDIA_LIBRARY_USER)
    office.add_member(LAST, Role.MEDIA_LIBRARY_USER)
    office.directory.groups["S0DUTY"] = frozenset({LAST.user_id})
    wants(office, tmp_path, who)
    slack = Listening(office.directory)
    count = await finder(office, slack).count(await asked(office))
    assert {"Last"} == names(count)
    assert len(slack.asked) <= MOST_LOOKED_UP


async def test_who_has_no_access_takes_nobodys_place(office: Office) -> None:
    """Hundreds who reach another environment are not looked up at Slack at all"""
    for number in range(300):
        office.add_member(Actor(TEAM, f"U0{number}"), Role.TECHNICAL_ADMIN, reaches=STAGING)
    office.add_member(LAST, Role.TECHNICAL_ADMIN, reaches=DEV)
    for other in KEY_ROLES:
        give_role(office, other, Role.BILLING)
    slack = Listening(office.directory)
    count = await finder(office, slack).count(await asked(office))
    assert {"Last"} == names(count)
    assert ["last@lumen.example"] == slack.asked


async def test_who_has_two_cloudinary_users_could_not_agree(office: Office) -> None:
    """At the click their address leads to two people, so to nobody"""
    twin = office.add_member(TECH, Role.TECHNICAL_ADMIN)
    office.account.add_user(replace(twin, id="u-again", email=twin.email.upper()))
    count = await finder(office, Listening(office.directory)).count(await asked(office))
    assert "Tech" not in names(count)
    assert {"Colleague", "Admin"} <= names(count)


async def unknown_at_slack(office: Office, many: int) -> None:
    """Leave nobody who could agree but so many whom only Cloudinary knows."""
    for actor in KEY_ROLES:
        give_role(office, actor, Role.BILLING)
    crowd(office, Role.TECHNICAL_ADMIN, many)
    for number in range(many):
        office.directory.forget(Actor(TEAM, f"U0CROWD{number}"))


async def test_a_request_is_opened_where_not_everybody_could_be_looked_up(office: Office) -> None:
    """That nobody was found so far does not prove that there is nobody"""
    await unknown_at_slack(office, MOST_LOOKED_UP + 1)
    assert isinstance(await office.says(NEWCOMER, WISH), Requested)


async def test_a_request_is_refused_where_everybody_was_looked_up(office: Office) -> None:
    """Then it is proven"""
    await unknown_at_slack(office, MOST_LOOKED_UP)
    outcome = await office.says(NEWCOMER, WISH)
    assert isinstance(outcome, NotAskable)
    assert Unaskable.NOBODY is outcome.why


async def test_slack_is_asked_no_more_than_it_likes(office: Office) -> None:
    """However many could be meant"""
    request = await asked(office)
    await unknown_at_slack(office, 300)
    slack = Listening(office.directory)
    count = await finder(office, slack).count(request)
    assert Count((), complete=False) == count
    assert MOST_LOOKED_UP == len(slack.asked)


async def test_the_looking_stops_when_enough_are_found(office: Office) -> None:
    """Enough without any one of them, for somebody is always away"""
    crowd(office, Role.TECHNICAL_ADMIN)
    slack = Listening(office.directory)
    count = await finder(office, slack).count(await asked(office))
    assert len(slack.asked) <= TOGETHER
    assert plenty(count.able, Approval(1, ("key_roles",)))


async def test_rights_of_cloudinarys_own_decide_who_could_agree() -> None:
    """Who may manage keys there counts whatever their role; who may only look does not"""
    office = staffed(permissions=True)
    for actor in KEY_ROLES:
        give_role(office, actor, Role.BILLING)
    looker = office.add_member(TECH, Role.TECHNICAL_ADMIN)
    office.account.add_user(looker, rights={DEV.id: KeyRight.VIEW})
    manager = office.add_member(LAST, Role.REPORTS)
    office.account.add_user(manager, rights={DEV.id: KeyRight.MANAGE})
    request = await asked(office)
    count = await finder(office, Listening(office.directory), permissions=True).count(request)
    assert {"Last"} == names(count)
