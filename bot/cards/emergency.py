"""The form of an emergency looks like one: it says what it does and who is told, and asks twice."""

from typing import Final

from bot.cards.form_words import FormWords, written
from bot.cards.inputs import MAX_LONG
from bot.cards.kit import MAX_LABEL, Block, card, line, msg, render
from bot.domain.commands.grammar import Incomplete
from bot.domain.languages import Language
from bot.domain.policy import Action

CONFIRMED: Final = "emergency"
"""The block id of the box to tick; Slack submits no form without it."""
_TITLE: Final = msg("Use emergency access")
_CREATES: Final = msg("This creates the key now, without approval.")
_DOES: Final = {
    Action.KEY_ENABLE: msg("This enables the key now, without approval."),
    Action.KEY_CREATE: _CREATES,
    Action.KEY_REQUEST: _CREATES,
}
_ELSE: Final = msg("This happens now, without approval.")
_TOLD: Final = msg(
    "The security channel is notified at once, and another person reviews it afterwards."
)


def is_emergency(incomplete: Incomplete) -> bool:
    """Whether a form is for a command that needs no approval, as it was typed."""
    return "emergency" in dict(incomplete.given)


def emergency_words(incomplete: Incomplete) -> FormWords:
    """Name the form of an emergency."""
    return FormWords(_TITLE, _DOES.get(incomplete.spec.action, _ELSE), _TITLE)


def warning(words: FormWords, language: Language) -> list[Block]:
    """Say what the form does, and who is told."""
    title = written(msg("\N{WARNING SIGN} Emergency"), language, MAX_LONG)
    said = render(card(line(words.does), line(_TOLD)), (), language)
    return [{"type": "header", "text": title}, *said.blocks]


def confirmation(language: Language) -> Block:
    """Ask to tick a box: a slip of the thumb starts no emergency."""
    now = written(msg("I need this now and can't wait for approval"), language, MAX_LABEL)
    return {
        "type": "input",
        "block_id": CONFIRMED,
        "optional": False,
        "label": written(msg("Confirm"), language),
        "element": {
            "type": "checkboxes",
            "action_id": CONFIRMED,
            "options": [{"text": now, "value": "now"}],
        },
    }
