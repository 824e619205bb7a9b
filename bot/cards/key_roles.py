"""Cards about the roles of keys, and about what a key may be used for."""

from typing import Final, assert_never

from bot.cards.key_why import explained
from bot.cards.kit import (
    Button,
    Card,
    Phrase,
    card,
    code,
    item,
    line,
    msg,
)
from bot.cards.role_names import (
    FIX,
    about_key,
    described,
    is_master,
    named,
    short_name,
    summary,
    why_button,
)
from bot.domain.commands.grammar import Incomplete, write
from bot.domain.commands.key_fields import ADD, REMOVE
from bot.domain.commands.keys import RolesOfKey
from bot.domain.commands.registry import BY_CLASS
from bot.domain.outcomes import roles as outcomes


def role_card(outcome: outcomes.RoleOutcome) -> Card:
    """Draw an outcome of a command about roles."""
    match outcome:
        case outcomes.NoRoles():
            return card(
                line(
                    msg(
                        "Keys of this Cloudinary account have no roles: the account does not have"
                        " the Permissions API."
                    )
                ),
                line(
                    msg(
                        "Nothing changed. Each key can do everything in its environment, so leave"
                        " the role out."
                    )
                ),
            )
        case outcomes.NoSuchRole() | outcomes.WhichRole():
            return _unclear(outcome)
        case outcomes.RoleNotGiven():
            return _not_given(outcome)
        case outcomes.RolesShown():
            return _shown(outcome)
        case outcomes.KeyExplained():
            return explained(outcome)
        case outcomes.RolesOvertaken():
            return _overtaken(outcome)
        case outcomes.RolesChanged() | outcomes.RoleUnchanged() | outcomes.RoleRefused():
            return _changed(outcome)
        case _:
            assert_never(outcome)


def _unclear(outcome: outcomes.NoSuchRole | outcomes.WhichRole) -> Card:
    """Ask which role is meant; a button completes the command."""
    label = msg("Remove {role}") if outcome.takes else msg("{role}")
    only = outcome.takes and len(outcome.choices) == 1
    return card(
        line(_question(outcome)),
        *(item(described(role)) for role, _ in outcome.choices),
        line(_ONLY) if only else None,
        buttons=[
            Button(label.fill(role=short_name(role)), write(command))
            for role, command in outcome.choices
        ],
    )


def _question(outcome: outcomes.NoSuchRole | outcomes.WhichRole) -> Phrase:
    takes = outcome.takes
    if not outcome.choices:
        return _NONE_HELD if takes else _NONE
    if isinstance(outcome, outcomes.WhichRole):
        return _WHICH_TO_TAKE if takes else _WHICH
    return (_NOT_HELD if takes else _UNKNOWN).fill(role=code(outcome.name))


_WHICH: Final = msg("Choose what the key may do, the least first. Nothing changed yet.")
_WHICH_TO_TAKE: Final = msg("Choose the role to remove. Nothing changed yet.")
_UNKNOWN: Final = msg("No role named {role}. Nothing changed. Choose one:")
_NOT_HELD: Final = msg("The key has no role named {role}. Nothing changed. Choose one to remove:")
_NONE: Final = msg("There is no role to choose from. Nothing changed.")
_NONE_HELD: Final = msg("This key has no role to remove. Nothing changed.")
_ONLY: Final = msg("This is the key's only role: without it, the key can do nothing.")


def _not_given(outcome: outcomes.RoleNotGiven) -> Card:
    here, role = outcome.located, named(outcome.role)
    refused = msg("Cloudinary refused to give {key} in {environment} the role {role}.")
    unclear = msg("It is not certain that {key} in {environment} has the role {role}.")
    said = refused if outcome.refused else unclear
    delete = f"/cld key delete {here.key.api_key}"
    return card(
        line(about_key(said, here).fill(role=role)),
        line(msg("The key is disabled, and no one can collect it.")),
        line(FIX) if outcome.refused else None,
        line(msg("Delete it with {delete}, then create another key.", delete=code(delete))),
    )


def _shown(outcome: outcomes.RolesShown) -> Card:
    here = outcome.located
    held = here.roles or ()
    key, where = here.key.api_key, here.environment.cloud_name
    add = Incomplete(BY_CLASS[RolesOfKey], (("change", ADD), ("env", where), ("name", key)))
    takes = [
        Button(
            msg("Remove {role}", role=short_name(role)),
            write(RolesOfKey(key, REMOVE, role.ref, where)),
        )
        for role in held
    ]
    adds = Button(msg("Add role…"), write(add))
    title = about_key(msg("{key} in {environment} has these roles:"), here)
    none = about_key(msg("{key} in {environment} has no role: it can do nothing."), here)
    return card(
        line(title if held else none),
        *(item(described(role)) for role in held),
        line(_MASTER) if is_master(here) else None,
        line(_ONLY) if outcome.may_change and len(held) == 1 else None,
        buttons=[why_button(here), *([adds, *takes] if outcome.may_change else [])],
    )


_MASTER: Final = msg("With Master Admin, a key can do everything in its environment.")


def _overtaken(outcome: outcomes.RolesOvertaken) -> Card:
    here = outcome.located
    said = msg(
        "Another person changed the roles of {key} in {environment} at the same time. Your change"
        " of the role {role} is not repeated."
    )
    held = summary(here)
    return card(
        line(about_key(said, here).fill(role=named(outcome.role))),
        line(held) if held else None,
        line(msg("If you still want it, run the command again.")),
        buttons=[why_button(here)],
    )


def _changed(
    outcome: outcomes.RolesChanged | outcomes.RoleUnchanged | outcomes.RoleRefused,
) -> Card:
    here, role = outcome.located, named(outcome.role)
    match outcome:
        case outcomes.RolesChanged(added=True):
            said = msg("{key} in {environment} now has the role {role}.")
        case outcomes.RolesChanged():
            said = msg("{key} in {environment} no longer has the role {role}.")
        case outcomes.RoleUnchanged(added=True):
            said = msg("{key} in {environment} already has the role {role}. Nothing changed.")
        case outcomes.RoleUnchanged():
            said = msg("{key} in {environment} does not have the role {role}. Nothing changed.")
        case outcomes.RoleRefused():
            said = msg(
                "Cloudinary refused to change the role {role} of {key} in {environment}. Nothing"
                " changed."
            )
    changed = isinstance(outcome, outcomes.RolesChanged)
    told = isinstance(outcome, outcomes.RolesChanged) and outcome.told_security
    held = summary(here) if changed else None
    return card(
        line(about_key(said, here).fill(role=role)),
        line(held) if held else None,
        line(FIX) if isinstance(outcome, outcomes.RoleRefused) else None,
        line(msg("The security channel is notified.")) if told else None,
        buttons=[why_button(here), *_back(outcome)],
    )


def _back(
    outcome: outcomes.RolesChanged | outcomes.RoleUnchanged | outcomes.RoleRefused,
) -> list[Button]:
    """Offer to add a role again that was removed; one of a folder can't be added here."""
    role, here = outcome.role, outcome.located
    if not isinstance(outcome, outcomes.RolesChanged) or outcome.added or role.ref != role.id:
        return []
    add = RolesOfKey(here.key.api_key, ADD, role.ref, here.environment.cloud_name)
    return [Button(msg("Add {role} again", role=short_name(role)), write(add))]
