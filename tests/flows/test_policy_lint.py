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


class Listening:
    """Slack, and whom it was asked for; it answers as often as it likes."""

    def __init__(self, directory: FakeDirectory, *, answers: int = 1_000) -> None:
        self.asked: list[str] = []
        self._directory = directory
        self._answers = answers

    async def profile(self, actor: Actor) -> Profile:
        """The user with this id."""
        return await self._directory.profile(actor)

    async def by_email(self, email: str) -> Profile | None:
        """The member with this address."""
        self.asked.append(email)
        if len(self.asked) > self._answers:
            raise SlackError("ratelimited")
        return await self._directory.by_email(email)

    async def members(self, group_id: str) -> frozenset[str]:
        """Who is in a user group."""
        return await self._directory.members(group_id)


async def found(
    harness: Harness, *, permissions: bool = False, locator: Locator | None = None
) -> list[Finding]:
    """What a look at the policy finds."""
    linter = Linter(
        harness.policy,
        harness.account,
        harness.account,
        locator or harness.directory,
        harness.clock,
        TEAM,
        CLAIM_TTL,
        permissions=permissions,
    )
    return list(await linter.look())


def ruled(harness: Harness, directory: Path, rules: str) -> Harness:
    """Other rules, beside those that everybody needs."""
    return under(harness, directory, rule("key:rename") + rules)


async def test_the_shipped_policy_works_for_a_well_staffed_account(harness: Harness) -> None:
    """Nothing to look at"""
    assert [] == await found(harness)


async def test_a_rule_that_hangs_on_one_person_is_found(harness: Harness) -> None:
    """Where they are away, or ask themselves, nothing is approved"""
    await leave(harness, CHIEF)
    (alone, two) = await found(harness)
    assert alone == Finding(
        Trouble.ALONE, "key-roles-delete-in-production", ("Admin",), (PROD.name,)
    )
    assert two == replace(alone, rule="members-request-in-production")


async def test_a_rule_that_nobody_can_satisfy_is_found_with_its_environments(
    harness: Harness,
) -> None:
    """Whoever left Slack, or does not reach the place, cannot agree"""
    for actor in (CHIEF, ADMIN, COLLEAGUE):
        await leave(harness, actor)
    findings = await found(harness)
    stuck = [each for each in findings if each.trouble is Trouble.STUCK]
    assert stuck == [
        Finding(Trouble.STUCK, "key-roles-delete-in-production", ("Tech",), (PROD.name,)),
        Finding(Trouble.STUCK, "members-request-in-production", (), (PROD.name,)),
    ]
    alone = [each for each in findings if each.trouble is Trouble.ALONE]
    # NARROW is left in the development environment, and nowhere else.
    assert {each.places for each in alone} == {(PROD.name,), (STAGING.name,)}
    assert {each.names for each in alone} == {("Tech",)}


async def test_names_that_nobody_goes_by_are_found(harness: Harness, tmp_path: Path) -> None:
    """In every annotation, and once for each rule"""
    conditions = (
        '@approvals("1")\n@approvers("key_roles, reports, group:Platform, person:U0GONE")\n'
        '@emergency("media_library_admin")\n@escalate("1h billing, oncall:S012AB3CD")'
    )
    names = ("group:Platform", "media_library_admin", "oncall:S012AB3CD", "person:U0GONE")
    under(harness, tmp_path, rule("key:rename", conditions))
    assert [Finding(Trouble.NAMES_NOBODY, "rule", (*names, "reports"))] == await found(harness)


async def test_names_that_somebody_goes_by_are_not(harness: Harness, tmp_path: Path) -> None:
    """Groups of Cloudinary's, people, and who is on call"""
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
NOBODY = """
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
    """It reads as if it allowed something"""
    assert [Finding(Trouble.NEVER_PERMITS, "shadowed")] == await found(
        ruled(harness, tmp_path, NEVER)
    )


async def test_a_permit_for_nobody_whom_the_account_has_is_found(
    harness: Harness, tmp_path: Path
) -> None:
    """A role, a group, a person or an environment that is not there"""
    expected = [
        Finding(Trouble.PERMITS_NOBODY, id_) for id_ in ("closed", "gone", "platform", "reporters")
    ]
    assert expected == await found(ruled(harness, tmp_path, NOBODY))


async def test_a_permit_for_somebody_there_is_not(harness: Harness, tmp_path: Path) -> None:
    """The same rules, and people and places that they speak of"""
    harness.add_member(Actor(TEAM, "U0REPORTS"), Role.REPORTS)
    user = harness.add_member(NARROW, Role.TECHNICAL_ADMIN, reaches=STAGING)
    harness.account.add_user(user, environments=[STAGING.id], groups=["Platform"])
    harness.account.add_user(replace(user, id="u-gone", email="gone@lumen.example"))
    harness.account.add_environment(replace(PROD, id="e-closed"))
    assert [] == await found(ruled(harness, tmp_path, NOBODY))


async def test_rights_of_cloudinarys_own_reach_a_rule(harness: Harness, tmp_path: Path) -> None:
    """Where the account has policies of its own, anybody may come to count as a key role"""
    rules = """
