"""Cards about people: who they are, what they may do, why they are refused."""

from collections.abc import Sequence
from typing import Final, assert_never

from bot.cards.kit import Button, Card, Mention, Span, bold, card, code, item, line
from bot.cards.paging import SHOWN, numbered, turns
from bot.domain.commands.general import WhoAmI
from bot.domain.environments import Environment
from bot.domain.outcomes.access import (
    Denied,
    Introduced,
    Unknown,
    UserLinked,
)
from bot.domain.pages import page_of
from bot.domain.people import IdentityReason, KeyRight, Mismatch, Person, Role, TurnedAway
from bot.domain.phrases import Listed, Phrase, Text, msg, plural
from bot.domain.policy import (
    Action,
    Approval,
    RefusalReason,
    usually_may,
)
from bot.domain.requests.votes import Vote

ROLES: Final = {
    Role.MASTER_ADMIN: msg("Master admin"),
    Role.ADMIN: msg("Admin"),
    Role.TECHNICAL_ADMIN: msg("Technical admin"),
    Role.BILLING: msg("Billing"),
    Role.REPORTS: msg("Reports"),
    Role.MEDIA_LIBRARY_ADMIN: msg("Media Library admin"),
    Role.MEDIA_LIBRARY_USER: msg("Media Library user"),
}
GROUPS: Final = {
    "key_roles": msg("a Technical admin, Admin or Master admin"),
    "admins": msg("an Admin or Master admin"),
    "master_admin": msg("a Master admin"),
}
_NO_ROLES: Final = msg(
    "Keys of this Cloudinary account have no roles: it does not have the Permissions API."
)
_TOLD: Final = msg("The security channel has been notified.")
_LINK: Final = msg("An Admin can allow the change: `/cld link`")
_IDENTITY_REASONS: Final = {
    IdentityReason.OTHER_TEAM: msg("You can't use Keysmith here: you belong to another workspace."),
    IdentityReason.DEACTIVATED: msg("You can't use Keysmith: your Slack account is deactivated."),
    IdentityReason.BOT: msg("Bots can't use Keysmith."),
    IdentityReason.GUEST: msg("Guests can't use Keysmith."),
    IdentityReason.NOT_JOINED: msg("Join this workspace first to use Keysmith."),
    IdentityReason.EMAIL_UNCONFIRMED: msg(
        "You can't use Keysmith: your email address is not confirmed in Slack."
    ),
    IdentityReason.NO_EMAIL: msg("You can't use Keysmith: Slack shows no email address for you."),
    IdentityReason.NEAR_ADDRESS: msg(
        "You can't use Keysmith: your email address only looks like that of a Cloudinary user."
        " {told}",
        told=_TOLD,
    ),
    IdentityReason.OTHER_USER: msg(
        "You can't use Keysmith: your email address now belongs to another Cloudinary user."
        " {told} {link}",
        told=_TOLD,
        link=_LINK,
    ),
    IdentityReason.LOST_USER: msg(
        "You can't use Keysmith: your email address no longer belongs to your Cloudinary user."
        " {told} {link}",
        told=_TOLD,
        link=_LINK,
    ),
    IdentityReason.UNREADABLE_BINDING: msg(
        "You can't use Keysmith: the record of your Cloudinary user is damaged. {told} {link}",
        told=_TOLD,
        link=_LINK,
    ),
    IdentityReason.OTHER_ACCOUNT: msg(
        "You can't use Keysmith: another Slack account already uses your Cloudinary user."
        " {told} {link}",
        told=_TOLD,
        link=_LINK,
    ),
}
BEYOND_RIGHT = "beyond-cloudinary-right"
"""The shipped guard for what Cloudinary's own policies say."""
_REQUEST: Final = Button(msg("Request credentials…"), "request")
_REQUEST_LINE: Final = line(msg("You can request credentials for a new key: `/cld request`"))
_OWN_LINE: Final = line(msg("The keys that you own are in App Home."))
_MISMATCHES: Final = {
    Mismatch.NO_USER: msg("No Cloudinary user for this email address."),
    Mismatch.SEVERAL: msg("Several Cloudinary users have this email address."),
    Mismatch.DISABLED: msg("The Cloudinary user for this email address is disabled."),
    Mismatch.PENDING: msg(
        "The Cloudinary user for this email address has not accepted the invitation yet."
    ),
    Mismatch.NEAR: msg(
        "No Cloudinary user for this email address. One has an address that only looks the same."
    ),
}
_RIGHTS: Final = {
    KeyRight.NONE: msg("no access to its keys"),
    KeyRight.VIEW: msg("you can view its keys"),
    KeyRight.MANAGE: msg("you can manage its keys"),
}
_ROLES_BY_NAME: Final = {str(role): name for role, name in ROLES.items()}
_COMMANDS: Final = {Action.DECIDE: "approve", Action.KEY_REQUEST: "request"}
"""Commands of actions that several commands have, or that have another name."""


def access_card(outcome: Introduced | Denied | Unknown | TurnedAway | UserLinked) -> Card:
    """Draw an outcome about a person's identity or access."""
    match outcome:
        case Introduced():
            return _introduced(outcome)
        case Denied():
            return _denied(outcome)
        case Unknown(mismatch, email):
            return card(
                line(code(email), Text(": "), _MISMATCHES[mismatch]),
                line(msg("Nothing changed. An Admin of your Cloudinary account can correct this.")),
                *((_REQUEST_LINE, _OWN_LINE) if outcome.requests else ()),
                buttons=[_REQUEST] if outcome.requests else [],
            )
        case TurnedAway():
            return turned_away(outcome)
        case UserLinked(to, ""):
            unlinked = msg("{who} is no longer linked to a Cloudinary user.")
            return card(line(unlinked.fill(who=Mention(to.user_id))))
        case UserLinked(to, user_id):
            linked = msg("{who} is now linked to the Cloudinary user {user}.")
            return card(line(linked.fill(who=Mention(to.user_id), user=code(user_id))))
        case _:
            assert_never(outcome)


