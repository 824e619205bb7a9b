"""Ends the live links whose owner may not have the credentials any more, without being asked.

A press decides again, so such a link gives nothing anyway. Here its ciphertext goes as well, and
people hear of it: at once where Slack tells that its owner left, else within minutes, by a timer
that asks what a press asks. As where a person revokes a link, the key stays disabled, an opening in
progress reveals nothing, and an owner who has the right again collects the credentials.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from bot.domain.audit import AuditEvent, Entry
from bot.domain.keys import overtaken
from bot.domain.live_links import LinkEnded, LiveLink
from bot.domain.pending import PendingCredentials as Pending
from bot.domain.people import Actor, IdentityReason, Profile, Workspace, admit
from bot.domain.requests.notifications import Told, Topic, to_person
from bot.errors import NO_MEMBER, KeysmithError, SlackError
from bot.flows.audit import about_pending
from bot.flows.correlation import about
from bot.flows.links.ports import LiveLinks, Names
from bot.flows.ports import Changes, Clock, PendingStore
from bot.flows.request_ports import Requests

AT_ONCE: Final = 20
"""Links in one look; of more, each look takes the next ones. People's calls come first."""
PAUSE: Final = 0.5
"""Seconds between two of them."""
SPAN: Final = 60
"""Seconds after which the next ones are looked at."""
LEFT: Final = "its owner left"
LOST: Final = "its owner may not have the credentials any more"


class Rights(Names, Protocol):
    """Reads the owner of a live link. May raise `KeysmithError`."""

    async def still_may_have(self, pending: Pending) -> bool:
        """Decide as a press does, by what is kept of people."""

    async def may_still_claim(self, pending: Pending) -> bool:
        """Decide as a press does, and read everything again for it."""


@dataclass(frozen=True)
class LinkEnds:
    """Ends a link in one step with its audit entry, and with what people hear."""

    live: LiveLinks
    requests: Requests
    clock: Clock

    async def end(self, link: LiveLink, detail: str, *, owner_hears: bool) -> bool:
        """End it; False where it was opened, replaced or ended meanwhile."""
        pending, now = link.pending, self.clock.now()
        told = await self._told(pending, owner_hears=owner_hears)
        return await self.live.end(link, now, _entry(pending, now, detail), told)

    async def _told(self, pending: Pending, *, owner_hears: bool) -> Told:
        """Tell the owner, if they can still read it, and the person who requested it for them."""
        owner, about_it = pending.owner, (pending.id, pending.name, pending.environment_name)
        own, theirs = LinkEnded(*about_it), LinkEnded(*about_it, owner.user_id)
        request = await self.requests.load(pending.id)
        asker = request.terms.requester if request else owner
        hears = [(owner, own)] if owner_hears else []
        hears += [(asker, theirs)] if asker.user_id != owner.user_id else []
        topic = Topic.LINK_ENDED
        return tuple(to_person("", topic, who.user_id, text=it.write()) for who, it in hears)


@dataclass(frozen=True)
class LinkKeeper:
    """Looks at some of the live links."""

    ends: LinkEnds
    access: Rights
    changes: Changes
    pause: float = PAUSE

    async def look(self) -> list[Exception]:
        """End those whose owner has no right, if it is this process's turn; returns the failures.

        A service that does not answer ends no link.
        """
        live, failures = self.ends.live, list[Exception]()
        if not await live.turn():
            return failures
        now = self.ends.clock.now()
        for link in _next(await live.every(now), now):
            try:
                with about(link.pending.id):
                    await self._keep(link)
            except KeysmithError as error:
                failures.append(error)
            await asyncio.sleep(self.pause)
        return failures

    async def _keep(self, link: LiveLink) -> None:
        pending, member = link.pending, False
        try:
            last = await self.changes.last_change(pending.api_key)
            if not overtaken(last, pending.made_at):
                if await self.access.still_may_have(pending):
                    return
                # What is kept of people may be an hour old: it ends no link.
                if await self.access.may_still_claim(pending):
                    return
            member = await self.access.name_of(pending.owner) is not None
        except SlackError as error:
            if error.code not in NO_MEMBER:
                raise
        await self.ends.end(link, LOST, owner_hears=member)


@dataclass(frozen=True)
class LinksOfTheLeft:
    """Hears from Slack that a user changed; `workspace` is the one that Keysmith serves."""

    ends: LinkEnds
    pending: PendingStore
    workspace: Workspace

    async def changed(self, profile: Profile) -> None:
        """End the links of a person who is no member any more. May raise `StoreError`.

        A user of another team or enterprise is another person, whatever their id is. An event may
        leave an address out: the next look asks Slack.
        """
        team, enterprise = self.workspace.id, self.workspace.enterprise_id
        if not profile.at_home_in & {team, enterprise or team}:
            return
        reason = admit(profile, team)
        if reason in {None, IdentityReason.NO_EMAIL}:
            return
        waiting = await self.pending.pending_of(Actor(team, profile.user_id, enterprise))
        ids, now = [each.id for each in waiting], self.ends.clock.now()
        for link in await self.ends.live.among(ids, now):
            with about(link.pending.id):
                await self.ends.end(link, f"{LEFT}: {reason}", owner_hears=False)


def _next(links: list[LiveLink], now: datetime) -> list[LiveLink]:
    """Give those whose turn it is: each process counts the same spans."""
    start = int(now.timestamp() // SPAN) * AT_ONCE % max(len(links), 1)
    return (links[start:] + links[:start])[:AT_ONCE]


def _entry(pending: Pending, now: datetime, detail: str) -> Entry:
    target = about_pending(pending)
    return Entry(now, AuditEvent.DONE, "link:end", None, pending.id, target, detail)
