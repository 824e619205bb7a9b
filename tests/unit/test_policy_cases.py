import re
from pathlib import Path

import pytest

from bot.adapters.cedar.cases import read_cases
from bot.adapters.cedar.policy import SHIPPED
from bot.cli.policy import try_cases
from bot.errors import ConfigurationError

KINDS = ("cedar", "yaml")
CASES = SHIPPED / "cases.yaml"
RICH = """
@id("rich")
@approvals("2")
@approvers("group:Platform, admins")
@of_which("admins")
@denials("2")
@reason("INC-[0-9]+")
@longest("30d")
@comment("required")
@risk("high")
@emergency("key_roles")
@escalate("1h admins")
@auto("3 a week until 2027-01-31")
permit (principal, action == Action::"key:create", resource == Environment::"b1a2")
when { principal.groups.contains("Platform") };
@id("chief")
permit (principal == Person::"u-chief", action == Action::"key:create", resource);
"""
RICH_CASE = """
- who: {role: billing, groups: [Platform, Web]}
  command: /cld key create ci-bot --env shop
  environment: {id: b1a2, name: Shop}
  rule: rich
  expect:
    approvals: 2
    approvers: [admins, group:Platform]
    of_which: admins
    denials: 2
    reason: INC-[0-9]+
    longest: 30d
    comment: required
    risk: high
    emergency: key_roles
    escalate: 1h admins
    auto: 3 a week until 2027-01-31
- who: {role: billing, id: u-chief}
  action: key:create
  environment: Shop
  expect: at once
- who: [{role: admin}, {role: billing, groups: Platform, reaches: [Elsewhere]}]
  action: key:create
  environment: {id: b1a2, name: Shop}
  expect: refused
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """The path of a table that does not exist yet."""
    return tmp_path / "own.yaml"


def faults(table: Path, text: str) -> str:
    """The faults of a table."""
    table.write_text(text)
    with pytest.raises(ConfigurationError) as refused:
        read_cases(table)
    return str(refused.value).replace(str(table), "own.yaml")


def result(policy: Path, table: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit code of the command, and its output."""
    code = try_cases(policy, table)
    return code, capsys.readouterr().out.replace(str(table), "own.yaml")


def test_the_shipped_policy_keeps_to_the_shipped_cases(capsys: pytest.CaptureFixture[str]) -> None:
    """The shipped table has more than 250 cases"""
    code, told = result(SHIPPED, CASES, capsys)
    assert (0, f"{len(read_cases(CASES))} of {len(read_cases(CASES))} cases hold.\n") == (
        code,
        told,
    )
    assert len(read_cases(CASES)) > 250


