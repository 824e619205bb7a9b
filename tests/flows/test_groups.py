from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from bot.cards.kit import render
from bot.cards.requests import posted, target
from bot.domain.audit import AuditEvent
from bot.domain.key_roles import KeyRole
from bot.domain.outcomes.access import Denied, Unknown
from bot.domain.outcomes.decisions import MayNotDecide
from bot.domain.outcomes.groups import (
    GroupChanged,
    GroupNameTaken,
    GroupShown,
    GroupsListed,
    GroupStop,
    GroupStopped,
    GroupUnchanged,
    GroupUnconfirmed,
    MemberUnclear,
    NoSuchGroup,
    WhichGroup,
)
from bot.domain.outcomes.union import Outcome
from bot.domain.people import Actor, CloudinaryUser, Role
from bot.domain.policy import Action
from bot.domain.requests.machine import State
from bot.domain.requests.votes import IneligibleReason
from bot.domain.user_groups import GroupRole
from bot.domain.users import ACCOUNT_MASTER, ACCOUNT_ROLE
from bot.errors import CloudinaryError, Forbidden, KeysmithError, Unavailable
from tests.fakes.cloudinary import FakeAccount
from tests.flows.failing_fakes import Crash, FailurePoint, failing
from tests.flows.harness import (
    ADMIN,
    BILLING,
    CHIEF,
    COLLEAGUE,
    DEV,
    NEWCOMER,
    PROD,
    TECH,
    Harness,
    staffed,
)
from tests.flows.requested import approved, asked, carried_out, kept, one_after, under
from tests.flows.with_roles import with_roles

MASTERS = GroupRole(KeyRole(ACCOUNT_MASTER, "Master Admin"))
REPORTS = GroupRole(KeyRole("cld::role::prodenv::reports", "Reports"), DEV.id)
TECH_ADDRESS = "tech@lumen.example"
TEXTS = {
    "create": "group create Design",
    "rename": "group rename Content Library",
    "remove": "group remove Content --confirm Content",
    "add": f"group add Content {TECH_ADDRESS}",
    "drop": "group drop Content billing@lumen.example",
}
CALLS = 60
"""More calls than any of these commands makes."""


def grouped(harness: Harness | None = None) -> Harness:
    """Add two groups; one has a member."""
    harness = harness or staffed()
    for name in ("Content", "Security"):
        harness.account.add_group(name)
    user = harness.account.user_now("u-U0BILLING")
    harness.account.add_user(user, groups=["Content"])
    return harness


async def done(
    harness: Harness, text: str, by: Actor = ADMIN, *, voters: tuple[Actor, ...] = (CHIEF,)
) -> Outcome:
    """Request a change, approve it and carry it out."""
    request = await asked(harness, text, by)
    for voter in voters:
        await harness.run(voter, f"approve {request.id}")
    return await carried_out(harness, request)


AFTER = {
    "create": {"Content": {"u-U0BILLING"}, "Security": set(), "Design": set()},
    "rename": {"Library": {"u-U0BILLING"}, "Security": set()},
    "remove": {"Security": set[str]()},
    "add": {"Content": {"u-U0BILLING", "u-U0TECH"}, "Security": set()},
    "drop": {"Content": set[str](), "Security": set()},
}


@pytest.mark.parametrize("verb", TEXTS)
async def test_a_change_needs_another_admin_and_is_made_once(verb: str) -> None:
    """It is on the record with the ids, and the request is done"""
    harness = grouped()
    request = await approved(harness, TEXTS[verb], ADMIN, to=CHIEF)
    assert isinstance(await carried_out(harness, request), GroupChanged)

    assert AFTER[verb] == harness.account.groups_now()
    assert State.DONE is (await kept(harness, request)).state
    entries = [it for it in harness.jobs.entries if it.event is AuditEvent.DONE]
    assert [f"group:{verb}"] == [it.action for it in entries]
    if verb in {"add", "drop"}:
        assert entries[0].target["user"].startswith("u-U0")
    await harness.again(request.id)
    assert AFTER[verb] == harness.account.groups_now()


@pytest.mark.parametrize("text", ["group list", "group show Content", *TEXTS.values()])
@pytest.mark.parametrize("actor", [TECH, NEWCOMER])
async def test_only_admins_see_and_change_groups(text: str, actor: Actor) -> None:
    """No call of Cloudinary's groups is made for others"""
    harness = grouped()
    assert isinstance(await harness.run(actor, text), Denied | Unknown)
    assert not harness.account.calls["user_groups"]


