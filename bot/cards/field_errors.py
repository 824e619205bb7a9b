"""Mistakes in a form, as sentences beside the fields that they are about."""

from collections.abc import Container, Mapping
from typing import Final

from bot.cards.inputs import DATE, FIELD
from bot.cards.invisible import shown
from bot.domain.commands.fields import Ask
from bot.domain.commands.registry import Spec
from bot.domain.commands.secrets import looks_secret
from bot.domain.commands.text import has_control_characters
from bot.domain.names import NameReason
from bot.domain.outcomes.access import Denied
from bot.domain.outcomes.decisions import MoreNeeded
from bot.domain.outcomes.environments import NoSuchEnvironment, WhichEnvironment
from bot.domain.outcomes.keys import KeyProtected, NameRefused, NameTaken, NoSuchKey, WhichKey
from bot.domain.outcomes.requests import NotAskable
from bot.domain.outcomes.union import Outcome
from bot.domain.requests.limits import NotAskableReason

_KINDS: Final = {
    Ask.PERSON: "Choose a person from the list.",
    Ask.DURATION: "Choose a date after today.",
}
"""By how the form asks: people chose and did not type."""
_NAMES: Final = {
    NameReason.ALIKE: "This name looks like the name of another key. Choose another name.",
    NameReason.API_KEY: "This name looks like an API key. Choose another name.",
    NameReason.HIDDEN: "This name has characters that can't be seen. Choose another name.",
    NameReason.PREFIX: "A name can't begin with “key:” or “name:”. Choose another name.",
}
_FOR: Final = {
    NotAskableReason.TEAMMATE: "This person is not a confirmed member of this workspace.",
    NotAskableReason.OWNER: "This person has to request it themselves.",
    NotAskableReason.NO_ACCESS: (
        "In an emergency, this person must be able to manage keys there already."
    ),
}


def problems_of(spec: Spec, texts: Mapping[str, str], blocks: Container[str]) -> dict[str, str]:
    """Give what is wrong with each text, by the block to show it at."""
    problems = spec.problems(texts)
    found = dict[str, str]()
    for name, field in spec.fields.items():
        text, block = texts.get(name, ""), f"{FIELD}{name}"
        if block not in blocks:
            continue
        if name in problems:
            at = f"{block}{DATE}" if f"{block}{DATE}" in blocks else block
            found[at] = _KINDS.get(field.kind.ask, problems[name])
        elif has_control_characters(text):
            found[block] = "Remove the control characters."
        elif looks_secret(text):
            found[block] = (
                "This looks like a secret. Remove it. If it is one, disable its key: it has leaked."
            )
    return found


def errors_of(outcome: Outcome, blocks: Container[str]) -> dict[str, str]:
    """Give the sentence about an outcome, by the block of its field; nothing if it has none."""
    names, text = _about(outcome)
    here = [block for name in names if (block := f"{FIELD}{name}") in blocks]
    return {here[0]: text} if here else {}


def _about(outcome: Outcome) -> tuple[tuple[str, ...], str]:
    """Name the fields that an outcome may be about, the likeliest first."""
    match outcome:
        case NoSuchEnvironment(name, near):
            text = f"No environment named {shown(name)} that you can access.{_instead(near)}"
            return ("env", "name"), text
        case WhichEnvironment():
            return ("env",), "Several environments match. Choose one from the list."
        case NoSuchKey(name, near):
            return ("name",), f"No key named {shown(name)} that you can access.{_instead(near)}"
        case WhichKey(name):
            text = f"Several keys are named {shown(name)}. Choose one from the list."
            return ("name",), text
        case Denied(environment=place):
            where = f" in {shown(place.name)}" if place else ""
            return ("env", "name"), f"You don't have permission to do this{where}."
        case NotAskable(reason):
            return ("for",), _FOR.get(reason, "This person can't get these credentials.")
        case _:
            return _about_typed(outcome)


def _about_typed(outcome: Outcome) -> tuple[tuple[str, ...], str]:
    """Do the same for the name of a new key, and for one that confirms."""
    match outcome:
        case NameTaken(here):
            taken, place = shown(here.key.label), shown(here.environment.name)
            text = f"{place} already has a key named {taken}. Choose another name."
            return ("new", "key", "name"), text
        case NameRefused(reason=reason):
            return ("new", "key", "name"), _NAMES[reason]
        case KeyProtected(here):
            return ("confirm",), f"Type {shown(here.key.label)} to confirm."
        case MoreNeeded():
            return ("confirm",), "Type the name exactly as it stands above."
        case _:
            return (), ""


def _instead(near: str | None) -> str:
    return f" Did you mean {shown(near)}?" if near else " Choose one from the list."
