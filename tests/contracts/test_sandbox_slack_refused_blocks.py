import json
from collections.abc import AsyncIterator

import pytest

from tests.contracts.slack_twin import PLATFORM, TOM, Lab, lab, refusal
from tests.contracts.slack_twin_blocks import actions, plain, section


@pytest.fixture
async def it() -> AsyncIterator[Lab]:
    """A workspace."""
    async with lab() as running:
        yield running


async def test_bad_blocks_are_refused_wherever_they_are_sent(it: Lab) -> None:
    """The Web API answers invalid_blocks with the reasons, and notes each."""
    bad = [section("x" * 3001)]
    posting = it.slack.chat_postMessage(channel=PLATFORM, text="x", blocks=bad)
    whispering = it.slack.chat_postEphemeral(channel=PLATFORM, user=TOM, text="x", blocks=bad)
    posted = await it.slack.chat_postMessage(channel=PLATFORM, text="x")
    changing = it.slack.chat_update(channel=PLATFORM, ts=posted["ts"], text="x", blocks=bad)
    for call in (posting, whispering, changing):
        body = await refusal(call)
        assert body["error"] == "invalid_blocks"
        assert body["response_metadata"]["messages"] == [
            "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text]"
        ]
    assert await it.violations() == ["invalid_blocks"] * 3


async def test_blocks_that_are_not_json_have_their_own_error(it: Lab) -> None:
    """A form carries blocks as JSON; what is none is refused."""
    form = {"channel": PLATFORM, "text": "x", "blocks": "[{"}
    bearer = {"Authorization": f"Bearer {it.config.bot_token}"}
    async with it.session.post(
        f"{it.url}/api/chat.postMessage", data=form, headers=bearer
    ) as answer:
        assert (await answer.json())["error"] == "invalid_blocks_format"


async def test_blocks_in_a_form_are_read(it: Lab) -> None:
    """JSON in a form's field is the same as JSON in a body."""
    form = {"channel": PLATFORM, "text": "x", "blocks": json.dumps([section("formed")])}
    bearer = {"Authorization": f"Bearer {it.config.bot_token}"}
    async with it.session.post(
        f"{it.url}/api/chat.postMessage", data=form, headers=bearer
    ) as answer:
        assert (await answer.json())["message"]["blocks"][0]["text"]["text"] == "formed"


async def test_blocks_without_a_text_are_taken_and_noted(it: Lab) -> None:
    """Slack takes them, but a screen reader has nothing to read."""
    await it.slack.api_call("chat.postMessage", json={"channel": PLATFORM, "blocks": [section()]})

    assert await it.violations() == ["missing_text"]


async def test_ids_that_were_left_out_are_filled_in(it: Lab) -> None:
    """Blocks and elements get ids, so that they can be clicked."""
    nameless = {"type": "button", "text": plain("Go")}
    await it.slack.chat_postMessage(channel=PLATFORM, text="x", blocks=[actions(nameless)])
    [message] = await it.messages()

    [block] = message["blocks"]
    assert block["block_id"]
    assert block["elements"][0]["action_id"]
