"""Commands about requests: asking for something, and deciding on it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.domain.commands.fields import (
    CONFIRM,
    EMERGENCY,
    ENV,
    REASON,
    Choice,
    Duration,
    Field,
    KeyName,
    Person,
    Prose,
    Reference,
)
from bot.domain.commands.spec import CommandSpec
from bot.domain.policy import Action

WHICH: Final = ("mine", "pending", "all")
"""The lists of requests."""
REQUEST_ID: Final = r"[0-9a-f]{8,32}r[0-9]?"
"""A request, as cards write it."""


@dataclass(frozen=True)
class RequestKey:
    """Ask others for credentials; `for_` is a teammate who is to have them."""

    env: str
    reason: str
    key: str | None = None
    expires: timedelta | None = None
    for_: str | None = None
    emergency: bool = False


@dataclass(frozen=True)
class Renew:
    """Ask that granted access lasts longer; `id` is the request that it was granted by."""

    id: str
    reason: str
    expires: timedelta | None = None


@dataclass(frozen=True)
class Delegate:
    """Let a colleague decide in one's place for a time; without a name, it ends."""

    to: str | None = None
    expires: timedelta | None = None


@dataclass(frozen=True)
class Review:
    """Confirm, afterwards, that one has looked at an emergency."""

    id: str
    comment: str


@dataclass(frozen=True)
class ListRequests:
    """Requests: one's own, those that wait for the asker, or all that are open."""

    which: str | None = None


@dataclass(frozen=True)
class Approve:
    """Vote for a request; `confirm` is the name of what it is about, where that is asked for."""

    id: str
    comment: str | None = None
    confirm: str | None = None


@dataclass(frozen=True)
class Deny:
    """Vote against a request."""

    id: str
    reason: str


@dataclass(frozen=True)
class Withdraw:
    """Take one's vote on a request back."""

    id: str


@dataclass(frozen=True)
class Cancel:
    """Take a request of one's own back."""

    id: str


@dataclass(frozen=True)
class AskAbout:
    """Ask the requester something, in the request's thread."""

    id: str
    question: str


Deciding = Approve | Deny | Withdraw | Cancel | AskAbout | Review
RequestCommand = RequestKey | Renew | Delegate | ListRequests | Deciding

_ID: Final = Field("id", Reference())
_COMMENT: Final = Field("comment", Prose(), "Comment", "Why you agree")
_EXPIRES: Final = Field(
    "expires", Duration(), "For how long", "7d; left out: until somebody ends it"
)
_WHICH: Final = Field(
    "which",
    Choice(
        problem=f"Which requests? One of: {', '.join(WHICH)}, or the id of one.",
        words=WHICH,
        pattern=REQUEST_ID,
    ),
)

APPROVE: Final = CommandSpec(
    ("approve",), Approve, Action.DECIDE, "Agree to a request", (_ID,), (_COMMENT, CONFIRM)
)
SPECS: Final[tuple[CommandSpec[RequestCommand], ...]] = (
    CommandSpec(
        ("request",),
        RequestKey,
        Action.KEY_REQUEST,
        "Ask for credentials; others approve, you collect them by a one-time link",
        (ENV, Field("key", KeyName(), "Name of the new key", "Left out: Keysmith names it")),
        (
            REASON,
            _EXPIRES,
            Field("for", Person(), "For a teammate", "Their Slack user id; left out: for you"),
        ),
        (EMERGENCY,),
        label="Ask for credentials",
    ),
    CommandSpec(
        ("renew",),
        Renew,
        Action.KEY_REQUEST,
        "Ask that access which was granted to you lasts longer",
        (_ID,),
        (REASON, _EXPIRES),
    ),
    CommandSpec(
        ("delegate",),
        Delegate,
        Action.DECIDE,
        "Let a colleague decide in your place for a time; without a name, it ends",
        (Field("to", Person()),),
        (_EXPIRES,),
    ),
    CommandSpec(
        ("review",),
        Review,
        Action.DECIDE,
        "Say that you have looked at an emergency",
        (_ID,),
        (_COMMENT,),
    ),
    CommandSpec(
        ("requests",),
        ListRequests,
        Action.REQUESTS,
        "Requests: mine, pending (those that wait for you) or all",
        (_WHICH,),
    ),
    APPROVE,
    CommandSpec(("deny",), Deny, Action.DECIDE, "Object to a request", (_ID,), (REASON,)),
    CommandSpec(("withdraw",), Withdraw, Action.DECIDE, "Take back your word on a request", (_ID,)),
    CommandSpec(("cancel",), Cancel, Action.REQUESTS, "Take back a request of your own", (_ID,)),
    CommandSpec(
        ("ask",),
        AskAbout,
        Action.DECIDE,
        "Ask the requester something, in the thread",
        (_ID,),
        (Field("question", Prose(), "Your question", "Which pipeline is it for?"),),
    ),
)
