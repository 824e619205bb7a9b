"""Why a key of a list of many is not disabled."""

from typing import Final

from bot.cards.kit import Phrase, msg

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
