import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.cedar.policy import SHIPPED, CedarPolicy
from bot.domain.environments import Environment, Tier
from bot.domain.people import Actor, KeyRight, Person, Role
from bot.domain.policy import (
    LOOKING_AT_USERS,
    ON_USERS,
    Action,
    Allowed,
    Approval,
    Decision,
    NeedsApproval,
    Question,
    RefusalReason,
    Refused,
)
from tests.unit.policy_cases import (
    ADMINS,
    ASKING,
    DEV,
    EVERYBODY,
    GUARDED,
    KEY_ROLES,
    PLACES,
    PROD,
    person,
)

DOCS = Path(__file__).parents[2] / "docs" / "policy.md"
POLICY = CedarPolicy.load(SHIPPED)
GROUPS = {"members": EVERYBODY, "key_roles": KEY_ROLES, "admins": ADMINS}

ONE = "1 approval by `key_roles`"
TWO = "2 approvals by `key_roles`, one of them `admins`"
ADMIN_ONCE = "1 approval by `admins`"
ON_ENVIRONMENTS = (Action.ENV_CREATE, Action.ENV_RENAME, Action.ENV_DISABLE, Action.ENV_ENABLE)
# action: who, in development and staging, in production
TABLE = {
    Action.HELP: (EVERYBODY, "at once", "at once"),
    Action.WHOAMI: (EVERYBODY, "at once", "at once"),
    Action.EXPLAIN: (EVERYBODY, "at once", "at once"),
    Action.CLAIM: (EVERYBODY, "at once", "at once"),
    Action.REQUESTS: (EVERYBODY, "at once", "at once"),
    Action.DECIDE: (EVERYBODY, "at once", "at once"),
    Action.ENV_LIST: (KEY_ROLES, "at once", "at once"),
    Action.ENV_SHOW: (KEY_ROLES, "at once", "at once"),
    Action.KEY_LIST: (KEY_ROLES, "at once", "at once"),
    Action.KEY_SHOW: (KEY_ROLES, "at once", "at once"),
    Action.KEY_DISABLE: (KEY_ROLES, "at once", "at once, security is told"),
    Action.KEY_CREATE: (KEY_ROLES, "at once", ONE),
    Action.KEY_ENABLE: (KEY_ROLES, "at once", ONE),
    Action.KEY_RENAME: (KEY_ROLES, "at once", ONE),
    Action.KEY_WEBHOOK: (KEY_ROLES, "at once", ONE),
    Action.KEY_ROTATE: (KEY_ROLES, "at once", ONE),
    Action.KEY_BROWNOUT: (KEY_ROLES, "at once", ONE),
    Action.KEY_DELETE: (KEY_ROLES, ONE, TWO),
    Action.ENV_TIER: (ADMINS, "1 approval by `admins`", "1 approval by `admins`"),
    Action.KEY_REQUEST: (EVERYBODY, ONE, "1 approval by `admins`"),
    Action.KEY_ROLES: (KEY_ROLES, "at once", ONE),
    Action.KEY_OWNER: (KEY_ROLES, "at once", ONE),
    Action.KEY_NOTE: (KEY_ROLES, "at once", "at once"),
    Action.KEY_REVIEW: (ADMINS, "at once", "at once"),
    Action.KEY_MASTER_ADMIN: (
        KEY_ROLES,
        "1 approval by `admins`",
        "2 approvals by `admins`, one of them `master_admin`",
    ),
    Action.LINK: (ADMINS, "1 approval by `admins`", "1 approval by `admins`"),
    Action.REPORT_LEAK: (EVERYBODY, "at once", "at once"),
    Action.LEAK_SETTLE: (KEY_ROLES, "at once", "at once"),
    Action.DOCTOR: (ADMINS, "at once", "at once"),
    Action.AUDIT: (ADMINS, "at once", "at once"),
    Action.REPORT: (ADMINS, "at once", "at once"),
    Action.LINKS: (ADMINS, "at once", "at once"),
    **dict.fromkeys(sorted(ON_ENVIRONMENTS), (ADMINS, "at once", ADMIN_ONCE)),
    **dict.fromkeys(sorted(ON_USERS), (ADMINS, ADMIN_ONCE, ADMIN_ONCE)),
    **dict.fromkeys(sorted(LOOKING_AT_USERS), (ADMINS, "at once", "at once")),
    Action.USER_MASTER_ADMIN: (ADMINS, "2 approvals by `admins`", "2 approvals by `admins`"),
}


