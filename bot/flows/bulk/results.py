"""What the outcome of a part means for the part."""

from typing import Final

from bot.domain.bulk import STARTED, Result
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
from bot.domain.outcomes.kinds import result_stored
from bot.domain.outcomes.requests import AlreadyRequested, NoSuchRequest, Requested
from bot.domain.outcomes.rotations import NotRotated, RotationStop
from bot.domain.outcomes.union import Outcome
from bot.domain.outcomes.users import NoSuchUser, UserChanged, UserRefused, UserUnchanged
from bot.domain.people import TurnedAway
from bot.domain.users import Refusal
from bot.errors import CloudinaryError, RateLimited, SlackError, Unavailable

OPENED: Final = Requested | AlreadyRequested
"""The part is a request of its own, which goes its own way."""
DONE: Final = (
    KeyChanged
    | UserChanged
    | GroupChanged
    | Voided
    | Delegated
    | OPENED
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
    if isinstance(outcome, DONE):
        return Result.DO
    nothing = isinstance(outcome, NOTHING)
    if isinstance(outcome, NotRotated):
        nothing = outcome.reason is not RotationStop.ROLES  # which can be read again
    return Result.SKIP if nothing else Result.FAIL


def told_of(outcome: Outcome) -> str:
    """Return what is stored of what a part led to: a request by its id."""
    if not isinstance(outcome, OPENED):
        return result_stored(outcome)
    request = outcome.request
    return f"{STARTED if request.waived else Requested.kind}:{request.id}"


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
