"""User groups: who is in them, and how they are mentioned."""

from collections.abc import AsyncIterator

import pytest

from tests.contracts.slack_twin import ADA, ALL_SCOPES, MIA, PLATFORM, TOM, Lab, lab, refusal

NIA = "W0NIA0001"
ON_CALL, PLATFORM_TEAM, LAUNCH = "S0ONCALL01", "S0PLATFRM1", "S0LAUNCH01"


@pytest.fixture
async def it() -> AsyncIterator[Lab]:
    """A workspace whose bot may read about groups."""
    async with lab(scopes=ALL_SCOPES) as running:
        yield running


async def test_the_groups_are_listed(it: Lab) -> None:
    """Without their members and numbers, unless those are asked for."""
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


async def test_a_group_tells_who_is_in_it(it: Lab) -> None:
    """As it is now: shifts change."""
    before = (await it.slack.usergroups_users_list(usergroup=ON_CALL))["users"]
    await it.act("usergroup", id=ON_CALL, users=[MIA, TOM])
    after = (await it.slack.usergroups_users_list(usergroup=ON_CALL))["users"]

    assert ([NIA], [MIA, TOM]) == (before, after)


async def test_a_disabled_group_tells_on_request(it: Lab) -> None:
    """Otherwise there is no such group."""
    found = await it.slack.usergroups_users_list(usergroup=LAUNCH, include_disabled=True)
    assert [TOM, MIA] == found["users"]

    for group in (LAUNCH, "S0NOTHERE1"):
        call = it.slack.usergroups_users_list(usergroup=group)
        assert "no_such_subteam" == (await refusal(call))["error"]


async def test_a_group_can_be_disabled(it: Lab) -> None:
    """And is gone at the next look."""
    await it.act("usergroup", id=PLATFORM_TEAM, disabled=True)
    call = it.slack.usergroups_users_list(usergroup=PLATFORM_TEAM)

    assert "no_such_subteam" == (await refusal(call))["error"]


async def test_groups_need_a_scope() -> None:
    """Both methods the same."""
    async with lab(scopes=ALL_SCOPES - {"usergroups:read"}) as it:
        calls = (it.slack.usergroups_list(), it.slack.usergroups_users_list(usergroup=ON_CALL))
        needed = [(await refusal(call))["needed"] for call in calls]

    assert ["usergroups:read"] * 2 == needed


@pytest.mark.parametrize("body", [{"id": "S0NOTHERE1"}, {"id": ON_CALL, "users": ["U0NOBODY0"]}])
async def test_only_what_there_is_can_be_changed(it: Lab, body: dict[str, object]) -> None:
    """A group that exists, and people who do."""
    assert "error" in await it.act("usergroup", **body)


async def test_a_typed_handle_mentions_the_group(it: Lab) -> None:
    """Of a group that is not disabled."""
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
    """Only where it asks for it; people are not linked that way any more."""
    await it.slack.api_call(
        "chat.postMessage", json={"channel": PLATFORM, "text": "@on-call, @tom", **how}
    )

    assert [text] == await it.texts()
