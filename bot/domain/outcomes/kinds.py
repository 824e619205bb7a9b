"""The stable name of each outcome: in the audit log, metrics, logs and stored requests.

A kind never changes, whatever its class is called: stored requests and dashboards hold it.
"""

from typing import Final

from bot.domain.commands.grammar import Incomplete, Misunderstood, Planned
from bot.domain.outcomes.union import Outcome

_FORMER: Final = {
    "Barred": "key_protected",
    "Denied": "denied",
    "Failed": "failed",
    "NameTaken": "name_taken",
    "NoSuchKey": "no_such_key",
    "NoSuchRequest": "no_such_request",
    "TurnedAway": "turned_away",
}
"""What stored requests held before there were kinds: the names that the classes had then."""


def kind_of(outcome: Outcome) -> str:
    """Name the kind; readings that are no command are the grammar's, which names none."""
    match outcome:
        case Incomplete():
            return "incomplete"
        case Misunderstood():
            return "misunderstood"
        case Planned():
            return "planned"
        case _:
            return outcome.kind


def kind_stored(text: str) -> str:
    """Read the outcome of a stored request; what is no former name stays as it is."""
    return _FORMER.get(text, text)
