"""User groups: their users, and how they are mentioned."""

from collections.abc import AsyncIterator

import pytest

from tests.contracts.slack_lab import ADA, ALL_SCOPES, MIA, PLATFORM, TOM, Lab, lab, refusal

NIA = "W0NIA0001"
ON_CALL, PLATFORM_TEAM, LAUNCH = "S0ONCALL01", "S0PLATFRM1", "S0LAUNCH01"


@pytest.fixture
async def it() -> AsyncIterator[Lab]:
    """A workspace whose bot may read about groups."""
    async with lab(scopes=ALL_SCOPES) as running:
        yield running


async def test_the_groups_are_listed(it: Lab) -> None:
    """Users and counts only on request."""
    plain = (await it.slack.usergroups_list())["usergroups"]
    full = await it.slack.usergroups_list(include_users=True, include_count=True)

    assert [("on-call", None), ("platform-team", None)] == [
        (group["handle"], group.get("users", group.get("user_count"))) for group in plain
    ]
    assert [([NIA], 1), ([TOM, ADA], 2)] == [
        (group["users"], group["user_count"]) for group in full["usergroups"]
    ]


async def test_a_disabled_group_is_listed_on_request(it: Lab) -> None:
    """It has a date of deletion."""
    groups = (await it.slack.usergroups_list(include_disabled=True))["usergroups"]

    assert [LAUNCH] == [group["id"] for group in groups if group["date_delete"]]


async def test_a_groups_users_are_listed(it: Lab) -> None:
    """Also after a change."""
    before = (await it.slack.usergroups_users_list(usergroup=ON_CALL))["users"]
    await it.act("usergroup", id=ON_CALL, users=[MIA, TOM])
    after = (await it.slack.usergroups_users_list(usergroup=ON_CALL))["users"]

    assert ([NIA], [MIA, TOM]) == (before, after)


async def test_a_disabled_groups_users_are_listed_on_request(it: Lab) -> None:
    """Otherwise it is not found."""
    found = await it.slack.usergroups_users_list(usergroup=LAUNCH, include_disabled=True)
    assert [TOM, MIA] == found["users"]

    for group in (LAUNCH, "S0NOTHERE1"):
        call = it.slack.usergroups_users_list(usergroup=group)
        assert "no_such_subteam" == (await refusal(call))["error"]


async def test_a_group_can_be_disabled(it: Lab) -> None:
    """Then it is no longer listed."""
    await it.act("usergroup", id=PLATFORM_TEAM, disabled=True)
    call = it.slack.usergroups_users_list(usergroup=PLATFORM_TEAM)

    assert "no_such_subteam" == (await refusal(call))["error"]


async def test_groups_need_a_scope() -> None:
    """Both methods need it."""
    async with lab(scopes=ALL_SCOPES - {"usergroups:read"}) as it:
        calls = (it.slack.usergroups_list(), it.slack.usergroups_users_list(usergroup=ON_CALL))
        needed = [(await refusal(call))["needed"] for call in calls]

    assert ["usergroups:read"] * 2 == needed


@pytest.mark.parametrize("body", [{"id": "S0NOTHERE1"}, {"id": ON_CALL, "users": ["U0NOBODY0"]}])
async def test_unknown_groups_and_people_are_refused(it: Lab, body: dict[str, object]) -> None:
    """On a change of a group."""
    assert "error" in await it.act("usergroup", **body)


async def test_a_typed_handle_mentions_the_group(it: Lab) -> None:
    """Unless the group is disabled."""
    form = await it.command("tell @on-call and @launch-crew")

    assert "tell <!subteam^S0ONCALL01> and @launch-crew" == form["text"]


@pytest.mark.parametrize(
    ("how", "text"),
    [
        ({"link_names": True}, "<!subteam^S0ONCALL01>, @tom"),
        ({"parse": "full"}, "<!subteam^S0ONCALL01>, @tom"),
        ({"parse": "none"}, "@on-call, @tom"),
        ({}, "@on-call, @tom"),
    ],
    ids=str,
)
async def test_the_bot_mentions_a_group_by_name(it: Lab, how: dict[str, str], text: str) -> None:
    """Only on request; people are no longer linked that way."""
    await it.slack.api_call(
        "chat.postMessage", json={"channel": PLATFORM, "text": "@on-call, @tom", **how}
    )

    assert [text] == await it.texts()
