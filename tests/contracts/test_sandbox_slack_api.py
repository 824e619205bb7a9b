from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone

import pytest

from sandbox.slack.webapi.endpoint import METHODS
from sandbox.slack.webapi.reference import document
from sandbox.slack.zones import zone_fields
from tests.contracts.slack_blocks import home, section
from tests.contracts.slack_lab import (
    ADA,
    ALL_SCOPES,
    OTTO,
    PLATFORM,
    TOM,
    Lab,
    body_of,
    lab,
    refusal,
    sample,
    strange,
)


@pytest.fixture
async def it() -> AsyncIterator[Lab]:
    """A workspace whose bot has every useful scope."""
    async with lab(scopes=ALL_SCOPES) as running:
        yield running


def test_every_method_has_a_page() -> None:
    """Every served method has its arguments documented; three have none."""
    without = {name for name in METHODS if not document(name).types}

    assert without == {"auth.test", "apps.connections.open", "openid.connect.userInfo"}


async def test_auth_test_identifies_the_bot(it: Lab) -> None:
    """The bot learns its own ids and the team's."""
    answer = await it.slack.auth_test()

    assert (
        answer["team_id"],
        answer["user_id"],
        answer["bot_id"],
    ) == ("T0LUMEN01", "U0KEYSMITH", "B0KEYSMITH")


async def test_a_token_in_the_form_is_accepted_and_not_logged(it: Lab) -> None:
    """Slack takes the token as an argument; the outbox does not keep it."""
    form = {"token": it.config.bot_token, "user": TOM}
    async with it.session.post(f"{it.url}/api/users.info", data=form) as answer:
        assert (await answer.json())["ok"]

    assert it.config.bot_token not in str(await it.look("outbox"))


async def test_reading_works_by_get_form_and_json(it: Lab) -> None:
    """The same call in all three encodings."""
    url, bearer = f"{it.url}/api/users.info", {"Authorization": f"Bearer {it.config.bot_token}"}
    for method, how in (
        ("GET", {"params": {"user": TOM}}),
        ("POST", {"data": {"user": TOM}}),
        ("POST", {"json": {"user": TOM}}),
    ):
        async with it.session.request(method, url, headers=bearer, **how) as answer:  # type: ignore[arg-type] # the keyword differs on purpose
            assert (await answer.json())["user"]["name"] == "tom"


async def test_conversations_need_the_scope_of_their_kind() -> None:
    """A public channel is read with channels:read, not with another kind's scope."""
    async with lab(scopes=frozenset({"im:read", "chat:write"})) as it:
        body = await refusal(it.slack.conversations_info(channel=PLATFORM))

    assert (body["error"], body["needed"]) == ("missing_scope", "channels:read")


async def test_an_email_needs_its_own_scope() -> None:
    """Without users:read.email a profile has no address."""
    async with lab(scopes=frozenset({"users:read"})) as it:
        user = (await it.slack.users_info(user=TOM))["user"]

    assert "email" not in user["profile"]


async def test_people_have_their_flags(it: Lab) -> None:
    """A stranger of another team is recognisable."""
    user = (await it.slack.users_info(user=OTTO))["user"]

    assert (user["team_id"], user["is_stranger"], user["deleted"]) == ("T0PARTNER", True, False)


async def test_people_have_on_request_a_language(it: Lab) -> None:
    """In users.info and in users.list; another language can be set"""
    user = (await it.slack.users_info(user="U0LEA0001", include_locale=True))["user"]
    assert user["locale"] == "fr-FR"
    assert "locale" not in (await it.slack.users_info(user="U0LEA0001"))["user"]

    await it.act("person", id=TOM, locale="he-IL")
    members = (await it.slack.users_list(include_locale=True))["members"]
    spoken = {member["id"]: member["locale"] for member in members}
    assert spoken[TOM] == "he-IL"
    assert {"en-US", "de-DE", "fr-FR", "es-ES", "ja-JP"} <= set(spoken.values())


async def test_answers_have_no_field_that_slack_lacks(it: Lab) -> None:
    """Compared, key by key, with the samples of the official Java SDK."""
    email = "tom@lumen-goods.example"
    odd = {
        name: strange(await body_of(call), sample(f"response.{name}"))
        for name, call in (
            ("auth.test", it.slack.auth_test()),
            ("users.info", it.slack.users_info(user=TOM)),
            ("users.lookupByEmail", it.slack.users_lookupByEmail(email=email)),
        )
    }

    assert odd == {
        "auth.test": [],
        "users.info": [],
        "users.lookupByEmail": ["/user/is_stranger"],  # in Slack's page of the user object
    }


async def test_flags_can_change_at_run_time(it: Lab) -> None:
    """A deactivated person is shown as such in the next answer."""
    await it.act("person", id=TOM, deleted=True)

    assert (await it.slack.users_info(user=TOM))["user"]["deleted"]


async def test_an_address_finds_its_member_whatever_its_case(it: Lab) -> None:
    """The home team's person is found, not the stranger with the same address."""
    found = await it.slack.users_lookupByEmail(email="TOM@lumen-goods.example")

    assert found["user"]["id"] == TOM


async def test_members_come_in_pages(it: Lab) -> None:
    """A cursor leads through all the members, once each."""
    first = await it.slack.conversations_members(channel=PLATFORM, limit=10)
    cursor = first["response_metadata"]["next_cursor"]
    second = await it.slack.conversations_members(channel=PLATFORM, limit=10, cursor=cursor)

    members = [*first["members"], *second["members"]]
    assert len(first["members"]) == 10
    assert second["response_metadata"]["next_cursor"] == ""
    assert len(set(members)) == len(members)


async def test_a_home_tab_is_published_for_one_person(it: Lab) -> None:
    """And again, replacing the one with the known hash."""
    first = await it.slack.views_publish(user_id=ADA, view=home(section()))
    await it.slack.views_publish(user_id=ADA, view=home(section()), hash=first["view"]["hash"])

    assert (await it.look("screen", user=ADA))["home"]["type"] == "home"
    assert (await it.look("screen", user=TOM))["home"] is None


async def test_a_person_lives_in_a_time_zone_where_it_is_day(it: Lab) -> None:
    """At any hour, in any season; a zone of their own is kept, with its offset of the season"""
    for hours in (*range(24), *range(180 * 24, 181 * 24)):
        moment = it.clock.now + hours * 3600
        fields = zone_fields("", moment)
        offset = timedelta(seconds=int(fields["tz_offset"]))
        assert 9 <= datetime.fromtimestamp(moment, timezone(offset)).hour < 18
    user = (await it.slack.users_info(user=TOM))["user"]
    assert {"tz", "tz_label", "tz_offset"} <= set(user)
    summer = datetime(2026, 7, 1, tzinfo=UTC).timestamp()
    expected = {"tz": "Europe/Berlin", "tz_label": "CEST", "tz_offset": 7200}
    assert zone_fields("Europe/Berlin", summer) == expected
