"""Commands about requests: opening them, deciding on them, listing them."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated, Final

from bot.domain.commands import fields
from bot.domain.commands.fields import (
    ENV,
    ENVIRONMENTS,
    PROSE,
    REASON,
    Confirm,
    Emergency,
    Field,
)
from bot.domain.commands.spec import CommandSpec
from bot.domain.policy import Action

WHICH: Final = ("mine", "pending", "all")
"""The lists of requests."""
REQUEST_ID: Final = r"[0-9a-f]{8,32}r[0-9]?"
"""A request's id, as cards show it."""


_WHICH: Final = fields.Kind(
    fields.matching("|".join([*WHICH, REQUEST_ID])),
    problem=f"Which requests? One of: {', '.join(WHICH)}, or the id of one.",
)
_KEY: Final = Field(
    "key", label="Name of the new key", hint="Leave empty: Keysmith names it", positional=True
)
_FOR: Final = Field("for", fields.PERSON, "For a teammate", "Leave empty: it is for you")
_EXPIRES: Final = Field("expires", fields.DURATION, "For how long", "Choose how long")
_COMMENT: Final = Field("comment", PROSE, "Comment", "What you checked")
_QUESTION: Final = Field("question", PROSE, "Your question", "Which pipeline is it for?")

Id = Annotated[str, Field("id", fields.REQUEST, "Request", "Choose a request", positional=True)]
Expires = Annotated[timedelta | None, _EXPIRES]


@dataclass(frozen=True)
class RequestKey:
    """Request the credentials of a new key; `for_` is the teammate who gets them."""

    env: Annotated[str, replace(ENV, kind=ENVIRONMENTS, positional=True)]
    reason: Annotated[str, REASON]
    key: Annotated[str | None, _KEY] = None
    expires: Expires = None
    for_: Annotated[str | None, _FOR] = None
    emergency: Emergency = False


@dataclass(frozen=True)
class Renew:
    """Request longer access; `id` is the request that granted it."""

    id: Id
    reason: Annotated[str, REASON]
    expires: Expires = None


@dataclass(frozen=True)
class Delegate:
    """Let a colleague vote for the person for a time; without `to`, end that."""

    to: Annotated[str | None, Field("to", fields.PERSON, positional=True)] = None
    expires: Expires = None


@dataclass(frozen=True)
class Review:
    """Confirm that the person has reviewed an emergency."""

    id: Id
    comment: Annotated[str, _COMMENT]


@dataclass(frozen=True)
class ListRequests:
    """List requests, or show one: `which` is a list's name or a request's id."""

    which: Annotated[str | None, Field("which", _WHICH, positional=True)] = None


@dataclass(frozen=True)
class Approve:
    """Vote for a request; `confirm` is its target's name, typed, where the rule requires it."""

    id: Id
    comment: Annotated[str | None, _COMMENT] = None
    confirm: Confirm = None


@dataclass(frozen=True)
class Deny:
    """Vote against a request."""

    id: Id
    reason: Annotated[str, REASON]


@dataclass(frozen=True)
class Withdraw:
    """Withdraw the person's vote."""

    id: Id


@dataclass(frozen=True)
class Cancel:
    """Cancel the person's own request."""

    id: Id


@dataclass(frozen=True)
class AskAbout:
    """Ask the requester a question, in the request's thread."""

    id: Id
    question: Annotated[str, _QUESTION]


Deciding = Approve | Deny | Withdraw | Cancel | AskAbout | Review
RequestCommand = RequestKey | Renew | Delegate | ListRequests | Deciding

APPROVE: Final = CommandSpec("approve", Approve, Action.DECIDE, "Approve a request")
SPECS: Final[tuple[CommandSpec[RequestCommand], ...]] = (
    CommandSpec(
        "request",
        RequestKey,
        Action.KEY_REQUEST,
        "Ask for credentials; others approve, you collect them by a one-time link",
        label="Ask for credentials",
    ),
    CommandSpec(
        "renew", Renew, Action.KEY_REQUEST, "Ask that access which was granted to you lasts longer"
    ),
    CommandSpec(
        "delegate",
        Delegate,
        Action.DECIDE,
        "Let a colleague decide in your place for a time; without a name, it ends",
    ),
    CommandSpec("review", Review, Action.DECIDE, "Say that you have looked at an emergency"),
    CommandSpec(
        "requests",
        ListRequests,
        Action.REQUESTS,
        "List requests: yours (mine), those you can decide (pending), or all open ones you can see",
    ),
    APPROVE,
    CommandSpec("deny", Deny, Action.DECIDE, "Deny a request"),
    CommandSpec("withdraw", Withdraw, Action.DECIDE, "Withdraw your vote on a request"),
    CommandSpec("cancel", Cancel, Action.REQUESTS, "Cancel a request of your own"),
    CommandSpec("ask", AskAbout, Action.DECIDE, "Ask the requester something, in the thread"),
)
