"""What a request changes of a user, for those who decide."""

from bot.cards.kit import Phrase, Text, bold, code, msg
from bot.cards.offboard_words import is_member, who
from bot.cards.people import ROLES
from bot.domain.commands.grammar import read
from bot.domain.commands.text import escape
from bot.domain.commands.users import (
    ALL,
    AddUser,
    OffboardUser,
    SetUserEnvironments,
    SetUserRole,
    UserChange,
)
from bot.domain.people import Role
from bot.domain.phrases import Listed
from bot.domain.requests.terms import Terms


def user_terms(terms: Terms) -> Phrase | None:
    """Name the user, and what they get; None for terms of another noun."""
    command = read(escape(terms.command))
    user = bold(terms.name)
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
            named = msg("{user} ({id})", user=user, id=code(command.person))
            return msg("{user}", user=who(terms.name)) if is_member(terms.name) else named
        case _ if isinstance(command, UserChange):
            return msg("{user} ({id})", user=user, id=code(command.person))
        case _:
            return None


def _places(envs: str | None) -> Phrase | Listed:
    if envs is None or envs == ALL:
        return msg("all environments")
    return Listed(tuple(map(Text, envs.split(","))))
