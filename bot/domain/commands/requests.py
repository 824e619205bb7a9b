"""Commands about requests: opening them, deciding on them, listing them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.domain.commands import fields
from bot.domain.commands.fields import CONFIRM, EMERGENCY, ENV, REASON, Field
from bot.domain.commands.spec import CommandSpec
from bot.domain.policy import Action

WHICH: Final = ("mine", "pending", "all")
"""The lists of requests."""
REQUEST_ID: Final = r"[0-9a-f]{8,32}r[0-9]?"
"""A request's id, as cards show it."""


@dataclass(frozen=True)
class RequestKey:
    """Request the credentials of a new key; `for_` is the teammate who gets them."""

    env: str
    reason: str
    key: str | None = None
    expires: timedelta | None = None
    for_: str | None = None
    emergency: bool = False


@dataclass(frozen=True)
class Renew:
    """Request longer access; `id` is the request that granted it."""

    id: str
    reason: str
    expires: timedelta | None = None


@dataclass(frozen=True)
class Delegate:
    """Let a colleague vote for the person for a time; without `to`, end that."""

    to: str | None = None
    expires: timedelta | None = None


@dataclass(frozen=True)
class Review:
    """Confirm that the person has reviewed an emergency."""

    id: str
    comment: str


@dataclass(frozen=True)
class ListRequests:
    """List requests, or show one: `which` is a list's name or a request's id."""

    which: str | None = None


@dataclass(frozen=True)
class Approve:
    """Vote for a request; `confirm` is its target's name, typed, where the rule requires it."""

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
    """Withdraw the person's vote."""

    id: str


@dataclass(frozen=True)
class Cancel:
    """Cancel the person's own request."""

    id: str


@dataclass(frozen=True)
class AskAbout:
    """Ask the requester a question, in the request's thread."""

    id: str
    question: str


Deciding = Approve | Deny | Withdraw | Cancel | AskAbout | Review
RequestCommand = RequestKey | Renew | Delegate | ListRequests | Deciding

_ID: Final = Field("id", fields.REFERENCE)
_KEY: Final = Field("key", label="Name of the new key", hint="Left out: Keysmith names it")
_FOR: Final = Field(
    "for", fields.PERSON, "For a teammate", "Their Slack user id; left out: for you"
)
_COMMENT: Final = Field("comment", fields.PROSE, "Comment", "Why you agree")
_QUESTION: Final = Field("question", fields.PROSE, "Your question", "Which pipeline is it for?")
_EXPIRES: Final = Field(
    "expires", fields.DURATION, "For how long", "7d; left out: until somebody ends it"
)
_WHICH: Final = fields.Kind(
    fields.matching("|".join([*WHICH, REQUEST_ID])),
    problem=f"Which requests? One of: {', '.join(WHICH)}, or the id of one.",
)

APPROVE: Final = CommandSpec(
    "approve", Approve, Action.DECIDE, "Agree to a request", (_ID,), (_COMMENT, CONFIRM)
)
SPECS: Final[tuple[CommandSpec[RequestCommand], ...]] = (
    CommandSpec(
        "request",
        RequestKey,
        Action.KEY_REQUEST,
        "Ask for credentials; others approve, you collect them by a one-time link",
        (ENV, _KEY),
        (REASON, _EXPIRES, _FOR, EMERGENCY),
        label="Ask for credentials",
    ),
    CommandSpec(
        "renew",
        Renew,
        Action.KEY_REQUEST,
        "Ask that access which was granted to you lasts longer",
        (_ID,),
        (REASON, _EXPIRES),
    ),
    CommandSpec(
        "delegate",
        Delegate,
        Action.DECIDE,
        "Let a colleague decide in your place for a time; without a name, it ends",
        (Field("to", fields.PERSON),),
        (_EXPIRES,),
    ),
    CommandSpec(
        "review",
        Review,
        Action.DECIDE,
        "Say that you have looked at an emergency",
        (_ID,),
        (_COMMENT,),
    ),
    CommandSpec(
        "requests",
        ListRequests,
        Action.REQUESTS,
        "Requests: mine, pending (those that wait for you) or all",
        (Field("which", _WHICH),),
    ),
    APPROVE,
    CommandSpec("deny", Deny, Action.DECIDE, "Object to a request", (_ID,), (REASON,)),
    CommandSpec("withdraw", Withdraw, Action.DECIDE, "Take back your word on a request", (_ID,)),
    CommandSpec("cancel", Cancel, Action.REQUESTS, "Take back a request of your own", (_ID,)),
    CommandSpec(
        "ask",
        AskAbout,
        Action.DECIDE,
        "Ask the requester something, in the thread",
        (_ID,),
        (_QUESTION,),
    ),
)
