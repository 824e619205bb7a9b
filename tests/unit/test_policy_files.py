import re
from pathlib import Path

import pytest

from bot.adapters.cedar.policy import CedarPolicy
from bot.adapters.cedar.rules import UNUSABLE
from bot.domain.people import Role
from bot.domain.policy import (
    Action,
    Allowed,
    Approval,
    NeedsApproval,
    Question,
    RefusalReason,
    Refused,
)
from bot.errors import ConfigurationError
from tests.unit.policy_cases import DEV, PROD, person

BILLING = person(Role.BILLING, groups=frozenset({"Platform"}))
"""A person to whom the shipped policy permits nothing in environments."""
ALL = '@id("all") permit (principal, action, resource);\n'
BEFORE = "// A comment; with a semicolon.\n" + ALL + "\n"
"""Three lines, so that the next rule begins on the fourth."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The path of a policy file that does not exist yet."""
    return tmp_path / "own.cedar"


def written(file: Path, text: str) -> CedarPolicy:
    """The policy of this text beside the guards."""
    file.write_text(text, encoding="utf-8")
    return CedarPolicy.load(file)


SCOPE = "permit (principal, action, resource);"
FAULTS = {
    SCOPE: "needs an @id",
    f"@id {SCOPE}": "needs an @id",
    f'@id("a b") {SCOPE}': "needs an @id",
    f'@id("all") {SCOPE}': '@id("all") stands at own.cedar:2 already',
    f'@id("no-access") {SCOPE}': '@id("no-access") stands at guards.cedar:',
    f'@id("x") @aprovals("1") {SCOPE}': "@aprovals means nothing on a permit",
    f'@id("x") @why("role") {SCOPE}': "@why means nothing on a permit",
    '@id("x") @approvals("1") forbid (principal, action, resource);': "nothing on a forbid",
    '@id("x") @why("mood") forbid (principal, action, resource);': "@why needs one of",
    f'@id("x") @approvals("-1") @approvers("admins") {SCOPE}': "@approvals needs 0 to 5",
    f'@id("x") @approvals("6") @approvers("admins") {SCOPE}': "@approvals needs 0 to 5",
    f'@id("x") @approvals("²") @approvers("admins") {SCOPE}': "@approvals needs 0 to 5",
    f'@id("x") @approvals @approvers("admins") {SCOPE}': "@approvals needs 0 to 5",
    f'@id("x") @approvals("1") {SCOPE}': "@approvals needs @approvers",
    f'@id("x") @approvers("admins") {SCOPE}': "want @approvals of at least 1",
    f'@id("x") @approvals("0") @of_which("admins") {SCOPE}': "want @approvals of at least 1",
    f'@id("x") @approvals("1") @approvers("admin, boss") {SCOPE}': '@approvers: no role "boss"',
    f'@id("x") @approvals("1") @approvers("admins") @of_which("") {SCOPE}': "@of_which: no role",
    f'@id("x") @approvals("1") @approvers("technical_admin") @of_which("admins") {SCOPE}': (
        '@of_which("admins") can never be met'
    ),
    f'@id("x") @notify("everybody") {SCOPE}': '@notify knows only "security"',
    f'@id("x") @notify("dm") {SCOPE}': '@notify knows only "security"',
    f'@id("x") @notify("security") @approvals("1") @approvers("admins") {SCOPE}': (
        "@notify beside @approvals needs one of none, mention, dm: how approvers hear of it"
    ),
    '@id("x")\npermit (principal, action, resourc);': "invalid variable in the policy scope",
    '@id("x") permit (principal, action, resource) when { principal.': "unexpected end of input",
    '@id("x") permit (principal == ?principal, action, resource);': "slots such as ?principal",
    '@id("x") forbid (principal in Role::"adminn", action, resource);': 'Role::"adminn"',
    '@id("x") forbid (principal, action, resource in Tier::"prod");': 'Tier::"prod"',
    '@id("x") forbid (principal, action == Action::"key:list", resource == Key::"k");': "Key",
    '@id("x") forbid (principal, action == Action::"key:burn", resource);': 'Action::"key:burn"',
    '@id("x") forbid (principal, action, resource) when { principal.age > 3 };': "age",
    '@id("x") forbid (principal, action, resource) when { principal.key_right == "none" };': (
        "optional attribute"
    ),
}


@pytest.mark.parametrize("text", FAULTS)
def test_a_faulty_rule_stops_the_start_and_is_named_by_its_line(file: Path, text: str) -> None:
    """A rule without an exact meaning is refused, with file, line and reason."""
    with pytest.raises(ConfigurationError) as refusal:
        written(file, BEFORE + text)
    fault = str(refusal.value).removeprefix(UNUSABLE)
    assert fault.startswith("own.cedar:4: ")
    assert FAULTS[text] in fault
    assert "\n" not in fault


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    """One start lists every faulty rule."""
    (tmp_path / "a.cedar").write_text(f"{SCOPE}\ngarbage;\n{ALL}", encoding="utf-8")
    (tmp_path / "b.cedar").write_text(f'\n@id("x") @approvals("9") {SCOPE}', encoding="utf-8")
    with pytest.raises(ConfigurationError) as refusal:
        CedarPolicy.load(tmp_path)
    faults = str(refusal.value).splitlines()[1:]
    expected = ["a.cedar:1", "a.cedar:2", "b.cedar:2"]
    assert expected == [fault.split(": ")[0] for fault in faults]


