"""What the outcome of a part means for the part."""

from typing import Final

from bot.domain.bulk import Result
from bot.domain.outcomes.decisions import Voided
from bot.domain.outcomes.delegations import Delegated
from bot.domain.outcomes.groups import GroupChanged, GroupUnchanged, NoSuchGroup
from bot.domain.outcomes.key_records import (
    CoOwnerChanged,
    KeyNoted,
    OwnerAssigned,
    RecordUnchanged,
)
from bot.domain.outcomes.keys import KeyChanged, NoSuchKey, NothingToChange
from bot.domain.outcomes.requests import AlreadyRequested, NoSuchRequest, Requested
from bot.domain.outcomes.union import Outcome
from bot.domain.outcomes.users import NoSuchUser, UserChanged, UserRefused, UserUnchanged
from bot.domain.people import TurnedAway
from bot.domain.policy import Action
from bot.domain.users import Refusal
from bot.errors import CloudinaryError, RateLimited, SlackError, Unavailable

DONE: Final = (
    KeyChanged
    | UserChanged
    | GroupChanged
    | Voided
    | Delegated
    | OwnerAssigned
    | CoOwnerChanged
    | KeyNoted
)
NOTHING: Final = (
    NothingToChange
    | NoSuchKey
    | UserUnchanged
    | NoSuchUser
    | GroupUnchanged
    | NoSuchGroup
    | NoSuchRequest
    | RecordUnchanged
)
"""There is nothing left to change: it is so already, or the target is gone."""

STOPPING: Final = frozenset({Refusal.OWN_USER, Refusal.LAST_MASTER_ADMIN, Refusal.UNAPPROVED})
"""Refusals that are about the whole act: what Cloudinary refuses of one part is none of them."""


def result_of(outcome: Outcome) -> Result:
    """Return what becomes of a part by its outcome; what is not known here has failed."""
    if isinstance(outcome, DONE) or _waits(outcome):
        return Result.DO
    return Result.SKIP if isinstance(outcome, NOTHING) else Result.FAIL


def _waits(outcome: Outcome) -> bool:
    """Whether all is done that the part can do: others decide about an owner first."""
    if not isinstance(outcome, Requested | AlreadyRequested):
        return False
    return outcome.request.terms.action is Action.KEY_OWNER


def stops(outcome: Outcome) -> bool:
    """Whether no other part runs behind this one: a person not to touch, or no authority."""
    refused = isinstance(outcome, UserRefused) and outcome.reason in STOPPING
    return refused or isinstance(outcome, TurnedAway)


def failure(error: CloudinaryError | SlackError) -> str:
    """Name what kept a part from running, as stored records hold it."""
    if isinstance(error, Unavailable):
        return "uncertain" if error.maybe_done else "cloudinary_away"
    if isinstance(error, RateLimited):
        return "cloudinary_busy"
    return "slack_away" if isinstance(error, SlackError) else "cloudinary_refused"
