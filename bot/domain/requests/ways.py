"""Where a notification goes when its place refuses it: another way, and nothing is dropped."""

from enum import Enum, auto
from typing import Final, assert_never

from bot.domain.requests.notifications import Audience, Topic


class Refusal(Enum):
    """Why a message is not taken."""

    PLACE = auto()
    """The channel is gone or archived, or the bot is not in it."""
    PERSON = auto()
    """The person gets no direct messages: they left, or are a bot."""
    CARD = auto()
    """The message to change, or to answer in a thread, is deleted, or final by now."""
    TEXT = auto()
    """The message itself is refused."""
    LATER = auto()
    """Everything else: the same message may be taken later."""


class Way(Enum):
    """What becomes of a refused notification."""

    AGAIN = auto()
    """The same again, after a pause."""
    PLACE = auto()
    """The same again, once the channel works."""
    APPROVERS = auto()
    """To those who may decide, the requester and security directly; then `PLACE`."""
    TOLD = auto()
    """Nothing more: its people get a message of their own, and the card shows the rest."""
    ANEW = auto()
    """In a new card, which takes the deleted one's place."""
    SHORT = auto()
    """As a short text that says where to look."""


PLACE_CODES: Final = frozenset(
    {"channel_not_found", "is_archived", "not_in_channel", "restricted_action"}
)
PERSON_CODES: Final = frozenset(
    {"user_not_found", "user_disabled", "user_not_visible", "cannot_dm_bot", "is_bot"}
)
CARD_CODES: Final = frozenset(
    {
        *("message_not_found", "thread_not_found", "cannot_reply_to_message"),
        *("cant_update_message", "edit_window_closed"),
    }
)
TEXT_CODES: Final = frozenset(
    {"msg_too_long", "msg_blocks_too_long", "invalid_blocks", "invalid_blocks_format", "no_text"}
)
WANT_A_DECISION: Final = frozenset({Topic.ASKED, Topic.REMINDER, Topic.ESCALATED})
"""Topics that people have to see for a request to go on."""


def remedy(code: str) -> str:
    """Say what a person does about a channel that refuses messages."""
    archived = code == "is_archived"
    return "restore the channel in Slack" if archived else "invite the app into the channel"


def refusal_of(code: str, audience: Audience) -> Refusal:
    """Sort Slack's error code; `channel_not_found` is also said of a person who is gone."""
    person = audience is Audience.PERSON
    if code in PLACE_CODES and not person:
        return Refusal.PLACE
    if code in PERSON_CODES or (person and code == "channel_not_found"):
        return Refusal.PERSON
    if code in CARD_CODES:
        return Refusal.CARD
    return Refusal.TEXT if code in TEXT_CODES else Refusal.LATER


def way_of(refusal: Refusal, audience: Audience, topic: Topic, *, waits: bool) -> Way:
    """Choose the way of a refused notification; `waits` is whether its request needs a decision."""
    if audience is Audience.SECURITY and refusal is not Refusal.TEXT:
        return Way.AGAIN  # each way to security was tried
    match refusal:
        case Refusal.LATER:
            return Way.AGAIN
        case Refusal.TEXT:
            return Way.SHORT
        case Refusal.PERSON:
            return Way.TOLD
        case Refusal.CARD:
            return Way.ANEW if waits else Way.TOLD
        case Refusal.PLACE if audience is Audience.THREAD and topic is Topic.ASKED:
            return Way.TOLD  # the card before it takes the other way
        case Refusal.PLACE if waits and topic in WANT_A_DECISION:
            return Way.APPROVERS
        case Refusal.PLACE:
            # A card that can be seen again shows what changed; a thread only repeats it.
            return Way.PLACE if audience is Audience.CARD and topic is not Topic.ASKED else Way.TOLD
        case _:
            assert_never(refusal)
