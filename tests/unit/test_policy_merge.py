"""Several matching rules add up: no rule lowers what another one demands."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations, product
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.cedar.policy import SHIPPED, CedarPolicy
from bot.domain.people import Role
from bot.domain.policy import (
    GRAVE,
    Action,
    Allowed,
    Approval,
    AutoApproval,
    Escalation,
    NeedsApproval,
    Question,
    Reach,
    RefusalReason,
    Refused,
)
from bot.domain.policy_merge import Permit, at_least, merge
from bot.errors import ConfigurationError
from tests.unit.policy_cases import DEV, person

NAMES: Final = ("admins", "key_roles", "members", "billing", "admin", "group:x", "person:U1")
REASONS: Final = ("", "^INC", "[0-9]+$")
TEXTS: Final = ("", "INC", "7", "INC 7", "other")
SPANS: Final = (None, timedelta(hours=1), timedelta(days=30))
WAITS: Final = (timedelta(), timedelta(hours=1), timedelta(days=9))
names = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map(tuple)
some = st.just(()) | names
BASIC: Final = st.sets(st.sampled_from(["group:x", "person:U1"]), max_size=2)
HELD: Final = st.sampled_from(
    [
        {"billing", "members"},
        {"admin", "admins", "key_roles", "members"},
        {"technical_admin", "key_roles", "members"},
        {"billing", "members", "key_roles"},
        {"key_roles"},
        set[str](),
    ]
)
people = st.tuples(HELD, BASIC).map(lambda both: frozenset(both[0] | both[1]))
escalations = st.builds(Escalation, st.sampled_from(WAITS[1:]), names)
budgets = st.builds(AutoApproval, st.integers(1, 9), st.dates(date(2027, 1, 1), date(2027, 1, 9)))
approvals = st.builds(
    Approval,
    quorum=st.integers(1, 3),
    approvers=names,
    of_which=some,
    denials=st.integers(1, 3),
    reason=st.sampled_from(REASONS),
    longest=st.sampled_from(SPANS),
    comment=st.booleans(),
    high_risk=st.booleans(),
    emergency=some,
    escalation=st.none() | escalations,
    auto=st.none() | budgets,
    open_at_most=st.integers(1, 20),
    reach=st.sampled_from(Reach),
)
permits: st.SearchStrategy[Permit] = st.builds(
    Allowed, st.just("rule"), notify=st.booleans()
) | st.builds(NeedsApproval, st.just("rule"), approvals)


def narrower(less: Permit, more: Permit) -> bool:
    """Whether the first demands at least what the second does, apart from people and reasons."""
    if isinstance(more, Allowed):
        told = less.notify if isinstance(less, Allowed) else less.approval.notify
        return told or not more.notify
    if isinstance(less, Allowed):
        return False
    one, other = less.approval, more.approval
    auto = one.auto is None or (
        other.auto is not None
        and one.auto.each_week <= other.auto.each_week
        and one.auto.until <= other.auto.until
    )
    longest = other.longest is None or (one.longest is not None and one.longest <= other.longest)
    flags = ("comment", "high_risk", "notify")
    return (
        auto
        and longest
        and all(getattr(one, flag) >= getattr(other, flag) for flag in flags)
        and (one.quorum, -one.denials) >= (other.quorum, -one.denials)
        and one.denials <= other.denials
        and one.open_at_most <= other.open_at_most
        and list(Reach).index(one.reach) >= list(Reach).index(other.reach)
    )


@given(st.lists(permits, min_size=1, max_size=4), permits)
def test_a_further_permit_never_widens_a_condition(rules: list[Permit], new: Permit) -> None:
    """Of numbers, times, budgets, comments and notices"""
    merged = merge([*rules, new], "rule")
    assert narrower(merged, merge(rules, "rule"))
    assert narrower(merged, new)


@given(
    st.lists(approvals, min_size=1, max_size=3), approvals, st.lists(people, min_size=1, max_size=3)
)
def test_a_further_permit_never_adds_a_person_or_a_reason(
    rules: list[Approval], new: Approval, crowd: list[frozenset[str]]
) -> None:
    """Neither among approvers, however long they wait, nor in an emergency"""
    demanding = [NeedsApproval("rule", each) for each in (*rules, new)]
    merged, before = merge(demanding, "rule"), merge(demanding[:-1], "rule")
    assert isinstance(merged, NeedsApproval)
    assert isinstance(before, NeedsApproval)
    after, parts = merged.approval, (before.approval, new)
    for waited in WAITS:
        for held in crowd:
            may = [all(held & names for names in it.open_to(waited)) for it in (after, *parts)]
            assert may[0] is all(may[1:])
        able = [it for it in crowd if all(it & names for names in after.open_to(waited))]
        assert after.enough(able) is all(it.enough(able) for it in parts)
    for held in crowd:
        assert after.emergency_for(held) is all(it.emergency_for(held) for it in parts)
    for text in TEXTS:
        assert after.accepts(text) is all(it.accepts(text) for it in parts)


@given(st.lists(permits, min_size=2, max_size=3))
def test_the_order_of_rules_does_not_matter(rules: list[Permit]) -> None:
    """Nor that one stands there twice"""
    assert 1 == len({merge(order, "rule") for order in permutations(rules)})
    several = merge(rules, "rule")
    assert several == merge([*rules, *rules], "rule")


@given(st.lists(permits, min_size=1, max_size=4), st.sampled_from(sorted(GRAVE)), st.data())
def test_no_rule_lowers_what_a_grave_action_demands(
    rules: list[Permit], action: Action, data: st.DataObject
) -> None:
    """An admin asks, and another admin approves; at once by nothing, be it an emergency"""
    merged = merge(rules, "rule")
    role = data.draw(st.sampled_from([*Role, None]))
    decision = at_least(action, role, merged)
    if role not in {Role.ADMIN, Role.MASTER_ADMIN}:
        assert Refused(RefusalReason.ROLE) == decision
        return
    assert isinstance(decision, NeedsApproval)
    assert narrower(decision, merged)
    got = decision.approval
    assert got.quorum >= 1
    assert got.auto is None
    everyone = frozenset(NAMES) - {"admins", "admin"}
    assert not all(everyone & names for names in got.open_to(timedelta.max))
    assert not got.emergency_for(frozenset(NAMES))
    assert merged == at_least(Action.KEY_CREATE, role, merged)


@given(st.sampled_from(Reach), st.sampled_from(sorted(GRAVE)))
def test_how_approvers_hear_of_a_grave_action_is_left_to_its_rule(
    reach: Reach, action: Action
) -> None:
    """And it is the default where the rule itself wants no approval"""
    ruled = NeedsApproval("rule", Approval(1, ("admins",), reach=reach))
    for rule, heard in ((ruled, reach), (Allowed("rule"), Reach.DIRECT)):
        decision = at_least(action, Role.ADMIN, rule)
        assert isinstance(decision, NeedsApproval)
        assert decision.approval.reach is heard


SCOPE: Final = "permit (principal, action, resource);\n"


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("notes", ["", '@approvals("0")', '@notify("security")'])
def test_a_catch_all_permit_lowers_no_grave_action(notes: str, alone: bool, tmp_path: Path) -> None:  # noqa: FBT001
    """Beside the shipped rules, or in their place; other actions follow it"""
    for file in SHIPPED.glob("keysmith.cedar" if not alone else "none"):
        (tmp_path / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "own.cedar").write_text(f'@id("all") {notes} {SCOPE}', encoding="utf-8")
    policy = CedarPolicy.load(tmp_path)
    for action, role in product(GRAVE, [*Role, None]):
        decision = policy.decide(Question(person(role), action, DEV))
        if role in {Role.ADMIN, Role.MASTER_ADMIN}:
            assert isinstance(decision, NeedsApproval)
            least = 2 if action is Action.USER_MASTER_ADMIN else 1
            assert (least, ("admins",)) == (decision.approval.quorum, decision.approval.approvers)
        else:
            assert isinstance(decision, Refused)
    rename = policy.decide(Question(person(Role.BILLING), Action.KEY_RENAME, DEV))
    assert isinstance(rename, Allowed)


FIRST: Final = (
    '@approvals("2") @approvers("key_roles") @risk("high") @comment("required") @reason("INC")'
    ' @longest("2d") @open("3")'
)
SECOND: Final = (
    '@approvals("2") @approvers("admins, group:x") @emergency("members")'
    ' @auto("99 a week until 2999-01-01") @open("50")'
)


@pytest.mark.parametrize("ids", [("a", "b"), ("b", "a")])
def test_ids_do_not_matter(ids: tuple[str, str], tmp_path: Path) -> None:
    """A rule that sorts first by its id used to drop the conditions of another one"""
    file = tmp_path / "own.cedar"
    rules = zip(ids, (FIRST, SECOND), strict=True)
    file.write_text("".join(f'@id("{id_}") {text} {SCOPE}' for id_, text in rules))
    decision = CedarPolicy.load(file).decide(Question(person(Role.ADMIN), Action.KEY_CREATE, DEV))
    assert isinstance(decision, NeedsApproval)
    got = decision.approval
    assert (got.high_risk, got.comment, got.longest) == (True, True, timedelta(days=2))
    assert (got.auto, got.open_at_most) == (None, 3)
    assert not got.accepts("a whim")
    assert not got.emergency_for(frozenset({"members", "admins", "key_roles"}))
    assert {frozenset({"key_roles"}), frozenset({"admins", "group:x"})} == set(
        got.open_to(timedelta())
    )


def test_rules_without_a_common_approver_stop_the_start(tmp_path: Path) -> None:
    """They could never be met together; rules about different things stay apart"""
    file = tmp_path / "own.cedar"
    one = f'@id("one") @approvals("1") @approvers("billing") {SCOPE}'
    other = one.replace("one", "other").replace("billing", "admins")
    file.write_text(one + other)
    with pytest.raises(ConfigurationError, match=r'"one".*"other".*no person'):
        CedarPolicy.load(file)
    apart = [
        it.replace("resource)", f'resource in Tier::"{tier}")')
        for it, tier in ((one, "production"), (other, "staging"))
    ]
    file.write_text("".join(apart))
    assert 2 == len(CedarPolicy.load(file).permits)


def test_several_rules_are_as_strict_as_one_with_all_names() -> None:
    """What another rule implies is not repeated on the card"""
    one, other = Approval(1, ("key_roles",)), Approval(1, ("admins",))
    merged = merge([NeedsApproval("a", one), NeedsApproval("b", other)], "b")
    assert NeedsApproval("b", replace(other)) == merged
