"""The kinds of outcomes as stored requests and parts hold them."""

from collections.abc import Mapping
from typing import Final, TypeVar

from bot.domain.outcomes.groups import GroupStopped
from bot.domain.outcomes.keys import KeyProtected
from bot.domain.outcomes.rotations import NotRotated
from bot.domain.outcomes.union import Outcome
from bot.domain.outcomes.users import UserRefused

T = TypeVar("T")
REASONED: Final = UserRefused | GroupStopped | KeyProtected | NotRotated
"""Outcomes that are stored with their reason, behind their kind."""

_FORMER: Final = {
    "Barred": "key_protected",
    "Denied": "denied",
    "Failed": "failed",
    "NameTaken": "name_taken",
    "NoSuchEnvironment": "no_such_environment",
    "NoSuchKey": "no_such_key",
    "NoSuchRequest": "no_such_request",
    "NotAskable": "not_askable",
    "TurnedAway": "turned_away",
}
"""What requests from before there were kinds hold: the names that the classes had then."""


def kind_stored(text: str) -> str:
    """Return the kind that a stored text stands for; other texts stay as they are."""
    return _FORMER.get(text, text)


def result_stored(outcome: Outcome) -> str:
    """Return what is stored of an outcome: its kind, and the reason of a refusal."""
    return f"{outcome.kind}:{outcome.reason}" if isinstance(outcome, REASONED) else outcome.kind


def kind_of(result: str) -> str:
    """Return the kind in what is stored of an outcome."""
    return result.partition(":")[0]


def told_by(texts: Mapping[str, T], result: str, other: T) -> T:
    """Look up what is stored: with its reason, else by its kind, as older records have it."""
    return texts.get(result) or texts.get(kind_of(result), other)