async def test_groups_are_listed_and_shown() -> None:
    """By name, by name in another case, and by id"""
    harness = grouped()
    listed = await harness.run(ADMIN, "group list")
    assert isinstance(listed, GroupsListed)
    assert ["Content", "Security"] == [each.name for each in listed.groups]
    for text in ("Content", "content", listed.groups[0].id):
        shown = await harness.run(ADMIN, f"group show {text}")
        assert isinstance(shown, GroupShown)
        assert ["billing@lumen.example"] == [it.email for it in shown.group.members or ()]
        assert shown.roles is None
    missing = await harness.run(ADMIN, "group show Contend")
    assert isinstance(missing, NoSuchGroup)
    assert "Content" == missing.nearest


async def test_a_name_of_two_groups_asks_which() -> None:
    """Cloudinary tells case apart"""
    harness = grouped()
    harness.account.add_group("CONTENT")
    answer = await harness.run(ADMIN, "group remove content")
    assert isinstance(answer, WhichGroup)
    assert 2 == len(answer.choices)
    assert isinstance(await harness.run(ADMIN, "group show CONTENT"), GroupShown)


@pytest.mark.parametrize("name", ["Content", "content", "C\u043entent", "\uff23ontent"])
@pytest.mark.parametrize("verb", ["group create", "group rename Security"])
async def test_names_are_unique_as_people_see_them(verb: str, name: str) -> None:
    """Another case, another script or another width is the same name"""
    harness = grouped()
    assert isinstance(await harness.run(ADMIN, f"{verb} {name}"), GroupNameTaken)


async def test_a_name_that_came_meanwhile_stops_an_approved_request() -> None:
    """The name is looked at again in the lock"""
    harness = grouped()
    request = await approved(harness, "group create Design", ADMIN, to=CHIEF)
    harness.account.add_group("DESIGN")
    assert isinstance(await carried_out(harness, request), GroupNameTaken)
    assert State.FAILED is (await kept(harness, request)).state


@pytest.mark.parametrize("typed", ["", "--confirm content"])
async def test_removing_a_group_tells_its_members_and_wants_its_name(typed: str) -> None:
    """Exactly as it is written"""
    answer = await grouped().run(ADMIN, f"group remove Content {typed}")
    assert isinstance(answer, GroupUnconfirmed)
    assert (1, "Content") == (answer.group.size, answer.group.name)
    assert answer.retry.endswith("--confirm Content")


@pytest.mark.parametrize("verb", ["add", "drop"])
@pytest.mark.parametrize("who", ["@U0ADMIN", "admin@lumen.example", "u-U0ADMIN"])
async def test_no_one_changes_their_own_membership(verb: str, who: str) -> None:
    """By a mention, an address or an id"""
    answer = await grouped().run(ADMIN, f"group {verb} Content {who}")
    assert isinstance(answer, GroupStopped)
    assert GroupStop.OWN_USER is answer.reason


async def test_who_comes_into_a_group_does_not_decide_on_it() -> None:
    """Another admin has to"""
    harness = grouped()
    harness.add_member(COLLEAGUE, Role.ADMIN)
    request = await asked(harness, "group add Content @U0CHIEF", ADMIN)
    answer = await harness.run(CHIEF, f"approve {request.id}")
    assert isinstance(answer, MayNotDecide)
    assert IneligibleReason.ABOUT_YOU is answer.reason


@pytest.mark.parametrize("verb", ["add", "drop"])
async def test_a_request_names_the_person_wherever_it_names_the_group(verb: str) -> None:
    """In its one line, as in lists and answers, and on its card"""
    request = await asked(grouped(), TEXTS[verb], ADMIN)
    address = TEXTS[verb].split()[-1]
    assert f"{address} in Content" == str(target(request))
    assert address in render(posted(request)).text


@pytest.mark.parametrize("verb", ["add", "drop"])
async def test_nor_does_their_delegate(verb: str) -> None:
    """As for a change of a user; one who is against it still denies it"""
    harness = grouped()
    harness.add_member(COLLEAGUE, Role.ADMIN)
    if verb == "drop":
        harness.account.add_user(harness.account.user_now("u-U0TECH"), groups=["Content"])
    await harness.run(TECH, "delegate @U0CHIEF --expires 1h")
    request = await asked(harness, f"group {verb} Content @U0TECH", ADMIN)
    answer = await harness.run(CHIEF, f"approve {request.id}")
    assert isinstance(answer, MayNotDecide), answer
    assert IneligibleReason.STANDS_IN is answer.reason
    await harness.run(COLLEAGUE, f"approve {request.id}")
    assert isinstance(await carried_out(harness, request), GroupChanged)