def test_a_case_can_expect_every_condition(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Groups, people and environments by id, and every annotation"""
    policy = tmp_path / "rich.cedar"
    policy.write_text(RICH)
    table.write_text(RICH_CASE)
    assert (0, "4 of 4 cases hold.\n") == result(policy, table, capsys)


def test_the_documented_case_holds_for_the_documented_rules(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A copy of both from the manual works"""
    manual = (SHIPPED.parent / "docs/policy.md").read_text()
    rules, cases = (re.findall(rf"```{kind}\n(.*?)```", manual, re.DOTALL) for kind in KINDS)
    policy = tmp_path / "own.cedar"
    policy.write_text((SHIPPED / "keysmith.cedar").read_text() + "".join(rules))
    table.write_text("".join(cases))
    assert (0, "4 of 4 cases hold.\n") == result(policy, table, capsys)


@pytest.mark.parametrize("left_out", ["risk: high", "denials: 2", "emergency: key_roles"])
def test_a_condition_that_is_not_expected_fails_the_case(
    left_out: str, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An expected approval lists every condition"""
    policy = tmp_path / "rich.cedar"
    policy.write_text(RICH)
    table.write_text(RICH_CASE.replace(f"    {left_out}\n", ""))
    code, told = result(policy, table, capsys)
    assert (1, 1) == (code, told.count("FAILED"))


def test_a_case_that_fails_says_what_was_expected_and_by_which_rule_it_is_otherwise(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With file and line"""
    table.write_text(
        "- who: admin\n  action: key:list\n  environment: production\n  expect: at once\n"
        "- who: billing\n  action: [key:list, key:request]\n  environment: production\n"
        "  expect: {approvals: 2, approvers: [key_roles], of_which: admins}\n  rule: wanted\n"
    )
    code, told = result(SHIPPED, table, capsys)
    expected = (
        'expected {approvals: 2, approvers: "key_roles", of_which: "admins"}, by rule wanted\n'
    )
    assert code == 1
    assert told == (
        "FAILED  own.yaml:5: billing, key:list, Production\n"
        f"        {expected}"
        "        got      {refused: role}, no rule permits it\n"
        "FAILED  own.yaml:5: billing, key:request, Production\n"
        f"        {expected}"
        '        got      {approvals: 1, approvers: "admins", emergency: "key_roles"},'
        " by rule members-request-in-production\n"
        "1 of 3 cases hold.\n"
    )


def test_the_right_answer_by_another_rule_fails_where_the_rule_is_named(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It passes where no rule is named"""
    text = "- who: admin\n  action: key:list\n  environment: production\n  expect: at once\n"
    table.write_text(text + text.rstrip() + "\n  rule: another\n")
    code, told = result(SHIPPED, table, capsys)
    assert (1, True) == (code, "own.yaml:5" in told and "own.yaml:1" not in told)


FAULTS = {
    "{}": "needs a list",
    "[]": "needs a list",
    "": "needs a list",
    "- who: [admin": "Cannot read",
    "- admin": "own.yaml:1: needs fields here",
    "- who: admin\n  expect: at once": "own.yaml:1: needs an action or a command",
    "- who: admin\n  action: help\n  command: help\n  expect: at once": "not both",
    "- action: help": "own.yaml:1: has no who and no expect",
    "- who: admin\n  acton: help\n  expect: at once": "own.yaml:2: there is no field “acton”",
    "- who: admin\n  who: admin\n  expect: at once": "own.yaml:2: “who” stands twice",
    "- who: boss\n  action: help\n  expect: at once": "own.yaml:1: “boss” is none of master_admin",
    "- who: []\n  action: help\n  expect: at once": "own.yaml:1: needs at least one",
    "- who: {role: admin, groop: X}\n  action: help\n  expect: at once": "no field “groop”",
    "- who: {at_cloudinary: no}\n  action: help\n  expect: at once": "needs true or false",
    "- who: {at_cloudinary: false, role: admin}\n  action: help\n  expect: at once": "nothing else",
    "- who: admin\n  action: key:destroy\n  expect: at once": "own.yaml:2: “key:destroy” is none",
    "- who: admin\n  command: key destroy\n  expect: at once": "own.yaml:2: no command",
    "- who: admin\n  action: key:list\n  expect: at once": "everything else needs one",
    "- who: admin\n  action: help\n  environment: dev\n  expect: at once": "concern no environment",
    "- who: admin\n  action: key:list\n  environment: {tier: prod}\n  expect: at once": "“prod” is",
    "- who: admin\n  action: key:list\n  environment: {id: e}\n  expect: at once": "name or a tier",
    (
        "- who: admin\n  action: key:list\n  environment: {name: Shop live, tier: staging}\n"
        "  expect: at once"
    ): "own.yaml:3: “Shop live” is treated as production, not as staging",
    "- who: admin\n  action: help\n  expect: perhaps": "own.yaml:3: expect needs “at once”",
    "- who: admin\n  action: help\n  expect: {}": "own.yaml:3: needs fields here",
    "- who: admin\n  action: help\n  expect: {refused: mood}": "“mood” is none of",
    "- who: admin\n  action: help\n  expect: {refused: role, by: x}": "there is no field “by”",
    "- who: admin\n  action: help\n  expect: {id: x}": "stands beside, as rule",
    "- who: admin\n  action: help\n  expect: {aprovals: 1}": "@aprovals means nothing",
    "- who: admin\n  action: help\n  expect: {approvals: 1}": "@approvals needs @approvers",
    "- who: admin\n  action: help\n  expect: {approvals: 1, approvers: boss}": 'no role "boss"',
}


@pytest.mark.parametrize(("text", "told"), FAULTS.items())
def test_a_table_that_means_nothing_is_refused_with_its_line(
    text: str, told: str, table: Path
) -> None:
    """An ignored field would be a case that tests nothing"""
    assert told in faults(table, text)


def test_every_fault_of_a_table_is_listed_at_once(table: Path) -> None:
    """One run lists them all"""
    told = faults(table, "- who: boss\n- who: admin\n  expect: at once\n- x: 1\n")
    assert [True] * 3 == [f"own.yaml:{line}: " in told for line in (1, 2, 4)]


def test_a_table_constructs_nothing(table: Path) -> None:
    """A YAML tag constructs nothing"""
    assert "needs fields" in faults(table, "!!python/object/apply:os.system ['true']\n")