@id("managers")
permit (principal, action == Action::"key:list", resource)
when { principal has key_right && principal.key_right == "manage" };
"""
    ruled(harness, tmp_path, rules)
    assert [Finding(Trouble.PERMITS_NOBODY, "managers")] == await found(harness)
    for actor in (TECH, COLLEAGUE):
        rights = {place.id: KeyRight.MANAGE for place in (DEV, STAGING, PROD)}
        harness.account.add_user(harness.add_member(actor, Role.BILLING), rights=rights)
    assert [] == await found(harness, permissions=True)


async def test_where_cloudinarys_policies_let_nobody_approve_the_rule_is_stuck(
    harness: Harness, tmp_path: Path
) -> None:
    """People of the right role, whom the account's own policies keep from every key"""
    under(harness, tmp_path, rule("key:rename"))
    assert [] == await found(harness)
    places = tuple(sorted(place.name for place in (DEV, STAGING, PROD)))
    expected = [
        Finding(Trouble.NAMES_NOBODY, "rule", ("key_roles",)),
        Finding(Trouble.STUCK, "rule", (), places),
    ]
    assert expected == await found(harness, permissions=True)


async def test_a_look_asks_for_each_thing_once() -> None:
    """However many rules and environments there are, and never more than Slack likes"""
    harness = staffed()
    for number in range(3 * LOOKED_UP):
        actor = Actor(TEAM, f"U0MORE{number}")
        harness.add_member(actor, Role.TECHNICAL_ADMIN, reaches=PROD)
    slack = Listening(harness.directory)
    await found(harness, locator=slack)
    assert len(slack.asked) == len(set(slack.asked)) <= LOOKED_UP
    calls = harness.account.calls
    assert (calls["all_users"], calls["environments"], calls["groups_of"]) == (1, 1, 0)
    assert calls["environments_of"] <= 1 + 3 * LOOKED_UP


async def test_beyond_what_slack_likes_nothing_is_said_of_a_rule(
    harness: Harness, tmp_path: Path
) -> None:
    """Among those who were not looked up, somebody could agree"""
    for number in range(LOOKED_UP + 5):
        actor = Actor(TEAM, f"U0MORE{number}")
        harness.add_member(actor, Role.REPORTS)
        harness.directory.forget(actor)
    required = '@approvals("1")\n@approvers("reports")'
    under(harness, tmp_path, rule("key:rename", required))
    slack = Listening(harness.directory)
    assert [] == await found(harness, locator=slack)
    assert LOOKED_UP == len(slack.asked)


async def test_rights_are_read_once_each_and_not_without_an_end(harness: Harness) -> None:
    """Beyond the limit the answer is not known, and what was read before stays known"""
    once = LookupCache(harness.account, harness.directory)
    for _ in range(2):
        for number in range(MOST_RIGHTS):
            await once.key_right(f"u-{TECH.user_id}", f"e{number}")
    with pytest.raises(NotAsked):
        await once.key_right(f"u-{TECH.user_id}", "one-more")
    assert MOST_RIGHTS == harness.account.calls["key_right"]


async def test_where_too_many_are_there_to_ask_for_groups_nobody_is_said_to_have_none(
    harness: Harness, tmp_path: Path
) -> None:
    """A rule for a group could be for one of those who were not asked for"""
    for number in range(MOST_GROUPS):
        actor = Actor(TEAM, f"U0MORE{number}")
        harness.add_member(actor, Role.MEDIA_LIBRARY_USER, reaches=PROD)
    assert [] == await found(ruled(harness, tmp_path, NOBODY))
    assert harness.account.calls["groups_of"] == MOST_GROUPS


async def test_a_look_that_slack_does_not_answer_finds_nothing(harness: Harness) -> None:
    """It fails as a whole: half a look would say that people are gone"""
    with pytest.raises(SlackError):
        await found(harness, locator=Listening(harness.directory, answers=2))


def test_each_finding_is_a_sentence_of_its_own() -> None:
    """With the rule, the names and the places"""
    for trouble in Trouble:
        told = sentence(Finding(trouble, "wanted", ("Ada",), ("Shop",)))
        assert told.startswith("Rule wanted ")
        assert told.endswith(".")
    places = tuple(f"p{number}" for number in range(8))
    assert "and 3 more" in sentence(Finding(Trouble.STUCK, "r", (), places))


def test_a_notice_tells_the_first_and_counts_the_others() -> None:
    """One message, whatever is found; and one when nothing is left"""
    many = [Finding(Trouble.PERMITS_NOBODY, f"r{number}") for number in range(7)]
    assert "And 2 more" in notice(many)
    assert "And" not in notice(many[:5])
    assert "no look any more" in notice([])
