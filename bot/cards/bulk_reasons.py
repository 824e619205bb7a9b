"""Why nothing was done to a key of a list of many."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from bot.cards.kit import Phrase, msg
from bot.domain.commands.many_keys import DisableKeys, ManyKeys

_AWAY: Final = msg(
    "{key} in {environment} is not disabled: Cloudinary does not answer. Resume in a minute."
)
FAILURES: Final[dict[str, Phrase]] = {
    "changed": msg("{key} in {environment} changed since the list was shown. It is left alone."),
    "nothing_to_change": msg("{key} in {environment} was disabled already."),
    "no_such_key": msg("{key} is no longer in {environment}, or you can't see it."),
    "key_protected": msg(
        "{key} in {environment} is protected now: it signs webhooks, or is the last enabled key."
        " Disable it by itself."
    ),
    "denied": msg("You can no longer disable {key} in {environment}."),
    "turned_away": msg(
        "{key} in {environment} is not disabled: Keysmith can't identify you. See `/cld whoami`."
    ),
    "requested": msg("{key} in {environment} needs an approval. A request is open for it."),
    "uncertain": msg(
        "It is not certain that {key} in {environment} is disabled: Cloudinary gave no clear"
        " answer. Resume in a minute."
    ),
    "cloudinary_away": _AWAY,
    "cloudinary_busy": _AWAY,
    "cloudinary_refused": msg("{key} in {environment} is not disabled: Cloudinary refused it."),
    "slack_away": msg(
        "{key} in {environment} is not disabled: Slack does not answer. Resume in a minute."
    ),
}
"""By the kind of a part's outcome."""
AWAY: Final = frozenset({"uncertain", "cloudinary_away", "cloudinary_busy", "slack_away"})
"""Kinds after which a service does not answer."""
OTHER: Final = msg("{key} in {environment} is not disabled. Try it by itself to see why.")
_NO_ANSWER: Final = msg(
    "{key} in {environment} is unchanged: Cloudinary does not answer. Resume in a minute."
)
_TO_OTHERS: Final[dict[str, Phrase]] = {
    "changed": msg(
        "{key} in {environment} changed since the list was shown, or is being rotated or deleted"
        " now. It is left alone."
    ),
    "nothing_to_change": msg("{key} in {environment} is being deleted already."),
    "no_such_key": FAILURES["no_such_key"],
    "key_protected": msg(
        "{key} in {environment} is protected now: it signs webhooks, or is the last enabled key."
        " Run the command for it alone."
    ),
    "denied": msg("You can no longer do this to {key} in {environment}."),
    "turned_away": msg(
        "{key} in {environment} is unchanged: Keysmith can't identify you. See `/cld whoami`."
    ),
    "not_askable": msg(
        "No request could be opened for {key} in {environment}: it has no approver, needs"
        " another reason, or too many of your requests wait. Resume later, or run the command for"
        " it alone to see why."
    ),
    "not_rotated:running": msg("{key} in {environment} is being rotated already."),
    "not_rotated:deletion": msg("{key} in {environment} is being deleted."),
    "not_rotated:unclaimed": msg("{key} in {environment} was never collected."),
    "not_rotated:disabled": msg("{key} in {environment} is disabled."),
    "not_rotated:roles": msg(
        "The roles of {key} in {environment} can't be read, so it can't be rotated now."
    ),
    "uncertain": msg(
        "It is not certain what was done to {key} in {environment}: Cloudinary gave no clear"
        " answer. Resume in a minute."
    ),
    "cloudinary_away": _NO_ANSWER,
    "cloudinary_busy": _NO_ANSWER,
    "cloudinary_refused": msg("{key} in {environment} is unchanged: Cloudinary refused it."),
    "slack_away": msg(
        "{key} in {environment} is unchanged: Slack does not answer. Resume in a minute."
    ),
}


class Reasons(NamedTuple):
    """By the kind of a part's outcome, and for any other."""

    by_kind: Mapping[str, Phrase]
    other: Phrase


_ALONE: Final = msg("{key} in {environment} is unchanged. Run the command for it alone to see why.")


def reasons(command: ManyKeys) -> Reasons:
    """Choose what is said of the parts of a list."""
    if isinstance(command, DisableKeys):
        return Reasons(FAILURES, OTHER)
    return Reasons(_TO_OTHERS, _ALONE)
