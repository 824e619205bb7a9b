"""Why a request was not opened, for the person who asks."""

from typing import Final

from bot.cards.kit import Line, Moment, Span, code, line
from bot.cards.people import any_of, approval
from bot.domain import durations
from bot.domain.outcomes.requests import NotAskable
from bot.domain.requests.limits import NotAskableReason

_NOT_ASKABLE: Final = {
    NotAskableReason.NOT_RENEWABLE: (
        "There is no access of yours to renew under that id, or its key is gone."
    ),
    NotAskableReason.TEAMMATE: "The person it is for is not a confirmed member of this workspace.",
    NotAskableReason.OWN_LINK: "You cannot link yourself, from any account. Ask another Admin.",
    NotAskableReason.NO_USER: (
        "Their e-mail address at Slack matches no single, active Cloudinary user, or that changed"
        " since this was asked. Put the address right, then ask again."
    ),
    NotAskableReason.NO_ACCESS: (
        "An emergency gives no access that Cloudinary does not give: the requester and the owner"
        " must be able to manage keys there. Ask without it, and another person decides."
    ),
    NotAskableReason.OWNER: (
        "The rules would let this happen without a vote for you, but not for the person it is for."
        " Ask that person to request it."
    ),
    NotAskableReason.DELEGATE: (
        "Keysmith can't confirm who this person is in Slack and in Cloudinary. Choose a colleague"
        " with an active Cloudinary user."
    ),
    NotAskableReason.DELEGATE_SELF: "You can't delegate to yourself. Choose a colleague.",
    NotAskableReason.DELEGATE_BOT: "Bots can't decide on requests. Choose a colleague.",
    NotAskableReason.DELEGATE_GUEST: (
        "Guests of this workspace can't decide on requests. Choose a full member."
    ),
    NotAskableReason.DELEGATE_OUTSIDE: (
        "This person isn't a member of this workspace, so they can't decide here. Choose a member."
    ),
    NotAskableReason.DELEGATE_LEFT: (
        "This person's Slack account is deactivated. Choose an active colleague."
    ),
    NotAskableReason.DELEGATE_NO_USER: (
        "This person has no active Cloudinary user, so they can't decide on requests. Choose a"
        " colleague who has one."
    ),
    NotAskableReason.NO_VOTE: (
        "You can't decide on requests, because you have no active Cloudinary user. So there is"
        " nothing to delegate."
    ),
    NotAskableReason.DELEGATE_TAKEN: (
        "This person already decides for as many people as allowed. Choose another colleague."
    ),
    NotAskableReason.LINKED: "They are linked already, or were never bound: nothing stops them.",
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
        return line(*reason, " Nothing changed.")
    return line("No one was asked, and nothing was done. ", *reason)


def not_askable_reason(outcome: NotAskable) -> tuple[Span, ...]:
    """Say why no approver was asked, and what to do next."""
    required = outcome.approval
    match outcome.reason:
        case NotAskableReason.NO_APPROVER | NotAskableReason.TOO_FEW:
            return (
                f"It needs {approval(required)}, and Cloudinary knows",
                f" {outcome.reachable or 'no one'} who could approve.",
            )
        case NotAskableReason.REASON if patterns := [
            it.reason for it in required.parts if it.reason
        ]:
            return ("Its reason has to match ", code(" and ".join(patterns)))
        case NotAskableReason.REASON:
            return ("Say why: --reason",)
        case NotAskableReason.TOO_LONG:
            most = durations.write(required.longest) if required.longest else ""
            return ("Say for how long: ", code("--expires"), f", at most {most}.")
        case NotAskableReason.EMERGENCY:
            who = " who are also ".join(any_of(it.emergency) or "no one" for it in required.parts)
            return (f"The policy allows emergencies to {who} only. Ask without --emergency.",)
        case NotAskableReason.TOO_MANY:
            most = (
                f"{required.open_at_most} requests of yours wait for a decision already, the most"
            )
            return (
                f"{most} that the policy allows. Cancel one of them: ",
                code("/cld requests mine"),
            )
        case NotAskableReason.TOO_OFTEN:
            when = Moment(outcome.again_at, exact=True) if outcome.again_at else "later"
            return (
                "You changed delegates too often. You can choose one again ",
                *(when, ". You can always end a delegation: "),
                code("/cld delegate --end"),
            )
        case _:
            return (_NOT_ASKABLE[outcome.reason],)
