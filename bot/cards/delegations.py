"""Cards about who decides on requests for whom."""

from datetime import datetime
from typing import Final, assert_never

from bot.cards.kit import Button, Card, Line, Mention, Moment, Text, card, item, line, msg
from bot.domain.commands.grammar import write
from bot.domain.commands.requests import Delegate
from bot.domain.outcomes import delegations as outcomes
from bot.domain.people import Actor

END: Final = Button(msg("End delegation"), write(Delegate(end=True)), style="danger")
CHOOSE: Final = line(msg("To choose a delegate, type `/cld delegate @name --expires 7d`"))
NONE: Final = line(msg("You don't have a delegate. You decide on requests yourself."))
NOTHING: Final = line(
    msg("You can't decide on requests in your own name, so there is nothing to delegate.")
)


def delegation_card(outcome: outcomes.Delegating) -> Card:
    """Draw who decides for a person, and for whom they decide."""
    match outcome:
        case outcomes.Delegated(to, until, decides):
            if to is None or until is None:
                return card(NONE, CHOOSE) if decides else card(NOTHING)
            return card(
                _decides(to, until),
                item(
                    msg("They can decide what you can decide, except requests by you or by them.")
                ),
                buttons=[END],
            )
        case outcomes.DelegateInPlace(to, name, until, new_name, command):
            label = msg("Replace {name} with {other}", name=Text(name), other=Text(new_name))
            replacing = Button(label, write(command), style="primary")
            return card(
                line(msg("You already have a delegate. Nothing changed.")),
                _decides(to, until),
                buttons=[replacing, END],
            )
        case outcomes.DelegatesShown(to, until, principals, decides):
            none = NONE if decides else NOTHING
            own = _decides(to, until) if to and until else none
            return card(
                own,
                *(
                    item(
                        msg(
                            "You decide for {principal} until {date}.",
                            principal=Mention(by.user_id),
                            date=Moment(at, exact=True),
                        )
                    )
                    for by, at in principals
                ),
                CHOOSE if decides and not to else None,
                buttons=[END] if to else [],
            )
        case _:
            assert_never(outcome)


def _decides(to: Actor, until: datetime) -> Line:
    return line(
        msg(
            "{delegate} decides on requests for you until {date}.",
            delegate=Mention(to.user_id),
            date=Moment(until, exact=True),
        )
    )
