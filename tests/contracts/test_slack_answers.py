"""The ways of an answer at a Slack that is busy, refuses, or has lost the place of the command."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.adapters.slack.client import LONGEST_RETRY_AFTER, Slack
from bot.cards.forms import result_view
from bot.cards.kit import Message, Text, card, line, render
from bot.domain.jobs import Reply
from bot.domain.languages import ENGLISH
from bot.errors import SlackAway, SlackError
from tests.contracts.slack_lab import MIA, PLATFORM, TOM, Lab, lab

HELLO = render(card(line(Text("hello"))))
SCOPES = frozenset({"commands", "chat:write", "im:write", "im:history"})


@pytest.fixture
async def one() -> AsyncIterator[Lab]:
    """A workspace with the scopes of an answer."""
    async with lab(scopes=SCOPES) as running:
        yield running


def slack_of(one: Lab) -> Slack:
    """The adapter."""
    return Slack(one.config.bot_token, f"{one.url}/api/", one.session)


async def respond(one: Lab, message: Message = HELLO) -> None:
    """Answer a command."""
    form = await one.command("key list")
    await slack_of(one).respond(Reply(form["response_url"]), message)


@pytest.mark.parametrize("way", ["response_url", "views.update", "conversations.open"])
async def test_a_busy_slack_is_told_at_once_with_its_time(one: Lab, way: str) -> None:
    """No call sleeps: the caller gets the seconds of Retry-After, within an hour"""
    for seconds, expected in ((27, 27.0), (90_000, LONGEST_RETRY_AFTER)):
        await one.act("faults", method=way, kind="ratelimited", retry_after=seconds)
        with pytest.raises(SlackAway) as caught:
            async with asyncio.timeout(10):
                await way_of(one, way)
        assert expected == caught.value.retry_after


async def way_of(one: Lab, way: str) -> None:
    """Send an answer by the way that makes this call."""
    slack = slack_of(one)
    if way == "response_url":
        await respond(one)
    elif way == "views.update":
        await slack.update_view("V1", result_view(HELLO, ENGLISH))
    else:
        await slack.direct(TOM, HELLO, mark="m1", again=False)


@pytest.mark.parametrize("way", ["response_url", "views.update", "conversations.open"])
@pytest.mark.parametrize("kind", ["status", "reset"])
async def test_a_slack_that_is_away_may_be_asked_again(one: Lab, way: str, kind: str) -> None:
    """A 503 and a cut connection are no refusals"""
    await one.act("faults", method=way, kind=kind, count=5)
    with pytest.raises(SlackAway):
        await way_of(one, way)


async def test_a_used_or_old_response_url_is_refused(one: Lab) -> None:
    """After five uses, and after half an hour: another way is taken"""
    form = await one.command("key list")
    for _ in range(5):
        await slack_of(one).respond(Reply(form["response_url"]), HELLO)
    await refused(one, form["response_url"], "response_url_404")
    form = await one.command("key list")
    one.clock.now += 1801
    await refused(one, form["response_url"], "response_url_410")


async def refused(one: Lab, url: str, code: str) -> None:
    """Expect a refusal, which is no sign of an absent Slack."""
    with pytest.raises(SlackError) as caught:
        await slack_of(one).respond(Reply(url), HELLO)
    assert (code, False) == (caught.value.code, isinstance(caught.value, SlackAway))


async def test_a_closed_modal_is_not_found(one: Lab) -> None:
    """While it is open it shows the answer"""
    view = await one.modal(dict(result_view(HELLO, ENGLISH)))
    await slack_of(one).update_view(view["id"], result_view(HELLO, ENGLISH))
    await one.act("close", user=TOM, view_id=view["id"])
    with pytest.raises(SlackError, match="not_found"):
        await slack_of(one).update_view(view["id"], result_view(HELLO, ENGLISH))


async def test_a_direct_message_is_sent_once_under_its_mark(one: Lab) -> None:
    """Where a former try may have sent it, it is looked for"""
    for again in (False, True, True):
        await slack_of(one).direct(MIA, HELLO, mark="m1", again=again)
    await slack_of(one).direct(MIA, HELLO, mark="m2", again=True)
    opened = await one.slack.conversations_open(users=MIA)
    assert 2 == len(await one.messages(MIA, opened["channel"]["id"]))


async def test_a_person_who_is_gone_is_refused_by_name(one: Lab) -> None:
    """By the one refusal that ends an answer"""
    await one.act("person", id=MIA, deleted=True)
    with pytest.raises(SlackError) as caught:
        await slack_of(one).direct(MIA, HELLO, mark="m1", again=False)
    assert caught.value.code in {"user_disabled", "user_not_found"}


async def test_a_message_for_one_person_is_seen_by_them_alone(one: Lab) -> None:
    """In a channel where the bot is"""
    await slack_of(one).post_ephemeral(Reply(channel=PLATFORM), TOM, HELLO)
    assert ("hello" in str(await one.texts(TOM)), await one.texts(MIA)) == (True, [])
