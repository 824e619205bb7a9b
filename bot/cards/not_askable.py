"""Why a request was not opened, for the person who asks."""

from datetime import datetime
from typing import Final

from bot.cards.kit import Line, code, line
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
        "Their email address in Slack matches no single, active Cloudinary user, or it changed"
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
    NotAskableReason.DELEGATE: msg(
        "Keysmith can't confirm who this person is in Slack and in Cloudinary. Choose a colleague"
        " with an active Cloudinary user."
    ),
    NotAskableReason.DELEGATE_SELF: msg("You can't delegate to yourself. Choose a colleague."),
    NotAskableReason.DELEGATE_BOT: msg("Bots can't decide on requests. Choose a colleague."),
    NotAskableReason.DELEGATE_GUEST: msg(
        "Guests of this workspace can't decide on requests. Choose a full member."
    ),
    NotAskableReason.DELEGATE_OUTSIDE: msg(
        "This person isn't a member of this workspace, so they can't decide here. Choose a member."
    ),
    NotAskableReason.DELEGATE_LEFT: msg(
        "This person's Slack account is deactivated. Choose an active colleague."
    ),
    NotAskableReason.DELEGATE_NO_USER: msg(
        "This person has no active Cloudinary user, so they can't decide on requests. Choose a"
        " colleague who has one."
    ),
    NotAskableReason.NO_VOTE: msg(
        "You can't decide on requests, because you have no active Cloudinary user. So there is"
        " nothing to delegate."
    ),
    NotAskableReason.DELEGATE_TAKEN: msg(
        "This person already decides for as many people as allowed. Choose another colleague."
    ),
    NotAskableReason.LINKED: msg("They are already linked, or never were: nothing stops them."),
}


_DELEGATING: Final = frozenset(
    {each for each in NotAskableReason if each.name.startswith("DELEGATE")}
    | {NotAskableReason.NO_VOTE, NotAskableReason.TOO_OFTEN}
)
"""Reasons that concern no request but a delegation."""


def not_asked(outcome: NotAskable) -> Line:
    """Say what happened, what did not, and what to do next."""
    reason = not_askable_reason(outcome)
    if outcome.reason in _DELEGATING:
        return line(msg("{reason} Nothing changed.", reason=reason))
    return line(msg("Request not sent. Nothing changed. {reason}", reason=reason))


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
        return msg("You changed delegates too often. Try again later.")
    return msg(
        "You changed delegates too often. You can choose one again {when}. You can always end a"
        " delegation: `/cld delegate --end`",
        when=Moment(again_at, exact=True),
    )
