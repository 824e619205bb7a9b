"""What a person reads whose typed name is another one than the one that confirms a change."""

from typing import Final

from bot.cards.kit import Line, line, msg
from bot.domain.outcomes.decisions import MoreNeeded
from bot.domain.outcomes.environment_changes import EnvironmentProtected
from bot.domain.outcomes.groups import GroupUnconfirmed
from bot.domain.outcomes.keys import KeyProtected
from bot.domain.outcomes.users import UserToConfirm

_NO_MATCH: Final = msg("What you typed doesn't match.")


Confirming = KeyProtected | EnvironmentProtected | UserToConfirm | GroupUnconfirmed | MoreNeeded


def no_match(outcome: Confirming) -> list[Line]:
    """Say so before all else; nothing where no name was typed yet."""
    return [line(_NO_MATCH)] if outcome.mistyped else []
