"""Mistakes in a form, as sentences beside the fields that they are about."""

from collections.abc import Container, Mapping
from typing import Final

from bot.cards.inputs import DATE, FIELD
from bot.cards.invisible import shown
from bot.cards.kit import Phrase, Text, msg
from bot.domain.choices import LATER
from bot.domain.commands.fields import SEARCHED, Ask
from bot.domain.commands.registry import Spec
from bot.domain.commands.text import has_control_characters
from bot.domain.environment_names import PlaceNameReason
from bot.domain.environments import Environment
from bot.domain.languages import Language
from bot.domain.names import NameReason
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.decisions import MoreNeeded
from bot.domain.outcomes.environment_changes import EnvironmentProtected, PlaceNameRefused
from bot.domain.outcomes.environments import NoSuchEnvironment, WhichEnvironment
from bot.domain.outcomes.general import NotOffered
from bot.domain.outcomes.keys import KeyProtected, NameRefused, NameTaken, NoSuchKey, WhichKey
from bot.domain.outcomes.requests import NotAskable
from bot.domain.outcomes.roles import NoRoles, NoSuchRole, RoleStop, WhichRole
from bot.domain.outcomes.union import Outcome
from bot.domain.phrases import worded
from bot.domain.requests.limits import NotAskableReason

About = tuple[tuple[str, ...], Phrase]
"""Names of the fields that a sentence may be about, the likeliest first."""
_KINDS: Final = {
    Ask.PERSON: msg("Choose a person from the list."),
    Ask.DURATION: msg("Choose a date after today."),
}
"""By how the form asks: people chose and did not type."""
_LATER: Final = msg("This menu was not loaded yet. Open it again and choose, or type a name.")
_CONTROL: Final = msg("Remove the control characters.")
_OLD: Final = msg(
    "This form has expired, and nothing changed. Copy what you typed, and open the form again."
)
_NAMES: Final = {
    NameReason.ALIKE: msg("This name looks like the name of another key. Choose another name."),
    NameReason.API_KEY: msg("This name looks like an API key. Choose another name."),
    NameReason.HIDDEN: msg("This name has characters that can't be seen. Choose another name."),
    NameReason.PREFIX: msg("A name can't begin with “key:” or “name:”. Choose another name."),
}
_PLACE_NAMES: Final = {
    PlaceNameReason.TAKEN: msg("An environment has this name already. Choose another name."),
    PlaceNameReason.ALIKE: msg("This name looks like an existing environment. Choose another."),
    PlaceNameReason.HIDDEN: _NAMES[NameReason.HIDDEN],
    PlaceNameReason.CLOUD_TAKEN: msg("The cloud name {name} is taken. Choose another one."),
    PlaceNameReason.NO_CLOUD_NAME: msg("Type a cloud name: none can be derived from the name."),
}
_FOR: Final = {
    NotAskableReason.TEAMMATE: msg("This person is not a confirmed member of this workspace."),
    NotAskableReason.OWNER: msg("This person has to request it themselves."),
    NotAskableReason.NO_ACCESS: msg(
        "In an emergency, this person must be able to manage keys there already."
    ),
}
_NO_MATCH: Final = msg("What you typed doesn't match. To confirm, type {name}.")
_NOT_FOR: Final = msg("This person can't get these credentials.")


def problems_of(
    spec: Spec, texts: Mapping[str, str], blocks: Container[str], language: Language
) -> dict[str, str]:
    """Give what is wrong with each text, by the block to show it at."""
    problems = spec.problems(texts)
    found = dict[str, Phrase]()
    for name, field in spec.fields.items():
        text, block = texts.get(name, ""), f"{FIELD}{name}"
        if block not in blocks:
            continue
        if text == LATER and field.kind.ask in SEARCHED:
            found[block] = _LATER
        elif name in problems:
            at = f"{block}{DATE}" if f"{block}{DATE}" in blocks else block
            found[at] = _KINDS.get(field.kind.ask, problems[name])
        elif has_control_characters(text):
            found[block] = _CONTROL
    return {block: _said(phrase, language) for block, phrase in found.items()}


