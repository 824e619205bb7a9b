"""Commands about requests: opening them, deciding on them, listing them."""

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated, Final

from bot.domain import request_ids
from bot.domain.commands import fields
from bot.domain.commands.fields import (
    CONFIRM,
    ENV,
    ENVIRONMENTS,
    PROSE,
    REASON,
    Confirm,
    Emergency,
    Field,
)
from bot.domain.commands.rotations import STEP, Grace
from bot.domain.commands.spec import CommandSpec
from bot.domain.phrases import Listed, Text, msg
from bot.domain.policy import Action

WHICH: Final = ("mine", "pending", "all", "open", "closed")
"""The lists of requests."""


def _which(text: str) -> str | None:
    plain = request_ids.plain_id(text) or ""
    return plain if plain in WHICH or re.fullmatch(request_ids.ID, plain) else None


REQUEST: Final = fields.Kind(
    request_ids.plain_id,
    problem=msg("This isn't a request id. List them with `/cld requests open`."),
    ask=fields.Ask.REQUEST,
)
"""The id of a request, or its beginning."""
_WHICH: Final = fields.Kind(
    _which,
    problem=msg(
        "Choose a list: {lists}. Or give the id of a request.",
        lists=Listed(tuple(map(Text, WHICH)), "or"),
    ),
)
_KEY: Final = Field(
    "key",
    label=msg("Name of the new key"),
    hint=msg("Leave empty to let Keysmith name it"),
    positional=True,
)
_FOR: Final = Field(
    "for", fields.PERSON, msg("For a teammate"), msg("Leave empty if it is for you")
)
_EXPIRES: Final = Field("expires", fields.DURATION, msg("For how long"), msg("Choose how long"))
_COMMENT: Final = Field("comment", PROSE, msg("Comment"), msg("What you checked"))
BROKE: Final = "broke"
FINE: Final = "fine"
RESULTS: Final = (BROKE, FINE)


def _result(text: str) -> str | None:
    return text.casefold() if text.casefold() in RESULTS else None


_WHAT: Final = Field(
    "what",
    fields.Kind(
        _result,
        problem=msg("After the request, say `broke` or `fine`."),
        ask=fields.Ask.CHOICE,
        choices=RESULTS,
    ),
    msg("What happened"),
    positional=True,
)
_QUESTION: Final = Field("question", PROSE, msg("Your question"), msg("Which pipeline is it for?"))

Id = Annotated[str, Field("id", REQUEST, msg("Request"), msg("Choose a request"), positional=True)]
Expires = Annotated[timedelta | None, _EXPIRES]


@dataclass(frozen=True)
class RequestKey:
    """Request the credentials of a new key; `for_` is the teammate who gets them."""

    env: Annotated[str, replace(ENV, kind=ENVIRONMENTS, positional=True)]
    reason: Annotated[str, REASON]
    key: Annotated[str | None, _KEY] = None
    expires: Expires = None
    for_: Annotated[str | None, _FOR] = None
    role: fields.RoleName = None
    emergency: Emergency = False
    passphrase: fields.Passphrase = False


@dataclass(frozen=True)
class Renew:
    """Request longer access; `id` is the request that granted it.

    `confirm` is the name of a key that would sign webhooks once it is enabled again.
    """

    id: Id
    reason: Annotated[str, REASON]
    expires: Expires = None
    confirm: Confirm = None


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


_TARGET: Final = replace(CONFIRM, hint=msg("Type the name that the card shows"))
"""Of a key, a person, a group or an environment."""


@dataclass(frozen=True)
class Approve:
    """Vote for a request; `confirm` is its target's name, typed, where the rule requires it."""

    id: Id
    comment: Annotated[str | None, _COMMENT] = None
    confirm: Annotated[str | None, _TARGET] = None


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


@dataclass(frozen=True)
class Steer:
    """Take a step of a rotation; `confirm` is the old key's name, where the step needs it.

    `grace` is how much longer both keys work.
    """

    id: Id
    step: Annotated[str, STEP]
    grace: Grace = None
    confirm: Confirm = None


@dataclass(frozen=True)
class Result:
    """Say whether a key's brown-out broke something."""

    id: Id
    what: Annotated[str, _WHAT]
    comment: Annotated[str | None, _COMMENT] = None

    @property
    def broke(self) -> bool:
        """Whether something broke."""
        return self.what == BROKE


Deciding = Approve | Deny | Withdraw | Cancel | AskAbout | Review
RequestCommand = RequestKey | Renew | Delegate | ListRequests | Result | Steer | Deciding

APPROVE: Final = CommandSpec("approve", Approve, Action.DECIDE, msg("Approve a request"))
SPECS: Final[tuple[CommandSpec[RequestCommand], ...]] = (
    CommandSpec(
        "request",
        RequestKey,
        Action.KEY_REQUEST,
        msg("Request credentials: an approver decides, and you collect them with a one-time link"),
    ),
    CommandSpec(
        "renew", Renew, Action.KEY_REQUEST, msg("Request more time for access that you have")
    ),
    CommandSpec(
        "delegate",
        Delegate,
        Action.DECIDE,
        msg("Let a colleague decide for you while you are away, or see who does"),
    ),
    CommandSpec("review", Review, Action.DECIDE, msg("Mark an emergency as reviewed")),
    CommandSpec(
        "requests",
        ListRequests,
        Action.REQUESTS,
        msg("List requests: mine, pending (waiting for you), open, closed or all that you can see"),
    ),
    APPROVE,
    CommandSpec("deny", Deny, Action.DECIDE, msg("Deny a request")),
    CommandSpec("withdraw", Withdraw, Action.DECIDE, msg("Withdraw your decision on a request")),
    CommandSpec("cancel", Cancel, Action.REQUESTS, msg("Cancel a request of your own")),
    CommandSpec("rotation", Steer, Action.REQUESTS, msg("Take a step of a key's rotation")),
    CommandSpec("result", Result, Action.REQUESTS, msg("Say what the brown-out of a key broke")),
    CommandSpec("ask", AskAbout, Action.DECIDE, msg("Ask the requester a question, in the thread")),
)
