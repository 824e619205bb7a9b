"""What a request changes of a user, for those who decide."""

from typing import Final

from bot.cards.kit import Mention, Phrase, Text, bold, code, msg, plural
from bot.cards.paging import NAMED
from bot.cards.people import ROLES
from bot.cards.who import is_member, who
from bot.domain.commands.grammar import read
from bot.domain.commands.text import escape
from bot.domain.commands.users import (
    ALL,
    AddUser,
    EnableUser,
    OffboardUser,
    SetUserEnvironments,
    SetUserRole,
    UserChange,
)
from bot.domain.people import Role
from bot.domain.phrases import Listed, Span
from bot.domain.policy import Action
from bot.domain.requests.terms import Terms
from bot.domain.users import ALL_PLACES, UserTerms, covers

_ROLE: Final = {
    (True, True): msg("{user} gets the role {after} in place of {before}"),
    (True, False): msg("{user} gets more rights, role {before} → {after}"),
    (False, True): msg("{user} loses rights, role {before} → {after}"),
    (False, False): msg("{user} gets the rights of the role {after} again"),
}
"""By whether the user gets rights, and loses some."""


def user_terms(terms: Terms, most: int = NAMED) -> Phrase | None:
    """Name the user, and what they get and lose; None for terms of another noun."""
    command, user = read(escape(terms.command)), _user(terms)
    match command:
        case AddUser():
            said = msg("{user} gets the role {role} in {environments}")
            role = bold(ROLES[Role(command.role)])
            places = _named(terms.user.after, most) if terms.user else _places(command.env)
            return said.fill(user=user, role=role, environments=places)
        case SetUserRole() | SetUserEnvironments():
            return changed(command, user, terms.user, most)
        case OffboardUser():
            named = msg("{user} ({id})", user=bold(terms.name), id=code(command.person))
            return msg("{user}", user=who(terms.name)) if is_member(terms.name) else named
        case _ if isinstance(command, UserChange):
            return msg("{user} ({id})", user=user, id=code(command.person))
        case _:
            return None


def changed(
    command: UserChange, user: Span, change: UserTerms | None, most: int = NAMED
) -> Phrase | None:
    """Say what changes of a role or of environments; records of former versions lack what was."""
    match command:
        case SetUserRole(role=role) if change:
            return _role(change, Role(role), user)
        case SetUserRole(role=role):
            return msg("{user} gets the role {role}", user=user, role=bold(ROLES[Role(role)]))
        case SetUserEnvironments() if change:
            return _access(change, user, most)
        case SetUserEnvironments(envs=envs):
            said = msg("{user} has access to {environments} only")
            return said.fill(user=user, environments=_places(envs))
        case _:
            return None


def _role(change: UserTerms, after: Role, user: Span) -> Phrase:
    before = Role(change.before[0]) if change.before else None
    gets, loses = not covers(before, after), before is not None and not covers(after, before)
    was = bold(ROLES[before]) if before else msg("unknown role")
    return _ROLE[gets, loses].fill(user=user, before=was, after=bold(ROLES[after]))


def _access(change: UserTerms, user: Span, most: int) -> Phrase:
    """Say which environments a user gets and loses, before and after."""
    said = msg("{user} gets access to {gained}: {before} → {after}")
    if change.lost or change.unseen:
        said = msg("{user} loses access to {lost}: {before} → {after}")
        if change.gained:
            said = msg(
                "{user} loses access to {lost}, and gets access to {gained}: {before} → {after}"
            )
    elif change.before == ALL_PLACES:
        said = msg("{user} loses access to all later environments: {before} → {after}")
    return said.fill(
        user=user,
        lost=_named(change.lost, most, change.unseen),
        gained=_named(change.gained, most),
        before=_named(change.before, most, 0 if change.before == ALL_PLACES else change.unseen),
        after=_named(change.after, most),
    )


def _named(names: tuple[str, ...], most: int, unseen: int = 0) -> Span:
    """Name environments, and count those that the requester can't see."""
    if names == ALL_PLACES:
        return msg("all environments")
    if not names and not unseen:
        return msg("no environment")
    hidden = plural(
        "{count} environment that the requester can't see",
        "{count} environments that the requester can't see",
        unseen,
    )
    shown = [bold(each) for each in names[:most]]
    rest = len(names) - most
    more = [plural("{count} more", "{count} more", rest)] if rest > 0 else []
    return Listed((*shown, *more, *([hidden] if unseen else [])))


def _user(terms: Terms) -> Span:
    """Name the user, and the member of the workspace who they are."""
    if terms.owner == terms.requester:
        return bold(terms.name)
    return msg("{user} ({member})", user=bold(terms.name), member=Mention(terms.owner.user_id))


def gravity(terms: Terms) -> Phrase | None:
    """Say what makes a change of a user as grave as giving Master admin, or who is a stranger."""
    command = read(escape(terms.command))
    if isinstance(command, AddUser) and terms.owner == terms.requester:
        return msg("No member of this Slack workspace has that email.")
    if terms.action is not Action.USER_MASTER_ADMIN or isinstance(command, AddUser):
        return None
    gives = isinstance(command, EnableUser) or (
        isinstance(command, SetUserRole) and command.role == Role.MASTER_ADMIN
    )
    if gives or terms.opens:
        return msg("This gives {user} the rights of a Master admin.", user=bold(terms.name))
    return msg("{user} is a Master admin and loses rights.", user=bold(terms.name))


def _places(envs: str | None) -> Phrase | Listed:
    if envs is None or envs == ALL:
        return msg("all environments")
    return Listed(tuple(map(Text, envs.split(","))))
