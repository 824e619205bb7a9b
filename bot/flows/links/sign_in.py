"""Sign in with Slack before a reveal: begins at the press, ends at Slack's redirect.

Who is signed in then is in the browser alone, sealed, in a cookie that only this server reads.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from bot.domain.audit import AuditEvent
from bot.domain.link_strangers import TOLD_EACH, StrangerReport
from bot.domain.links import Link, LinkState
from bot.domain.pending import PendingCredentials as Pending
from bot.domain.people import Actor, Workspace
from bot.domain.requests.notifications import Audience, Notification, Told, Topic, to_person
from bot.domain.sign_in import SIGNED_IN_FOR, Session, signed_in
from bot.flows.audit import link_entry
from bot.flows.links.ports import LinkStore
from bot.flows.links.wrapping import Wrappings
from bot.flows.ports import Clock
from bot.flows.round_trips import (
    Begun,
    Carried,
    NotSignedIn,
    Provider,
    RoundTrips,
    Sealer,
    Strangers,
    opened_list,
    sealed_list,
)

_log = structlog.get_logger("keysmith.sign_in")

_SESSION: Final = "session"
_KEPT: Final = 3
"""Values of a session that a browser keeps."""


@dataclass(frozen=True)
class SignedIn:
    """The owner of the link is signed in."""

    carried: Carried


@dataclass(frozen=True)
class Stranger:
    """Another person signed in; nothing is spent."""

    link_id: str


@dataclass(frozen=True)
class Moot:
    """The link is over by now; its page says so."""

    link_id: str


Ended = SignedIn | Stranger | NotSignedIn | Moot


@dataclass(frozen=True)
class SignIns:
    """Signs the visitors of links in."""

    provider: Provider
    sealer: Sealer
    store: LinkStore
    strangers: Strangers
    clock: Clock
    workspace: Workspace

    @property
    def _trips(self) -> RoundTrips:
        return RoundTrips(self.provider, self.sealer, self.clock, self.workspace)

    @property
    def wrappings(self) -> Wrappings:
        """What keeps the key of a link meanwhile."""
        return Wrappings(self.sealer, self.clock)

    def begin(self, link_id: str) -> Begun:
        """Begin a sign-in for a link whose proof is valid. May raise `StoreError`."""
        return self._trips.begin(link_id)

    async def end(self, state: str, code: str, error: str, sealed: str) -> Ended:
        """End it with what Slack's redirect has, and what the browser kept.

        May raise `SlackAway` or `StoreError`: then nothing is decided.
        """
        ended = await self._trips.end(state, code, error, sealed)
        return (
            ended if isinstance(ended, NotSignedIn) else await self._for(ended.about, ended.person)
        )

    def visitor(self, link_id: str, sealed: str) -> Actor | None:
        """Give who is signed in for a link, by what the browser kept."""
        found = opened_list(self.sealer, _SESSION, sealed, _KEPT)
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
        kept = link_id, str(person), (now + SIGNED_IN_FOR).isoformat()
        return SignedIn(Carried(link_id, sealed_list(self.sealer, _SESSION, *kept)))

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


def _waits(link: Link, now: datetime) -> bool:
    return link.there and link.state is not LinkState.OPENED and not link.over(now)
