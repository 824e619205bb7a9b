"""Cards about people: who they are, what they may do, why they are refused."""

from typing import Final, assert_never

from bot.cards.kit import Button, Card, Line, Mention, Span, bold, card, code, item, line
from bot.domain.environments import Environment
from bot.domain.outcomes.access import (
    AccessOutcome,
    Denied,
    Explained,
    Introduced,
    Unknown,
    UserLinked,
)
from bot.domain.people import IdentityReason, Mismatch, Person, Role, TurnedAway
from bot.domain.phrases import Listed, Phrase, Text, msg, plural
from bot.domain.policy import (
    Allowed,
    Approval,
    Decision,
    Explanation,
    NeedsApproval,
    RefusalReason,
    Refused,
    usually_may,
)
from bot.domain.requests.votes import Vote

ROLES = {role: role.replace("_", " ").capitalize() for role in Role}
GROUPS: Final = {
    "key_roles": msg("a Technical admin, Admin or Master admin"),
    "admins": msg("an Admin or Master admin"),
}
_IDENTITY_REASONS = {
    IdentityReason.OTHER_TEAM: "you belong to another workspace",
    IdentityReason.DEACTIVATED: "your Slack account is deactivated",
    IdentityReason.BOT: "bots can't use it",
    IdentityReason.GUEST: "guests can't use it",
    IdentityReason.NOT_JOINED: "you have not joined the workspace yet",
    IdentityReason.EMAIL_UNCONFIRMED: "your e-mail address is not confirmed at Slack",
    IdentityReason.NO_EMAIL: "Slack shows no e-mail address for you",
    IdentityReason.NEAR_ADDRESS: (
        "your e-mail address looks like that of a Cloudinary user, but is not the same letter by"
        " letter, and the security channel is told"
    ),
    IdentityReason.OTHER_USER: (
        "your e-mail address now leads to another Cloudinary user than before, and the security"
        " channel is told; an Admin can allow the change with /cld link"
    ),
    IdentityReason.LOST_USER: (
        "your e-mail address no longer leads to the Cloudinary user that you were, and the security"
        " channel is told; an Admin can allow the change with /cld link"
    ),
    IdentityReason.UNREADABLE_BINDING: (
        "the record of which Cloudinary user you are can't be believed, and the security channel"
        " is told; an Admin can write a new one with /cld link"
    ),
    IdentityReason.OTHER_ACCOUNT: (
        "another Slack account is known as the Cloudinary user with your e-mail address, and the"
        " security channel is told; an Admin can allow the change with /cld link"
    ),
}
BEYOND_RIGHT = "beyond-cloudinary-right"
"""The shipped guard for what Cloudinary's own policies say."""
_REQUEST = Button("Request credentials", "request")
_REQUEST_LINE = line("You can request credentials for a new key: ", code("/cld request"))
_MISMATCHES = {
    Mismatch.NO_USER: "Cloudinary has no user with it",
    Mismatch.SEVERAL: "Cloudinary has several users with it, so it is not clear who you are",
    Mismatch.DISABLED: "the Cloudinary user with it is disabled",
    Mismatch.PENDING: "the Cloudinary user with it has not accepted the invitation yet",
    Mismatch.NEAR: "the address of a Cloudinary user only looks the same",
}


def access_card(outcome: AccessOutcome) -> Card:
    """Draw an outcome about a person's identity or access."""
    match outcome:
        case Introduced():
            return _introduced(outcome)
        case Explained():
            return explained(outcome)
        case Denied():
            return _denied(outcome)
        case Unknown(mismatch, email):
            return card(
                line("Your e-mail address is ", code(email), f", and {_MISMATCHES[mismatch]}."),
                line("Nothing was done. Ask an Admin of the Cloudinary account to put that right."),
                _REQUEST_LINE if outcome.requests else None,
                buttons=[_REQUEST] if outcome.requests else [],
            )
        case TurnedAway():
            return turned_away(outcome)
        case UserLinked(to, ""):
            return card(line("Released: ", Mention(to.user_id), " is no Cloudinary user now."))
        case UserLinked(to, user_id):
            return card(line("Linked: ", Mention(to.user_id), " is ", code(user_id), " now."))
        case _:
            assert_never(outcome)


def turned_away(outcome: TurnedAway) -> Card:
    """Refuse a person who may not use Keysmith at all."""
    return card(
        line(f"Keysmith is not available to you: {_IDENTITY_REASONS[outcome.reason]}."),
        line("Nothing was done. Ask a person of this workspace who manages Cloudinary."),
    )


def _introduced(outcome: Introduced) -> Card:
    person, mismatch = outcome.person, outcome.mismatch
    name = line(bold(person.name), " ", code(person.email))
    if mismatch:
        return card(name, line(f"At Cloudinary: no user, because {_MISMATCHES[mismatch]}."))
    return card(
        name,
        line("Role at Cloudinary: ", bold(_role(person))),
        line(f"Groups: {', '.join(sorted(person.groups))}") if person.groups else None,
        line("Product environments:"),
        *(item(place.name, _right(person, place)) for place in outcome.environments),
    )


