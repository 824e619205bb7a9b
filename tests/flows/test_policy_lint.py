from dataclasses import replace
from pathlib import Path

import pytest

from bot.cards.policy_lint import notice, sentence
from bot.domain.people import Actor, KeyRight, Profile, Role
from bot.domain.policy_lint import Finding, Trouble
from bot.errors import SlackError
from bot.flows.lookup_cache import LOOKED_UP, MOST_RIGHTS, LookupCache, NotAsked
from bot.flows.policy_lint import MOST_GROUPS, Linter
from bot.flows.request_ports import Locator
from tests.fakes.directory import FakeDirectory
from tests.fakes.requests import CLAIM_TTL
from tests.flows.harness import (
    ADMIN,
    CHIEF,
    COLLEAGUE,
    DEV,
    NARROW,
    PROD,
    STAGING,
    TEAM,
    TECH,
    Harness,
    staffed,
)
from tests.flows.requested import leave, rule, under


class CountingSlack:
    """Slack, with the addresses that it was asked for; it answers a limited number of times."""

    def __init__(self, directory: FakeDirectory, *, answers: int = 1_000) -> None:
        self.asked: list[str] = []
        self._directory = directory
        self._answers = answers

    async def profile(self, actor: Actor) -> Profile:
        """Return the user with this id."""
        return await self._directory.profile(actor)

    async def by_email(self, email: str) -> Profile | None:
        """Return the member with this address."""
        self.asked.append(email)
        if len(self.asked) > self._answers:
            raise SlackError("ratelimited")
        return await self._directory.by_email(email)

    async def members(self, group_id: str) -> frozenset[str]:
        """Return the members of a user group."""
        return await self._directory.members(group_id)


async def found(
    harness: Harness, *, permissions: bool = False, locator: Locator | None = None
) -> list[Finding]:
    """Look at the policy and return the findings."""
    linter = Linter(
        harness.policy,
        harness.account,
        harness.account,
        locator or harness.directory,
        harness.bindings,
        harness.clock,
        TEAM,
        CLAIM_TTL,
        permissions=permissions,
    )
    return list(await linter.look())


def ruled(harness: Harness, directory: Path, rules: str) -> Harness:
    """Replace the rules, and keep the basic ones."""
    return under(harness, directory, rule("key:rename") + rules)


async def test_the_shipped_policy_works_for_a_well_staffed_account(harness: Harness) -> None:
    """There is no finding."""
    harness.add_member(Actor(TEAM, "U0SECOND"), Role.MASTER_ADMIN)
    assert [] == await found(harness)


async def test_a_single_master_admin_is_found(harness: Harness) -> None:
    """No key in production, and no person, gets Master Admin while they are away"""
    alone = ("key-roles-give-master-admin-in-production", ("Admin", "Chief"), (PROD.name,))
    person = Finding(Trouble.ALONE, "admins-give-master-admin", ("Admin", "Chief"))
    assert [person, Finding(Trouble.ALONE, *alone)] == await found(harness)


async def test_a_rule_that_depends_on_one_person_is_found(harness: Harness) -> None:
    """While they are away, or for their own requests, nothing is approved."""
    await leave(harness, CHIEF)
    stuck = {"key-roles-give-master-admin-in-production", "admins-give-master-admin"}
    (places, users, link, tier, alone, master, two) = [
        it for it in await found(harness) if it.rule not in stuck
    ]
    everywhere = tuple(sorted(place.name for place in (DEV, STAGING, PROD)))
    assert link == Finding(Trouble.ALONE, "admins-link", ("Admin",))
    assert users == replace(link, rule="admins-change-users")
    assert tier == Finding(Trouble.ALONE, "admins-set-tier", ("Admin",), everywhere)
    assert master == replace(tier, rule="key-roles-give-master-admin", places=everywhere[1:])
    assert alone == Finding(
        Trouble.ALONE, "key-roles-delete-in-production", ("Admin",), (PROD.name,)
    )
    assert two == replace(alone, rule="members-request-in-production")
    assert places == replace(alone, rule="admins-change-environments-in-production")


