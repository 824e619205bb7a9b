"""The environment variables that connect a bot to the sandbox."""

import base64
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandbox import at_cloudinary
from sandbox.cloudinary.app import ACCOUNT_KEY, ACCOUNT_SECRET
from sandbox.slack.config import SlackConfig

KEY_BYTES: Final = 32


@dataclass(frozen=True)
class Addresses:
    """The URLs of the servers, all on this machine; the bot has two: `admin` has its health."""

    slack: str
    cloudinary: str
    bot: str
    admin: str


def bot_keys(state: Path) -> str:
    """The bot's key (KEYSMITH_KEYS), which is kept with the state so that it stays the same."""
    file = state / "bot-key"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.write_text(base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode())
        file.chmod(0o600)
    return file.read_text().strip()


def variables(at: Addresses, slack: SlackConfig, keys: str) -> dict[str, str]:
    """Every variable that the bot needs."""
    account = f"account://{ACCOUNT_KEY}:{ACCOUNT_SECRET}@{at_cloudinary.ACCOUNT_ID}"
    found = {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_API_URL": f"{at.slack}/api/",
        "APPROVALS_CHANNEL": "C0APPROVE",
        "SECURITY_CHANNEL": "C0SECURTY",
        "CLOUDINARY_ACCOUNT_URL": account,
        "CLOUDINARY_API_URL": at.cloudinary,
        "PUBLIC_URL": at.bot,
        "PORT": at.bot.rpartition(":")[2],
        "ADMIN_PORT": at.admin.rpartition(":")[2],
        "KEYSMITH_KEYS": keys,
    }
    if slack.socket_mode:
        return found | {"SLACK_APP_TOKEN": slack.app_token}
    return found | {"SLACK_SIGNING_SECRET": slack.signing_secret}