def _role(person: Person) -> str:
    return ROLES[person.role] if person.role else "none that Keysmith knows"


def _right(person: Person, place: Environment) -> str:
    right = person.right_in(place.id)
    return f": Cloudinary's policies let you {right} its keys" if right else ""


def _denied(outcome: Denied) -> Card:
    command, place = outcome.action.replace(":", " "), outcome.environment
    where = f" in {place.name}" if place else ""
    return card(
        line("You can't use ", code(f"/cld {command}"), where, ". Nothing was done."),
        line(_refusal_reason(outcome)),
        line(_allowed(outcome.allowed), " Details: ", code(f"/cld explain {command}")),
        _REQUEST_LINE if outcome.requests else None,
        buttons=[_REQUEST] if outcome.requests else [],
    )


def _refusal_reason(outcome: Denied) -> str:
    refusal, role = outcome.refusal, _role(outcome.person)
    rule = f" (rule {refusal.policy})" if refusal.policy else ""
    match refusal.reason:
        case RefusalReason.ROLE if rule or usually_may(outcome.person.role, outcome.action):
            return f"Your organisation's policy doesn't allow this for your role, {role}{rule}."
        case RefusalReason.ROLE:
            return f"Your role at Cloudinary is {role}, which doesn't allow this."
        case RefusalReason.NO_ACCESS:
            return f"You have no access there at Cloudinary{rule}."
        case RefusalReason.NOT_AT_CLOUDINARY:
            return f"Cloudinary has no user with your e-mail address{rule}."
        case RefusalReason.FORBIDDEN if refusal.policy == BEYOND_RIGHT:
            return f"Your permissions at Cloudinary don't cover this{rule}."
        case RefusalReason.FORBIDDEN:
            return f"Your organisation's policy doesn't allow this{rule}."
        case _:
            assert_never(refusal.reason)


def _allowed(roles: tuple[str, ...]) -> str:
    """Say whom to ask: only roles that the policy lets do it."""
    if not roles:
        return "The policy allows this for no role."
    names = " or ".join(ROLES.get(Role(role), role) for role in roles)
    return f"Ask a person who can do it: {names}."


def any_of(names: tuple[str, ...]) -> Listed:
    """Join the roles and groups of a policy with "or", in words where it has words for them."""
    return Listed(tuple(GROUPS.get(name, Text(name)) for name in names), "or")


def approval(required: Approval, *, requester: bool = True) -> Phrase:
    """Describe who must approve; `requester` is whether the requester reads it."""
    who, but = approvers(required), msg("not you") if requester else msg("not the requester")
    special = tuple(any_of(part.of_which) for part in required.parts if part.of_which)
    if special:
        return plural(
            "{count} approval from {who} ({but}), including {special}",
            "{count} approvals from {who} ({but}), including {special}",
            required.quorum,
            who=who,
            but=but,
            special=Listed(special),
        )
    return plural(
        "{count} approval from {who} ({but})",
        "{count} approvals from {who} ({but})",
        required.quorum,
        who=who,
        but=but,
    )


def approvers(required: Approval) -> Phrase | Listed:
    """Name the approvers; where several rules match, each approver is among those of all."""
    first, *others = dict.fromkeys(any_of(part.approvers) for part in required.parts)
    if not others:
        return first
    return msg("{who} who is also {others}", who=first, others=Listed(tuple(others)))


def explained(outcome: Explained) -> Card:
    """Explain who may run a command, who would approve it, and by which policy."""
    lines = [line("Who may run ", code(f"/cld {outcome.command}"))]
    for explanation in outcome.explanations:
        lines += _explanation(explanation)
    return card(*lines)


def _explanation(explanation: Explanation) -> list[Line]:
    place = explanation.environment
    title = f"{place.name} ({place.tier})" if place else "Everywhere"
    roles_by: dict[Decision, list[str]] = {}
    for role, decision in explanation.roles:
        roles_by.setdefault(decision, []).append(role.replace("_", " "))
    decisions = [(", ".join(roles), decision) for decision, roles in roles_by.items()]
    return [
        line(bold(title)),
        *(item(f"{who}: ", *_decision(it)) for who, it in [("You", explanation.own), *decisions]),
    ]


def _decision(decision: Decision) -> tuple[Span, ...]:
    match decision:
        case Allowed(policy, notify):
            told = ", and the security channel is told" if notify else ""
            return (bold("at once"), told, ", by policy ", code(policy))
        case NeedsApproval(policy, required):
            return (bold("after "), approval(required), ", by policy ", code(policy))
        case Refused(_, None):
            return (bold("no"), ", no policy permits it")
        case Refused(_, policy):
            return (bold("no"), ", by policy ", code(policy or ""))
        case _:
            assert_never(decision)


def voter(vote: Vote) -> tuple[Span, ...]:
    """Name who voted, and for whom; former records have the principal's Cloudinary id alone."""
    principal = vote.principal_name or vote.on_behalf_of
    return (bold(vote.name), *((", for ", bold(principal)) if principal else ()))
