"""Sign in with Slack: a round trip that begins in a browser and ends at Slack's redirect.

What a sign-in needs between the two is in the browser alone: sealed, in a cookie that only this
server reads. Nothing is stored for a visitor who has not signed in.
"""

import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final, Protocol

import structlog

from bot.domain.audit import Entry
from bot.domain.people import Actor, Workspace
from bot.domain.requests.notifications import Told
from bot.domain.sign_in import BEGUN_FOR, Attempt, IdToken, Unproven, person_of
from bot.errors import SealError, SlackAway, SlackError, Unread
from bot.flows.ports import Clock

_log = structlog.get_logger("keysmith.sign_in")

SECRET_BYTES: Final = 32
TAG_DIGITS: Final = 16
"""Hex digits of the hash that names a link in `state` and in the names of cookies."""
APPROVAL: Final = "approve-"
"""Before the hash in the `state` of an approver's sign-in: Slack redirects to one address."""
_KEPT: Final = 5
"""Values of an attempt that a browser keeps."""


class Provider(Protocol):
    """Slack's side."""

    def address(self, attempt: Attempt) -> str:
        """Where a browser signs in."""

    async def claims(self, code: str, verifier: str) -> IdToken:
        """Exchange a code. Raises `SlackAway` or `SlackError`."""


class Sealer(Protocol):
    """Seals what a browser carries."""

    def seal(self, text: str) -> str:
        """Seal a text. May raise `StoreError`."""

    def open(self, sealed: str) -> str:
        """Open it. Raises `SealError`, or `Unread` for a key that this process lacks."""


class Strangers(Protocol):
    """People who signed in for what is another person's. May raise `StoreError`."""

    async def tell(
        self, about: str, stranger: Actor, entry: Entry, told: Callable[[int], Told]
    ) -> bool:
        """Record and tell it in one step, once for each link or request, and person.

        `told` gives what is told of the person of that number there, from 1.
        """


@dataclass(frozen=True)
class Carried:
    """What the browser keeps, sealed, for a link or an approval."""

    about: str
    sealed: str


@dataclass(frozen=True)
class Begun:
    """Where the browser goes, and what it keeps."""

    address: str
    carried: Carried


@dataclass(frozen=True)
class Proven:
    """This person signed in, for what they began to."""

    about: str
    person: Actor


@dataclass(frozen=True)
class NotSignedIn:
    """No one is signed in; `about` is empty where it is not known."""

    reason: Unproven
    about: str = ""


def tag_of(about: str) -> str:
    """Name a link or an approval without its id."""
    return sha256(about.encode()).hexdigest()[:TAG_DIGITS]


def tag_in(state: str) -> str:
    """Read what a `state` is about, which may have a prefix of its kind."""
    return state.partition(".")[0]


@dataclass(frozen=True)
class RoundTrips:
    """Sends browsers to Slack and reads what they come back with.

    `kind` is sealed with all that a browser keeps, so nothing of one kind passes for another; the
    `prefix` of its states tells whose redirect it is.
    """

    provider: Provider
    sealer: Sealer
    clock: Clock
    workspace: Workspace
    kind: str = "attempt"
    prefix: str = ""

    def begin(self, about: str) -> Begun:
        """Begin one. May raise `StoreError`."""
        attempt = Attempt(
            about,
            state=f"{self.prefix}{tag_of(about)}.{_secret()}",
            nonce=_secret(),
            verifier=_secret(),
            until=self.clock.now() + BEGUN_FOR,
        )
        kept = about, attempt.state, attempt.nonce, attempt.verifier, attempt.until.isoformat()
        carried = Carried(about, sealed_list(self.sealer, self.kind, *kept))
        return Begun(self.provider.address(attempt), carried)

    async def end(self, state: str, code: str, error: str, sealed: str) -> Proven | NotSignedIn:
        """End it with what Slack's redirect has, and what the browser kept.

        May raise `SlackAway` or `StoreError`: then nothing is decided.
        """
        attempt = self._attempt(sealed, state)
        if attempt is None:  # anyone can ask for that address, so the log has no line of it
            return NotSignedIn(Unproven.ELSEWHERE)
        if error or not code:
            return _failed(Unproven.CANCELLED if error else Unproven.REFUSED, attempt)
        try:
            claims = await self.provider.claims(code, attempt.verifier)
        except SlackAway:
            raise
        except SlackError as refused:
            return _failed(Unproven.REFUSED, attempt, refused.code)
        person = person_of(claims, attempt.nonce, self.workspace, self.clock.now())
        if isinstance(person, Unproven):
            return _failed(person, attempt)
        return Proven(attempt.about, person)

    def _attempt(self, sealed: str, state: str) -> Attempt | None:
        """Read what the browser kept, if it is of this very sign-in and in time."""
        found = opened_list(self.sealer, self.kind, sealed, _KEPT)
        if found is None:
            return None
        about, begun, nonce, verifier, until = found
        attempt = Attempt(about, begun, nonce, verifier, datetime.fromisoformat(until))
        same = hmac.compare_digest(attempt.state.encode(), state.encode())
        return attempt if same and self.clock.now() < attempt.until else None


def sealed_list(sealer: Sealer, kind: str, *values: str) -> str:
    """Seal values with their kind. May raise `StoreError`."""
    return sealer.seal(json.dumps([kind, *values]))


def opened_list(sealer: Sealer, kind: str, sealed: str, count: int) -> list[str] | None:
    """Open so many values of that kind; None for anything else."""
    try:
        found = json.loads(sealer.open(sealed)) if sealed else None
    except (SealError, Unread, ValueError):
        return None
    if not isinstance(found, list) or len(found) != count + 1 or found[0] != kind:
        return None
    return [str(each) for each in found[1:]]


def _failed(reason: Unproven, attempt: Attempt, code: str = "") -> NotSignedIn:
    _log.warning("not_signed_in", reason=reason, code=code)
    return NotSignedIn(reason, attempt.about)


def _secret() -> str:
    return secrets.token_urlsafe(SECRET_BYTES)
