"""The message about keys that changed without Keysmith: for security, and for their owners."""

from typing import Final

from bot.cards.kit import Card, Phrase, bold, card, item, line, msg, plural
from bot.cards.left_out import rest
from bot.domain.drift import Drift, Drifted
from bot.domain.drift_reports import DriftReport

_SAID: Final = {
    Drifted.CREATED: msg("{key} ({api_key}) is new."),
    Drifted.RENAMED: msg("{before} ({api_key}) is now named {key}."),
    Drifted.ENABLED: msg("{key} ({api_key}) is enabled now."),
    Drifted.DISABLED: msg("{key} ({api_key}) is disabled now."),
    Drifted.PINNED: msg("{key} ({api_key}) is pinned now: it signs webhook notifications."),
    Drifted.UNPINNED: msg("{key} ({api_key}) is no longer pinned for webhook notifications."),
    Drifted.DELETED: msg("{key} ({api_key}) is deleted."),
}
_WHERE: Final = msg(
    "Keysmith has no record of who did it. Changes in the Console and by other programs look like"
    " this."
)
_NEXT: Final = msg("Nothing was undone. If no one on your team did it, disable the key.")


def drifted(report: DriftReport, *, owner: bool) -> Card:
    """Draw what changed in one environment; for the keys' `owner`, or for security."""
    place, count = bold(report.environment), report.count
    if owner:
        said = plural(
            "One of your keys in {environment} changed outside Keysmith:",
            "{count} changes of your keys in {environment} were made outside Keysmith:",
            count,
            environment=place,
        )
    else:
        said = plural(
            "A key in {environment} changed outside Keysmith:",
            "{count} changes of keys in {environment} were made outside Keysmith:",
            count,
            environment=place,
        )
    shown = [item(_one(drift)) for drift in report.drifts]
    more = rest(count - len(shown))
    return card(line(said), *shown, *more, line(_WHERE), line(_NEXT))


def _one(drift: Drift) -> Phrase:
    before = bold(drift.before or drift.api_key)
    key = bold(drift.name or drift.api_key)
    return _SAID[drift.what].fill(key=key, api_key=bold(drift.api_key), before=before)
