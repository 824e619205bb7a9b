import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.cedar.rights import key_right
from bot.domain.people import KeyRight

ANN = "a1b2"
none, view, manage = KeyRight


def statement(
    effect: str = "permit",
    *,
    who: str = f'principal == Cloudinary::user::"{ANN}"',
    action: str = "action",
    verb: str = "manage",
    when: str = "",
) -> str:
    """Build a statement about the feature of managing, or viewing, API keys."""
    feature = f'Cloudinary::Feature::"cld::global::api_keys::{verb}"'
    return f"{effect} ({who}, {action}, resource == {feature}){when};"


def doing(*verbs: str) -> str:
    """The action scope with these actions."""
    return "action in [" + ", ".join(f'Cloudinary::Action::"{verb}"' for verb in verbs) + "]"


MANAGES = statement()
VIEWS = statement(verb="view")
NO_EFFECT = [
    'permit (principal, action, resource == Cloudinary::Feature::"cld::global::reports::view");',
    'permit (principal, action, resource is Cloudinary::Folder) when { resource.name == "x" };',
    'forbid (principal, action, resource is Cloudinary::Asset) when { resource.name == "x" };',
    f'forbid (principal == Cloudinary::User::"{ANN}x", action, resource);',
    'permit (pprincipal, action, resource == Cloudinary::Feature::"cld::x");',
    "permit (principal, action, resource) permit (principal, action, resource)",
    "// forbid (principal, action, resource);",
    "",
]


@pytest.mark.parametrize(
    ("expected", "statements"),
    [
        (none, []),
        (none, NO_EFFECT),
        (manage, [MANAGES]),
        (view, [VIEWS]),
        (manage, [MANAGES + VIEWS]),
        (manage, [f"{VIEWS}\n{MANAGES}\n", *NO_EFFECT]),
        (manage, [statement(who="principal")]),
        (manage, ["permit (principal, action, resource);"]),
        (none, [statement(who='principal == Cloudinary::user::"other"')]),
        (none, [statement(who=f'principal == Cloudinary::APIKey::"{ANN}"')]),
        (none, [statement(verb="manage_none")]),
    ],
)
def test_the_feature_of_keys_gives_the_right(expected: KeyRight, statements: list[str]) -> None:
    """Managing API keys, viewing them, or neither; other features do not matter."""
    assert expected == key_right(statements, ANN)


@pytest.mark.parametrize("kind", ["user", "User", "USER"])
@pytest.mark.parametrize("other", ["user", "User"])
def test_types_are_compared_without_regard_to_case(kind: str, other: str) -> None:
    """A permit and a forbid match in any spelling of the user's type."""
    permit = statement(who=f'principal == Cloudinary::{kind}::"{ANN}"')
    forbid = statement("forbid", who=f"principal is Cloudinary::{other}")
    assert manage == key_right([permit], ANN)
    assert none == key_right([permit, VIEWS, statement("forbid", verb="view")], ANN)
    assert view == key_right([permit, forbid, VIEWS], ANN)


def test_an_exception_for_the_user_holds_however_the_type_is_spelt() -> None:
    """`unless` means the same person in either spelling."""
    unless = f' unless {{ principal == Cloudinary::User::"{ANN}" }}'
    permit = statement(who="principal is Cloudinary::user", when=unless)
    assert none == key_right([permit], ANN)
    assert manage == key_right([permit], "somebody-else")


def test_quotes_that_are_escaped_for_no_reason_are_read_as_quotes() -> None:
    """Statements may be pasted into JSON twice, as a whole or in part."""
    partly = MANAGES.replace(f'"{ANN}"', f'\\"{ANN}\\"')
    assert manage == key_right([MANAGES.replace('"', '\\"')], ANN)
    assert manage == key_right([partly + VIEWS], ANN)
    assert view == key_right([partly, statement("forbid") + VIEWS], ANN)


def test_an_escaped_quote_inside_a_string_stays_inside() -> None:
    """Text in a string cannot become a condition."""
    when = ' when { ["a", "\\", \\"b"].contains("b") }'
    assert none == key_right([statement(when=when)], ANN)


UNCLEAR = [
    "forbid (pprincipal, action, resource);",
    "forbid (principal, action, resource)",
    'permit (principal, action, resource == "x) ; forbid (principal, action, resource);',
    "permit (principal, action, resource) forbid (principal, action, resource);",
    "garbage;",
    "@note permit (pprincipal, action, resource);",
    "forbid (principal == ?principal, action, resource);",
]


@pytest.mark.parametrize("unclear", UNCLEAR)
def test_what_could_be_a_forbid_and_does_not_parse_leaves_no_right(unclear: str) -> None:
    """An unreadable text counts as the one that forbids."""
    assert none == key_right([MANAGES, VIEWS, unclear], ANN)
    assert none == key_right([unclear + MANAGES + VIEWS], ANN)


