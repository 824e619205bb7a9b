"""How an answer reaches its person: the ways there are, and what follows a failure of one.

The ways come in one order: the place of the command first, then a direct message, then a message
that the person alone sees in the channel of the command. The last two carry no one-time link. The
answer to a mention comes in the channel first.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from bot.domain.jobs import Reply


class Way(StrEnum):
    """How Slack can show an answer. The values are stored."""

    VIEW = "view"  # in the modal that is open
    MODAL = "modal"  # in a new modal
    URL = "response_url"
    DIRECT = "direct"
    CHANNEL = "channel"


class Mark(StrEnum):
    """Who sends the answer of a mark. The values are stored."""

    QUEUED = "queued"  # the queue has it, or had it
    HELD = "held"  # a process sends it from memory at this moment
    TAKEN = "taken"  # likewise, and the queue has a copy: it waits for how that ends
    SENT = "sent"  # a process has sent it from memory: the queue drops its copy


class Step(StrEnum):
    """What follows a failure."""

    AGAIN = "again"  # the same way, later
    ON = "on"  # the next way
    SHORTER = "shorter"  # the same way, with less text
    UNREACHABLE = "unreachable"  # the person can't be reached at Slack at all


PLACES: Final = frozenset({Way.VIEW, Way.MODAL, Way.URL})
"""Ways to the place of the command, where only the person looks: a link may go there."""
ONCE: Final = frozenset({Way.MODAL})
"""Ways that are tried once: a trigger is valid for three seconds, and can be used once."""
OPEN_FOR: Final = timedelta(minutes=30)
"""How long Slack keeps a response URL; a modal is not tried for longer either."""
KEPT_FOR: Final = timedelta(hours=24)
"""How long an answer is tried at all, as long as its finished job is kept."""
SHORTEST: Final = timedelta(seconds=1)
LONGEST: Final = timedelta(seconds=30)
"""Limits of the time between two tries; Slack's own Retry-After may be longer."""

CLOSED: Final = "not_found"
"""Refusal of a change of a modal that is closed."""
UNREACHABLE: Final = frozenset(
    {"user_not_found", "user_disabled", "user_not_visible", "cannot_dm_bot"}
)
"""Refusals of a direct message to a person who is gone: the only ones that end an answer."""
TOO_MUCH: Final = frozenset(
    {
        *("invalid_blocks", "invalid_blocks_format", "invalid_arguments", "no_text"),
        *("msg_too_long", "msg_blocks_too_long", "view_too_large", "response_url_400"),
        *("attachment_payload_limit_exceeded", "too_many_attachments", "too_many_contact_cards"),
        *("invalid_attachments", "markdown_text_conflict", "message_too_long"),
    }
)
"""Refusals of what the answer says; another way may take it."""
SHORTEST_TEXT: Final = 2
"""At 1 an answer is its beginning, at 2 it says where to look, which Slack surely takes."""


@dataclass(frozen=True)
class Failure:
    """Why Slack did not take an answer; `away` where a later try may succeed."""

    code: str
    away: bool
    retry_after: float = 0.0


@dataclass(frozen=True)
class Sending:
    """How far an answer has come.

    `since` is when its command was accepted. `short` counts how often the present way refused it as
    too much. `unsure` where Slack may have posted it in spite of an error. `refused` are the ways
    that refused it. `closed` where the form that was to show it is not open any more.
    """

    since: datetime
    way: Way
    not_before: datetime
    short: int = 0
    unsure: bool = False
    refused: tuple[str, ...] = ()
    closed: bool = False

    @classmethod
    def start(cls, reply: Reply, since: datetime, now: datetime) -> Self:
        """Begin with the place of the command."""
        return cls(since, ways(reply, now - since)[0], now)

    def on(self, reply: Reply, now: datetime) -> Self:
        """Go on with the next way, or with the direct message again after the last one."""
        rest = [way for way in ways(reply, now - self.since) if ORDER[way] > ORDER[self.way]]
        if rest:
            return replace(self, way=rest[0], not_before=now, short=0, unsure=False)
        return replace(self, way=Way.DIRECT, not_before=now + self._pause(now))

    def after(self, failure: Failure, reply: Reply, now: datetime) -> Self | None:
        """What to do after a failure; None where no way is left, now or later."""
        if now - self.since >= KEPT_FOR:
            return None
        pause = max(self._pause(now), timedelta(seconds=failure.retry_after))
        in_time = self.way not in PLACES or now + pause - self.since < OPEN_FOR
        noted = replace(self, refused=tuple(dict.fromkeys((*self.refused, self.way))))
        match step_after(self.way, failure, short=self.short):
            case Step.UNREACHABLE:
                return None
            case Step.SHORTER:
                return replace(noted, short=self.short + 1, not_before=now)
            case Step.AGAIN if in_time:
                return replace(noted, not_before=now + pause, unsure=True)
            case _:
                closed = self.closed or (self.way, failure.code) == (Way.VIEW, CLOSED)
                return replace(noted.on(reply, now), closed=closed)

    def _pause(self, now: datetime) -> timedelta:
        """Wait for as long as the answer has waited: each pause doubles it."""
        return min(max(now - self.since, SHORTEST), LONGEST)


ORDER: Final = {way: place for place, way in enumerate(Way)}


def ways(reply: Reply, age: timedelta) -> tuple[Way, ...]:
    """List the ways of an answer of this age, in their order; a direct message always exists."""
    if reply.aloud:
        return Way.CHANNEL, Way.DIRECT
    here = age < OPEN_FOR
    able = {
        Way.VIEW: bool(reply.view_id) and here,
        Way.MODAL: bool(reply.home and reply.trigger) and here,
        Way.URL: bool(reply.url) and here,
        Way.DIRECT: True,
        Way.CHANNEL: bool(reply.channel),
    }
    return tuple(way for way in Way if able[way])


def step_after(way: Way, failure: Failure, *, short: int) -> Step:
    """Say what a failure of a way means; an unknown code leads to the next way."""
    if failure.away:
        return Step.ON if way in ONCE else Step.AGAIN
    if failure.code in TOO_MUCH:
        return Step.ON if short >= SHORTEST_TEXT else Step.SHORTER
    if way is Way.DIRECT and failure.code in UNREACHABLE:
        return Step.UNREACHABLE
    return Step.ON
