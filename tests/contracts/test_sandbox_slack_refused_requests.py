from collections.abc import AsyncIterator, Mapping

import pytest

from sandbox.slack.payload import Payload
from tests.contracts.slack_lab import GENERAL, PLATFORM, TOM, Lab, lab, refusal

JSON = "application/json"

# The method, its arguments, and the error.
ARGUMENTS: dict[str, tuple[str, Payload, str]] = {
    "a missing one": ("users.info", {}, "missing required field: user"),
    "an empty one": ("users.info", {"user": ""}, "missing required field: user"),
    "an unknown one": ("users.info", {"user": TOM, "colour": "red"}, "unknown argument: colour"),
    "one of another method": (
        "chat.postEphemeral",
        {"channel": GENERAL, "user": TOM, "text": "x", "unfurl_links": 0},
        "unknown argument: unfurl_links",
    ),
    "a number for a string": (
        "chat.postMessage",
        {"channel": 7, "text": "x"},
        "must be a string: channel",
    ),
    "a list for a string": (
        "chat.postMessage",
        {"channel": PLATFORM, "text": ["x"]},
        "must be a string: text",
    ),
    "a string for a boolean": (
        "chat.postMessage",
        {"channel": PLATFORM, "text": "x", "unfurl_links": "maybe"},
        "must be a boolean: unfurl_links",
    ),
}

# The body and its content type, and the error.
BODIES: dict[str, tuple[bytes, str, str]] = {
    "half an object": (b'{"user":', JSON, "invalid_json"),
    "an array": (b"[]", JSON, "json_not_object"),
    "no charset that Slack knows": (b"{}", f"{JSON}; charset=utf-16", "invalid_charset"),
    "a type that Slack does not take": (b"<user/>", "application/xml", "invalid_post_type"),
    "blocks that are no JSON": (
        b"channel=C0PLATFRM&text=x&blocks=%5B%7B",
        "application/x-www-form-urlencoded",
        "invalid_blocks_format",
    ),
    "a view that is no JSON": (
        b"trigger_id=1&view=%7B",
        "application/x-www-form-urlencoded",
        "invalid_arguments",
    ),
}


@pytest.fixture
async def it() -> AsyncIterator[Lab]:
    """A workspace."""
    async with lab() as running:
        yield running


@pytest.mark.parametrize(("method", "arguments", "what"), ARGUMENTS.values(), ids=ARGUMENTS.keys())
async def test_an_argument_is_refused_for(
    it: Lab, method: str, arguments: Payload, what: str
) -> None:
    """Arguments that are not on the method's page are refused, and are a violation."""
    body = await refusal(it.slack.api_call(method, json=arguments))

    assert body["error"] == "invalid_arguments"
    assert body["response_metadata"]["messages"] == [f"[ERROR] {what}"]
    assert await it.violations() == ["invalid_arguments"]


async def sent(it: Lab, body: bytes, content_type: str) -> Payload:
    """Post a body that the official client cannot send."""
    method = "views.open" if b"view=" in body else "chat.postMessage"
    headers: Mapping[str, str] = {
        "Authorization": f"Bearer {it.config.bot_token}",
        "Content-Type": content_type,
    }
    async with it.session.post(f"{it.url}/api/{method}", data=body, headers=headers) as answer:
        found: Payload = await answer.json()
        return found


@pytest.mark.parametrize(("body", "content_type", "error"), BODIES.values(), ids=BODIES.keys())
async def test_a_body_is_refused_for(it: Lab, body: bytes, content_type: str, error: str) -> None:
    """Unreadable bodies have errors of their own."""
    assert error == (await sent(it, body, content_type))["error"]


@pytest.mark.parametrize("content_type", [JSON, f"{JSON}; charset=utf-8", f"{JSON};charset=UTF-8"])
async def test_json_needs_no_charset(it: Lab, content_type: str) -> None:
    """Slack warns about a missing one, but accepts it."""
    body = b'{"channel": "C0PLATFRM", "text": "\xc3\xa9"}'

    assert (await sent(it, body, content_type))["ok"]
    assert await it.texts() == ["\xe9"]


async def test_an_unknown_method_is_a_violation(it: Lab) -> None:
    """A method that the sandbox lacks does not pass silently."""
    await refusal(it.slack.api_call("chat.shout"))

    assert await it.violations() == ["unknown_method"]
