"""The form of an emergency looks like one: it says what it does and who is told, and asks twice."""

from typing import Final

from bot.cards.kit import Block, plain_text
from bot.domain.commands.grammar import Incomplete
from bot.domain.policy import Action

TITLE: Final = "Use emergency access"
CONFIRMED: Final = "emergency"
"""The block id of the box to tick; Slack submits no form without it."""
_DOES: Final = {
    Action.KEY_ENABLE: "This enables the key now, without approval.",
    Action.KEY_CREATE: "This creates the key now, without approval.",
    Action.KEY_REQUEST: "This creates the key now, without approval.",
}
_TOLD: Final = "The security channel is notified at once, and another person reviews it afterwards."


def emergency(view: Block, incomplete: Incomplete) -> Block:
    """Turn the form of a command into that of an emergency, if it is one."""
    blocks = view["blocks"]
    if "emergency" not in dict(incomplete.given) or not isinstance(blocks, list):
        return view
    does = _DOES.get(incomplete.spec.action, "This happens now, without approval.")
    warning: list[Block] = [
        {"type": "header", "text": plain_text("\N{POLICE CARS REVOLVING LIGHT} Emergency")},
        {"type": "section", "text": plain_text(f"{does} {_TOLD}")},
    ]
    words = {"title": plain_text(TITLE), "submit": plain_text(TITLE)}
    return view | words | {"blocks": [*warning, *blocks[1:], _confirmation()]}


def _confirmation() -> Block:
    """Ask to tick a box: a slip of the thumb starts no emergency."""
    now = {"text": plain_text("I need this now and can't wait for approval"), "value": "now"}
    return {
        "type": "input",
        "block_id": CONFIRMED,
        "optional": False,
        "label": plain_text("Confirm"),
        "element": {"type": "checkboxes", "action_id": CONFIRMED, "options": [now]},
    }
