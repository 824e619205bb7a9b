from collections.abc import AsyncIterator

import pytest

from sandbox.slack.signing import sign
from tests.contracts.slack_blocks import section
from tests.contracts.slack_lab import (
    GENERAL,
    IVO,
    MIA,
    OTTO,
    PAYLOAD_TEAM,
    PLATFORM,
    SECRET,
    TOM,
    ZOE,
    Lab,
    lab,
)

OFFICIAL_BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
    b"&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
    b"&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands"
    b"%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
SHORT = 0.05  # seconds; an ack deadline that a test can wait for


@pytest.fixture
async def it() -> AsyncIterator[Lab]:
    """A workspace whose bot answers at once."""
    async with lab() as running:
        yield running


@pytest.fixture
async def hasty() -> AsyncIterator[Lab]:
    """A workspace with a very short ack deadline."""
    async with lab(ack_timeout=SHORT) as running:
        yield running


def test_the_signature_matches_slack_s_own_example() -> None:
    """The example is on the page about verifying requests."""
    assert sign(SECRET, 1_531_420_618, OFFICIAL_BODY) == (
        "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    )


async def test_a_command_arrives_whole_and_signed(it: Lab) -> None:
    """Every field of a slash command, in a form that the official verifier accepts."""
    form = await it.command("key list --env Production")

    response_url, trigger_id = form.pop("response_url"), form.pop("trigger_id")
    assert form == {
        "token": "sandbox-verification-token",
        "team_id": "T0LUMEN01",
        "team_domain": "lumen-goods",
        "channel_id": PLATFORM,
        "channel_name": "platform",
        "user_id": TOM,
        "user_name": "tom",
        "command": "/cld",
        "text": "key list --env Production",
        "api_app_id": "A0KEYSMITH",
        "is_enterprise_install": "false",
    }
    assert response_url.startswith(f"{it.url}/response/T0LUMEN01/")
    assert trigger_id.count(".") == 2
    assert it.genuine(it.bot.last)


async def test_the_form_encoding_is_that_of_browsers(it: Lab) -> None:
    """Spaces are plus signs and slashes are escaped, as Slack sends them."""
    await it.command("key list")

    assert b"command=%2Fcld&text=key+list&" in it.bot.last.raw
    assert it.bot.last.headers["Content-Type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("link @tom x@tom.example", "link <@U0TOM0001> x@tom.example"),
        ("ask @nobody", "ask @nobody"),
        ("ask @ada.", "ask <@U0ADA0001>."),
        ("tell #platform", "tell <#C0PLATFRM|platform>"),
        ("see https://a.example/?q=1&r=@tom", "see <https://a.example/?q=1&amp;r=@tom>"),
        ("rename <a> & <b>", "rename &lt;a&gt; &amp; &lt;b&gt;"),
    ],
)
async def test_what_is_typed_is_escaped(it: Lab, typed: str, text: str) -> None:
    """Mentions become ids, links are wrapped, and markup is escaped."""
    assert (await it.command(typed))["text"] == text


@pytest.mark.parametrize(
    ("channel", "name"), [("D0TOM0001", "directmessage"), (PAYLOAD_TEAM, "payload-team")]
)
async def test_a_command_names_its_channel(it: Lab, channel: str, name: str) -> None:
    """A direct conversation has a special name."""
    assert (await it.command("help", channel=channel))["channel_name"] == name


async def test_an_ack_in_time_is_ok(it: Lab) -> None:
    """The control surface says how it went and how long it took."""
    answer = await it.act("command", user=TOM, channel=PLATFORM, text="help")

    assert (answer["delivered"], answer["status"]) == ("ok", 200)
    assert answer["elapsed_ms"] > 0


async def test_a_late_ack_shows_slack_s_timeout_notice(hasty: Lab) -> None:
    """To the person who typed the command."""
    hasty.bot.free.clear()
    answer = await hasty.act("command", user=TOM, channel=PLATFORM, text="help")
    screen = await hasty.look("screen", user=TOM)

    assert (answer["delivered"], answer["status"]) == ("operation_timeout", None)
    assert SHORT * 1000 <= answer["elapsed_ms"]
    assert [toast["text"] for toast in screen["toasts"]] == [
        '/cld failed with the error "operation_timeout"'
    ]


