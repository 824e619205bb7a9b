"""T15 to T19: texts that people type, and where they are shown."""

import json
from typing import Any

import pytest

from bot.adapters.redis.request_json import dumps, loads
from bot.cards.kit import MAX_TEXT, render
from bot.cards.kit import escape as shown
from bot.cards.notifications import notification_card
from bot.cards.requests import posted
from bot.domain.commands.fields import MAX_NAME, MAX_PROSE
from bot.domain.commands.grammar import Misunderstood, read
from bot.domain.commands.grammar import render as written
from bot.domain.commands.requests import Approve
from bot.domain.commands.text import escape, quote
from bot.domain.requests.machine import Request
from bot.domain.requests.notifications import Topic, in_thread, to_person
from bot.flows.requests.open import execution
from tests.flows.harness import COLLEAGUE, NEWCOMER, Harness
from tests.flows.requested import asked, kept

HOSTILE = "<https://evil.example|Approve here> <!channel> <@U0ADMIN> `code` *bold* & done"


async def wished(harness: Harness, reason: str, name: str = "deploy") -> Request:
    """Open a request with this reason, as Slack delivers it."""
    wish = f"request shop-dev {quote(name)} --reason {quote(reason)}"
    return await asked(harness, escape(wish))


def elements(blocks: Any) -> list[dict[str, Any]]:
    """List every object in blocks, at any depth."""
    match blocks:
        case dict():
            return [blocks, *(each for value in blocks.values() for each in elements(value))]
        case list() | tuple():
            return [each for value in blocks for each in elements(value)]
        case _:
            return []


async def test_t15_a_typed_text_is_no_markup_in_a_card(harness: Harness) -> None:
    """Guard: typed text is in text elements of rich text, which Slack shows literally."""
    request = await wished(harness, HOSTILE)
    question = in_thread(request.id, Topic.QUESTION, by="U1", text=HOSTILE)
    for card in (posted(request), notification_card(question, request)):
        found = elements(json.loads(json.dumps(render(card).blocks)))
        assert "mrkdwn" not in {each.get("type") for each in found}
        assert not [each for each in found if each.get("type") in {"link", "broadcast"}]
        assert HOSTILE in [each.get("text") for each in found if each.get("type") == "text"]


async def test_t16_the_fallback_text_is_escaped_too(harness: Harness) -> None:
    """Guard: a notification has no mention and no link."""
    request = await wished(harness, HOSTILE)
    told = to_person(request.id, Topic.DENIED, NEWCOMER.user_id, by="U1", text=HOSTILE)
    for card in (posted(request), notification_card(told, request)):
        text = render(card).text
        assert shown(HOSTILE) in text
        assert "<" not in text


async def test_t17_a_text_is_capped_after_escaping_and_refused_above_its_limit(
    harness: Harness,
) -> None:
    """Guard: five hundred ampersands fit, at five times the length; a longer reason is refused."""
    request = await wished(harness, "&" * MAX_PROSE, "&" * MAX_NAME)
    text = render(posted(request)).text
    assert len(text) <= MAX_TEXT
    assert text.count("&") == text.count("&amp;")
    assert isinstance(read(f"request shop-dev x --reason {'é' * (MAX_PROSE + 1)}"), Misunderstood)


INCIDENT = 'INC-42: prod is down, "approved": by Bob: yes'
"""A text that fools a program which parses its own cards."""


async def test_t18_nothing_is_read_back_from_a_card(harness: Harness) -> None:
    """Guard: a button has only the request's id; a typed text is stored unchanged."""
    request = await wished(harness, INCIDENT)
    assert INCIDENT == request.terms.reason
    assert INCIDENT == loads(dumps(request), "").terms.reason
    pressed = [e for e in elements(render(posted(request)).blocks) if e.get("type") == "button"]
    assert {request.id} == {each["value"] for each in pressed}
    kinds = {str(each["action_id"]).rpartition(":")[0] for each in pressed}
    assert all(INCIDENT[:4] not in kind for kind in kinds)
    assert Approve(request.id) == read(f"approve {quote(request.id)}")


async def test_t19_a_typed_text_is_stored_raw_and_escaped_once_for_each_place(
    harness: Harness,
) -> None:
    """Guard: no entity is in a card, and the execution reads the typed text."""
    raw = "a &amp; b < c"
    request = await wished(harness, raw)
    await harness.run(COLLEAGUE, f'deny {request.id} --reason "{escape(raw)}"')
    denied = await kept(harness, request)
    assert (raw, raw) == (denied.terms.reason, denied.votes[0].comment)
    message = render(posted(denied))
    assert "&amp;amp;amp;" not in message.text
    assert "&amp;amp;" not in json.dumps(message.blocks)
    again = read(execution(denied).text)
    assert not isinstance(again, Misunderstood)
    assert request.terms.command == written(again)  # type: ignore[arg-type]  # it was a command


@pytest.mark.parametrize("text", [HOSTILE, INCIDENT])
async def test_the_terms_of_a_typed_text_have_one_fingerprint(text: str, harness: Harness) -> None:
    """It is the same before and after it is stored."""
    request = await wished(harness, text)
    assert request.terms.fingerprint == loads(dumps(request), "").terms.fingerprint
