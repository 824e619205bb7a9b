"""The types of arguments of the command line. What is wrong is told in words, with exit code 64."""

import argparse
from datetime import UTC, date, datetime, timedelta
from typing import Final

from bot.adapters.checkpoints import is_public

NOT_PUBLIC: Final = (
    "this is no public key: one is ed25519: and 43 characters, as `keysmith audit key` prints it"
)


def public_key_of(text: str) -> str:
    """Read a public key; what is none may be a secret one, so it is not repeated."""
    if not is_public(text):
        raise argparse.ArgumentTypeError(NOT_PUBLIC)
    return text


def day_of(text: str) -> date:
    """Read a day up to tomorrow, before which everything is."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("name a day as YYYY-MM-DD") from None
    if day > datetime.now(UTC).date() + timedelta(days=1):
        raise argparse.ArgumentTypeError("name a day up to tomorrow, which archives all entries")
    return day
