"""Sign in with Slack in place of the typed name, for an approval of high risk.

The address in an approver's form names the request, its terms and the approver, sealed. The person
who signs in there must be that approver; then one vote of theirs may do without the typed name.
That gives no right: who may vote is decided when they vote.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from bot.domain.audit import AuditEvent, Entry
from bot.domain.languages import Language
from bot.domain.people import Actor
from bot.domain.requests.machine import Request, State
from bot.domain.sign_in import SIGNED_IN_FOR, SignedVote, Unproven
from bot.flows.ports import Clock
from bot.flows.request_ports import Requests, VoteSignIns
from bot.flows.round_trips import (
    Begun,
    NotSignedIn,
    RoundTrips,
    Sealer,
    Strangers,
    opened_list,
    sealed_list,
)

_log = structlog.get_logger("keysmith.sign_in")

ACTION: Final = "request:sign_in"
"""Of the audit entries; a stored word."""
PAGE: Final = "/a/"
"""Where an approver signs in, below PUBLIC_URL; a token follows."""
_KIND: Final = "approval"
_VALUES: Final = 4


@dataclass(frozen=True)
class Ask:
    """What an address asks a person to sign in for, and in which language."""

    request_id: str
    fingerprint: str
    approver: Actor
    language: str = ""


@dataclass(frozen=True)
class Open:
    """The request waits for a decision; `signed` while the approver is signed in for it."""

    ask: Ask
    request: Request
    signed: bool


@dataclass(frozen=True)
class Over:
    """The request is decided, or its terms are others by now."""

    ask: Ask


@dataclass(frozen=True)
class Returned:
    """A person signed in at this address; `another` than its approver counts for no one."""

    token: str
    another: bool = False


Look = Open | Over


def token_of(sealer: Sealer, approver: Actor, request: Request, language: Language) -> str:
    """Seal what an address asks. May raise `StoreError`."""
    kept = request.id, request.terms.fingerprint, str(approver), language.code
    return sealed_list(sealer, _KIND, *kept)


@dataclass(frozen=True)
class ApproverAddresses:
    """Gives the addresses in the forms of approvers."""

    sealer: Sealer
    public_url: str

    def __call__(self, actor: Actor, request: Request, language: Language) -> str:
        """Give one. May raise `StoreError`."""
        return f"{self.public_url}{PAGE}{token_of(self.sealer, actor, request, language)}"


@dataclass(frozen=True)
class ApproverSignIns:
    """Signs approvers in."""

    trips: RoundTrips
    requests: Requests
    store: VoteSignIns
    strangers: Strangers
    clock: Clock

    def ask_of(self, token: str) -> Ask | None:
        """Open what an address asks; None for one of another's making."""
        found = opened_list(self.trips.sealer, _KIND, token, _VALUES)
        return Ask(found[0], found[1], Actor.parse(found[2]), found[3]) if found else None

    async def look(self, token: str) -> Look | None:
        """Tell how an address stands now; None for one that is none. May raise `StoreError`."""
        ask = self.ask_of(token)
        request = await self._open(ask) if ask else None
        if ask is None or request is None:
            return Over(ask) if ask else None
        signed = await self.store.find(request.id, ask.approver)
        there = signed and signed.backs(ask.approver, ask.fingerprint, self.clock.now())
        return Open(ask, request, bool(there))

    def begin(self, token: str) -> Begun | None:
        """Begin a sign-in; None for an address that is none. May raise `StoreError`."""
        return self.trips.begin(token) if self.ask_of(token) else None

    async def end(self, state: str, code: str, error: str, sealed: str) -> Returned | NotSignedIn:
        """End it with what Slack's redirect has, and what the browser kept.

        May raise `SlackAway` or `StoreError`: then nothing is decided.
        """
        ended = await self.trips.end(state, code, error, sealed)
        if isinstance(ended, NotSignedIn):
            return ended
        ask = self.ask_of(ended.about)
        if ask is None:  # its key is gone since
            return NotSignedIn(Unproven.ELSEWHERE)
        request = await self._open(ask)
        if request is None:
            return Returned(ended.about)
        now = self.clock.now()
        if ended.person != ask.approver:
            detail = "signed in as another person"
            entry = _entry(now, AuditEvent.REFUSED, request, ended.person, detail)
            await self.strangers.tell(request.id, ended.person, entry, lambda _: ())
            _log.warning("approver_is_another_person", request=request.id)
            return Returned(ended.about, another=True)
        signed = SignedVote(request.id, ask.fingerprint, ask.approver, now + SIGNED_IN_FOR)
        entry = _entry(now, AuditEvent.ANSWERED, request, ask.approver, "signed in")
        await self.store.add(signed, entry)
        return Returned(ended.about)

    async def _open(self, ask: Ask) -> Request | None:
        """Read the request, if it waits for votes on the very terms."""
        request = await self.requests.load(ask.request_id)
        if request is None or request.terms.fingerprint != ask.fingerprint:
            return None
        waits = request.state is State.PENDING and self.clock.now() < request.expires_at
        return request if waits else None


def _entry(at: datetime, event: AuditEvent, request: Request, person: Actor, detail: str) -> Entry:
    terms = request.terms
    target = {
        "request": request.id,
        "fingerprint": terms.fingerprint,
        "name": terms.name,
        "environment": terms.environment_id,
        "environment_name": terms.environment_name,
    }
    return Entry(at, event, ACTION, person, target=target, detail=detail)