@pytest.mark.parametrize("status", [204, 301, 404, 500])
async def test_any_other_status_is_a_failed_dispatch(it: Lab, status: int) -> None:
    """Any status other than 200 shows an error to the person."""
    it.bot.status = status
    answer = await it.act("command", user=TOM, channel=PLATFORM, text="help")
    screen = await it.look("screen", user=TOM)

    assert (answer["delivered"], answer["status"]) == ("dispatch_failed", status)
    assert screen["toasts"][0]["error"] == "dispatch_failed"


async def test_an_unreachable_bot_is_a_failed_dispatch(it: Lab) -> None:
    """No server listens at the address."""
    await it.act("bot", request_url="http://127.0.0.1:1/slack/events")
    answer = await it.act("command", user=TOM, channel=PLATFORM, text="help")

    assert (answer["delivered"], answer["status"]) == ("dispatch_failed", None)


async def test_an_ack_with_text_is_shown_to_one_person(it: Lab) -> None:
    """A plain body is an ephemeral message."""
    it.bot.body = "Only you see this."
    await it.command("help")

    assert await it.texts(TOM) == ["Only you see this."]
    assert await it.texts(MIA) == []


async def test_an_ack_with_json_is_a_message(it: Lab) -> None:
    """Its blocks are shown; without a response_type it is ephemeral."""
    it.bot.body = {"text": "menu", "blocks": [section("choose")]}
    await it.command("")
    [message] = await it.messages()

    assert message["blocks"][0]["text"]["text"] == "choose"
    assert message["ephemeral"]
    assert message["bot"] == "Keysmith"


async def test_a_public_ack_shows_the_typed_command_to_all(it: Lab) -> None:
    """in_channel echoes the command too, which makes it dangerous."""
    it.bot.body = {"text": "done", "response_type": "in_channel"}
    await it.command("key list")

    assert await it.texts(MIA) == ["/cld key list", "done"]


async def test_the_body_of_an_error_is_logged(it: Lab) -> None:
    """A traceback in a 500 can leak secrets too."""
    it.bot.status, it.bot.body = 500, "Traceback"
    await it.command("help")

    outbox = (await it.look("outbox"))["outbox"]
    assert [(one["via"], one["user"], one["body"]) for one in outbox] == [("ack", TOM, "Traceback")]


async def test_an_invalid_ack_is_a_violation_and_shown(it: Lab) -> None:
    """Blocks that Slack would refuse are not shown."""
    it.bot.body = {"text": "x", "blocks": [{"type": "marquee"}]}
    await it.command("help")

    assert await it.texts() == []
    assert await it.violations() == ["invalid_blocks"]
    assert (await it.look("screen", user=TOM))["toasts"][0]["error"] == "invalid_blocks"


@pytest.mark.parametrize(
    ("user", "channel", "reason"),
    [
        ("U0NOBODY0", PLATFORM, "no person has the id 'U0NOBODY0'"),
        (ZOE, GENERAL, "Zoe Hart cannot sign in to Slack"),
        (OTTO, "C0PARTNER", "Otto Krause's workspace has no such app"),
        (IVO, "C0APPROVE", "Ivo Petrov is not in #key-approvals"),
        (TOM, "C0NOWHERE", "no channel has the id 'C0NOWHERE'"),
    ],
)
async def test_actions_that_are_impossible_in_slack_are_refused(
    it: Lab, user: str, channel: str, reason: str
) -> None:
    """An impossible scenario fails instead of passing for the wrong reason."""
    answer = await it.act("command", user=user, channel=channel, text="help")

    assert answer == {"error": reason}
    assert it.bot.received == []


async def test_force_allows_impossible_actions(it: Lab) -> None:
    """To test the bot's own checks with people whom Slack would stop first."""
    answer = await it.act("command", user=OTTO, channel="C0PARTNER", text="help", force=True)

    assert answer["delivered"] == "ok"
    assert it.bot.last.form["user_id"] == OTTO
