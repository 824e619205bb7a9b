"""Cards about user groups."""

from typing import Final, assert_never

from bot.cards.confirming import no_match
from bot.cards.group_requests import DECIDES, about
from bot.cards.kit import (
    Button,
    Card,
    Line,
    Phrase,
    Text,
    bold,
    card,
    code,
    item,
    line,
    msg,
    plural,
)
from bot.cards.role_names import named
from bot.cards.who import who
from bot.domain.commands.grammar import write
from bot.domain.commands.groups import (
    AddToGroup,
    CreateGroup,
    DropFromGroup,
    RemoveGroup,
    RenameGroup,
)
from bot.domain.outcomes import groups as outcomes
from bot.domain.outcomes.groups import GroupStop
from bot.domain.outcomes.users import NoSuchUser, UserUnclear, WhichUser
from bot.domain.user_groups import GroupRole, UserGroup

MOST: Final = 40
"""Members or groups on one card."""
_STOPS: Final = {
    GroupStop.OWN_USER: msg(
        "You can't change your own membership, or a group of yours that the policy names. Ask"
        " another Admin."
    ),
    GroupStop.MORE_THAN_HELD: msg(
        "The group's roles give more than your own role. Ask an admin who has it."
    ),
    GroupStop.LAST_MASTER_ADMIN: msg(
        "This would leave the account without a Master admin. Make another person one first."
    ),
    GroupStop.CHANGED: msg(
        "The group changed after this was requested. Look at it, then request it again."
    ),
    GroupStop.HIDDEN: msg("The name has characters that no one can see. Choose another name."),
    GroupStop.REFUSED: msg(
        "Cloudinary refused the change. Check that Keysmith's account key can manage users."
    ),
}
_DONE: Final = {
    CreateGroup: msg("The group {group} is created. Add people with `/cld group add`."),
    RenameGroup: msg("The group {group} is now named {new}."),
    RemoveGroup: msg("The group {group} is removed. Its members are still users."),
    AddToGroup: msg("{member} is now in the group {group}."),
    DropFromGroup: msg("{member} is no longer in the group {group}."),
}
_SAME: Final = {
    CreateGroup: msg("The group {group} exists already. Nothing changed."),
    RenameGroup: msg("The group is already named {new}. Nothing changed."),
    RemoveGroup: msg("The group {group} is already removed. Nothing changed."),
    AddToGroup: msg("{member} is already in the group {group}. Nothing changed."),
    DropFromGroup: msg("{member} is not in the group {group}. Nothing changed."),
}


def group_card(outcome: outcomes.GroupOutcome) -> Card:
    """Draw an outcome of a command about groups."""
    match outcome:
        case outcomes.GroupsListed():
            return _listed(outcome)
        case outcomes.GroupShown():
            return _shown(outcome)
        case (
            outcomes.NoSuchGroup()
            | outcomes.WhichGroup()
            | outcomes.MemberUnclear()
            | outcomes.GroupNameTaken()
        ):
            return _not_found(outcome)
        case outcomes.GroupUnconfirmed():
            return card(*unconfirmed(outcome), line(code(f"/cld {outcome.retry}")))
        case outcomes.GroupStopped(group, reason):
            said = msg("The group {group} is unchanged.", group=bold(group.name))
            return card(line(said), line(_STOPS[reason]))
        case outcomes.GroupChanged(command, group):
            return _changed(_DONE[type(command)], outcome)
        case outcomes.GroupUnchanged(command, group):
            return _changed(_SAME[type(command)], outcome)
        case _:
            assert_never(outcome)


def _not_found(
    outcome: outcomes.GroupMissing | outcomes.MemberUnclear | outcomes.GroupNameTaken,
) -> Card:
    match outcome:
        case outcomes.NoSuchGroup(name, nearest):
            near = msg("Did you mean {name}?", name=bold(nearest)) if nearest else None
            none = msg("No group named {name}. Nothing changed.", name=code(name))
            return card(line(none), line(near) if near else None, line(_EVERY))
        case outcomes.WhichGroup(choices):
            return card(
                line(msg("Choose a group. Nothing changed yet.")),
                buttons=[Button(Text(each.name), write(command)) for each, command in choices],
            )
        case outcomes.MemberUnclear():
            return _unclear(outcome)
        case outcomes.GroupNameTaken(name, other):
            taken = msg("The group {other} has this name, or one that looks like {name}.")
            return card(
                line(taken.fill(other=bold(other.name), name=code(name))),
                line(msg("Nothing changed. Choose another name.")),
            )
        case _:
            assert_never(outcome)