async def test_a_rule_that_cannot_be_satisfied_is_found_with_its_environments(
    harness: Harness,
) -> None:
    """People who left Slack, or have no access to the environment, cannot approve."""
    for actor in (CHIEF, ADMIN, COLLEAGUE):
        await leave(harness, actor)
    findings = await found(harness)
    stuck = [each for each in findings if each.trouble is Trouble.STUCK]
    everywhere = tuple(sorted(place.name for place in (DEV, STAGING, PROD)))
    assert stuck == [
        Finding(Trouble.STUCK, "admins-change-environments-in-production", (), (PROD.name,)),
        Finding(Trouble.STUCK, "admins-change-users"),
        Finding(Trouble.STUCK, "admins-give-master-admin"),
        Finding(Trouble.STUCK, "admins-link"),
        Finding(Trouble.STUCK, "admins-set-tier", (), everywhere),
        Finding(Trouble.STUCK, "key-roles-delete-in-production", ("Tech",), (PROD.name,)),
        Finding(Trouble.STUCK, "key-roles-give-master-admin", (), everywhere[1:]),
        Finding(Trouble.STUCK, "key-roles-give-master-admin-in-production", (), (PROD.name,)),
        Finding(Trouble.STUCK, "members-request-in-production", (), (PROD.name,)),
    ]
    alone = [each for each in findings if each.trouble is Trouble.ALONE]
    # NARROW still counts in the development environment, and in no other one.
    assert {each.places for each in alone} == {(PROD.name,), (STAGING.name,)}
    assert {each.names for each in alone} == {("Tech",)}


async def test_names_that_match_no_approver_are_found(harness: Harness, tmp_path: Path) -> None:
    """Every annotation counts, and each rule has one finding."""
    conditions = (
        '@approvals("1")\n@approvers("key_roles, reports, group:Platform, person:U0GONE")\n'
        '@emergency("media_library_admin")\n@escalate("1h billing, oncall:S012AB3CD")'
    )
    names = ("group:Platform", "media_library_admin", "oncall:S012AB3CD", "person:U0GONE")
    under(harness, tmp_path, rule("key:rename", conditions))
    assert [Finding(Trouble.NAMES_NO_ONE, "rule", (*names, "reports"))] == await found(harness)


async def test_names_that_match_an_approver_are_not(harness: Harness, tmp_path: Path) -> None:
    """Cloudinary groups, people, and user groups on call match."""
    user = harness.add_member(TECH, Role.TECHNICAL_ADMIN)
    harness.account.add_user(user, groups=["Platform"])
    harness.directory.groups["S012AB3CD"] = frozenset({COLLEAGUE.user_id})
    names = f"group:Platform, oncall:S012AB3CD, person:{ADMIN.user_id}"
    under(harness, tmp_path, rule("key:rename", f'@approvals("1")\n@approvers("{names}")'))
    assert [] == await found(harness)


NEVER = """
@id("shadowed")
permit (principal in Role::"admins", action == Action::"key:list", resource);
@id("nobody-lists")
forbid (principal, action == Action::"key:list", resource);
"""
UNMATCHED = """
@id("reporters")
permit (principal in Role::"reports", action == Action::"key:list", resource);
@id("platform")
permit (principal, action == Action::"key:list", resource)
when { principal.groups.contains("Platform") };
@id("gone")
permit (principal == Person::"u-gone", action == Action::"key:list", resource);
@id("closed")
permit (principal, action == Action::"key:list", resource == Environment::"e-closed");
"""


async def test_a_permit_that_a_forbid_always_beats_is_found(
    harness: Harness, tmp_path: Path
) -> None:
    """It looks as if it allowed something."""
    assert [Finding(Trouble.NEVER_PERMITS, "shadowed")] == await found(
        ruled(harness, tmp_path, NEVER)
    )


async def test_a_permit_that_matches_no_one_in_the_account_is_found(
    harness: Harness, tmp_path: Path
) -> None:
    """Its role, group, person or environment is missing in the account."""
    expected = [
        Finding(Trouble.PERMITS_NO_ONE, id_) for id_ in ("closed", "gone", "platform", "reporters")
    ]
    assert expected == await found(ruled(harness, tmp_path, UNMATCHED))


async def test_a_permit_that_matches_a_person_is_not(harness: Harness, tmp_path: Path) -> None:
    """The same rules match when the people and environments exist."""
    harness.add_member(Actor(TEAM, "U0REPORTS"), Role.REPORTS)
    user = harness.add_member(NARROW, Role.TECHNICAL_ADMIN, reaches=STAGING)
    harness.account.add_user(user, environments=[STAGING.id], groups=["Platform"])
    harness.account.add_user(replace(user, id="u-gone", email="gone@lumen.example"))
    harness.account.add_environment(replace(PROD, id="e-closed"))
    assert [] == await found(ruled(harness, tmp_path, UNMATCHED))