async def test_an_unknown_person_is_told() -> None:
    """Nothing is requested"""
    answer = await grouped().run(ADMIN, "group add Content no-one@lumen.example")
    assert isinstance(answer, MemberUnclear)


async def test_what_is_so_already_changes_nothing() -> None:
    """The request is done, and the answer says so"""
    harness = grouped()
    request = await approved(harness, TEXTS["add"], ADMIN, to=CHIEF)
    harness.account.add_user(harness.account.user_now(f"u-{TECH.user_id}"), groups=["Content"])
    assert isinstance(await carried_out(harness, request), GroupUnchanged)
    assert not harness.account.calls["add_member"]
    assert State.DONE is (await kept(harness, request)).state


def with_more(harness: Harness) -> None:
    """Give the group a role."""
    harness.account.add_group("Content", REPORTS)


def renamed(harness: Harness) -> None:
    """Give another group its name: the id is another one's."""
    harness.account._named["g1"] = "Other"


def gone(harness: Harness) -> None:
    """Remove the group."""
    harness.account.lose_group("g1")


def moved(harness: Harness) -> None:
    """Let its role count in another environment, under the same name."""
    harness.account._group_roles["g1"] = [GroupRole(REPORTS.role, PROD.id)]


@pytest.mark.parametrize("change", [with_more, renamed, gone, moved])
async def test_what_approvers_saw_has_to_hold(change: Callable[[Harness], None]) -> None:
    """Else the request fails, and nothing changes"""
    harness = grouped(with_roles())
    if change is moved:
        with_more(harness)
    request = await approved(harness, TEXTS["add"], ADMIN, to=CHIEF)
    change(harness)
    assert isinstance(await carried_out(harness, request), GroupStopped | NoSuchGroup)
    assert not harness.account.calls["add_member"]


async def test_a_group_that_gives_rights_needs_what_master_admin_needs() -> None:
    """Beside the action of the command; and who has less does not give it"""
    harness = grouped(with_roles())
    harness.account.add_group("Security", MASTERS)
    less = await harness.run(ADMIN, f"group add Security {TECH_ADDRESS}")
    assert isinstance(less, GroupStopped)
    assert GroupStop.MORE_THAN_HELD is less.reason

    harness.add_member(COLLEAGUE, Role.ADMIN)
    request = await asked(harness, f"group add Security {TECH_ADDRESS}", CHIEF)
    assert (Action.USER_MASTER_ADMIN, 2) == (request.terms.action, request.approval.quorum)
    await harness.run(ADMIN, f"approve {request.id}")
    assert State.PENDING is (await kept(harness, request)).state
    assert (
        "Roles of the group: Master Admin. With them, members can manage users or keys."
        in render(posted(request), [""] * 9).text
    )

    await harness.run(COLLEAGUE, f"approve {request.id}")
    await carried_out(harness, request)
    (told,) = harness.jobs.notices
    assert told.startswith("Master Admin rights change. Chief added tech@lumen.example to")

    usual = await asked(harness, TEXTS["add"], ADMIN)
    assert Action.GROUP_ADD is usual.terms.action


async def test_no_one_gives_roles_where_they_have_no_access() -> None:
    """An admin of one environment puts no one into a group with roles in another, or in all"""
    harness = grouped(with_roles())
    narrow = harness.add_member(COLLEAGUE, Role.ADMIN)
    harness.account.add_group("Content", REPORTS)
    harness.account.add_group("Security", GroupRole(REPORTS.role, PROD.id))
    harness.account.add_group("Admins", GroupRole(KeyRole(f"{ACCOUNT_ROLE}admin", "Admin")))
    request = await approved(harness, f"group add Security {TECH_ADDRESS}", COLLEAGUE, to=CHIEF)
    harness.account.add_user(replace(narrow, all_environments=False), environments=[DEV.id])
    late = await carried_out(harness, request)
    assert isinstance(late, GroupStopped), late
    assert GroupStop.MORE_THAN_HELD is late.reason
    for name in ("Security", "Admins"):
        outcome = await harness.run(COLLEAGUE, f"group add {name} {TECH_ADDRESS}")
        assert isinstance(outcome, GroupStopped), outcome
        assert GroupStop.MORE_THAN_HELD is outcome.reason
    await asked(harness, f"group add Content {TECH_ADDRESS}", COLLEAGUE)


