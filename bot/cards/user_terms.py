"""What a request changes of a user, for those who decide."""

from bot.cards.kit import Mention, Phrase, Text, bold, code, msg
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


def user_terms(terms: Terms) -> Phrase | None:
    """Name the user, and what they get; None for terms of another noun."""
    command, user = read(escape(terms.command)), _user(terms)
    match command:
        case SetUserRole():
            role = bold(ROLES[Role(command.role)])
            return msg("{user} gets the role {role}", user=user, role=role)
        case AddUser():
            said = msg("{user} gets the role {role} in {environments}")
            role = bold(ROLES[Role(command.role)])
            return said.fill(user=user, role=role, environments=_places(command.env))
        case SetUserEnvironments():
            said = msg("{user} gets access to {environments}")
            return said.fill(user=user, environments=_places(command.envs))
        case OffboardUser():
            named = msg("{user} ({id})", user=bold(terms.name), id=code(command.person))
            return msg("{user}", user=who(terms.name)) if is_member(terms.name) else named
        case _ if isinstance(command, UserChange):
            return msg("{user} ({id})", user=user, id=code(command.person))
        case _:
            return None


def _user(terms: Terms) -> Span:
    """Name the user, and the member of the workspace who they are."""
    if terms.owner == terms.requester:
        return bold(terms.name)
    return msg("{user} ({member})", user=bold(terms.name), member=Mention(terms.owner.user_id))


def gravity(terms: Terms) -> Phrase | None:
    """Say what makes a change of a user as grave as giving Master Admin, or who is a stranger."""
    command = read(escape(terms.command))
    if isinstance(command, AddUser) and terms.owner == terms.requester:
        return msg("No member of this Slack workspace has that email.")
    if terms.action is not Action.USER_MASTER_ADMIN or isinstance(command, AddUser):
        return None
    gives = isinstance(command, EnableUser) or (
        isinstance(command, SetUserRole) and command.role == Role.MASTER_ADMIN
    )
    if gives or terms.opens:
        return msg("This gives {user} the rights of a Master Admin.", user=bold(terms.name))
    return msg("{user} is a Master Admin and loses rights.", user=bold(terms.name))


def _places(envs: str | None) -> Phrase | Listed:
    if envs is None or envs == ALL:
        return msg("all environments")
    return Listed(tuple(map(Text, envs.split(","))))
