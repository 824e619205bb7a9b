from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.adapters.slack.client import Slack
from bot.adapters.slack.offline import SlackOffline
from bot.domain.people import Actor, Profile, Workspace
from bot.errors import ConfigurationError, SlackAway, SlackError
from tests.fakes.scripted_http import Scene, ScriptedServer, answer

ADA = Actor("T1", "U0ADA")


def known_as(email: str) -> dict[str, object]:
    """Ada, as Slack knows her."""
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


def notifications(body: object, status: int = 200) -> Scene:
    """What Slack itself answers."""
    return answer(body, status, Content_Type="application/json")


SILENCES = {
    "nothing at all": CUT,
    "a proxy's page": answer(b"<html>", 503, Content_Type="text/html"),
    "a plain text": answer(b"upstream trouble", 503, Content_Type="text/plain"),
    "a plain text that says it is fine": answer(b"hello", 200, Content_Type="text/plain"),
    "half a body": answer(b'{"ok": tr', 200, Content_Type="application/json"),
    "no body": answer(b"", 502, Content_Type="application/json"),
    "its own trouble": notifications({"ok": False, "error": "internal_error"}),
    "too much to do": notifications({"ok": False, "error": "service_unavailable"}, 503),
}


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    """Bring a Slack that answers by a script."""
    async with ScriptedServer() as one:
        yield one


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Bring a session."""
    async with aiohttp.ClientSession() as one:
        yield one


@pytest.fixture
def slack(server: ScriptedServer, session: aiohttp.ClientSession) -> SlackOffline:
    """Bring Slack as a shell asks it, for an operator and one who asked."""
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
    """Whatever comes in place of an answer: nothing was said about anybody"""
    server.plays(SILENCES[silence])
    with pytest.raises(SlackAway):
        await Slack("xoxb-made-up", f"{server.url}/", session).profile(ADA)


@pytest.mark.parametrize("code", ["user_not_found", "invalid_auth", "account_inactive"])
async def test_a_refusal_is_an_answer(
    code: str, server: ScriptedServer, session: aiohttp.ClientSession
) -> None:
    """It says something about what was asked, and stays what it is"""
    server.plays(notifications({"ok": False, "error": code}))
    with pytest.raises(SlackError) as refused:
        await Slack("xoxb-made-up", f"{server.url}/", session).profile(ADA)
    assert (SlackError, code) == (type(refused.value), refused.value.code)


async def test_an_operator_is_whom_slack_says_while_it_answers(
    slack: SlackOffline, server: ScriptedServer
) -> None:
    """The configuration's address has to be the same, however it is written"""
    server.plays(notifications(USER))
    profile = await slack.profile(ADA)
    assert ("Ada", "Ada@lumen.example") == (profile.name, profile.email)


async def test_an_operator_whom_slack_knows_by_another_address_is_refused(
    slack: SlackOffline, server: ScriptedServer
) -> None:
    """Two words about one person that do not agree are none"""
    server.plays(notifications(known_as("x@y.example")))
    with pytest.raises(ConfigurationError, match="another e-mail address"):
        await slack.profile(ADA)


async def test_a_refusal_is_not_made_up_for_by_what_is_known(
    slack: SlackOffline, server: ScriptedServer
) -> None:
    """Whom Slack does not know is nobody"""
    server.plays(notifications({"ok": False, "error": "user_not_found"}))
    with pytest.raises(SlackError, match="user_not_found"):
        await slack.profile(ADA)


async def test_while_slack_is_away_people_are_who_they_are_known_to_be(
    slack: SlackOffline, server: ScriptedServer
) -> None:
    """Two of them, and nobody else; nobody is on call; Slack is asked once"""
    server.plays(CUT)
    assert KNOWN == await slack.profile(ADA)
    asked = len(server.seen)
    assert "mia@lumen.example" == (await slack.profile(Actor("T1", "U0MIA"))).email
    with pytest.raises(SlackAway):
        await slack.profile(Actor("T1", "U0TOM"))
    assert frozenset() == await slack.members("S0ONCALL")
    assert asked == len(server.seen)


async def test_a_slack_that_was_away_at_the_first_question_is_not_asked_again(
    slack: SlackOffline, server: ScriptedServer
) -> None:
    """Whichever question that was"""
    server.plays(SILENCES["too much to do"], notifications(USER))
    assert await slack.workspace() == Workspace("", "")
    assert KNOWN == await slack.profile(ADA)


async def test_nobody_is_on_call_for_a_slack_that_goes_away(
    slack: SlackOffline, server: ScriptedServer
) -> None:
    """Fewer may decide then, never more"""
    server.plays(SILENCES["too much to do"], notifications({"ok": True, "users": ["U0ADA"]}))
    assert frozenset() == await slack.members("S0ONCALL")
    assert frozenset() == await slack.members("S0ONCALL")