def errors_of(outcome: Outcome, blocks: Container[str], language: Language) -> dict[str, str]:
    """Give the sentence about an outcome, by the block of its field; nothing if it has none."""
    names, phrase = _about(outcome)
    here = [block for name in names if (block := f"{FIELD}{name}") in blocks]
    return {here[0]: _said(phrase, language)} if here else {}


def expired(outcome: Outcome, blocks: Mapping[str, object], language: Language) -> dict[str, str]:
    """Tell that a form is too old at its first field, so that what was typed stays to be copied."""
    first = next((block for block in blocks if block.startswith(FIELD)), None)
    is_old = first is not None and isinstance(outcome, NotOffered)
    return {first: _said(_OLD, language)} if first is not None and is_old else {}


def _said(phrase: Phrase, language: Language) -> str:
    return shown(worded(phrase, language))


def _about(outcome: Outcome) -> About:
    match outcome:
        case NoSuchEnvironment(name, None):
            place = msg(
                "No environment named {name} that you can access. Choose one from the list."
            )
            return ("env", "copy-from", "name"), place.fill(name=Text(name))
        case NoSuchEnvironment(name, str(near)):
            place = msg("No environment named {name} that you can access. Did you mean {near}?")
            return ("env", "copy-from", "name"), place.fill(name=Text(name), near=Text(near))
        case WhichEnvironment():
            return ("env", "copy-from"), msg(
                "Several environments match. Choose one from the list."
            )
        case NoSuchKey(name, None):
            key = msg("No key named {name} that you can access. Choose one from the list.")
            return ("name",), key.fill(name=Text(name))
        case NoSuchKey(name, str(near)):
            key = msg("No key named {name} that you can access. Did you mean {near}?")
            return ("name",), key.fill(name=Text(name), near=Text(near))
        case WhichKey(name):
            several = msg("Several keys are named {name}. Choose one from the list.")
            return ("name",), several.fill(name=Text(name))
        case _:
            return _about_rights(outcome)


def _about_rights(outcome: Outcome) -> About:
    """Do the same for what a person may not do, and for another person."""
    match outcome:
        case Denied(environment=Environment() as place):
            refused = msg("You don't have permission to do this in {place}.")
            return ("env", "name"), refused.fill(place=Text(place.name))
        case Denied():
            return ("env", "name"), msg("You don't have permission to do this.")
        case NotAskable(reason):
            return ("for",), _FOR.get(reason, _NOT_FOR)
        case _:
            return _about_typed(outcome)


def _about_typed(outcome: Outcome) -> About:
    """Do the same for the name of a new key, and for one that confirms."""
    match outcome:
        case NameTaken(here):
            taken = msg("{place} already has a key named {name}. Choose another name.")
            names = {"place": Text(here.environment.name), "name": Text(here.key.label)}
            return ("new", "key", "name"), taken.fill(**names)
        case NameRefused(reason=reason):
            return ("new", "key", "name"), _NAMES[reason]
        case KeyProtected(here):
            return ("confirm",), _NO_MATCH.fill(name=Text(here.key.label))
        case WhichRole() | NoSuchRole() | NoRoles():
            return _about_role(outcome)
        case PlaceNameRefused(name, reason):
            cloud = reason in {PlaceNameReason.CLOUD_TAKEN, PlaceNameReason.NO_CLOUD_NAME}
            fields = ("cloud-name",) if cloud else ("new", "name")
            return fields, _PLACE_NAMES[reason].fill(name=Text(name))
        case EnvironmentProtected(place):
            return ("confirm",), _NO_MATCH.fill(name=Text(place.name))
        case MoreNeeded(unsigned=True):
            first = msg("Sign in with Slack first, or type the name exactly as it is shown above.")
            return ("confirm",), first
        case MoreNeeded(request):
            return ("confirm",), _NO_MATCH.fill(name=Text(request.terms.name))
        case _:
            return (), msg("Nothing changed.")


def _about_role(outcome: RoleStop) -> About:
    match outcome:
        case WhichRole():
            return ("role",), msg("Choose a role from the list.")
        case NoSuchRole(name):
            none = msg("No role named {role}. Choose one from the list.")
            return ("role",), none.fill(role=Text(name))
        case NoRoles():
            return ("role",), msg("Keys of this account have no roles. Leave it empty.")
