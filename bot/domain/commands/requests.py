"""Commands about requests: opening them, deciding on them, listing them."""

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated, Final

from bot.domain import request_ids
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

WHICH: Final = ("mine", "pending", "all", "open", "closed")
"""The lists of requests."""


def _which(text: str) -> str | None:
    plain = request_ids.plain_id(text) or ""
    return plain if plain in WHICH or re.fullmatch(request_ids.ID, plain) else None


REQUEST: Final = fields.Kind(
    request_ids.plain_id,
    problem="That is no request id. `/cld requests open` lists them.",
    ask=fields.Ask.REQUEST,
)
"""The id of a request, or its beginning."""
_WHICH: Final = fields.Kind(
    _which,
    problem=f"Which requests? One of: {', '.join(WHICH)}, or the id of one.",
)
_KEY: Final = Field(
    "key", label="Name of the new key", hint="Leave empty: Keysmith names it", positional=True
)
_FOR: Final = Field("for", fields.PERSON, "For a teammate", "Leave empty: it is for you")
_EXPIRES: Final = Field("expires", fields.DURATION, "For how long", "Choose how long")
_COMMENT: Final = Field("comment", PROSE, "Comment", "What you checked")
_QUESTION: Final = Field("question", PROSE, "Your question", "Which pipeline is it for?")

Id = Annotated[str, Field("id", REQUEST, "Request", "Choose a request", positional=True)]
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
    """Let a colleague vote for the person for a time; without `to`, show who does.

    `instead` is the present delegate, whom the new one replaces; `end` ends the delegation.
    """

    to: Annotated[str | None, Field("to", fields.PERSON, positional=True)] = None
    expires: Expires = None
    instead: Annotated[str | None, Field("instead", fields.PERSON)] = None
    end: Annotated[bool, Field("end", fields.FLAG)] = False


@dataclass(frozen=True)
class Review:
    """Confirm that the person has reviewed an emergency."""

    id: Id
    comment: Annotated[str, _COMMENT]


@dataclass(frozen=True)
class ListRequests:
    """List requests, or show one: `which` is a list's name or a request's id.

    With `details`, one is shown in full.
    """

    which: Annotated[str | None, Field("which", _WHICH, positional=True)] = None
    details: Annotated[bool, Field("details", fields.FLAG)] = False


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
        "Let a colleague decide for you while you are away; without a name, see who does",
    ),
    CommandSpec("review", Review, Action.DECIDE, "Say that you have looked at an emergency"),
    CommandSpec(
        "requests",
        ListRequests,
        Action.REQUESTS,
        "List requests: mine, pending (waiting for you), open, closed or all that you can see",
    ),
    APPROVE,
    CommandSpec("deny", Deny, Action.DECIDE, "Deny a request"),
    CommandSpec("withdraw", Withdraw, Action.DECIDE, "Withdraw your vote on a request"),
    CommandSpec("cancel", Cancel, Action.REQUESTS, "Cancel a request of your own"),
    CommandSpec("ask", AskAbout, Action.DECIDE, "Ask the requester something, in the thread"),
)
