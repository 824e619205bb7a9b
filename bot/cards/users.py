"""Cards about users of the Cloudinary account."""

from collections.abc import Iterator
from typing import Final, assert_never

from bot.cards.confirming import no_match
from bot.cards.key_lists import spaced
from bot.cards.kit import (
    Card,
    Line,
    Mention,
    Moment,
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
from bot.cards.paging import few, turns
from bot.cards.people import ROLES
from bot.cards.user_refusals import REFUSED, UNCLEAR
from bot.cards.user_terms import changed
from bot.cards.who import role_name, who
from bot.domain.commands.registry import BY_CLASS
from bot.domain.commands.users import (
    AddUser,
    DisableUser,
    EnableUser,
    OffboardUser,
    RemoveUser,
    SetUserEnvironments,
    SetUserRole,
)
from bot.domain.outcomes import users as outcomes
from bot.domain.people import CloudinaryUser
from bot.domain.phrases import Listed
from bot.domain.users import SignIn, sign_in

_KEYS_STAY: Final = msg(
    "Access keys are not affected. Programs that use them go on. To stop one, use `/cld key"
    " disable`."
)
_DONE: Final = {
    AddUser: msg("{user} is invited. Cloudinary sends the invitation by email."),
    SetUserRole: msg("The role of {user} is changed. {change}."),
    SetUserEnvironments: msg("The environments of {user} are changed. {change}."),
    DisableUser: msg("{user} is disabled and can't sign in to Cloudinary."),
    EnableUser: msg("{user} is enabled."),
    OffboardUser: msg("{user} no longer has the account roles of the list."),
    RemoveUser: msg(
        "{user} is removed from Cloudinary. Keysmith no longer recognizes this person."
    ),
}


def user_card(outcome: outcomes.UserOutcome) -> Card:
    """Draw an outcome of a command about users."""
    match outcome:
        case outcomes.UsersListed():
            return _listed(outcome)
        case outcomes.UserShown():
            return card(*_shown(outcome))
        case outcomes.UserToConfirm():
            return _to_confirm(outcome)
        case outcomes.UserChanged(user, command, terms):
            name = bold(user.email)
            change = None
            if not isinstance(command, OffboardUser):
                change = changed(command, name, terms)
            said = _DONE[type(command)].fill(user=name, **({"change": change} if change else {}))
            stays = isinstance(command, DisableUser | RemoveUser)
            return card(line(said), line(_KEYS_STAY) if stays else None)
        case outcomes.UserUnchanged(user):
            return card(
                line(msg("{user} already is as you want. Nothing changed.", user=bold(user.email)))
            )
        case outcomes.UserExists(user, email):
            taken = msg("{email} already belongs to a Cloudinary user. Nothing changed.")
            change = msg("To change their role: {command}")
            typed = code(f"/cld user role {user.email}")
            return card(
                line(taken.fill(email=bold(email))),
                item(*spaced(_told(user))),
                line(change.fill(command=typed)),
            )
        case outcomes.UserRefused(name, reason):
            return card(line(REFUSED[reason].fill(user=who(name))))
        case outcomes.NoSuchUser() | outcomes.WhichUser() | outcomes.UserUnclear():
            return _not_found(outcome)
        case _:
            assert_never(outcome)


def _not_found(outcome: outcomes.UserSearchOutcome) -> Card:
    match outcome:
        case outcomes.NoSuchUser(typed, slack):
            none = msg("{user} is no Cloudinary user of this account. Nothing changed.")
            return card(
                line(none.fill(user=Mention(slack) if slack else who(typed))),
                line(msg("All users: `/cld user list`. To invite one: `/cld user add`")),
            )
        case outcomes.WhichUser(typed, choices):
            several = msg("Several users have the address {email}. Use the id. Nothing changed.")
            named = [item(*spaced(_told(it)), Text(" "), code(it.id)) for it, _ in choices]
            return card(line(several.fill(email=bold(typed))), *named)
        case outcomes.UserUnclear(typed, reason):
            return card(line(UNCLEAR[reason].fill(user=who(typed))))
        case _:
            assert_never(outcome)


def _listed(outcome: outcomes.UsersListed) -> Card:
    total = plural("{count} user", "{count} users", outcome.total)
    paged = msg(
        "{users}, page {page} of {pages}",
        users=total,
        page=Text(str(outcome.page + 1)),
        pages=Text(str(outcome.pages)),
    )
    slack = dict(outcome.slack)
    buttons = turns(outcome.command, outcome.page, outcome.pages)
    rows = [
        item(*spaced(_told(it, slack.get(it.id, ""), master=it.id in outcome.masters)))
        for it in outcome.users
    ]
    return card(line(paged if outcome.pages > 1 else total), *rows, buttons=buttons)


def _told(user: CloudinaryUser, slack: str = "", *, master: bool = False) -> Iterator[Phrase]:
    """Describe a user: who, which role, and how they come in."""
    role = ROLES.get(user.role) if user.role else None
    name = msg("{name} ({email}), {role}.") if user.name else msg("{email}, {role}.")
    yield (
        name.fill(name=bold(user.name), email=code(user.email), role=role or msg("unknown role"))
        if user.name
        else name.fill(email=code(user.email), role=role or msg("unknown role"))
    )
    if slack:
        yield msg("Slack: {member}.", member=Mention(slack))
    if master and user.role != "master_admin":
        yield msg("Master admin of the account.")
    if sign_in(user) is SignIn.INVITED:
        yield msg("Has not accepted the invitation.")
    if user.providers:
        names = Listed(tuple(map(Text, user.providers)))
        yield msg("Signs in with {providers}.", providers=names)
    if not user.enabled:
        yield msg("Disabled.")


def _shown(shown: outcomes.UserShown) -> list[Line | None]:
    user = shown.user
    seen = few([Text(it) for it in shown.environments])
    places = msg("All environments.") if user.all_environments else None
    if places is None and shown.environments:
        places = msg("Environments: {environments}", environments=seen)
    last = msg("Never signed in.")
    if user.last_login:
        last = msg("Last signed in {time}.", time=Moment(user.last_login, exact=True))
    groups = msg("Groups: {groups}", groups=few([Text(it) for it in shown.groups]))
    roles = msg("Roles of the account: {roles}", roles=few([role_name(it) for it in shown.roles]))
    keys = msg(
        "Keys created for them: {keys}",
        keys=few(
            [
                msg("{name} in {place}", name=Text(it.key.label), place=Text(it.environment.name))
                for it in shown.keys
            ]
        ),
    )
    return [
        line(*spaced(_told(user, shown.slack, master=shown.master))),
        item(places or msg("No environment that you can see.")),
        item(groups) if shown.groups else None,
        item(roles) if shown.roles else None,
        item(last),
        item(keys) if shown.keys else None,
    ]


def losing(outcome: outcomes.UserToConfirm) -> list[Line | None]:
    """Say what a person loses, and what they keep."""
    user, removes = outcome.shown.user, isinstance(outcome.command, RemoveUser)
    loses = msg("Nothing changed yet. If you go on, {user} loses this access:")
    bound = msg("{member} is no longer known to Keysmith by this user.")
    back = msg("With {providers} they may be created again when they next sign in.")
    providers = Listed(tuple(map(Text, user.providers)))
    return [
        *no_match(outcome),
        line(loses.fill(user=bold(user.email))),
        *_shown(outcome.shown),
        line(bound.fill(member=Mention(outcome.shown.slack)))
        if removes and outcome.shown.slack
        else None,
        line(back.fill(providers=providers)) if user.providers else None,
        line(_KEYS_STAY),
    ]


def _to_confirm(outcome: outcomes.UserToConfirm) -> Card:
    address, name = outcome.shown.user.email, BY_CLASS[type(outcome.command)].name
    typed = code(f"/cld {name} {address} --confirm {address}")
    told = msg("To confirm, type their email: {command}", command=typed)
    return card(*losing(outcome), line(told))