def test_a_forbid_that_cannot_be_evaluated_forbids() -> None:
    """Its condition needs facts that Keysmith lacks, so it could apply."""
    unknown = statement("forbid", when=" unless { principal.root }")
    assert view == key_right([MANAGES, VIEWS, unknown], ANN)
    anywhere = "forbid (principal, action, resource) when { context.ip.isLoopback() };"
    assert none == key_right([MANAGES, VIEWS, anywhere], ANN)


def test_a_permit_that_cannot_be_evaluated_permits_nothing() -> None:
    """A condition on facts that Keysmith lacks does not hold."""
    unknown = statement(when=' when { resource.type == "keys" }')
    assert none == key_right([unknown], ANN)


def test_managing_needs_every_action() -> None:
    """A permit for some actions on the feature is not the right to manage."""
    assert none == key_right([statement(action=doing("read", "create"))], ANN)
    every = doing("create", "read", "update", "delete")
    assert manage == key_right([statement(action=every)], ANN)
    assert view == key_right([statement(verb="view", action=doing("read"))], ANN)
    assert none == key_right([statement(verb="view", action=doing("update"))], ANN)


@pytest.mark.parametrize(
    ("expected", "verb"),
    [(view, "delete"), (none, "read"), (none, "use")],
)
def test_a_forbid_for_any_action_counts(expected: KeyRight, verb: str) -> None:
    """Managing includes deleting; an undocumented action could mean any of them."""
    forbid = f"forbid (principal, {doing(verb)}, resource);"
    assert expected == key_right([MANAGES, VIEWS, forbid], ANN)


@pytest.mark.parametrize("form", ['== Cloudinary::group::"g1"', 'in Cloudinary::Group::"g1"'])
def test_a_statement_about_a_group_applies_to_its_members(form: str) -> None:
    """A group's statement applies to its members only."""
    permit = statement(who=f"principal {form}")
    forbid = statement("forbid", who=f"principal {form}")
    assert manage == key_right([permit], ANN, ["g0", "g1"])
    assert none == key_right([permit], ANN, ["g2"])
    assert view == key_right([MANAGES, VIEWS, forbid], ANN, ["g1"])
    assert manage == key_right([MANAGES, VIEWS, forbid], ANN, ["g2"])


@given(st.text(max_size=60))
def test_noise_never_widens_the_right(text: str) -> None:
    """A text that is not Cedar gives no right, before a statement or after it."""
    assert key_right([text + VIEWS], ANN) in {view, none}
    assert key_right([VIEWS + text], ANN) in {view, none}
    assert none == key_right([text], ANN)


@given(st.text(min_size=1))
def test_any_user_id_is_taken_literally(user_id: str) -> None:
    """An id with quotes or colons is that id and no other."""
    assert manage == key_right([statement(who="principal")], user_id)
    if user_id != ANN:
        assert none == key_right([MANAGES], user_id)


KNOWN = st.sampled_from(
    ["principal", f'principal == Cloudinary::User::"{ANN}"', 'principal in Cloudinary::Group::"g1"']
)
ELSEWHERE = st.sampled_from(
    [
        'principal == Cloudinary::User::"bob"',
        'principal in Cloudinary::Group::"g2"',
        'principal == Cloudinary::APIKey::"814"',
        "principal is Cloudinary::Group",
    ]
)
UNMODELLED = st.sampled_from(
    [
        ('principal in Cloudinary::Account::"a"', "resource", ""),
        ('principal in Cloudinary::Role::"cld::role::x"', "resource", ""),
        ('principal in Cloudinary::UserGroup::"x"', "resource", ""),
        ("principal is Cloudinary::Member", "resource", ""),
        ('principal is Cloudinary::User in Cloudinary::Account::"a"', "resource", ""),
        ("principal", 'resource == Cloudinary::ProductEnvironment::"e1"', ""),
        ("principal", 'resource in Cloudinary::ProductEnvironment::"e1"', ""),
        ("principal", 'resource in Cloudinary::FeatureGroup::"security"', ""),
        ("principal", "resource is Cloudinary::AccessKey", ""),
        ("principal", 'resource == Cloudinary::Feature::"cld::global::access_keys::all"', ""),
        ("principal", 'resource in Cloudinary::Feature::"cld"', ""),
        ("principal", 'resource in Cloudinary::Feature::"cld::global"', ""),
        ("principal", 'resource == Cloudinary::Feature::"cld::global"', ""),
        ("principal", 'resource in Cloudinary::Feature::"CLD::Global::"', ""),
        ("principal", 'resource in Cloudinary::Feature::"cld::global::*"', ""),
        ("principal", 'resource in Cloudinary::Feature::"cld::global::all"', ""),
        ("principal", 'resource in Cloudinary::Feature::"administration"', ""),
        ("principal", 'resource is Cloudinary::Feature in Cloudinary::Feature::"cld"', ""),
        ("principal", "resource", ' when { resource in Cloudinary::Feature::"cld::global" }'),
        ("principal", "resource", " when { principal has suspended && principal.suspended }"),
        ("principal", "resource", " unless { principal has verified }"),
        ("principal", "resource", " when { resource has sensitive }"),
        ("principal", "resource", " when { context has ip }"),
        ("principal", "resource", ' when { resource in Cloudinary::Account::"a" }'),
        ("principal", "resource", ' unless { principal in Cloudinary::Role::"owner" }'),
        ("principal", "resource", ' when { action == Cloudinary::Action::"rotate" }'),
    ]
)
CONDITIONS = st.sampled_from(
    [
        "",
        f' when {{ principal == Cloudinary::User::"{ANN}" }}',
        ' unless { principal in Cloudinary::Group::"g1" }',
        ' unless { principal in [Cloudinary::Group::"g2", Cloudinary::Group::"g3"] }',
        " when { principal has name }",
    ]
)
STATEMENTS = st.builds(
    statement,
    st.sampled_from(["permit", "forbid"]),
    who=KNOWN | ELSEWHERE,
    action=st.sampled_from(["action", doing("read"), doing("delete", "create")]),
    verb=st.sampled_from(["manage", "view"]),
    when=CONDITIONS,
)
ORDER = {KeyRight.NONE: 0, KeyRight.VIEW: 1, KeyRight.MANAGE: 2}