async def test_rights_at_cloudinary_count_for_a_rule(harness: Harness, tmp_path: Path) -> None:
    """Under the account's own policies, a person of any role may count as a key role."""
    rules = """
@id("managers")
permit (principal, action == Action::"key:list", resource)
when { principal has key_right && principal.key_right == "manage" };
"""
    ruled(harness, tmp_path, rules)
    assert [Finding(Trouble.PERMITS_NO_ONE, "managers")] == await found(harness)
    for actor in (TECH, COLLEAGUE):
        rights = {place.id: KeyRight.MANAGE for place in (DEV, STAGING, PROD)}
        harness.account.add_user(harness.add_member(actor, Role.BILLING), rights=rights)
    assert [] == await found(harness, permissions=True)


async def test_a_rule_is_stuck_if_cloudinarys_policies_allow_no_approver(
    harness: Harness, tmp_path: Path
) -> None:
    """The role fits, but the account's own policies give no right on keys."""
    under(harness, tmp_path, rule("key:rename"))
    assert [] == await found(harness)
    places = tuple(sorted(place.name for place in (DEV, STAGING, PROD)))
    expected = [
        Finding(Trouble.NAMES_NO_ONE, "rule", ("key_roles",)),
        Finding(Trouble.STUCK, "rule", (), places),
    ]
    assert expected == await found(harness, permissions=True)


async def test_a_look_asks_for_each_thing_once() -> None:
    """More rules and environments cost no more calls, and Slack's limit holds."""
    harness = staffed()
    for number in range(3 * LOOKED_UP):
        actor = Actor(TEAM, f"U0MORE{number}")
        harness.add_member(actor, Role.TECHNICAL_ADMIN, reaches=PROD)
    slack = CountingSlack(harness.directory)
    await found(harness, locator=slack)
    assert len(slack.asked) == len(set(slack.asked)) <= LOOKED_UP
    calls = harness.account.calls
    assert (calls["all_users"], calls["environments"], calls["groups_of"]) == (1, 1, 0)
    assert calls["environments_of"] <= 1 + 3 * LOOKED_UP


async def test_beyond_slacks_limit_a_rule_has_no_finding(harness: Harness, tmp_path: Path) -> None:
    """An approver may be among the people who were not looked up."""
    for number in range(LOOKED_UP + 5):
        actor = Actor(TEAM, f"U0MORE{number}")
        harness.add_member(actor, Role.REPORTS)
        harness.directory.forget(actor)
    required = '@approvals("1")\n@approvers("reports")'
    under(harness, tmp_path, rule("key:rename", required))
    slack = CountingSlack(harness.directory)
    assert [] == await found(harness, locator=slack)
    assert LOOKED_UP == len(slack.asked)


async def test_rights_are_read_once_each_up_to_a_limit(harness: Harness) -> None:
    """Beyond the limit an answer is unknown; earlier answers stay known."""
    once = LookupCache(harness.account, harness.directory)
    for _ in range(2):
        for number in range(MOST_RIGHTS):
            await once.key_right(f"u-{TECH.user_id}", f"e{number}")
    with pytest.raises(NotAsked):
        await once.key_right(f"u-{TECH.user_id}", "one-more")
    assert MOST_RIGHTS == harness.account.calls["key_right"]


async def test_with_too_many_users_no_rule_for_a_group_is_reported(
    harness: Harness, tmp_path: Path
) -> None:
    """A rule for a group may match a user whose groups were not read."""
    for number in range(MOST_GROUPS):
        actor = Actor(TEAM, f"U0MORE{number}")
        harness.add_member(actor, Role.MEDIA_LIBRARY_USER, reaches=PROD)
    assert [] == await found(ruled(harness, tmp_path, UNMATCHED))
    assert harness.account.calls["groups_of"] == MOST_GROUPS


async def test_a_look_that_slack_does_not_answer_finds_nothing(harness: Harness) -> None:
    """The whole look fails: half of it would report people as missing."""
    with pytest.raises(SlackError):
        await found(harness, locator=CountingSlack(harness.directory, answers=2))


def test_each_finding_is_a_sentence() -> None:
    """It has the rule, the names and the environments."""
    for trouble in Trouble:
        told = sentence(Finding(trouble, "wanted", ("Ada",), ("Shop",)))
        assert told.startswith("Rule wanted ")
        assert told.endswith(".")
    places = tuple(f"p{number}" for number in range(8))
    assert "and 3 more" in sentence(Finding(Trouble.STUCK, "r", (), places))
    nowhere = sentence(Finding(Trouble.ALONE, "r", ("Ada",), ("",)))
    assert "Rule r in the account: without Ada nothing is approved." == nowhere


def test_a_notice_lists_the_first_findings_and_counts_the_others() -> None:
    """There is one message for all findings, and one when none is left."""
    many = [Finding(Trouble.PERMITS_NO_ONE, f"r{number}") for number in range(7)]
    assert "And 2 more" in notice(many)
    assert "And" not in notice(many[:5])
    assert "no look any more" in notice([])