@pytest.mark.parametrize(
    "verb", ["group remove Security --confirm Security", "group drop Security @U0TECH"]
)
async def test_the_last_master_admin_stays(verb: str) -> None:
    """Also one who is it by a group alone, and in the lock of an approved request"""
    harness = grouped(with_roles())
    harness.account.add_group("Security", MASTERS)
    tech = harness.account.user_now("u-U0TECH")
    harness.account.add_user(tech, groups=["Security"])
    for voter in (BILLING, COLLEAGUE):
        harness.add_member(voter, Role.ADMIN)
    request = await approved(harness, verb, ADMIN, to=BILLING, also=[COLLEAGUE])
    harness.add_member(CHIEF, Role.ADMIN)
    answer = await carried_out(harness, request)
    assert isinstance(answer, GroupStopped), answer
    assert GroupStop.LAST_MASTER_ADMIN is answer.reason


DROP_TECH = "group drop Security @U0TECH"
LOSE_COLLEAGUE = [
    "user disable @U0COLLEAGUE --confirm colleague@lumen.example",
    "user remove @U0COLLEAGUE --confirm colleague@lumen.example",
]
"""Together they take both master admins, who are it by a group."""


@pytest.mark.parametrize("other", LOSE_COLLEAGUE)
@pytest.mark.parametrize("order", [1, -1])
async def test_of_two_master_admins_by_a_group_one_stays(other: str, order: int) -> None:
    """Changes of groups and of users hold one lock, so that the second sees the first"""
    for lag in range(CALLS):
        harness = grouped(with_roles())
        harness.account.refuses_last = False
        for voter in (CHIEF, BILLING):
            harness.add_member(voter, Role.ADMIN)
        harness.account.add_group("Security", MASTERS)
        for each in ("u-U0TECH", "u-U0COLLEAGUE"):
            harness.account.add_user(harness.account.user_now(each), groups=["Security"])
        texts = [DROP_TECH, other][::order]
        requests = [
            await approved(harness, text, ADMIN, to=CHIEF, also=[BILLING]) for text in texts
        ]
        await one_after(harness, *requests, lag=lag)
        seated = harness.account.groups_now()["Security"]
        assert 1 == sum(harness.account.user_now(each).enabled for each in seated), lag


class Watched(FakeAccount):
    """An account that remembers the changes of a role and of a membership, in order."""

    def __init__(self, *, now: Callable[[], datetime]) -> None:
        super().__init__(now=now)
        self.changed: list[str] = []

    async def set_user_role(self, user_id: str, role: Role) -> CloudinaryUser:
        """Set a role."""
        user = await super().set_user_role(user_id, role)
        self.changed.append(user_id)
        return user

    async def add_member(self, group_id: str, user_id: str) -> None:
        """Put a user into a group."""
        await super().add_member(group_id, user_id)
        self.changed.append(user_id)


async def test_who_is_demoted_at_the_same_time_adds_no_one_afterwards() -> None:
    """The change of the group sees the one of its requester"""
    for lag in range(CALLS):
        harness = grouped(staffed(make_account=Watched))
        harness.add_member(COLLEAGUE, Role.ADMIN)
        demotes = await approved(harness, "user role @U0COLLEAGUE reports", CHIEF, to=ADMIN)
        adds = await approved(harness, TEXTS["add"], COLLEAGUE, to=CHIEF)
        await one_after(harness, demotes, adds, lag=lag)
        assert isinstance(harness.account, Watched)
        assert ["u-U0COLLEAGUE", "u-U0TECH"] != harness.account.changed, lag


NAMED = """
@id("all")
permit (principal, action, resource) when { principal.at_cloudinary };

@id("grouped")
@approvals("1")
@approvers("admins, group:Content")
permit (principal, action == Action::"key:delete", resource);

@id("also")
permit (principal, action == Action::"key:create", resource)
when { principal.groups.contains("Security") };
"""


@pytest.mark.parametrize(
    "text",
    [
        "group rename Friends Content",
        "group rename Security Other",
        "group remove Security --confirm Security",
    ],
)
async def test_no_one_gives_their_own_group_another_meaning(tmp_path: Path, text: str) -> None:
    """By a name that the policy has; an admin who is in no such group may ask"""
    harness = grouped()
    await harness.account.rename_group("g1", "Friends")
    harness = under(harness, tmp_path, NAMED)
    user = harness.account.user_now("u-U0ADMIN")
    harness.account.add_user(user, groups=["Friends", "Security"])
    answer = await harness.run(ADMIN, text)
    assert isinstance(answer, GroupStopped), answer
    assert GroupStop.OWN_USER is answer.reason
    harness.add_member(COLLEAGUE, Role.ADMIN)
    await asked(harness, text, CHIEF)
    await asked(harness, "group rename Friends Pals", ADMIN)


