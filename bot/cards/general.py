"""Cards that belong to no noun: the menu, help, texts that are no command, failures."""

from typing import assert_never

from bot.cards import faults, help  # noqa: A004  # a noun, a module
from bot.cards.kit import Card
from bot.domain.commands.grammar import Incomplete, Misunderstood, Planned
from bot.domain.outcomes.general import Failed, GeneralOutcome, HelpGiven, MenuOffered, NotOffered


def general_card(outcome: GeneralOutcome) -> Card:
    """Draw an outcome of no noun."""
    match outcome:
        case MenuOffered():
            return help.menu(outcome)
        case HelpGiven():
            return help.helped(outcome)
        case NotOffered():
            return help.not_offered()
        case Incomplete():
            return help.incomplete(outcome)
        case Misunderstood():
            return help.misunderstood(outcome)
        case Planned():
            return help.planned(outcome)
        case Failed():
            return faults.failed(outcome)
        case _:
            assert_never(outcome)
