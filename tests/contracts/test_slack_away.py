import asyncio
import contextlib
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.adapters.redis.places import Places
from bot.adapters.slack.client import Slack
from bot.adapters.slack.offline import SlackOffline
from bot.domain.people import Actor, Profile, Workspace
from bot.errors import TOKEN_REFUSED, ConfigurationError, SlackAway, SlackError
from tests.fakes.scripted_http import Scene, ScriptedServer, answer

ADA = Actor("T1", "U0ADA")


def known_as(email: str) -> dict[str, object]:
    """Ada's user object with this address."""
    user = {
        "id": "U0ADA",
        "team_id": "T1",
        "real_name": "Ada",
        "deleted": False,
        "is_email_confirmed": True,
        "profile": {"email": email},
    }
    return {"ok": True, "user": user}


USER = known_as("Ada@lumen.example")
KNOWN = Profile("U0ADA", "T1", "ada@lumen.example", "ada@lumen.example")
CUT = Scene()


def from_slack(body: object, status: int = 200) -> Scene:
    """An answer of Slack itself."""
    return answer(body, status, Content_Type="application/json")


SILENCES = {
    "nothing at all": CUT,
    "a proxy's page": answer(b"<html>", 503, Content_Type="text/html"),
    "a plain text": answer(b"upstream trouble", 503, Content_Type="text/plain"),
    "a plain text that says it is fine": answer(b"hello", 200, Content_Type="text/plain"),
    "half a body": answer(b'{"ok": tr', 200, Content_Type="application/json"),
    "no body": answer(b"", 502, Content_Type="application/json"),
    "its own trouble": from_slack({"ok": False, "error": "internal_error"}),
    "too much to do": from_slack({"ok": False, "error": "service_unavailable"}, 503),
}


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    """Start a Slack that answers by a script."""
    async with ScriptedServer() as one:
        yield one


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Open a session."""
    async with aiohttp.ClientSession() as one:
        yield one


@pytest.fixture
def slack(server: ScriptedServer, session: aiohttp.ClientSession) -> SlackOffline:
    """Build the shell's Slack, with an operator and a requester."""
    return SlackOffline(
        "xoxb-made-up",
        f"{server.url}/",
        session,
        operator=("U0ADA", "ada@lumen.example"),
        known={"U0MIA": "mia@lumen.example"},
    )


@pytest.mark.parametrize("silence", SILENCES)
async def test_a_slack_that_does_not_answer_is_away(
    silence: str, server: ScriptedServer, session: aiohttp.ClientSession
) -> None:
    """Anything else than an answer of Slack tells nothing about a person"""
    server.plays(SILENCES[silence])
    with pytest.raises(SlackAway):
        await Slack("xoxb-made-up", f"{server.url}/", session).profile(ADA)


async def test_a_call_that_slack_slows_down_leaves_its_place_to_others(
    server: ScriptedServer, session: aiohttp.ClientSession
) -> None:
    """One member's burst stalls no other member; the call itself is repeated"""
    slow = answer({"ok": False, "error": "ratelimited"}, 429, Retry_After="0")
    server.plays(slow, from_slack(USER))
    places = Places(1, 1)

    async def ask() -> Profile:
        async with places.place("tom"):
            return await Slack("xoxb-made-up", f"{server.url}/", session).profile(ADA)

    asking = asyncio.create_task(ask())
    await asyncio.sleep(0)  # it has the only place
    async with asyncio.timeout(5):
        async with places.place("mia"):
            assert not asking.done()
        assert (await asking).name == "Ada"


@pytest.mark.parametrize("code", ["user_not_found", "invalid_auth", "account_inactive"])
async def test_a_refusal_is_an_answer(
    code: str, server: ScriptedServer, session: aiohttp.ClientSession
) -> None:
    """A refusal keeps its type and code"""
    server.plays(from_slack({"ok": False, "error": code}))
    with pytest.raises(SlackError) as refused:
        await Slack("xoxb-made-up", f"{server.url}/", session).profile(ADA)
    assert (SlackError, code) == (type(refused.value), refused.value.code)


@pytest.mark.parametrize("code", sorted(TOKEN_REFUSED))
async def test_a_refused_token_is_a_reason_not_to_be_ready(
    code: str, server: ScriptedServer, session: aiohttp.ClientSession
) -> None:
    """Until a call succeeds; a silence or another refusal says nothing about the token"""
    slack = Slack("xoxb-made-up", f"{server.url}/", session)
    story = (
        (from_slack(USER), ""),
        (from_slack({"ok": False, "error": "user_not_found"}), ""),
        (from_slack({"ok": False, "error": code}), code),
        (SILENCES["its own trouble"], code),
        (from_slack(USER), ""),
    )
    server.plays(*(scene for scene, _ in story))
    for _, told in story:
        with contextlib.suppress(SlackError):
            await slack.profile(ADA)
        assert told in (await slack.token.look() or "")
        assert bool(told) is bool(slack.token.refused)


async def test_while_slack_answers_the_profile_is_slacks(
    slack: SlackOffline, server: ScriptedServer
) -> None:
    """The configured address is the same in any capitalisation"""
    server.plays(from_slack(USER))
    profile = await slack.profile(ADA)
    assert ("Ada", "Ada@lumen.example") == (profile.name, profile.email)


async def test_an_operator_with_another_address_at_slack_is_refused(
    slack: SlackOffline, server: ScriptedServer
) -> None:
    """Two different addresses of one person identify no person"""
    server.plays(from_slack(known_as("x@y.example")))
    with pytest.raises(ConfigurationError, match="another email address"):
        await slack.profile(ADA)


async def test_a_refusal_is_not_replaced_by_the_known_address(
    slack: SlackOffline, server: ScriptedServer
) -> None:
    """The known address is used only while Slack is away"""
    server.plays(from_slack({"ok": False, "error": "user_not_found"}))
    with pytest.raises(SlackError, match="user_not_found"):
        await slack.profile(ADA)


async def test_while_slack_is_away_known_addresses_count(
    slack: SlackOffline, server: ScriptedServer
) -> None:
    """The known people only; an empty on-call group; one call to Slack"""
    server.plays(CUT)
    assert KNOWN == await slack.profile(ADA)
    asked = len(server.seen)
    assert "mia@lumen.example" == (await slack.profile(Actor("T1", "U0MIA"))).email
    with pytest.raises(SlackAway):
        await slack.profile(Actor("T1", "U0TOM"))
    assert frozenset() == await slack.members("S0ONCALL")
    assert asked == len(server.seen)


async def test_a_slack_that_was_away_once_is_not_called_again(
    slack: SlackOffline, server: ScriptedServer
) -> None:
    """Any method can find Slack away"""
    server.plays(SILENCES["too much to do"], from_slack(USER))
    assert await slack.workspace() == Workspace("", "")
    assert KNOWN == await slack.profile(ADA)


async def test_an_on_call_group_is_empty_once_slack_is_away(
    slack: SlackOffline, server: ScriptedServer
) -> None:
    """Fewer people may decide then, never more"""
    server.plays(SILENCES["too much to do"], from_slack({"ok": True, "users": ["U0ADA"]}))
    assert frozenset() == await slack.members("S0ONCALL")
    assert frozenset() == await slack.members("S0ONCALL")
