from pathlib import Path

import pytest

from bot.adapters.cedar.policy import SHIPPED, CedarPolicy
from bot.domain.environments import Environment
from bot.domain.people import KeyRight, Person, Role
from bot.domain.policy import (
    EVERYWHERE,
    FOR_ADMINS,
    Action,
    Allowed,
    Decision,
    NeedsApproval,
    Question,
    RefusalReason,
    Refused,
)
from tests.unit.policy_cases import (
    ASKING,
    DEV,
    EVERYBODY,
    GUARDED,
    LOOKING,
    PLACES,
    PROD,
    STAGING,
    person,
)

POLICY = CedarPolicy.load(SHIPPED)
beyond = Refused(RefusalReason.FORBIDDEN, "beyond-cloudinary-right")
CHANGING = sorted(set(GUARDED) - set(LOOKING))


def ask(who: Person, action: Action, place: Environment | None) -> Decision:
    """Ask the shipped policy."""
    return POLICY.decide(Question(who, action, place))


def with_right(right: KeyRight, role: Role | None = None) -> Person:
    """A person to whom Cloudinary's policies give this right everywhere."""
    return person(role, rights={place.id: right for place in PLACES})


@pytest.mark.parametrize("action", GUARDED)
def test_an_environment_beyond_ones_access_is_refused(action: Action) -> None:
    """Even a master admin may do nothing where Cloudinary gives no access."""
    who = person(Role.MASTER_ADMIN, environments=frozenset({PROD.id}))
    assert Refused(RefusalReason.NO_ACCESS, "no-access") == ask(who, action, DEV)
    assert not isinstance(ask(who, action, PROD), Refused)


@pytest.mark.parametrize("action", GUARDED)
def test_people_unknown_to_cloudinary_do_nothing_in_environments(action: Action) -> None:
    """The refusal of a member without a Cloudinary user names this reason."""
    expected = Refused(RefusalReason.NOT_AT_CLOUDINARY, "not-at-cloudinary")
    stranger = person(cloudinary_id=None, environments=frozenset())
    assert expected == ask(stranger, action, DEV)
    assert expected == ask(stranger, action, None)


@pytest.mark.parametrize("action", sorted(EVERYWHERE - FOR_ADMINS))
def test_people_unknown_to_cloudinary_may_ask_who_they_are(action: Action) -> None:
    """Actions that concern no environment are open to every confirmed member."""
    stranger = person(cloudinary_id=None, environments=frozenset())
    assert Allowed("members-ask-and-claim") == ask(stranger, action, None)


@pytest.mark.parametrize("action", sorted(ASKING))
@pytest.mark.parametrize("place", PLACES)
def test_requests_are_left_to_the_policy(action: Action, place: Environment) -> None:
    """A request needs no Cloudinary user, access or right"""
    expected = ask(person(Role.ADMIN), action, place)
    assert isinstance(expected, NeedsApproval)
    stranger = person(cloudinary_id=None, environments=frozenset())
    far = person(Role.BILLING, environments=frozenset())
    for who in (stranger, far, with_right(KeyRight.NONE), with_right(KeyRight.VIEW)):
        assert expected == ask(who, action, place)


def test_a_role_that_no_rule_permits_is_refused_for_the_role() -> None:
    """Where no rule forbids and none permits, the role is the reason."""
    assert Refused(RefusalReason.ROLE) == ask(person(Role.BILLING), Action.KEY_LIST, DEV)


@pytest.mark.parametrize("role", sorted(EVERYBODY, key=str))
@pytest.mark.parametrize("right", KeyRight)
def test_cloudinarys_own_right_takes_the_place_of_the_role(
    role: Role | None, right: KeyRight
) -> None:
    """`manage` counts as a key role, `view` only reads, `none` does nothing, whatever the role."""
    who = with_right(right, role)
    for action in GUARDED:
        if action in FOR_ADMINS:  # for admins, and no right makes one
            continue
        fine = right is KeyRight.MANAGE or (right is KeyRight.VIEW and action in LOOKING)
        expected = ask(person(Role.ADMIN), action, PROD) if fine else beyond
        assert expected == ask(who, action, PROD), action


