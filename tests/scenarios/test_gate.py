"""The gate: a sender other than Slack learns nothing, stores nothing and breaks nothing.

B1 to B12 number the known defects of Bolt for Python 1.30 that these tests guard against.
"""

import json
import time
from urllib.parse import urlencode

import pytest

from sandbox import company
from tests.scenarios.signed import command, post, send, sign
from tests.scenarios.system import System, until

JSON = "application/json"
MARK = "tell-tale-7391"


async def test_a_wrong_signature_is_rejected_unread(system: System) -> None:
    """The answer is 401, and the log has nothing of the body (Bolt logs all of it)."""
    body = urlencode(command(system, MARK)).encode()
    headers = sign(system, b"another body")

    assert (401, "unauthorized") == await post(system, body, headers)
    assert MARK not in system.bot.log


@pytest.mark.parametrize("seconds", [-301, 301, -86_400])
async def test_an_old_or_future_timestamp_is_rejected(system: System, seconds: int) -> None:
    """A timestamp is valid for five minutes before and after now (B7)."""
    body = urlencode(command(system, "help")).encode()

    status, _ = await post(system, body, sign(system, body, time.time() + seconds))

    assert status == 401


@pytest.mark.parametrize("timestamp", ["", "soon", "1e9", "\u0661\u0662", "-1", "9" * 40])
async def test_a_timestamp_that_is_no_number_is_rejected(system: System, timestamp: str) -> None:
    """The answer is 401 and never 500 (B6)."""
    body = b"text=help"
    headers = sign(system, body) | {"X-Slack-Request-Timestamp": timestamp}

    assert (await post(system, body, headers))[0] == 401


async def test_a_signature_outside_ascii_is_rejected(system: System) -> None:
    """The answer is 401, although comparing such text raises (B6)."""
    body = b"text=help"
    headers = sign(system, body) | {"X-Slack-Signature": "v0=\u00e9\u00e9"}

    assert (await post(system, body, headers))[0] == 401


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{", JSON),
        (b"[1, 2]", JSON),
        (b'"text"', JSON),
        (b"null", JSON),
        (b"[" * 100_000, JSON),
        (b"{not a form", "application/x-www-form-urlencoded"),
        (b"payload=%7Bbroken", "application/x-www-form-urlencoded"),
        (b"payload=[]", "application/x-www-form-urlencoded"),
        (b"\xff\xfe\x00", "application/x-www-form-urlencoded"),
        (b"", "application/x-www-form-urlencoded"),
    ],
)
async def test_a_body_that_is_no_delivery_is_rejected(
    system: System, body: bytes, content_type: str
) -> None:
    """A malformed body is a 401 and never a 500, signed or not (B6)."""
    assert (await post(system, body, sign(system, body), content_type))[0] == 401
    assert (await post(system, body, {}, content_type))[0] == 401


async def test_another_workspace_is_rejected(system: System) -> None:
    """A valid signature proves that Slack sent it, but not which workspace."""
    assert (await send(system, command(system, "help", team_id="T0OTHER")))[0] == 401


async def test_an_unsigned_ssl_check_is_rejected(system: System) -> None:
    """An ssl_check needs a signature too (B9)."""
    assert (await post(system, b"ssl_check=1&token=x", {}))[0] == 401


async def test_the_text_payload_makes_no_interaction(system: System) -> None:
    """A command with payload in its text, channel or domain stays a command (B1)."""
    form = command(
        system, "explain key show payload", channel_name="payload", team_domain="payload-team"
    )

    assert (await send(system, form))[0] == 200


async def test_a_form_with_a_field_payload_is_still_a_command(system: System) -> None:
    """A forged field does not turn a command into an interaction."""
    assert (await send(system, command(system, "help", payload="{}")))[0] == 200


async def test_the_same_signed_request_acts_once(system: System) -> None:
    """A replay within five minutes is answered and has no effect (B7)."""
    body = urlencode(command(system, "key disable ci-bot")).encode()
    headers = sign(system, body)
    first = await post(system, body, headers)

    async def done() -> bool:
        return not (await system.key("ci-bot"))["enabled"]

    await until(done)
    replays = [await post(system, body, headers) for _ in range(3)]

    assert [(200, "")] * 4 == [first, *replays]
    asked = [
        e for e in await system.audit() if e["action"] == "key:disable" and e["deed"] == "asked"
    ]
    assert len({e["errand"] for e in asked}) == len(asked)
    assert len(await system.requests("PUT")) == 1


async def test_bolt_headers_from_outside_are_dropped(system: System) -> None:
    """Headers that make Bolt run one listener only are ignored (Bolt trusts them)."""
    headers = {"X-Slack-Bolt-Lazy-Only": "1", "X-Slack-Bolt-Lazy-Function-Name": "cld"}

    status, text = await send(system, command(system, "no such thing"), **headers)

    assert status == 200
    assert "Unknown command." in json.loads(text)["text"]


async def test_an_unknown_command_and_an_unknown_action_are_answered(system: System) -> None:
    """Neither falls through to Bolt's 404 (B2, B11)."""
    assert (await send(system, command(system, "help", command="/other")))[0] == 200
    press = {
        "type": "block_actions",
        "team": {"id": company.TEAM_ID},
        "user": {"id": "U0TOM0001", "team_id": company.TEAM_ID},
        "response_url": f"{system.twins.at.slack}/response/nowhere",
        "trigger_id": "1.2.3",
        "actions": [
            {"action_id": "of-another-age", "block_id": "b", "type": "button", "value": "?"}
        ],
    }

    assert (await send(system, {"payload": json.dumps(press)})) == (200, "")


async def test_url_verification_is_echoed_only_when_signed(system: System) -> None:
    """An unsigned check of the URL is a 401."""
    body = json.dumps({"type": "url_verification", "challenge": "abc"}).encode()

    assert (await post(system, body, sign(system, body), JSON))[0] == 200
    assert (await post(system, body, {}, JSON))[0] == 401


async def test_an_oversized_body_is_refused(system: System) -> None:
    """A body over one megabyte is a 413, so it cannot fill the memory."""
    body = b"text=" + b"a" * 1_048_576

    assert (await post(system, body, sign(system, body)))[0] == 413
