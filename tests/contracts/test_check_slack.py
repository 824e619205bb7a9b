"""`check` gathers its facts about Slack from the Web API, whatever Slack refuses."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import ClientSession

from bot.adapters.checks.slack import SlackProbe
from bot.adapters.slack.client import Slack
from bot.adapters.slack.openid import SlackSignIn
from bot.domain.checks.findings import Finding
from bot.domain.checks.slack_rules import EVENTS, SCOPES
from bot.domain.operators import Operator
from sandbox.company import BOT_USER_ID, TEAM_ID
from tests.contracts.slack_lab import ADA, APPROVALS, GENERAL, MANIFEST, OTTO, TOM, Lab, lab

CHANNELS: Mapping[str, str] = {"APPROVALS_CHANNEL": APPROVALS}


@pytest.fixture(scope="module")
async def slack() -> AsyncIterator[Lab]:
    """Run one workspace with our own manifest for the whole module."""
    async with lab(manifest=replace(MANIFEST, scopes=SCOPES, events=EVENTS)) as running:
        yield running


def probe(it: Lab, token: str | None = None) -> SlackProbe:
    """Build a probe of a bot whose setup is right."""
    slack = Slack(token or it.config.bot_token, f"{it.url}/api/", it.session)
    return SlackProbe(slack, it.session, channels=CHANNELS, url=it.config.bot_request_url)


async def codes(probe: SlackProbe) -> set[str]:
    """Return the codes of what it finds."""
    return {finding.code for finding in await probe.look()}


async def test_a_good_setup_has_no_fault(slack: Lab) -> None:
    """Token, channel and app are right, and the manifest is the one that Slack has"""
    good = replace(
        probe(slack),
        config_token=slack.config.config_token,
        app_token=None,
        expected_team=TEAM_ID,
        operators=[Operator("ada", ADA, "ada@lumen-goods.example")],
    )
    assert await codes(good) == {"slack.token", "slack.channel", "slack.app"}


async def test_a_client_that_slack_takes_or_refuses(slack: Lab) -> None:
    """By a code that no one got; the redirect URL is compared with the app's"""
    given = slack.config.client_id, slack.config.client_secret, f"{slack.url}/sign-in/slack"
    client = SlackSignIn(*given, f"{slack.url}/api/", TEAM_ID, slack.session)
    signing = replace(probe(slack), sign_in=client, public=True)
    compared = replace(signing, config_token=slack.config.config_token)
    assert "slack.sign_in" in await codes(signing)
    assert "slack.redirect_missing" in await codes(compared)
    refused = replace(signing, sign_in=replace(client, client_secret="wrong"))
    assert "slack.client_refused" in await codes(refused)
    away = replace(signing, sign_in=replace(client, api_url="http://127.0.0.1:9/api/"))
    assert {each for each in await codes(away) if "client" in each or "sign" in each} == set()
    assert "slack.sign_in_off" in await codes(replace(probe(slack), public=True))


async def test_tokens_that_slack_refuses(slack: Lab) -> None:
    """Each token is tried by itself, and its own code is told"""
    assert "slack.token_refused" in await codes(probe(slack, "xoxb-another"))
    assert "slack.token_refused" in await codes(probe(slack, slack.config.app_token))
    wrong = replace(probe(slack), app_token="xapp-another")
    assert "slack.app_token_refused" in await codes(wrong)
    assert "slack.channel" in await codes(wrong)
    swapped = replace(probe(slack), app_token=slack.config.bot_token)
    assert "slack.app_token_refused" in await codes(swapped)
    right = replace(probe(slack), app_token=slack.config.app_token)
    assert "slack.socket" in await codes(right)
    assert "slack.app_unread" in await codes(replace(probe(slack), config_token="xoxe.xoxp-old"))


async def test_flaws_of_a_channel(slack: Lab) -> None:
    """Absent, archived, shared, and without the bot"""
    for flaw, code in (
        ({"is_archived": True}, "slack.channel_archived"),
        ({"is_ext_shared": True}, "slack.channel_shared"),
        ({"members": [TOM]}, "slack.channel_without_bot"),
        ({"members": [TOM], "is_private": True}, "slack.channel_absent"),
    ):
        await slack.act("channel", id=GENERAL, **flaw)
        found = await codes(replace(probe(slack), channels={"SECURITY_CHANNEL": GENERAL}))
        assert code in found, found
        whole = {"is_archived": False, "is_ext_shared": False, "is_private": False}
        await slack.act("channel", id=GENERAL, **whole, members=[TOM, BOT_USER_ID])
    assert "slack.channel_absent" in await codes(
        replace(probe(slack), channels={"SECURITY_CHANNEL": "C0NOWHERE"})
    )


async def test_a_name_instead_of_an_id_is_not_asked_for(slack: Lab) -> None:
    """The variables' own probe says it; here the other channel is still examined"""
    named = replace(probe(slack), channels={"SECURITY_CHANNEL": "#security", **CHANNELS})
    assert [it.name for it in (await named.gather()).channels] == ["APPROVALS_CHANNEL"]


async def test_operators(slack: Lab) -> None:
    """An unknown id, a deactivated account, and another address"""
    unknown = Operator("zed", "U0NOWHERE", "zed@lumen-goods.example")
    other = Operator("ada", ADA, "someone@lumen-goods.example")
    await slack.act("person", id=OTTO, deleted=True)
    gone = Operator("otto", OTTO, "otto@lumen-goods.example")
    found = await codes(replace(probe(slack), operators=[unknown, other, gone]))
    assert {
        *("slack.operator_unknown", "slack.operator_address", "slack.operator_gone"),
    } <= found


async def test_another_workspace(slack: Lab) -> None:
    """SLACK_TEAM_ID is not the token's"""
    assert "slack.other_team" in await codes(replace(probe(slack), expected_team="T0OTHER"))


async def test_a_clock_that_differs(slack: Lab) -> None:
    """By the Date header, also if the token is refused"""
    late = replace(
        probe(slack, "xoxb-another"), now=lambda: datetime.now(UTC) + timedelta(minutes=2)
    )
    found: list[Finding] = [*await late.look()]
    (clock,) = (each for each in found if each.code == "slack.clock")
    assert "differs from Slack's by 1" in clock.text


async def test_scopes_and_the_manifest() -> None:
    """What the installed app lacks, and what its configuration lacks"""
    lacking = replace(
        MANIFEST,
        scopes=frozenset({"users:read"}),
        commands=(),
        events=frozenset(),
        interactive=False,
        socket_mode=True,
    )
    async with lab(manifest=lacking, scopes=frozenset({"users:read"})) as it:
        found = await codes(replace(probe(it), config_token=it.config.config_token))
    assert found == {
        *("slack.scopes_missing", "slack.channel_unread", "slack.command_missing"),
        *("slack.events_missing", "slack.interactivity_off", "slack.socket_mode_differs"),
        "slack.messages_missing",
    }


async def test_an_app_that_delivers_elsewhere(slack: Lab) -> None:
    """The Request URL is not below PUBLIC_URL"""
    elsewhere = replace(
        probe(slack),
        config_token=slack.config.config_token,
        url="https://keys.example/slack/events",
    )
    assert "slack.other_address" in await codes(elsewhere)


async def test_slack_that_is_away() -> None:
    """Each call fails by itself, and nothing is raised"""
    async with ClientSession() as session:
        slack = Slack("xoxb-1", "http://127.0.0.1:1/api/", session)
        away = SlackProbe(slack, session, app_token="xapp-1", channels=CHANNELS)
        assert "slack.away" in await codes(away)
