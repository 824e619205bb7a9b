"""Why a request was not opened, for the person who asks."""

from datetime import datetime
from typing import Final

from bot.cards.kit import code
from bot.cards.people import any_of, approval
from bot.domain.outcomes.requests import NotAskable
from bot.domain.phrases import Lasting, Listed, Moment, Phrase, msg, plural
from bot.domain.policy import Approval
from bot.domain.requests.limits import NotAskableReason

_NOT_ASKABLE: Final = {
    NotAskableReason.NOT_RENEWABLE: msg(
        "That id has no access of yours to renew, or its key no longer exists."
    ),
    NotAskableReason.TEAMMATE: msg("The person it is for is not a confirmed member here."),
    NotAskableReason.OWN_LINK: msg("You can't link yourself, from any account. Ask another Admin."),
    NotAskableReason.NO_USER: msg(
        "Their e-mail address in Slack matches no single, active Cloudinary user, or it changed"
        " after you asked. Correct the address, then try again."
    ),
    NotAskableReason.NO_ACCESS: msg(
        "Emergency access needs people who can manage keys there: the requester and the owner."
        " Send a normal request instead, and another person decides."
    ),
    NotAskableReason.OWNER: msg(
        "The policy needs no approval for you, but it does for the person it is for. Ask that"
        " person to request it."
    ),
    NotAskableReason.DELEGATE: msg("Choose another member who has an active Cloudinary user."),
    NotAskableReason.NO_VOTE: msg("You can't delegate: you have no Cloudinary user yourself."),
    NotAskableReason.DELEGATE_TAKEN: msg(
        "They already decide for as many people as one person can. Choose another member."
    ),
    NotAskableReason.LINKED: msg("They are already linked, or never were: nothing stops them."),
}


def not_askable_reason(outcome: NotAskable) -> Phrase:
    """Say why no approver was asked, and what to do next."""
    required = outcome.approval
    match outcome.reason:
        case NotAskableReason.NO_APPROVER:
            return msg(
                "This needs {approval}, and no one in Cloudinary can approve it.",
                approval=approval(required),
            )
        case NotAskableReason.TOO_FEW:
            return plural(
                "This needs {approval}, and {count} person in Cloudinary can approve it.",
                "This needs {approval}, and {count} people in Cloudinary can approve it.",
                outcome.reachable,
                approval=approval(required),
            )
        case NotAskableReason.REASON:
            return _reason(required)
        case NotAskableReason.TOO_LONG if required.longest:
            return msg(
                "Say how long you need it: `--expires`, at most {most}.",
                most=Lasting(required.longest),
            )
        case NotAskableReason.TOO_LONG:
            return msg("Say how long you need it: `--expires`")
        case NotAskableReason.EMERGENCY:
            return _emergency(required)
        case NotAskableReason.TOO_MANY:
            return plural(
                "You have {count} open request, the most that the policy allows. Cancel one:"
                " `/cld requests mine`",
                "You have {count} open requests, the most that the policy allows. Cancel one:"
                " `/cld requests mine`",
                required.open_at_most or 0,
            )
        case NotAskableReason.TOO_OFTEN:
            return _too_often(outcome.again_at)
        case _:
            return _NOT_ASKABLE[outcome.reason]


def _reason(required: Approval) -> Phrase:
    patterns = tuple(code(it.reason) for it in required.parts if it.reason)
    if not patterns:
        return msg("Add a reason: `--reason`")
    return msg("Your reason has to match {patterns}.", patterns=Listed(patterns))


def _emergency(required: Approval) -> Phrase:
    people = (any_of(it.emergency) if it.emergency else msg("no one") for it in required.parts)
    return msg(
        "Only {people} can use `--emergency`. Send it as a normal request.",
        people=Listed(tuple(people)),
    )


def _too_often(again_at: datetime | None) -> Phrase:
    if again_at is None:
        return msg("You changed your delegate too often in the last hour. Try again later.")
    return msg(
        "You changed your delegate too often in the last hour. You can do so again {when}. You can"
        " end a delegation at any time: `/cld delegate`",
        when=Moment(again_at, exact=True),
    )
