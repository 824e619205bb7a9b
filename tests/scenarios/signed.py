"""Requests signed with slack_sdk: an implementation that the sandbox does not share."""

import hashlib
import hmac
import io
import secrets
import time
from urllib.parse import urlencode

from slack_sdk.signature import SignatureVerifier

from sandbox import company
from tests.scenarios.system import PLATFORM, TOM, System

FORM = "application/x-www-form-urlencoded"


def command(system: System, text: str, **more: str) -> dict[str, str]:
    """Build a slash command's form; answers go to the sandbox."""
    return {
        "token": "x",
        "team_id": company.TEAM_ID,
        "team_domain": company.TEAM_DOMAIN,
        "channel_id": PLATFORM,
        "channel_name": "platform",
        "user_id": TOM,
        "user_name": "tom",
        "command": "/cld",
        "text": text,
        "response_url": f"{system.twins.at.slack}/response/nowhere",
        "trigger_id": f"1.2.{secrets.token_hex(8)}",
        "api_app_id": company.APP_ID,
    } | more


def sign(system: System, body: bytes, at: float | None = None) -> dict[str, str]:
    """Build the headers that sign a body."""
    timestamp = str(int(time.time() if at is None else at))
    secret = system.twins.slack.signing_secret
    try:
        signature = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body)
    except UnicodeDecodeError:  # slack_sdk signs only text
        message = b"v0:" + timestamp.encode() + b":" + body
        signature = f"v0={hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()}"
    assert signature
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature}


async def post(
    system: System, body: bytes, headers: dict[str, str], content_type: str = FORM
) -> tuple[int, str]:
    """Send a body to the bot; gives status and text of the answer."""
    url = f"{system.twins.at.bot}/slack/events"
    headers = headers | {"Content-Type": content_type}
    async with system.session.post(url, data=io.BytesIO(body), headers=headers) as answer:
        return answer.status, await answer.text()


async def send(system: System, form: dict[str, str], **headers: str) -> tuple[int, str]:
    """Sign a form and send it to the bot."""
    body = urlencode(form).encode()
    return await post(system, body, sign(system, body) | headers)
