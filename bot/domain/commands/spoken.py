"""What a message to the bot says: a command, in a direct message or after a mention, or none."""

import re
from typing import Final

from bot.domain.commands.grammar import Misunderstood, read_typed
from bot.domain.commands.registry import COMMANDS
from bot.domain.commands.secrets import looks_secret
from bot.domain.commands.suggest import ALONE
from bot.domain.commands.text import unescape

FIRST: Final = frozenset({spec.words[0] for spec in COMMANDS} | {"explain"})
"""The words that begin a command; a message that begins with another one is prose."""
_SLASH: Final = re.compile(r"/cld(?=\s|$)", re.IGNORECASE)


def spoken(text: str, bot: str = "") -> str:
    """Return the command in a message, as it would follow `/cld`; empty where there is none.

    What stands before the mention of the bot, whose user id this is, is not for the bot. Text that
    may be a secret is returned too, so that its person is warned.
    """
    mention = re.search(rf"<@{re.escape(bot)}(?:\|[^<>]*)?>", text) if bot else None
    said = text[mention.end() :] if mention else text
    said = _SLASH.sub("", said.lstrip(" \t\n:,"), count=1).strip()
    return said if _is_command(said) else ""


def _is_command(said: str) -> bool:
    if not isinstance(read_typed(said), Misunderstood):
        return True
    first = said.split(maxsplit=1)[0].casefold()
    return first in FIRST | ALONE or looks_secret(unescape(said))
