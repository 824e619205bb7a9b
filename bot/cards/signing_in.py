"""The part of an approver's form that leads to Sign in with Slack."""

from typing import Final

from bot.cards.form_words import written
from bot.cards.kit import MAX_TEXT, Block, msg
from bot.domain.languages import Language

OPENS: Final = "opens:"
"""The action id of a button that only opens an address begins with this."""
_HOW: Final = msg(
    "To approve, sign in with Slack and then come back here, or type the name. Signing in alone"
    " approves nothing."
)
_PRESS: Final = msg("Sign in with Slack")


def signing_in(address: str, language: Language) -> list[Block]:
    """Say how to sign in, and offer the button."""
    button: Block = {
        "type": "button",
        "action_id": f"{OPENS}sign-in",
        "text": written(_PRESS, language),
        "url": address,
    }
    how: Block = {"type": "section", "text": written(_HOW, language, MAX_TEXT)}
    return [how, {"type": "actions", "elements": [button]}]