def words(decision: Decision) -> str:
    """A decision as the tables write it."""
    match decision:
        case Allowed(_, notify):
            return "at once, security is told" if notify else "at once"
        case NeedsApproval(_, approval):
            count = "1 approval" if approval.quorum == 1 else f"{approval.quorum} approvals"
            some = f", one of them `{'`, `'.join(approval.of_which)}`" if approval.of_which else ""
            return f"{count} by `{'`, `'.join(approval.approvers)}`{some}"
        case Refused():
            return "no"


def table_of(who: frozenset[Role | None], lower: str, production: str) -> dict[str, str]:
    """The cells that one row of a table means, for every role and tier."""
    return {
        f"{role} in {place.tier}": (
            "no" if role not in who else production if place == PROD else lower
        )
        for role in EVERYBODY
        for place in PLACES
    }


def decided(action: Action) -> dict[str, str]:
    """The policy's decisions for every role and tier."""
    return {
        f"{role} in {place.tier}": words(POLICY.decide(Question(person(role), action, place)))
        for role in EVERYBODY
        for place in PLACES
    }


@pytest.mark.parametrize("action", Action)
def test_every_role_in_every_tier_gets_what_the_table_says(action: Action) -> None:
    """The shipped policy matches the product's table, for each role and tier."""
    assert table_of(*TABLE[action]) == decided(action)


def test_each_tier_is_met_by_an_environment_of_these_tests() -> None:
    """The table leaves no tier out."""
    assert list(Tier) == [place.tier for place in PLACES]


def test_the_documented_table_is_what_is_decided() -> None:
    """Every cell of the table in docs/policy.md is what the policy decides."""
    text = DOCS.read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[a-z]+.*?) \| `(\w+)` \| (.+?) \| (.+?) \|$", text, re.MULTILINE)
    documented = {
        Action(action): table_of(GROUPS[who], lower, production)
        for actions, who, lower, production in rows
        for action in re.findall(r"`([a-z:_]+)`", actions)
    }
    assert documented == {action: decided(action) for action in Action}


def test_an_approval_names_the_rule_and_the_approvers() -> None:
    """A decision carries the rule's @id, so that a card and the audit log can name it."""
    expected = NeedsApproval(
        "key-roles-delete-in-production", Approval(2, ("key_roles",), ("admins",))
    )
    actual = POLICY.decide(Question(person(Role.ADMIN), Action.KEY_DELETE, PROD))
    assert expected == actual


def test_explain_answers_for_every_role_and_for_the_person() -> None:
    """A person without access may also see who could do it."""
    asker = person(Role.BILLING, environments=frozenset())
    explained = POLICY.explain(Question(asker, Action.KEY_DELETE, PROD))
    assert Refused(RefusalReason.NO_ACCESS, "no-access") == explained.own
    expected = {str(role): TWO if role in KEY_ROLES else "no" for role in Role}
    assert expected == {role: words(decision) for role, decision in explained.roles}


people = st.builds(
    Person,
    actor=st.just(Actor("T1", "U1")),
    name=st.text(),
    email=st.text(),
    role=st.sampled_from(sorted(set(Role) - KEY_ROLES)) | st.none(),
    cloudinary_id=st.none() | st.text(),
    environments=st.none() | st.frozensets(st.sampled_from([place.id for place in PLACES])),
    groups=st.frozensets(st.text(max_size=5), max_size=2),
    rights=st.none() | st.just(()) | st.just(((DEV.id, KeyRight.NONE),)),
)


@given(people, st.sampled_from(GUARDED), st.sampled_from([*PLACES, None]))
def test_a_person_without_a_key_role_or_a_right_is_never_allowed(
    who: Person, action: Action, place: Environment | None
) -> None:
    """No role and no right: no action in any environment, whatever the other facts."""
    assert isinstance(POLICY.decide(Question(who, action, place)), Refused)


@given(people, st.sampled_from(sorted(ASKING)), st.sampled_from([*PLACES, None]))
def test_every_request_needs_approval_by_others(
    who: Person, action: Action, place: Environment | None
) -> None:
    """Every member may request credentials, and every request needs approval."""
    decision = POLICY.decide(Question(who, action, place))
    assert isinstance(decision, NeedsApproval)
    assert decision.approval.quorum >= 1