@pytest.mark.parametrize("text", [*TEXTS.values(), "group rename Security X"])
async def test_a_group_that_the_policy_names_says_so(tmp_path: Path, text: str) -> None:
    """On the request's card, which approvers read"""
    harness = under(grouped(), tmp_path, NAMED)
    request = await asked(harness, text, ADMIN)
    says = "The policy names this group" in render(posted(request), [""] * 9).text
    assert says is (text != TEXTS["create"])


async def test_a_new_name_in_the_policy_is_told_too(tmp_path: Path) -> None:
    """Who is in the group gains what the policy gives the name"""
    harness = under(grouped(), tmp_path, NAMED.replace("group:Content", "group:Leads"))
    request = await asked(harness, "group rename Content Leads", ADMIN)
    assert request.terms.group
    assert request.terms.group.decides


@pytest.mark.parametrize("verb", TEXTS)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_killed_process_leaves_what_the_next_finishes(verb: str, *, after: bool) -> None:
    """One change; a third process changes nothing more"""
    for call in range(1, CALLS):
        died = FailurePoint()
        harness = grouped(failing(died))
        request = await approved(harness, TEXTS[verb], ADMIN, to=CHIEF)
        died.arm(call, after=after)
        try:
            await carried_out(harness, request)
        except Crash:
            died.arm(0)
        else:
            assert call > 1
            return
        for _ in range(2):
            await harness.again(request.id)
            assert AFTER[verb] == harness.account.groups_now(), call
        assert State.DONE is (await kept(harness, request)).state, call
    pytest.fail("every call was tried, and none was the last")


METHODS = {
    "create": "create_group",
    "rename": "rename_group",
    "remove": "remove_group",
    "add": "add_member",
    "drop": "drop_member",
}


@pytest.mark.parametrize("verb", TEXTS)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    "error", [Forbidden("no", status=403), Unavailable("500", maybe_done=True)]
)
async def test_a_failing_cloudinary_is_told_as_it_is(
    verb: str, error: CloudinaryError, *, after: bool
) -> None:
    """A 500 after the work is a success; a refusal is told, and before the work nothing changed"""
    harness = grouped()
    before = dict(harness.account.groups_now())
    request = await approved(harness, TEXTS[verb], ADMIN, to=CHIEF)
    harness.account.fail_next(METHODS[verb], error, after=after)
    try:
        outcome: Outcome | None = await carried_out(harness, request)
    except KeysmithError:
        outcome = None
    if isinstance(error, Unavailable):
        assert isinstance(outcome, GroupChanged) is after
    else:
        assert isinstance(outcome, GroupStopped)
    assert (AFTER[verb] if after else before) == harness.account.groups_now()


async def test_a_group_that_grew_is_not_removed() -> None:
    """Approvers saw another number of members"""
    harness = grouped()
    request = await approved(harness, TEXTS["remove"], ADMIN, to=CHIEF)
    harness.account.add_user(harness.account.user_now("u-U0TECH"), groups=["Content"])
    answer = await carried_out(harness, request)
    assert isinstance(answer, GroupStopped)
    assert GroupStop.CHANGED is answer.reason
    assert "Content" in harness.account.groups_now()


ALREADY = {
    "group add": "group add Content billing@lumen.example",
    "group drop": "group drop Content @U0TECH",
    "group rename": "group rename Content Content",
    "user role": "user role @U0TECH technical_admin",
    "user envs": "user envs @U0TECH all",
    "user enable": "user enable @U0TECH",
    "env rename": 'env rename shop-dev "Shop dev"',
    "env enable": "env enable shop",
    "key enable": "key enable ci-bot --env shop-dev",
}


@pytest.mark.parametrize("text", ALREADY.values(), ids=ALREADY)
async def test_what_is_so_already_opens_no_request(text: str) -> None:
    """It answers at once that nothing changed"""
    harness = staffed()
    harness.account.add_group("Content")
    billing = harness.account.user_now(f"u-{BILLING.user_id}")
    harness.account.add_user(billing, groups=["Content"])
    outcome = await harness.run(CHIEF, text)
    assert outcome.kind.endswith(("_unchanged", "nothing_to_change")), outcome
    assert not await harness.requests.opened_by(CHIEF, 9)
