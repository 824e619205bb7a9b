"""Cards about who decides on requests for whom."""

from datetime import datetime
from typing import Final, assert_never

from bot.cards.kit import Button, Card, Line, Mention, Moment, card, code, item, line
from bot.domain.commands.grammar import write
from bot.domain.commands.requests import Delegate
from bot.domain.outcomes import delegations as outcomes
from bot.domain.people import Actor

END: Final = Button("End delegation", write(Delegate(end=True)), style="danger")
CHOOSE: Final = line("To choose a delegate, type ", code("/cld delegate @name --expires 7d"))
NONE: Final = "You don't have a delegate. You decide on requests yourself."


def delegation_card(outcome: outcomes.Delegating) -> Card:
    """Draw who decides for a person, and for whom they decide."""
    match outcome:
        case outcomes.Delegated(to, until):
            if to is None or until is None:
                return card(line(NONE), CHOOSE)
            return card(
                _decides(to, until),
                item("They can decide what you can decide, except requests by you or by them."),
                buttons=[END],
            )
        case outcomes.DelegateInPlace(to, name, until, new_name, command):
            replacing = Button(f"Replace {name} with {new_name}", write(command), style="primary")
            return card(
                line("Nothing changed: you already have a delegate."),
                _decides(to, until),
                buttons=[replacing, END],
            )
        case outcomes.DelegatesShown(to, until, principals):
            own = _decides(to, until) if to and until else line(NONE)
            return card(
                own,
                *(
                    item("You decide for ", Mention(by.user_id), " until ", Moment(at, exact=True))
                    for by, at in principals
                ),
                None if to else CHOOSE,
                buttons=[END] if to else [],
            )
        case _:
            assert_never(outcome)


def _decides(to: Actor, until: datetime) -> Line:
    return line(
        Mention(to.user_id), " decides on requests for you until ", Moment(until, exact=True), "."
    )
