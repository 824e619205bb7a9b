"""Sign in with Slack before a reveal: begins at the press, ends at Slack's redirect.

What a sign-in needs between the two, and who is signed in then, is in the browser alone: sealed, in
cookies that only this server reads. Nothing is stored for a visitor who has not signed in.
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

from bot.domain.audit import AuditEvent, Entry
from bot.domain.link_strangers import TOLD_EACH, StrangerReport
from bot.domain.links import Link, LinkState
from bot.domain.pending import PendingCredentials as Pending
from bot.domain.people import Actor, Workspace
from bot.domain.requests.notifications import Audience, Notification, Told, Topic, to_person
from bot.domain.sign_in import (
    BEGUN_FOR,
    SIGNED_IN_FOR,
    Attempt,
    IdToken,
    Session,
    Unproven,
    person_of,
    signed_in,
)
from bot.errors import SealError, SlackAway, SlackError, Unread
from bot.flows.audit import link_entry
from bot.flows.links.ports import LinkStore
from bot.flows.ports import Clock

_log = structlog.get_logger("keysmith.sign_in")

SECRET_BYTES: Final = 32
TAG_DIGITS: Final = 16
"""Hex digits of the hash that names a link in `state` and in the names of cookies."""
KEPT: Final = {"attempt": 6, "session": 4}
"""What a browser keeps: kinds, and how many values each has with its kind."""


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
    """People who signed in for another person's link. May raise `StoreError`."""

    async def tell(
        self, link_id: str, stranger: Actor, entry: Entry, told: Callable[[int], Told]
    ) -> bool:
        """Record and tell it in one step, once for each link and person.

        `told` gives what is told of the person of that number at the link, from 1.
        """


@dataclass(frozen=True)
class Carried:
    """What the browser keeps, sealed, for a link."""

    link_id: str
    sealed: str


@dataclass(frozen=True)
class Begun:
    """Where the browser goes, and what it keeps."""

    address: str
    carried: Carried


@dataclass(frozen=True)
class SignedIn:
    """The owner of the link is signed in."""

    carried: Carried


@dataclass(frozen=True)
class Stranger:
    """Another person signed in; nothing is spent."""

    link_id: str


@dataclass(frozen=True)
class NotSignedIn:
    """No one is signed in; `link_id` is empty where it is not known."""

    reason: Unproven
    link_id: str = ""


@dataclass(frozen=True)
class Moot:
    """The link is over by now; its page says so."""

    link_id: str


Ended = SignedIn | Stranger | NotSignedIn | Moot


def tag_of(link_id: str) -> str:
    """Name a link without its id."""
    return sha256(link_id.encode()).hexdigest()[:TAG_DIGITS]


def tag_in(state: str) -> str:
    """Read which link a `state` is about."""
    return state.partition(".")[0]


@dataclass(frozen=True)
class SignIns:
    """Signs the visitors of links in."""

    provider: Provider
    sealer: Sealer
    store: LinkStore
    strangers: Strangers
    clock: Clock
    workspace: Workspace

    def begin(self, link_id: str) -> Begun:
        """Begin a sign-in for a link whose proof is valid. May raise `StoreError`."""
        attempt = Attempt(
            link_id,
            state=f"{tag_of(link_id)}.{_secret()}",
            nonce=_secret(),
            verifier=_secret(),
            until=self.clock.now() + BEGUN_FOR,
        )
        kept = [link_id, attempt.state, attempt.nonce, attempt.verifier, _written(attempt.until)]
        carried = Carried(link_id, self.sealer.seal(json.dumps(["attempt", *kept])))
        return Begun(self.provider.address(attempt), carried)

    async def end(self, state: str, code: str, error: str, sealed: str) -> Ended:
        """End it with what Slack's redirect has, and what the browser kept.

        May raise `SlackAway` or `StoreError`: then nothing is decided.
        """
        attempt = self._attempt(sealed, state)
        if attempt is None:  # anyone can ask for that address, so the log has no line of it
            return NotSignedIn(Unproven.ELSEWHERE)
        if error or not code:
            return self._failed(Unproven.CANCELLED if error else Unproven.REFUSED, attempt)
        try:
            claims = await self.provider.claims(code, attempt.verifier)
        except SlackAway:
            raise
        except SlackError as refused:
            return self._failed(Unproven.REFUSED, attempt, refused.code)
        person = person_of(claims, attempt.nonce, self.workspace, self.clock.now())
        if isinstance(person, Unproven):
            return self._failed(person, attempt)
        return await self._for(attempt.link_id, person)

    def visitor(self, link_id: str, sealed: str) -> Actor | None:
        """Give who is signed in for a link, by what the browser kept."""
        found = self._opened("session", sealed)
        if found is None:
            return None
        session = Session(found[0], Actor.parse(found[1]), datetime.fromisoformat(found[2]))
        return signed_in(session, link_id, self.clock.now())

    async def _for(self, link_id: str, person: Actor) -> Ended:
        link = await self.store.find(link_id)
        pending = await self.store.pending(link.pending_id) if link else None
        now = self.clock.now()
        if link is None or pending is None or not _waits(link, now):
            return Moot(link_id)
        if person != pending.owner:
            await self._tell(link_id, pending, person)
            return Stranger(link_id)
        kept = [link_id, str(person), _written(now + SIGNED_IN_FOR)]
        return SignedIn(Carried(link_id, self.sealer.seal(json.dumps(["session", *kept]))))

    async def _tell(self, link_id: str, pending: Pending, stranger: Actor) -> None:
        now, detail = self.clock.now(), "signed in as another person"
        entry = link_entry(now, AuditEvent.REFUSED, pending, detail, stranger)
        here = stranger.team_id == pending.owner.team_id
        report = StrangerReport(pending.name, pending.environment_name, here=here)
        text, owner = report.write(), pending.owner.user_id

        def told(number: int) -> Told:
            if number > TOLD_EACH + 1:
                return ()
            alone = number <= TOLD_EACH
            topic, by = (Topic.STRANGER, stranger.user_id) if alone else (Topic.STRANGERS, "")
            security = Notification("", Audience.SECURITY, topic, owner, by, text)
            return security, to_person("", topic, owner, by=by, text=text)

        if await self.strangers.tell(link_id, stranger, entry, told):
            _log.warning("link_of_another_person", id=pending.id)

    def _attempt(self, sealed: str, state: str) -> Attempt | None:
        """Read what the browser kept, if it is of this very sign-in and in time."""
        found = self._opened("attempt", sealed)
        if found is None:
            return None
        link_id, begun, nonce, verifier, until = found
        attempt = Attempt(link_id, begun, nonce, verifier, datetime.fromisoformat(until))
        same = hmac.compare_digest(attempt.state.encode(), state.encode())
        return attempt if same and self.clock.now() < attempt.until else None

    def _opened(self, kind: str, sealed: str) -> list[str] | None:
        try:
            found = json.loads(self.sealer.open(sealed)) if sealed else None
        except (SealError, Unread, ValueError):
            return None
        if not isinstance(found, list) or len(found) != KEPT[kind] or found[0] != kind:
            return None
        return [str(each) for each in found[1:]]

    def _failed(self, reason: Unproven, attempt: Attempt, code: str = "") -> Ended:
        _log.warning("not_signed_in", reason=reason, code=code)
        return NotSignedIn(reason, attempt.link_id)


def _waits(link: Link, now: datetime) -> bool:
    return link.there and link.state is not LinkState.OPENED and not link.over(now)


def _secret() -> str:
    return secrets.token_urlsafe(SECRET_BYTES)


def _written(at: datetime) -> str:
    return at.isoformat()