def right(statements: list[str], account: list[str] | None = None) -> int:
    """The right of Ann, who is in the group g1, as a number that grows with it."""
    return ORDER[key_right(statements, ANN, ["g1"], account or [])]


@given(st.lists(STATEMENTS, max_size=5), STATEMENTS, st.integers(0, 5))
def test_a_further_forbid_never_widens_the_right(
    statements: list[str], further: str, place: int
) -> None:
    """Wherever it is, in the environment or the account"""
    forbid = further.replace("permit", "forbid", 1)
    before = right(statements)
    assert right([*statements[:place], forbid, *statements[place:]]) <= before
    assert right(statements, [forbid]) <= before


@given(st.lists(STATEMENTS, max_size=5), UNMODELLED)
def test_a_forbid_that_is_not_understood_leaves_no_right(
    statements: list[str], parts: tuple[str, str, str]
) -> None:
    """It could be about keys: it counts as the one that matches"""
    who, resource, when = parts
    forbid = f"forbid ({who}, action, {resource}){when};"
    assert 0 == right([MANAGES, VIEWS, *statements, forbid])
    assert 0 == right([MANAGES, VIEWS, *statements], [forbid])


@given(st.lists(STATEMENTS, max_size=5), UNMODELLED)
def test_a_permit_that_is_not_understood_gives_no_right(
    statements: list[str], parts: tuple[str, str, str]
) -> None:
    """Its condition may not hold"""
    who, resource, when = parts
    permit = f"permit ({who}, action, {resource}){when};"
    if when or who != "principal":
        assert right([*statements, permit]) == right(statements)


@given(st.lists(STATEMENTS, max_size=5), ELSEWHERE, CONDITIONS)
def test_a_forbid_that_is_certainly_about_others_takes_nothing(
    statements: list[str], who: str, when: str
) -> None:
    """About another user, a group that the person is not in, or an API key"""
    assert right([*statements, f"forbid ({who}, action, resource){when};"]) == right(statements)


@pytest.mark.parametrize("id_", ["cld::global::reports", "cld::global::reports::view"])
def test_a_forbid_of_another_feature_takes_nothing(id_: str) -> None:
    """Its name is a whole one, below the groups that contain everything"""
    forbid = f'forbid (principal, action, resource in Cloudinary::Feature::"{id_}");'
    assert manage == key_right([MANAGES, VIEWS, forbid], ANN)


def test_a_permit_of_the_account_gives_no_right_in_an_environment() -> None:
    """Only forbids apply from above"""
    assert none == key_right([], ANN, [], [MANAGES])
    assert manage == key_right([MANAGES], ANN, [], [MANAGES, NO_EFFECT[0]])
    assert none == key_right([MANAGES, VIEWS], ANN, [], ["garbage;"])


def test_a_group_that_is_exempt_keeps_its_right() -> None:
    """A condition that only compares users and groups is understood"""
    forbid = 'forbid (principal, action, resource) unless { principal in Cloudinary::Group::"g1" };'
    assert manage == key_right([MANAGES, forbid], ANN, ["g1"])
    assert none == key_right([MANAGES, VIEWS, forbid], ANN, ["g2"])
