"""The way in: who is not Slack learns nothing, leaves nothing, and breaks nothing.

B1 to B12 are the known defects of Bolt for Python 1.30 that each of these tests guards against.
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


async def test_a_wrong_signature_is_turned_away_unread(system: System) -> None:
    """401, and nothing of the body in the log (Bolt logs it whole)."""
    body = urlencode(command(system, MARK)).encode()
    headers = sign(system, b"another body")

    assert (401, "unauthorized") == await post(system, body, headers)
    assert MARK not in system.bot.log


@pytest.mark.parametrize("seconds", [-301, 301, -86_400])
async def test_an_old_or_future_timestamp_is_turned_away(system: System, seconds: int) -> None:
    """Five minutes either way, and no more (B7)."""
    body = urlencode(command(system, "help")).encode()

    status, _ = await post(system, body, sign(system, body, time.time() + seconds))

    assert status == 401


@pytest.mark.parametrize("timestamp", ["", "soon", "1e9", "\u0661\u0662", "-1", "9" * 40])
async def test_a_timestamp_that_is_no_number_is_turned_away(system: System, timestamp: str) -> None:
    """Never a 500 (B6)."""
    body = b"text=help"
    headers = sign(system, body) | {"X-Slack-Request-Timestamp": timestamp}

    assert (await post(system, body, headers))[0] == 401


async def test_a_signature_outside_ascii_is_turned_away(system: System) -> None:
    """Comparing it would raise (B6)."""
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
async def test_a_body_that_is_no_delivery_is_turned_away(
    system: System, body: bytes, content_type: str
) -> None:
    """Signed or not, malformed is 401 and never a 500 (B6)."""
    assert (await post(system, body, sign(system, body), content_type))[0] == 401
    assert (await post(system, body, {}, content_type))[0] == 401


async def test_another_workspace_is_turned_away(system: System) -> None:
    """A signature proves Slack, not the workspace."""
    assert (await send(system, command(system, "help", team_id="T0OTHER")))[0] == 401


async def test_an_unsigned_ssl_check_is_turned_away(system: System) -> None:
    """Bolt answers it unsigned (B9)."""
    assert (await post(system, b"ssl_check=1&token=x", {}))[0] == 401


async def test_the_word_payload_is_no_interaction(system: System) -> None:
    """In the text, the channel or the domain (B1)."""
    form = command(
        system, "explain key show payload", channel_name="payload", team_domain="payload-team"
    )

    assert (await send(system, form))[0] == 200


async def test_a_form_with_a_field_payload_is_still_a_command(system: System) -> None:
    """A forged field does not turn a command into a press."""
    assert (await send(system, command(system, "help", payload="{}")))[0] == 200


async def test_the_same_signed_request_acts_once(system: System) -> None:
    """A replay within five minutes is answered and does nothing (B7)."""
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
    """They would name a listener to run alone (Bolt trusts them)."""
    headers = {"X-Slack-Bolt-Lazy-Only": "1", "X-Slack-Bolt-Lazy-Function-Name": "cld"}

    status, text = await send(system, command(system, "no such thing"), **headers)

    assert status == 200
    assert "There is no such command." in json.loads(text)["text"]


async def test_an_unknown_command_and_an_unknown_press_are_answered(system: System) -> None:
    """Nothing falls through to Bolt's 404 (B2, B11)."""
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
    """Slack's own check of the address."""
    body = json.dumps({"type": "url_verification", "challenge": "abc"}).encode()

    assert (await post(system, body, sign(system, body), JSON))[0] == 200
    assert (await post(system, body, {}, JSON))[0] == 401


async def test_an_oversized_body_is_refused(system: System) -> None:
    """Nobody fills the memory."""
    body = b"text=" + b"a" * 1_048_576

    assert (await post(system, body, sign(system, body)))[0] == 413