@pytest.mark.parametrize("right", KeyRight)
@pytest.mark.parametrize("place", [DEV, STAGING, PROD])
def test_no_right_on_keys_lets_a_person_fix_a_tier(right: KeyRight, place: Environment) -> None:
    """That is for admins, and they need the right to manage keys there too."""
    assert isinstance(ask(with_right(right, Role.BILLING), Action.ENV_TIER, place), Refused)
    expected = ask(person(Role.ADMIN), Action.ENV_TIER, PROD)
    allowed = ask(with_right(right, Role.ADMIN), Action.ENV_TIER, place)
    assert allowed == (expected if right is KeyRight.MANAGE else beyond)


def test_a_right_holds_in_its_environment_only() -> None:
    """The right to manage keys in one environment gives none in the next."""
    who = person(rights={DEV.id: KeyRight.MANAGE})
    assert Allowed("key-roles-change") == ask(who, Action.KEY_CREATE, DEV)
    assert beyond == ask(who, Action.KEY_CREATE, STAGING)


@pytest.mark.parametrize("action", GUARDED)
def test_before_an_environment_is_known_the_easiest_tier_answers(action: Action) -> None:
    """An early answer is that of development, with access assumed."""
    expected = ask(person(Role.ADMIN), action, DEV)
    assert expected == ask(person(Role.ADMIN, environments=frozenset()), action, None)
    assert Refused(RefusalReason.ROLE) == ask(person(Role.REPORTS), action, None)


@pytest.mark.parametrize("action", sorted(set(CHANGING) - FOR_ADMINS))
def test_before_an_environment_is_known_the_best_right_counts(action: Action) -> None:
    """A person who may manage keys somewhere is not refused early."""
    some = person(rights={"e1": KeyRight.NONE, "e2": KeyRight.MANAGE, "e3": KeyRight.VIEW})
    assert not isinstance(ask(some, action, None), Refused)
    assert beyond == ask(with_right(KeyRight.VIEW, Role.ADMIN), action, None)


def test_the_guards_apply_to_a_custom_policy(tmp_path: Path) -> None:
    """A rule that permits everything to every member widens nothing that Cloudinary refuses."""
    file = tmp_path / "own.cedar"
    file.write_text('@id("all") permit (principal, action, resource);', encoding="utf-8")
    own = CedarPolicy.load(file)
    expected = {
        person(cloudinary_id=None): Refused(RefusalReason.NOT_AT_CLOUDINARY, "not-at-cloudinary"),
        person(environments=frozenset({PROD.id})): Refused(RefusalReason.NO_ACCESS, "no-access"),
        with_right(KeyRight.NONE): beyond,
        with_right(KeyRight.VIEW): beyond,
        with_right(KeyRight.MANAGE): Allowed("all"),
        person(): Allowed("all"),
    }
    actual = {who: own.decide(Question(who, Action.KEY_CREATE, DEV)) for who in expected}
    assert expected == actual


def test_a_custom_policy_may_forbid_requests(tmp_path: Path) -> None:
    """The guards allow requests; a rule decides who may make one."""
    file = tmp_path / "own.cedar"
    file.write_text(
        '@id("all") permit (principal, action, resource);\n'
        '@id("known") @why("not_at_cloudinary") forbid (principal, action, resource is Environment)'
        " unless { principal.at_cloudinary };",
        encoding="utf-8",
    )
    own = CedarPolicy.load(file)
    question = Question(person(cloudinary_id=None), Action.KEY_REQUEST, DEV)
    assert Refused(RefusalReason.NOT_AT_CLOUDINARY, "known") == own.decide(question)
