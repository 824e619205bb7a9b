import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from tests.contracts.slack_lab import PLATFORM, TOM, Lab, lab


async def limited(it: Lab, method: str, **arguments: object) -> AsyncSlackResponse:
    """Give the answer to a rate-limited call."""
    with pytest.raises(SlackApiError) as caught:
        await it.slack.api_call(method, params=arguments)
    assert isinstance(caught.value.response, AsyncSlackResponse)
    return caught.value.response


async def test_a_channel_accepts_one_message_per_second() -> None:
    """The second is refused with 429 and Retry-After; another channel is not affected."""
    async with lab(post_interval=1.0) as it:
        await it.slack.chat_postMessage(channel=PLATFORM, text="one")
        refused = await limited(it, "chat.postMessage", channel=PLATFORM, text="two")
        await it.slack.chat_postMessage(channel="C0APPROVE", text="elsewhere")
        it.clock.now += 1.0
        await it.slack.chat_postMessage(channel=PLATFORM, text="three")

        assert (refused.status_code, refused["error"]) == (429, "ratelimited")
        assert refused.headers["Retry-After"] == "1"
        assert await it.texts() == ["one", "three"]


@pytest.mark.parametrize(
    ("method", "arguments", "per_minute"),
    [
        ("users.info", {"user": TOM}, 100),
        ("users.lookupByEmail", {"email": "tom@lumen-goods.example"}, 50),
    ],
)
async def test_a_method_accepts_its_tier_s_calls_per_minute(
    method: str, arguments: dict[str, object], per_minute: int
) -> None:
    """One more is refused until the first is a minute old; other methods are not affected."""
    async with lab(tier_burst=0) as it:
        for _ in range(per_minute):
            await it.slack.api_call(method, params=arguments)
        it.clock.now += 20.0
        refused = await limited(it, method, **arguments)
        assert (await it.slack.conversations_open(users=TOM))["ok"]
        it.clock.now += 40.0
        assert (await it.slack.api_call(method, params=arguments))["ok"]

    assert (refused.status_code, refused["error"]) == (429, "ratelimited")
    assert refused.headers["Retry-After"] == "40"


async def test_a_burst_goes_beyond_the_tier() -> None:
    """Slack sometimes allows more calls; the number is a setting."""
    async with lab(tier_burst=2) as it:
        for _ in range(52):
            await it.slack.users_lookupByEmail(email="tom@lumen-goods.example")
        refused = await limited(it, "users.lookupByEmail", email="tom@lumen-goods.example")

    assert refused["error"] == "ratelimited"


async def test_tiers_can_be_turned_off_until_a_reset() -> None:
    """For tests and benchmarks of something else."""
    async with lab(tier_burst=0) as it:
        await it.act("tiers", burst=None)
        for _ in range(101):
            assert (await it.slack.users_info(user=TOM))["ok"]
        await it.act("reset")
        for _ in range(100):
            await it.slack.users_info(user=TOM)
        assert (await limited(it, "users.info", user=TOM))["error"] == "ratelimited"


async def test_an_invalid_burst_is_refused() -> None:
    """It is a number or null."""
    async with lab() as it:
        assert await it.act("tiers", burst="some") == {"error": "burst is a whole number, or null"}