_EVERY: Final = msg("Every group: `/cld group list`")


def unconfirmed(outcome: outcomes.GroupUnconfirmed) -> tuple[Line, ...]:
    """Say what ends with a group, and what to type."""
    group = outcome.group
    return (
        *no_match(outcome),
        line(msg("Members lose what the group gives them.")),
        *about(group),
        line(msg("To go on, type its name: {name}", name=bold(group.name))),
    )


def _changed(said: Phrase, outcome: outcomes.GroupChanged | outcomes.GroupUnchanged) -> Card:
    group, command = outcome.group, outcome.command
    new = command.new if isinstance(command, RenameGroup) else ""
    member = group.member.email if group.member else ""
    filled = said.fill(group=bold(group.name), new=bold(new), member=bold(member))
    return card(line(filled), line(DECIDES) if group.decides else None)


def _listed(outcome: outcomes.GroupsListed) -> Card:
    groups = outcome.groups
    return card(
        line(plural("{count} user group:", "{count} user groups:", len(groups))),
        *(item(_summary(each, decides=each.name in outcome.decide)) for each in groups[:MOST]),
        line(_more(len(groups) - MOST)) if len(groups) > MOST else None,
        line(msg("See one: `/cld group show`")) if groups else None,
    )


def _summary(group: UserGroup, *, decides: bool) -> Phrase:
    if group.members is None:
        return msg("{group}", group=bold(group.name))
    size = len(group.members)
    if decides:
        return plural(
            "{group}: {count} member, named in the policy",
            "{group}: {count} members, named in the policy",
            size,
            group=bold(group.name),
        )
    return plural(
        "{group}: {count} member", "{group}: {count} members", size, group=bold(group.name)
    )


def _more(count: int) -> Phrase:
    return plural("And {count} more.", "And {count} more.", count)


def _shown(outcome: outcomes.GroupShown) -> Card:
    group, members = outcome.group, outcome.group.members or ()
    title = plural(
        "{group} has {count} member.",
        "{group} has {count} members.",
        len(members),
        group=bold(group.name),
    )
    people = (
        item(msg("{name} ({email})", name=Text(each.name or each.id), email=code(each.email)))
        for each in members[:MOST]
    )
    return card(
        line(title),
        line(DECIDES) if outcome.decides else None,
        *people,
        line(_more(len(members) - MOST)) if len(members) > MOST else None,
        *_roles(outcome),
    )


def _roles(outcome: outcomes.GroupShown) -> list[Line]:
    if outcome.roles is None:
        return []
    if not outcome.roles:
        return [line(msg("The group has no role."))]
    roles = [item(_role(*each)) for each in outcome.roles[:MOST]]
    rest = len(outcome.roles) - MOST
    return [line(msg("Its roles:")), *roles, *((line(_more(rest)),) if rest > 0 else ())]


def _role(held: GroupRole, place: str) -> Phrase:
    if not held.environment_id:
        return msg("{role} in the whole account", role=named(held.role))
    if not place:
        return msg("{role} in an environment that you can't access", role=named(held.role))
    return msg("{role} in {environment}", role=named(held.role), environment=bold(place))


def _unclear(outcome: outcomes.MemberUnclear) -> Card:
    match outcome.search:
        case NoSuchUser(typed):
            said = msg("No Cloudinary user for {person}. Nothing changed.")
        case WhichUser(typed):
            said = msg("Several Cloudinary users match {person}. Choose one.")
        case UserUnclear(typed):
            said = msg("It is not certain which Cloudinary user {person} is. Nothing changed.")
        case _:
            assert_never(outcome.search)
    users = [
        Button(Text(f"{it.name} ({it.email})"), write(command)) for it, command in outcome.choices
    ]
    check = line(msg("Check the address, or use the address that Cloudinary knows."))
    return card(line(said.fill(person=who(typed))), None if users else check, buttons=users)
