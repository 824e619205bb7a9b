"""What a filled-in form would lead to, at its end: one line for each environment."""

from collections.abc import Sequence
from typing import Final, assert_never

from bot.cards.invisible import shown
from bot.cards.kit import Block, Phrase, Text, msg, plain_text
from bot.cards.people import approval
from bot.domain.languages import Language
from bot.domain.phrases import worded
from bot.domain.policy import Allowed, Explanation, NeedsApproval, Refused

PREVIEW: Final = "preview"
"""The block id of what will happen."""
_EVERYWHERE: Final = msg("Everywhere")


def previewed(explanations: Sequence[Explanation], language: Language) -> str:
    """Say what a command would lead to, for the person who fills in its form."""
    return "\n".join(shown(worded(_previewed(each), language)) for each in explanations)


def preview_block(text: str) -> Block:
    """Draw what will happen, and who will be asked."""
    return {"type": "context", "block_id": PREVIEW, "elements": [plain_text(text)]}


def _previewed(explanation: Explanation) -> Phrase:
    place = explanation.environment
    where = Text(place.name) if place else _EVERYWHERE
    match explanation.own:
        case NeedsApproval(_, required) if required.quorum:
            return msg("{place}: needs {approval}.", place=where, approval=approval(required))
        case Allowed() | NeedsApproval():
            return msg("{place}: no approval needed.", place=where)
        case Refused():
            return msg("{place}: you don't have permission to do this.", place=where)
        case _:
            assert_never(explanation.own)