@pytest.mark.parametrize(
    ("content", "why"),
    [(None, "No such file or directory"), (b"\xff\xfe", "it is not text")],
)
def test_a_policy_that_cannot_be_read_stops_the_start(
    file: Path, content: bytes | None, why: str
) -> None:
    """A file that is missing or is not text is refused."""
    if content:
        file.write_bytes(content)
    with pytest.raises(
        ConfigurationError, match=rf"POLICY_FILE: .*own\.cedar can't be read: {why}"
    ):
        CedarPolicy.load(file)


def test_a_policy_without_rules_stops_the_start(file: Path) -> None:
    """A policy that refuses everything is a mistake, and so is a directory without policies."""
    with pytest.raises(ConfigurationError, match=r"no \.cedar file"):
        CedarPolicy.load(file.parent)
    with pytest.raises(ConfigurationError, match="permits anything"):
        written(file, "// nothing\n")


def test_the_rule_that_demands_most_counts(file: Path) -> None:
    """Of several permits every demand holds, in any order; the answer names the strictest."""
    one = '@id("one") @approvals("1") @approvers("key_roles") ' + SCOPE
    broad = '@id("broad") @approvals("2") @approvers("key_roles") ' + SCOPE
    narrow = '@id("narrow") @approvals("2") @approvers("admins") ' + SCOPE
    led = '@id("led") @approvals("2") @approvers("key_roles") @of_which("admins") ' + SCOPE
    question = Question(BILLING, Action.KEY_LIST, DEV)
    for ids, text in [("one", one), ("broad", one + broad), ("narrow", narrow + broad + one)]:
        assert ids == getattr(written(file, ALL + text).decide(question), "policy", "")
    expected = NeedsApproval("led", Approval(2, ("admins",)))
    assert expected == written(file, led + narrow + broad + one + ALL).decide(question)


def test_security_gets_a_notice_if_any_rule_has_one(file: Path) -> None:
    """A second permit does not cancel the notice of the first."""
    policy = written(file, f'{ALL}@id("told") @notify("security") {SCOPE}')
    expected = Allowed("told", notify=True)
    assert expected == policy.decide(Question(BILLING, Action.KEY_DISABLE, DEV))


def test_a_custom_forbid_is_named(file: Path) -> None:
    """A refusal names the rule that forbids, with the reason that the rule gives."""
    scope = 'forbid (principal, action, resource == Environment::"e-dev");'
    policy = written(file, f'{ALL}@id("mine") @why("role") {scope}')
    question = Question(BILLING, Action.KEY_LIST, DEV)
    assert Refused(RefusalReason.ROLE, "mine") == policy.decide(question)
    assert Allowed("all") == policy.decide(Question(BILLING, Action.KEY_LIST, PROD))


def test_a_rule_that_fails_refuses(file: Path) -> None:
    """A forbid that cannot be evaluated counts, since it could apply."""
    broken = (
        '@id("broken") forbid (principal, action == Action::"key:list", resource)'
        " when { 9223372036854775807 + 1 > 0 };"
    )
    policy = written(file, ALL + broken)
    refused = policy.decide(Question(BILLING, Action.KEY_LIST, DEV))
    assert Refused(RefusalReason.FORBIDDEN, "broken") == refused
    assert Allowed("all") == policy.decide(Question(BILLING, Action.KEY_SHOW, DEV))


def test_an_environment_that_only_a_rule_names_is_not_refused_early(file: Path) -> None:
    """A permit for one environment counts before it is known which one is meant."""
    scope = 'permit (principal, action, resource == Environment::"e-dev");'
    question = Question(BILLING, Action.KEY_LIST, None)
    assert Allowed("here") == written(file, f'@id("here") {scope}').decide(question)


def test_a_group_of_the_person_can_be_named(file: Path) -> None:
    """A rule can test for a Cloudinary user group."""
    when = 'when { principal.groups.contains("Platform") };'
    policy = written(file, f'@id("team") permit (principal, action, resource) {when}')
    question = Question(BILLING, Action.KEY_LIST, DEV)
    assert Allowed("team") == policy.decide(question)


def test_the_documented_examples_are_rules(file: Path) -> None:
    """The examples of docs/policy.md are valid unchanged."""
    docs = Path(__file__).parents[2] / "docs" / "policy.md"
    (examples,) = re.findall(r"```cedar\n(.*?)```", docs.read_text(encoding="utf-8"), re.DOTALL)
    policy = written(file, examples)
    looks = policy.decide(Question(BILLING, Action.KEY_LIST, PROD))
    assert Allowed("billing-looks") == looks
    creates = policy.decide(Question(BILLING, Action.KEY_CREATE, PROD))
    assert NeedsApproval("platform-creates", Approval(1, ("admins",))) == creates
