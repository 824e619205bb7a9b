import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.adapters.cedar.policy import CedarPolicy
from bot.adapters.cedar.rules import UNUSABLE
from bot.domain.policy import (
    Action,
    Allowed,
    Approval,
    AutoApproval,
    Escalation,
    NeedsApproval,
    Question,
    Reach,
)
from bot.errors import ConfigurationError
from tests.unit.policy_cases import PROD, person

DOCS = Path(__file__).parents[2] / "docs" / "policy.md"
ONE = Approval(1, ("admins",))
GOOD = {
    "": ONE,
    '@denials("2")': replace(ONE, denials=2),
    '@denials("5")': replace(ONE, denials=5),
    '@reason("^INC-[0-9]+")': replace(ONE, reason="^INC-[0-9]+"),
    '@reason("")': ONE,
    '@longest("12h")': replace(ONE, longest=timedelta(hours=12)),
    '@longest("30d")': replace(ONE, longest=timedelta(days=30)),
    '@comment("required")': replace(ONE, comment=True),
    '@risk("high")': replace(ONE, high_risk=True),
    '@comment("required") @risk("high")': replace(ONE, comment=True, high_risk=True),
    '@emergency("key_roles")': replace(ONE, emergency=("key_roles",)),
    '@escalate("1h key_roles, group:On duty")': replace(
        ONE, escalation=Escalation(timedelta(hours=1), ("key_roles", "group:On duty"))
    ),
    '@open("20")': replace(ONE, open_at_most=20),
    '@notify("dm")': ONE,
    '@notify("mention")': replace(ONE, reach=Reach.MENTION),
    '@notify("none")': replace(ONE, reach=Reach.CHANNEL),
    '@auto("3 a week until 2027-01-31")': replace(ONE, auto=AutoApproval(3, date(2027, 1, 31))),
    '@of_which("person:U012AB3CD, master_admin")': replace(
        ONE, of_which=("person:U012AB3CD", "master_admin")
    ),
}
BAD = {
    '@denials("0")': "@denials needs 1 to 5",
    '@denials("6")': "@denials needs 1 to 5",
    '@denials("two")': "@denials needs 1 to 5",
    '@denials("\u00b2")': "@denials needs 1 to 5",
    "@denials": "@denials needs 1 to 5",
    '@reason("INC-[")': "@reason needs a regular expression",
    '@longest("")': "@longest needs a time",
    '@longest("0h")': "@longest needs a time",
    '@longest("a month")': "@longest needs a time",
    '@comment("yes")': '@comment knows only "required"',
    "@risk": '@risk knows only "high"',
    '@default_role("")': "@default_role needs a role",
    '@default_role("Master_Admin")': "@default_role can't be Master Admin",
    '@emergency("boss")': '@emergency: no role "boss"',
    '@emergency("")': '@emergency: no role ""',
    '@emergency("key_roles, oncall:S012AB3CD")': "@emergency can't name oncall:S012AB3CD",
    '@escalate("admins")': "@escalate needs a time",
    '@escalate("1h")': '@escalate: no role ""',
    '@escalate("1h boss")': '@escalate: no role "boss"',
    '@notify("security")': "@notify beside @approvals needs one of none, mention, dm",
    '@notify("")': "@notify beside @approvals needs one of none, mention, dm",
    '@open("0")': "@open needs 1 to 100",
    '@open("101")': "@open needs 1 to 100",
    '@auto("often")': "@auto needs a budget",
    '@auto("0 a week until 2027-01-31")': "@auto needs a budget",
    '@auto("3 a day until 2027-01-31")': "@auto needs a budget",
    '@auto("3 a week until 2027-02-30")': "day is out of range",
    '@of_which("oncall:nobody")': '@of_which: no role "oncall:nobody"',
    '@of_which("person:tom")': '@of_which: no role "person:tom"',
    '@of_which("group:")': '@of_which: no role "group:"',
    '@of_which("group:A, billing")': '@of_which("billing") can never be met',
}
CONDITIONS = sorted({note.split("(")[0] for note in GOOD if note} - {"@notify"} | {"@approvers"})
"""Annotations that mean nothing without approvals; `@notify` means something else there."""
SCOPE = 'permit (principal, action == Action::"key:create", resource);'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The path of a policy file that does not exist yet."""
    return tmp_path / "own.cedar"


def written(file: Path, notes: str) -> CedarPolicy:
    """The policy of one rule with these annotations, on the second line, beside the guards."""
    file.write_text(f'\n@id("x") {notes} {SCOPE}', encoding="utf-8")
    return CedarPolicy.load(file)


def fault(file: Path, notes: str) -> str:
    """The fault of a rule with these annotations."""
    with pytest.raises(ConfigurationError) as refusal:
        written(file, notes)
    return str(refusal.value).removeprefix(UNUSABLE)


@pytest.mark.parametrize(("notes", "approval"), GOOD.items())
def test_an_annotation_sets_a_condition(file: Path, notes: str, approval: Approval) -> None:
    """Each sets its field of the decision and no other"""
    policy = written(file, f'@approvals("1") @approvers("admins") {notes}')
    decision = policy.decide(Question(person(), Action.KEY_CREATE, PROD))
    assert NeedsApproval("x", approval) == decision


@pytest.mark.parametrize(("notes", "reason"), BAD.items())
def test_an_annotation_that_means_nothing_exact_stops_the_start(
    file: Path, notes: str, reason: str
) -> None:
    """The fault names file, line and reason"""
    found = fault(file, f'@approvals("1") @approvers("admins") {notes}')
    assert found.startswith("own.cedar:2: ")
    assert reason in found


@pytest.mark.parametrize("notes", ["", '@approvals("1") @approvers("admins")'])
def test_a_default_role_belongs_to_the_decision(file: Path, notes: str) -> None:
    """At once or with approvals; rules that differ leave the choice to the person"""
    policy = written(file, f'{notes} @default_role("uploader")')
    question = Question(person(), Action.KEY_CREATE, PROD)
    decision = policy.decide(question)
    assert isinstance(decision, Allowed | NeedsApproval)
    assert "uploader" == decision.default_role
    both = [f'@id("{each}") {notes} @default_role("{each}") {SCOPE}' for each in ("x", "y")]
    file.write_text("\n".join(both), encoding="utf-8")
    differs = CedarPolicy.load(file).decide(question)
    assert isinstance(differs, Allowed | NeedsApproval)
    assert "" == differs.default_role


def test_a_sign_in_can_be_demanded_of_who_claims(file: Path) -> None:
    """Without one, Keysmith does not start: no link works for its bearer then"""
    rule = '@id("x") @signin("required") permit (principal, action == Action::"{}", resource);'
    file.write_text(rule.format("claim"), encoding="utf-8")
    assert isinstance(
        CedarPolicy.load(file).decide(Question(person(), Action.CLAIM, None)), Allowed
    )
    with pytest.raises(ConfigurationError, match=r'own\.cedar:1: @id\("x"\) demands @signin'):
        CedarPolicy.load(file, signs_in=False)
    file.write_text(rule.format("key:create"), encoding="utf-8")
    with pytest.raises(ConfigurationError, match='@signin needs a rule about "claim"'):
        CedarPolicy.load(file)
    with pytest.raises(ConfigurationError, match='@signin knows only "required"'):
        written(file, '@signin("maybe")')


@pytest.mark.parametrize("name", ["group:Platform", "person:U012AB3CD", "oncall:S012AB3CD"])
def test_approvers_need_not_be_roles(file: Path, name: str) -> None:
    """A Cloudinary group, a person or an on-call user group"""
    policy = written(file, f'@approvals("1") @approvers("admins, {name}")')
    decision = policy.decide(Question(person(), Action.KEY_CREATE, PROD))
    assert NeedsApproval("x", Approval(1, ("admins", name))) == decision


@pytest.mark.parametrize("note", CONDITIONS)
@pytest.mark.parametrize("approvals", ["", '@approvals("0")'])
def test_a_condition_without_approvals_stops_the_start(
    file: Path, note: str, approvals: str
) -> None:
    """Without the stop, a rule that is meant to need approval would allow at once"""
    assert "want @approvals of at least 1" in fault(file, f'{approvals} {note}("required")')


def test_every_annotation_is_in_the_documents(file: Path) -> None:
    """No annotation is documented that does not exist"""
    known = set(re.findall(r"@\w+", fault(file, '@aproval("1")').split("which may have")[1]))
    rows = re.findall(r"^\| `(@\w+)\(", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    assert known | {"@why"} == set(rows)


def test_documented_annotations_are_read(file: Path) -> None:
    """Each is valid as the table shows it"""
    shown = re.findall(
        r"^\| `(@[^`]+)` \| permit with", DOCS.read_text(encoding="utf-8"), re.MULTILINE
    )
    policy = written(file, '@approvals("2") ' + " ".join(shown))
    decision = policy.decide(Question(person(), Action.KEY_CREATE, PROD))
    assert isinstance(decision, NeedsApproval)
    assert {each.split("(")[0] for each in shown} == {*CONDITIONS, "@notify"}
