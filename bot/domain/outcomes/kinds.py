"""The kinds of outcomes as stored requests hold them."""

from typing import Final

_FORMER: Final = {
    "Barred": "key_protected",
    "Denied": "denied",
    "Failed": "failed",
    "NameTaken": "name_taken",
    "NoSuchKey": "no_such_key",
    "NoSuchRequest": "no_such_request",
    "NotAskable": "not_askable",
    "TurnedAway": "turned_away",
}
"""What requests from before there were kinds hold: the names that the classes had then."""


def kind_stored(text: str) -> str:
    """Return the kind that a stored text stands for; other texts stay as they are."""
    return _FORMER.get(text, text)
