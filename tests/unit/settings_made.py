"""Environment variables of a bot, and the errors about missing ones."""

import base64
from collections.abc import Iterator
from typing import Final

import pytest

from bot.errors import ConfigurationError
from bot.settings import Settings, read_settings
from tests.variables import Variables, variables

KEY: Final = base64.b64encode(b"k" * 32).decode()

REQUIRED: Final = {
    "SLACK_BOT_TOKEN": "xoxb-made-up",
    "SLACK_SIGNING_SECRET": "made-up-signing",
    "APPROVALS_CHANNEL": "C0APPROVE",
    "CLOUDINARY_ACCOUNT_URL": "account://814:made-up@acc",
    "PUBLIC_URL": "https://keysmith.lumen.example",
    "KEYSMITH_KEYS": KEY,
}


@pytest.fixture
def environment() -> Iterator[Variables]:
    """Set the required variables only."""
    with variables() as values:
        for name in Settings.model_fields:
            values.pop(name.upper(), None)
        values.update(REQUIRED)
        yield values


def refusal() -> str:
    """Return the message of the refusal."""
    with pytest.raises(ConfigurationError) as refused:
        read_settings(Settings)
    return str(refused.value)
