"""What the card of a request says about the user group that it changes."""

from typing import Final

from bot.cards.kit import Line, Text, bold, line, msg, plural
from bot.cards.left_out import SHOWN
from bot.cards.offboard import listed
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
_CHANGES: Final = {
    CreateGroup: msg("create a user group"),
    RenameGroup: msg("rename a user group"),
    RemoveGroup: msg("remove a user group"),
    AddToGroup: msg("add a person to a user group"),
    DropFromGroup: msg("take a person out of a user group"),
}
_OTHER: Final = msg("change a user group")


def asks(terms: Terms) -> Phrase:
    """Say what the requester wants; the caller fills in who that is."""
    command = read(escape(terms.command))
    member = terms.group.member if terms.group else None
    said = _ASKS.get(type(command), msg("{who} asks to change a user group"))
    new = command.new if isinstance(command, RenameGroup) else ""
    return said.fill(new=bold(new), member=bold(member.email if member else ""))


def changes(terms: Terms) -> Phrase:
    """Name the change, in a list or after a colon."""
    return _CHANGES.get(type(read(escape(terms.command))), _OTHER)


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
