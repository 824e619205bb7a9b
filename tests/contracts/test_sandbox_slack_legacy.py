"""The parameters of chat.* from older kinds of apps."""

import pytest

from sandbox.slack.payload import Payload
from tests.contracts.slack_lab import PLATFORM, SCOPES, TOM, lab, refusal

HELLO: Payload = {"channel": PLATFORM, "text": "hello"}


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("chat.postMessage", HELLO),
        ("chat.postEphemeral", {**HELLO, "user": TOM}),
        ("chat.update", HELLO),
        ("chat.delete", {"channel": PLATFORM}),
    ],
)
async def test_a_new_app_does_not_post_as_a_user(method: str, arguments: Payload) -> None:
    """`as_user` is refused, unless it is false."""
    async with lab() as it:
        posted = await it.slack.chat_postMessage(**HELLO)
        own = method in {"chat.update", "chat.delete"}
        call = {**arguments, "ts": posted["ts"]} if own else arguments
        body = await refusal(it.slack.api_call(method, json={**call, "as_user": True}))
        assert (await it.slack.api_call(method, json={**call, "as_user": False}))["ok"]

    assert "as_user_not_supported" == body["error"]


async def test_a_custom_name_is_ignored_without_the_scope() -> None:
    """The message has the app's name, which is listed as a violation."""
    async with lab() as it:
        await it.slack.chat_postMessage(**HELLO, username="Vault", icon_emoji=":lock:")
        (message,) = await it.messages()

        assert ("Keysmith", False) == (message["bot"], "username" in message)
        assert ["authorship_ignored"] == await it.violations()


@pytest.mark.parametrize(
    ("icon", "icons"),
    [
        ({"icon_emoji": ":lock:", "icon_url": "https://x.example/"}, {"emoji": ":lock:"}),
        ({"icon_url": "https://x.example/"}, {"image_48": "https://x.example/"}),
        ({}, None),
    ],
    ids=str,
)
async def test_a_custom_name_needs_a_scope(icon: Payload, icons: Payload | None) -> None:
    """With the scope, the message has that name and icon; an emoji overrides an image."""
    async with lab(scopes=SCOPES | {"chat:write.customize"}) as it:
        await it.slack.chat_postMessage(**HELLO, username="Vault", **icon)
        (message,) = await it.messages()

        assert ("Vault", "Vault", icons) == (
            message["bot"],
            message["username"],
            message.get("icons"),
        )
        assert [] == await it.violations()


async def test_a_text_is_parsed_in_full_or_not_at_all() -> None:
    """Slack's page has no third value."""
    async with lab() as it:
        body = await refusal(it.slack.api_call("chat.postMessage", json={**HELLO, "parse": "much"}))

    assert "invalid_arguments" == body["error"]
