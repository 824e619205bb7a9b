"""Cards about who may do what, and who is turned away."""

from typing import assert_never

from bot.cards.kit import Card, Line, Span, bold, card, code, item, line
from bot.domain.environments import Environment
from bot.domain.outcomes.access import AccessOutcome, Denied, Explained, Introduced, Unknown
from bot.domain.people import IdentityReason, Mismatch, Person, Role, TurnedAway
from bot.domain.policy import (
    Allowed,
    Approval,
    Decision,
    Explanation,
    NeedsApproval,
    RefusalReason,
    Refused,
)

ROLES = {role: role.replace("_", " ").capitalize() for role in Role}
GROUPS = {
    "key_roles": "a Technical admin, Admin or Master admin",
    "admins": "an Admin or Master admin",
}
_IDENTITY_REASONS = {
    IdentityReason.OTHER_TEAM: "you belong to another workspace",
    IdentityReason.DEACTIVATED: "your Slack account is deactivated",
    IdentityReason.BOT: "bots can't use it",
    IdentityReason.GUEST: "guests can't use it",
    IdentityReason.NOT_JOINED: "you have not joined the workspace yet",
    IdentityReason.EMAIL_UNCONFIRMED: "your e-mail address is not confirmed at Slack",
    IdentityReason.NO_EMAIL: "Slack shows no e-mail address for you",
}
_MISMATCHES = {
    Mismatch.NOBODY: "Cloudinary has no user with it",
    Mismatch.SEVERAL: "Cloudinary has several users with it, so it is not clear who you are",
    Mismatch.DISABLED: "the Cloudinary user with it is disabled",
    Mismatch.PENDING: "the Cloudinary user with it has not accepted the invitation yet",
}


def access_card(outcome: AccessOutcome) -> Card:
    """Draw who the asker is and what they may do."""
    match outcome:
        case Introduced():
            return introduced(outcome)
        case Explained():
            return explained(outcome)
        case Denied():
            return denied(outcome)
        case Unknown():
            return unknown(outcome)
        case TurnedAway():
            return turned_away(outcome)
        case _:
            assert_never(outcome)


def turned_away(outcome: TurnedAway) -> Card:
    """Not for them, whoever they are."""
    return card(
        line(f"Keysmith is not available to you: {_IDENTITY_REASONS[outcome.reason]}."),
        line("Nothing was done. Ask somebody of this workspace who manages Cloudinary."),
    )


def unknown(outcome: Unknown) -> Card:
    """No usable Cloudinary user."""
    return card(
        line("Your e-mail address is ", code(outcome.email), f", and {_reason(outcome.reason)}."),
        line("Nothing was done. Ask an Admin of the Cloudinary account to put that right."),
    )


def _reason(mismatch: Mismatch) -> str:
    return _MISMATCHES[mismatch]


def introduced(outcome: Introduced) -> Card:
    """Who the asker is."""
    person = outcome.person
    lines = [line(bold(person.name), " ", code(person.email))]
    if outcome.mismatch:
        return card(*lines, line(f"At Cloudinary: nobody, for {_reason(outcome.mismatch)}."))
    lines.append(line("Role at Cloudinary: ", bold(_role(person))))
    if person.groups:
        lines.append(line(f"Groups: {', '.join(sorted(person.groups))}"))
    lines.append(line("Product environments:"))
    lines += [item(place.name, _right(person, place)) for place in outcome.environments]
    return card(*lines)


def _role(person: Person) -> str:
    return ROLES[person.role] if person.role else "none that Keysmith knows"


def _right(person: Person, place: Environment) -> str:
    right = person.right_in(place.id)
    return f": Cloudinary's policies let you {right} its keys" if right else ""


def denied(outcome: Denied) -> Card:
    """Refused, with the reason and the way to ask."""
    what = f"/cld {outcome.action.replace(':', ' ')}"
    return card(
        line("You may not use ", code(what), _where(outcome.environment), ". Nothing was done."),
        line(_refusal_reason(outcome.refusal, outcome.person)),
        line("Who may, and who would agree: ", code(f"/cld explain {what.removeprefix('/cld ')}")),
        line("To ask for it: write to one of them, or to an Admin of the Cloudinary account."),
    )


def _where(place: Environment | None) -> str:
    return f" in {place.name}" if place else ""


def _refusal_reason(refusal: Refused, person: Person) -> str:
    by = f" (policy {refusal.policy})" if refusal.policy else ""
    match refusal.reason:
        case RefusalReason.ROLE:
            return f"Your role at Cloudinary is {_role(person)}; that role may not{by}."
        case RefusalReason.NO_ACCESS:
            return f"Cloudinary gives you no access there{by}."
        case RefusalReason.NOT_AT_CLOUDINARY:
            return f"Cloudinary has no user with your e-mail address{by}."
        case RefusalReason.FORBIDDEN:
            return f"A policy forbids it{by}."
        case _:
            assert_never(refusal.reason)


def approval(required: Approval, other_than: str = "you") -> str:
    """Who must agree, in words."""
    count = "1 approval" if required.quorum == 1 else f"{required.quorum} approvals"
    who = " or ".join(GROUPS.get(role, role) for role in required.approvers)
    special = " or ".join(GROUPS.get(role, role) for role in required.of_which)
    return f"{count} by {who} other than {other_than}" + (
        f", one of them {special}" if special else ""
    )


def explained(outcome: Explained) -> Card:
    """Who may, who would approve, and by which policy."""
    lines = [line("Who may run ", code(f"/cld {outcome.command}"))]
    for explanation in outcome.explanations:
        lines += _explanation(explanation)
    return card(*lines)


def _explanation(explanation: Explanation) -> list[Line]:
    place = explanation.environment
    title = f"{place.name} ({place.tier})" if place else "Everywhere"
    lines = [line(bold(title)), item("You: ", *_verdict(explanation.own))]
    by_verdict: dict[Decision, list[str]] = {}
    for role, decision in explanation.roles:
        by_verdict.setdefault(decision, []).append(role.replace("_", " "))
    return lines + [
        item(f"{', '.join(roles)}: ", *_verdict(decision)) for decision, roles in by_verdict.items()
    ]


def _verdict(decision: Decision) -> tuple[Span, ...]:
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
