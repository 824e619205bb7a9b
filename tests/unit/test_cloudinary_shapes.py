import json
from dataclasses import asdict
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.cloudinary import shapes
from bot.adapters.cloudinary.wire import Call, Reply, read
from bot.domain.environments import Environment
from bot.domain.keys import Credentials, Key
from bot.domain.people import CloudinaryUser, Role
from bot.domain.secret import Secret
from bot.errors import CloudinaryError
from tests.fakes.every_call import EVERY_CALL, PLACE

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECRET = "QcsQcsMadeUpSecret-4_everyone"
KEY = {
    "name": "ci-bot",
    "api_key": "814814814814814",
    "api_secret": SECRET,
    "created_at": "2022-03-15T11:44:48Z",
    "updated_at": "2022-03-15 13:44:48+02:00",
    "enabled": True,
    "dedicated_for": ["webhooks"],
    "root": True,
}
THEN = datetime(2022, 3, 15, 11, 44, 48, tzinfo=UTC)


def test_a_key_as_the_live_service_shows_it() -> None:
    """Both forms of a time are read, and fields that are not in the document"""
    expected = Key("814814814814814", "ci-bot", True, True, THEN, THEN, ("webhooks",))  # noqa: FBT003  # as in the JSON

    assert expected == shapes.access_key(KEY)


def test_a_key_with_the_required_fields_only() -> None:
    """Each optional field has a safe default"""
    least = {"api_key": "814", "enabled": "false", "name": None, "created_at": "yesterday"}

    assert Key("814", "", False, False, None, None) == shapes.access_key(least)  # noqa: FBT003  # as in the JSON


@pytest.mark.parametrize(
    ("sent", "read_as"),
    [
        ("2022-03-15T11:44:48", THEN),
        ("2022-03-15T13:44:48.000+02:00", THEN),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        (1647344688, None),
    ],
)
def test_a_time_is_in_utc_or_unknown(sent: object, read_as: datetime | None) -> None:
    """Without an offset it is UTC; an unreadable time is None"""
    assert read_as == shapes.access_key({**KEY, "created_at": sent}).created_at


@pytest.mark.parametrize("total", [None, "2", True, 2.0, []])
def test_a_total_that_is_no_number_is_no_total(total: object) -> None:
    """The total is optional"""
    assert shapes.KeyPage((), None) == shapes.key_page({"access_keys": [], "total": total})


@pytest.mark.parametrize("secret", [None, "", "   ", "***************", "QcsQ•••••", "abc…", 7])
def test_a_hidden_secret_is_no_secret(secret: object) -> None:
    """Absent, empty and masked secrets give no credentials"""
    assert None is shapes.generated({**KEY, "api_secret": secret}, PLACE).credentials


def test_the_secret_of_one_key_is_revealed() -> None:
    """Only the requested key of the page shows its secret"""
    other = {**KEY, "api_key": "815", "api_secret": "AnotherMadeUpSecretEntirely"}

    page = shapes.key_page_revealing({"access_keys": [other, KEY]}, PLACE, "814814814814814")

    assert Credentials("lumen-staging", "814814814814814", Secret(SECRET)) == page.credentials
    assert "AnotherMadeUp" not in repr(asdict(page))


def test_environments_leave_their_keys_behind() -> None:
    """A nameless environment is named by its cloud name"""
    listed = {
        "sub_accounts": [
            {"id": "e1", "cloud_name": "c1", "name": None, "api_access_keys": [{"secret": SECRET}]},
            {"id": "e2", "cloud_name": "c2", "name": "Two", "enabled": False},
        ]
    }

    assert [
        Environment("e1", "c1", "c1"),
        Environment("e2", "Two", "c2", enabled=False),
    ] == shapes.environments(listed)


@pytest.mark.parametrize(
    ("sent", "role"),
    [("admin", Role.ADMIN), ("ADMIN", None), ("emperor", None), (None, None), (7, None)],
)
def test_a_role_outside_the_seven_is_no_role(sent: object, role: Role | None) -> None:
    """An unknown role allows nothing"""
    user = {"id": "u1", "email": "a@b.example", "role": sent, "enabled": True, "pending": False}

    expected = CloudinaryUser(
        "u1", "", "a@b.example", role, enabled=True, pending=False, all_environments=False
    )
    assert [expected] == shapes.users({"users": [user]})


def principal(kind: str, id_: str, *statements: str) -> dict[str, object]:
    """Build a principal with one role."""
    policies = [{"id": "p", "policy_statement": each} for each in statements]
    roles = [{"id": "r", "system_policies": policies}]
    return {"principal_type": kind, "principal_id": id_, "roles": roles}


def test_statements_of_others_do_not_count() -> None:
    """A user's own roles and all custom policies count; other principals' roles do not"""
    data = {
        "principals": [
            principal("user", "u1", "one", "two"),
            principal("user", "u2", "three"),
            principal("group", "u1", "four"),
            {"principal_type": "user", "principal_id": "u1", "roles": None},
        ],
        "custom_policies": [{"policy_statement": "five"}],
    }

    found = shapes.statements({"data": data}, "user", "u1")

    assert list(found) == ["one", "two", "five"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
FIELDS = (*KEY, "sub_accounts", "access_keys", "users", "groups", "data", "principals", "roles")
MORE_FIELDS = ("system_policies", "custom_policies", "policy_statement", "id", "cloud_name", "role")
NEARLY_RIGHT = st.recursive(
    st.none()
    | st.booleans()
    | st.text()
    | st.sampled_from(["user", "u1", "814", "true", "0001-01-01T00:00:00+14:00"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*FIELDS, *MORE_FIELDS]), inner, max_size=6)
    ),
)


@given(st.sampled_from(EVERY_CALL), JSON | NEARLY_RIGHT, st.sampled_from([200, 302, 403, 429, 500]))
def test_any_json_is_an_answer_or_an_error_of_the_tree(
    call: Call[object], body: object, status: int
) -> None:
    """No JSON raises an error from outside the tree"""
    try:
        read(call, Reply(status, {}, json.dumps(body).encode()), NOW)
    except CloudinaryError as error:
        assert len(error.message) <= 300  # noqa: PT017  # no error is as good an outcome


@given(st.text(alphabet="QcsMadeUp-4_9", min_size=20), st.text(max_size=5))
def test_no_parsed_value_holds_a_secret(secret: str, name: str) -> None:
    """A parsed key or environment has no trace of its secret"""
    key = {**KEY, "name": name, "api_secret": secret, "secret": secret}
    place = {"id": "e1", "cloud_name": "c1", "api_access_keys": [{"key": "1", "secret": secret}]}

    page = asdict(shapes.key_page({"access_keys": [key]}))
    environments = [asdict(each) for each in shapes.environments({"sub_accounts": [place]})]
    generated = shapes.generated(key, PLACE)

    assert secret not in repr((page, environments, asdict(generated.key), generated))