def turned_away(outcome: TurnedAway) -> Card:
    """Refuse a person who may not use Keysmith at all."""
    return card(
        line(_IDENTITY_REASONS[outcome.reason]),
        line(msg("Nothing changed. Ask a colleague who manages Cloudinary.")),
    )


def _introduced(outcome: Introduced) -> Card:
    person, mismatch = outcome.person, outcome.mismatch
    name = line(bold(person.name), Text(" "), code(person.email))
    if mismatch:
        ways = access_card(Unknown(mismatch, person.email, outcome.requests))
        return card(name, line(_MISMATCHES[mismatch]), *ways.lines[1:], buttons=ways.buttons)
    groups = Listed(tuple(Text(each) for each in sorted(person.groups)))
    cut = page_of(outcome.environments, outcome.page, SHOWN)
    places = [item(*_reached(person, place)) for place in cut.shown]
    title = msg("Your product environments:")
    if cut.pages > 1:
        title = plural(
            "{count} product environment. {page}",
            "{count} product environments. {page}",
            len(outcome.environments),
            page=numbered(cut),
        )
    return card(
        name,
        line(msg("Your role: {role}", role=_role(person))),
        line(msg("Your groups: {groups}", groups=groups)) if person.groups else None,
        line(title) if places else line(msg("No product environments.")),
        _REQUEST_LINE if outcome.requests else None,
        *places,
        line(_NO_ROLES) if person.cloudinary_id and person.rights is None else None,
        buttons=turns(WhoAmI(), cut.number, cut.pages),
    )


def _reached(person: Person, place: Environment) -> tuple[Span, ...]:
    right = person.right_in(place.id)
    return (Text(place.name), Text(": "), _RIGHTS[right]) if right else (Text(place.name),)


def _role(person: Person) -> Phrase:
    return ROLES[person.role] if person.role else msg("none that Keysmith knows")


def _denied(outcome: Denied) -> Card:
    place, action = outcome.environment, outcome.action
    name = outcome.command or _COMMANDS.get(action) or action.replace(":", " ")
    command = Text(name)
    refused = msg("You can't use `/cld {command}`. Nothing changed.", command=command)
    if place and place.id:
        refused = msg(
            "You can't use `/cld {command}` in {environment}. Nothing changed.",
            command=command,
            environment=Text(place.name),
        )
    return card(
        line(refused),
        line(
            msg(
                "{reason} {ask}",
                reason=_refusal_reason(outcome),
                ask=_allowed(outcome.allowed),
            )
        ),
        _REQUEST_LINE
        if outcome.requests
        else line(msg("To see who can: `/cld explain {command}`", command=command)),
        _OWN_LINE if outcome.action in {Action.KEY_LIST, Action.KEY_SHOW} else None,
        buttons=[
            *([_REQUEST] if outcome.requests else []),
            Button(msg("See who can"), f"explain {name}"),
        ],
    )


def _refusal_reason(outcome: Denied) -> Phrase:
    refusal = outcome.refusal
    reason = _without_rule(outcome)
    if not refusal.policy:
        return reason
    return msg("{reason} Rule: `{rule}`.", reason=reason, rule=Text(refusal.policy))


def _without_rule(outcome: Denied) -> Phrase:
    refusal, role = outcome.refusal, _role(outcome.person)
    usual = usually_may(outcome.person.role, outcome.action)
    match refusal.reason:
        case RefusalReason.ROLE if refusal.policy or usual:
            return msg(
                "Your organisation's policy doesn't allow this for your role: {role}.", role=role
            )
        case RefusalReason.ROLE:
            return msg("Your Cloudinary role is {role}, which doesn't allow this.", role=role)
        case RefusalReason.NO_ACCESS if outcome.action is Action.ENV_CREATE:
            return msg("Only a person who can access all environments can create one.")
        case RefusalReason.NO_ACCESS:
            return msg("You have no access to this environment in Cloudinary.")
        case RefusalReason.NOT_AT_CLOUDINARY:
            return msg("No Cloudinary user for your email address.")
        case RefusalReason.FORBIDDEN if refusal.policy == BEYOND_RIGHT:
            return msg("Your Cloudinary permissions don't cover this.")
        case RefusalReason.FORBIDDEN:
            return msg("Your organisation's policy doesn't allow this.")
        case _:
            assert_never(refusal.reason)


def _allowed(roles: tuple[str, ...]) -> Phrase:
    """Say whom to ask: only roles that the policy lets do it."""
    if not roles:
        return msg("The policy allows this for no role.")
    return msg("Ask a colleague who can: {roles}.", roles=roles_listed(roles))


def roles_listed(roles: Sequence[str]) -> Listed:
    """Name roles, in words where there are words for them."""
    return Listed(tuple(_ROLES_BY_NAME.get(each, Text(each)) for each in roles), "or")


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


def voter(vote: Vote) -> tuple[Span, ...]:
    """Name who voted, and for whom; former records have the principal's Cloudinary id alone."""
    principal = vote.principal_name or vote.on_behalf_of
    if not principal:
        return (bold(vote.name),)
    return (msg("{voter}, for {principal}", voter=bold(vote.name), principal=bold(principal)),)
