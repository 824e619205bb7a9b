"""What the card of a request says about the user group that it changes."""

from typing import Final

from bot.cards.kit import Line, Text, bold, line, msg, plural
from bot.cards.left_out import SHOWN
from bot.cards.offboard import listed
from bot.cards.paging import NAMED
from bot.cards.user_terms import gravity
from bot.domain.commands.grammar import read
from bot.domain.commands.groups import (
    AddToGroup,
    CreateGroup,
    DropFromGroup,
    RemoveGroup,
    RenameGroup,
)
from bot.domain.commands.text import escape
from bot.domain.phrases import Listed, Phrase
from bot.domain.requests.terms import Terms
from bot.domain.user_groups import GroupTerms

_ASKS: Final = {
    CreateGroup: msg("{who} asks to create a user group"),
    RenameGroup: msg("{who} asks to rename a user group to {new}"),
    RemoveGroup: msg("{who} asks to remove a user group"),
    AddToGroup: msg("{who} asks to add {member} to a user group"),
    DropFromGroup: msg("{who} asks to take {member} out of a user group"),
}


def asks(terms: Terms) -> Phrase:
    """Say what the requester wants; the caller fills in who that is."""
    command = read(escape(terms.command))
    member = terms.group.member if terms.group else None
    said = _ASKS.get(type(command), msg("{who} asks to change a user group"))
    new = command.new if isinstance(command, RenameGroup) else ""
    return said.fill(new=bold(new), member=bold(member.email if member else ""))


def group_terms(terms: Terms) -> Phrase:
    """Name the group, with its new name, or with who comes or goes."""
    group, command = bold(terms.name), read(escape(terms.command))
    member = terms.group.member if terms.group else None
    if isinstance(command, RenameGroup):
        return msg("{before} → {after}", before=group, after=bold(command.new))
    if member:
        return msg("{name} in {place}", name=bold(member.email), place=group)
    return msg("{group}", group=group)


def is_whole(terms: Terms) -> bool:
    """Whether a card names all that a request changes, and counts nothing instead."""
    named = (terms.user.before, terms.user.after, terms.user.lost) if terms.user else ()
    return len(terms.parts) <= SHOWN and all(len(each) <= NAMED for each in named)


def notes(terms: Terms, most: int = SHOWN) -> list[Line]:
    """Say what an offboarding ends, or what a group decides, gives, and has for members."""
    if terms.group:
        return about(terms.group)
    said = gravity(terms)
    return [*([line(said)] if said else []), *listed(terms.parts, most)]


def about(group: GroupTerms) -> list[Line]:
    """Say the same of a group alone."""
    said: list[Phrase] = []
    if group.decides:
        said.append(DECIDES)
    if group.roles:
        roles = Listed(tuple(Text(each) for each in group.roles), "and")
        grave = msg(
            "Roles of the group: {roles}. With them, members can manage users or keys.", roles=roles
        )
        said.append(grave if group.grave else msg("Roles of the group: {roles}.", roles=roles))
    if group.masters:
        said.append(msg("Every member is a Master admin of the account."))
    if group.size is not None:
        said.append(
            plural("The group has {count} member.", "The group has {count} members.", group.size)
        )
    return [line(each) for each in said]


DECIDES: Final = msg("The policy names this group: its members can approve or do more than others.")
